import functools
from types import SimpleNamespace

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from prenoise import RULES, Network, Noise, UserError, bp, fa, load, pretrain, train
from prenoise.examples import Batch
from prenoise.learning import loss_and_gradients
from prenoise.losses import cross_entropy
from prenoise.measures import alignment, angle
from prenoise.measures.feedback import paths_to_readout
from prenoise.noise import normals
from prenoise.optimisers import adam
from prenoise.random_bits import seed_words
from prenoise.rules import kolen_pollack, named, weight_mirror

networks = st.lists(st.integers(2, 9), min_size=2, max_size=6)
any_case = given(sizes=networks, size=st.integers(1, 9), absent=st.integers(0, 3), seed=st.integers(0, 10**6))
quick = settings(deadline=None, max_examples=4)
compiled = jax.jit(loss_and_gradients, static_argnums=2)


def case(sizes, size, absent, seed, direct=False):
    """A random network and a batch of which some examples, but not all, count for nothing."""
    keys = jax.random.split(jax.random.key(seed), 4)
    network = Network.random(sizes, key=keys[0], direct=direct)
    biases = tuple(jax.random.normal(keys[3], bias.shape) for bias in network.biases)
    network = Network(network.weights, biases, network.feedback)
    weights = (jnp.arange(size) < max(1, size - absent)).astype(jnp.float32)
    inputs = jax.random.normal(keys[1], (size, sizes[0]))
    labels = jax.random.randint(keys[2], (size,), 0, sizes[-1])
    return network, Batch(inputs, labels, weights / weights.sum())


def numpy_gradients(network, batch, back):
    """The errors of every layer by hand, in double precision; `back` gives the matrix that carries them."""
    weights = [np.asarray(matrix, np.float64) for matrix in network.weights]
    activity = [np.asarray(batch.inputs, np.float64)]
    for layer, matrix in enumerate(weights):
        total = activity[-1] @ matrix.T + np.asarray(network.biases[layer])
        activity.append(np.maximum(total, 0) if layer < len(weights) - 1 else total)
    chance = np.exp(activity[-1] - activity[-1].max(axis=1, keepdims=True))
    chance /= chance.sum(axis=1, keepdims=True)
    error = (chance - np.eye(chance.shape[1])[np.asarray(batch.labels)]) * np.asarray(batch.weights)[:, None]
    gradients = []
    for layer in reversed(range(len(weights))):
        gradients.insert(0, (error.T @ activity[layer], error.sum(axis=0)))
        error = (error @ back(layer)) * (activity[layer] > 0) if layer else error
    return gradients


@quick
@any_case
def test_bp_is_the_gradient_of_the_loss(sizes, size, absent, seed):
    network, batch = case(sizes, size, absent, seed)

    def loss_of(moving):
        whole = Network(moving.weights, moving.biases, network.feedback)
        return jnp.sum(cross_entropy(whole(batch.inputs), batch.labels) * batch.weights)

    expected_loss, expected = jax.jit(jax.value_and_grad(loss_of))(network.moving)
    loss, found = compiled(network, batch, bp)
    assert np.allclose(loss, expected_loss, atol=1e-5)
    for a, b in zip(jax.tree.leaves(found), jax.tree.leaves(expected), strict=True):
        assert np.allclose(a, b, atol=1e-5)


def double(array):
    return np.asarray(array, np.float64)


def back_by_hand(name, weights, feedback):
    """The matrix that carries the error of a layer down, by the definition of each rule."""
    size = np.sqrt(2 / weights.shape[1])
    return {
        "bp": weights,
        "usf": size * np.sign(weights),
        "brsf": np.sign(weights) * np.abs(feedback),
        "frsf": np.sign(weights) * np.abs(feedback),
    }.get(name, feedback)


@quick
@any_case
def test_fa_is_what_numpy_computes_at_any_depth(sizes, size, absent, seed):
    assert_as_by_hand(fa, *case(sizes, size, absent, seed))


@pytest.mark.parametrize("name", ["usf", "brsf", "frsf", "kp", "mirror"])
def test_the_other_rules_are_what_numpy_computes(name):
    assert_as_by_hand(RULES[name], *case([5, 8, 6, 7, 3], 9, 2, 0))


def assert_as_by_hand(rule, network, batch):
    def back(layer):
        return back_by_hand(rule.name, double(network.weights[layer]), double(network.feedback[layer - 1]))

    _, found = compiled(network, batch, rule)
    for layer, (weights, bias) in enumerate(numpy_gradients(network, batch, back)):
        assert np.allclose(found.weights[layer], weights, atol=1e-4, rtol=1e-4)
        assert np.allclose(found.biases[layer], bias, atol=1e-4, rtol=1e-4)


def test_direct_feedback_carries_the_error_of_the_readout_to_every_layer():
    network, batch = case([5, 8, 6, 7, 3], 9, 2, 0, direct=True)
    *_, (readout, _) = numpy_gradients(network, batch, lambda layer: np.zeros(network.weights[layer].shape))
    activities = [double(activity) for activity in network.activities(batch.inputs)]
    chance = np.exp(double(network(batch.inputs)))
    error = (chance - np.eye(3)[np.asarray(batch.labels)]) * double(batch.weights)[:, None]
    _, found = compiled(network, batch, RULES["dfa"])
    assert np.allclose(found.weights[-1], readout, atol=1e-4, rtol=1e-4)
    for layer, feedback in enumerate(network.feedback):
        local = (error @ double(feedback)) * (activities[layer + 1] > 0)
        assert np.allclose(found.weights[layer], local.T @ activities[layer], atol=1e-4, rtol=1e-4)
        assert np.allclose(found.biases[layer], local.sum(0), atol=1e-4, rtol=1e-4)


@pytest.mark.slow
@quick
@any_case
def test_fa_is_what_pytorch_computes_with_an_autograd_function(sizes, size, absent, seed):
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    network, batch = case(sizes, size, absent, seed)

    class FeedbackLinear(torch.autograd.Function):
        @staticmethod
        def forward(ctx, below, weights, bias, feedback):
            ctx.save_for_backward(below, feedback)
            return below @ weights.T + bias

        @staticmethod
        def backward(ctx, error):
            below, feedback = ctx.saved_tensors
            return error @ feedback, error.T @ below, error.sum(0), None

    def tensor(array, learns=True):
        return torch.tensor(np.asarray(array)).requires_grad_(learns)

    weights, biases = [tensor(matrix) for matrix in network.weights], [tensor(bias) for bias in network.biases]
    nothing = torch.zeros_like(weights[0])
    activity = tensor(batch.inputs, False)
    for layer, (matrix, bias) in enumerate(zip(weights, biases, strict=True)):
        feedback = tensor(network.feedback[layer - 1], False) if layer else nothing
        activity = FeedbackLinear.apply(activity, matrix, bias, feedback)
        activity = torch.relu(activity) if layer < len(weights) - 1 else activity
    each = torch.nn.functional.cross_entropy(activity, tensor(batch.labels, False).long(), reduction="none")
    (each * tensor(batch.weights, False)).sum().backward()

    _, found = compiled(network, batch, fa)
    for layer, (matrix, bias) in enumerate(zip(weights, biases, strict=True)):
        assert np.allclose(found.weights[layer], matrix.grad, atol=1e-5)
        assert np.allclose(found.biases[layer], bias.grad, atol=1e-5)


@pytest.mark.slow
@quick
@any_case
def test_with_its_weights_as_feedback_fa_is_bp(sizes, size, absent, seed):
    network, batch = case(sizes, size, absent, seed)
    aligned = Network(network.weights, network.biases, network.weights[1:])
    for a, b in zip(
        jax.tree.leaves(compiled(aligned, batch, fa)),
        jax.tree.leaves(compiled(network, batch, bp)),
        strict=True,
    ):
        assert (a == b).all()


SIZES = [5, 8, 6, 3]


def after_many_steps(rule, steps=30):
    """A network trained on noise by gradient descent, and the same by hand with the same numbers drawn."""
    network, rate, key, noise = Network.random(SIZES, key=4), 0.05, jax.random.key(5), Noise()
    found, _ = pretrain(network, noise, key=key, examples=16 * steps, batch=16, rule=rule, optimiser=optax.sgd(rate))
    seed, hand = (
        seed_words(key),
        SimpleNamespace(**{k: [double(a) for a in getattr(network, k)] for k in ("weights", "biases", "feedback")}),
    )

    def back(layer):
        return back_by_hand(rule.name, hand.weights[layer], hand.feedback[layer - 1])

    for step in range(steps):
        number = jnp.uint32(step)
        drawn = noise.batch(seed, number, size=16, inputs=5, classes=3, examples=jnp.uint32(16 * steps))
        for layer, (gradient, of_bias) in enumerate(numpy_gradients(hand, drawn, back)):
            hand.weights[layer] -= rate * gradient
            hand.biases[layer] -= rate * of_bias
            if layer == 0:
                continue
            old, random = hand.feedback[layer - 1], functools.partial(normals, seed, number, layer - 1)
            if rule.name == "kp":
                hand.weights[layer] *= 1 - 1e-4
                hand.feedback[layer - 1] = (old - rate * gradient) * (1 - 1e-4)
            elif rule.name == "mirror":
                heard = double(random((64, old.shape[1])))
                answers = heard @ hand.weights[layer].T
                hand.feedback[layer - 1] = old + 1e-3 * (np.einsum("na,nb->ab", answers, heard) / 64 - old)
            elif rule.name == "brsf":
                hand.feedback[layer - 1] = double(random(old.shape)) * np.sqrt(2 / old.shape[1])
    return found, hand


@pytest.mark.slow
@pytest.mark.parametrize("name", ["kp", "mirror", "brsf", "usf"])
def test_many_steps_are_what_numpy_computes(name):
    found, hand = after_many_steps(RULES[name])
    for a, b in zip(jax.tree.leaves(found), [*hand.weights, *hand.biases, *hand.feedback], strict=True):
        assert np.allclose(a, b, atol=2e-4)


def mean_angles(network, rule):
    return [float(angles.mean()) for angles in alignment(network, rule)]


@pytest.mark.slow
def test_sign_symmetry_starts_aligned():
    network = Network.random([5, 100, 200, 200], key=0)
    assert np.allclose(mean_angles(network, "usf"), 37.1, atol=1)  # arccos of sqrt(2 / pi)
    assert np.allclose(mean_angles(network, "frsf"), 50.5, atol=1)  # arccos of 2 / pi
    assert np.allclose(mean_angles(network, "fa"), 90, atol=1)


@pytest.mark.slow
def test_the_angle_of_kolen_pollack_goes_to_zero():
    network, (digits, _) = Network.random([64, 20, 20, 10], key=0), load("digits")
    assert min(mean_angles(network, "kp")) > 60
    trained, _ = train(network, digits, key=1, epochs=300, rule=kolen_pollack(1e-3), optimiser=adam(1e-3))
    # neuron by neuron but for the silent ones, whose weights and feedback shrink together and keep their angle
    pairs = zip(trained.weights[1:], trained.feedback, strict=True)
    assert all(angle(weights.reshape(1, -1), feedback.reshape(1, -1)) < 0.5 for weights, feedback in pairs)


@pytest.mark.slow
def test_the_angle_of_a_mirror_falls_on_noise_though_the_weights_stay():
    network = Network.random(SIZES, key=0)
    mirrored, _ = pretrain(network, key=1, examples=64 * 1000, rule=weight_mirror(rate=1e-2), optimiser=optax.sgd(0.0))
    assert all((a == b).all() for a, b in zip(mirrored.weights, network.weights, strict=True))
    assert max(mean_angles(mirrored, "mirror")) < 15


@pytest.mark.slow
def test_direct_alignment_is_with_the_product_of_all_weights_above():
    network = Network.random([4, 7, 6, 5, 3], key=0, direct=True)
    first, second, last = (double(weights) for weights in network.weights[1:])
    product = last @ second @ first
    feedback = double(network.feedback[0])
    cosine = (product * feedback).sum(0) / np.linalg.norm(product, axis=0) / np.linalg.norm(feedback, axis=0)
    assert np.allclose(alignment(network, "dfa")[0], np.degrees(np.arccos(cosine)), atol=1e-3)
    aligned = Network(network.weights, network.biases, paths_to_readout(network))
    assert max(mean_angles(aligned, "dfa")) < 0.1


@pytest.mark.slow
@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_every_rule_learns_digits_and_in_a_block_as_alone(rule):
    digits, _ = load("digits")
    keys = jax.random.split(jax.random.key(0), 2)
    block = jax.vmap(lambda key: Network.random([64, 20, 20, 10], key=key, direct=rule.direct))(keys)
    together, history = train(block, digits, key=keys, epochs=20, rule=rule, optimiser=adam(1e-3))
    assert (np.asarray(history.loss[:, -1]) < 1.5).all()
    alone, _ = train(
        jax.tree.map(lambda leaf: leaf[1], block), digits, key=keys[1], epochs=20, rule=rule, optimiser=adam(1e-3)
    )
    for a, b in zip(jax.tree.leaves(together), jax.tree.leaves(alone), strict=True):
        assert np.allclose(a[1], b, atol=5e-3)


def test_feedback_of_another_rules_shape_is_refused():
    with pytest.raises(UserError, match=r"rule dfa needs feedback of shape \[\(3, 8\), \(3, 6\)\].*direct=True"):
        pretrain(Network.random(SIZES, key=0), key=1, rule="dfa")
    with pytest.raises(UserError, match="rule fa needs"):
        pretrain(Network.random(SIZES, key=0, direct=True), key=1)


def test_an_unknown_rule_is_refused_by_name():
    with pytest.raises(UserError, match=r"'hebb'.*bp, fa"):
        named("hebb")
