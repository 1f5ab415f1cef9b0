"""Activations, losses, initial weights and batches of the user's own."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from prenoise import Batches, Examples, Network, UserError, bp, pretrain, train
from prenoise.examples import Batch
from prenoise.learning import loss_and_gradients
from prenoise.losses import LOSSES
from prenoise.network import ACTIVATIONS

SIZES = [5, 7, 6, 3]


def batch_of(labels=None, size=9):
    keys = jax.random.split(jax.random.key(1), 3)
    drawn = jax.random.randint(keys[1], (size,), 0, 3)
    weights = jax.random.uniform(keys[2], (size,))
    return Batch(jax.random.normal(keys[0], (size, 5)), drawn if labels is None else labels, weights / weights.sum())


def independent_loss(network, batch, loss):
    """The mean loss as JAX differentiates it, from the definitions alone."""
    activity = batch.inputs
    for layer, weights in enumerate(network.weights):
        bias = network.biases[layer]
        activity = activity @ weights.T + (0 if bias is None else bias[None])
        if layer < len(network.weights) - 1:
            activity = network.activation(activity)
    targets = jnp.eye(3)[batch.labels] if batch.labels.ndim == 1 else batch.labels
    each = {
        "cross-entropy": lambda: optax.softmax_cross_entropy(activity, targets),
        "mean-squared-error": lambda: jnp.mean(optax.squared_error(activity, targets), axis=-1),
    }[loss]()
    return jnp.sum(each * batch.weights)


@pytest.mark.parametrize("biases", [True, False], ids=["biases", "no biases"])
@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_bp_is_the_gradient_for_every_activation_and_loss(activation, loss, biases):
    network = Network.random(SIZES, key=0, activation=activation, biases=biases)
    batch = batch_of()
    value, found = loss_and_gradients(network, batch, bp, LOSSES[loss])
    expected, gradient = jax.value_and_grad(independent_loss)(network, batch, loss)
    assert float(value) == pytest.approx(float(expected), rel=1e-5)
    for a, b in zip(jax.tree.leaves(found), jax.tree.leaves(gradient.moving), strict=True):
        assert np.allclose(a, b, atol=1e-5)


@pytest.mark.parametrize("loss", LOSSES)
def test_bp_is_the_gradient_for_soft_labels(loss):
    network, batch = Network.random(SIZES, key=0), batch_of(jax.random.dirichlet(jax.random.key(3), jnp.ones(3), (9,)))
    _, found = loss_and_gradients(network, batch, bp, LOSSES[loss])
    gradient = jax.grad(independent_loss)(network, batch, loss)
    for a, b in zip(jax.tree.leaves(found), jax.tree.leaves(gradient.moving), strict=True):
        assert np.allclose(a, b, atol=1e-5)


def test_a_loss_and_an_activation_of_ones_own_are_learned_by():
    def hinge(scores, targets):
        own = jnp.take_along_axis(scores, targets[:, None], axis=1)
        return jnp.sum(jnp.maximum(scores - own + 1, 0), axis=1) - 1

    digits = Examples.of(
        np.random.default_rng(0).normal(size=(60, 5)) + 2 * np.eye(5)[np.arange(60) % 3], np.arange(60) % 3
    )
    network = Network.random([5, 7, 3], key=0, activation=lambda x: jnp.where(x > 0, x, 0.1 * x))
    _, history = train(network, digits, key=1, epochs=20, batch=20, loss=hinge, optimiser=optax.adam(1e-2))
    assert history.loss[-1] < 0.5 * history.loss[0]


def test_initial_weights_have_the_size_they_are_said_to_have():
    sizes = [400, 300, 200]
    he, pytorch, orthogonal = (Network.random(sizes, key=0, initial=name) for name in ("he", "pytorch", "orthogonal"))
    assert float(he.weights[0].std()) == pytest.approx((2 / 400) ** 0.5, rel=0.02)
    assert float(pytorch.weights[0].std()) == pytest.approx((1 / 3 / 400) ** 0.5, rel=0.02)
    assert float(jnp.abs(pytorch.weights[0]).max()) <= 400**-0.5
    assert np.allclose(orthogonal.weights[0] @ orthogonal.weights[0].T, 2 * np.eye(300), atol=1e-4)
    own = Network.random(sizes, key=0, initial=lambda key, shape: jnp.ones(shape))
    assert (own.weights[0] == 1).all()
    assert (own.feedback[0] == he.feedback[0]).all()
    feedback = Network.random(sizes, key=0, initial_feedback="pytorch")
    assert float(feedback.feedback[0].std()) == pytest.approx((1 / 3 / 300) ** 0.5, rel=0.02)


def test_a_zero_readout_has_no_opinion_and_all_else_as_it_was():
    network, usual = Network.random(SIZES, key=0, zero_readout=True), Network.random(SIZES, key=0)
    assert np.allclose(network(jnp.ones((2, 5))), np.log(1 / 3))
    assert (network.weights[0] == usual.weights[0]).all()
    assert (network.feedback[1] == usual.feedback[1]).all()


def rows(count, rng):
    labels = rng.integers(0, 3, count)
    return rng.normal(size=(count, 5)).astype(np.float32) + 2 * np.eye(5, dtype=np.float32)[labels], labels


def by_hand(network, batches, rate):
    """Gradient descent on these batches."""
    for inputs, labels, weights in batches:
        batch = Batch(jnp.asarray(inputs), jnp.asarray(labels), jnp.asarray(weights / np.sum(weights), jnp.float32))
        _, gradients = loss_and_gradients(network, batch, bp)
        network = network.moved(jax.tree.map(lambda g: -rate * g, gradients))
    return network


def test_batches_of_ones_own_are_learned_from_in_their_order():
    rng = np.random.default_rng(0)
    batches = [(*rows(size, rng), rng.uniform(0.5, 2, size)) for size in [8] * 40 + [3]]
    network = Network.random([5, 7, 3], key=0)
    found, history = train(network, Batches(batches), key=1, epochs=2, rule="bp", optimiser=optax.sgd(0.1))
    for a, b in zip(jax.tree.leaves(found), jax.tree.leaves(by_hand(network, batches * 2, 0.1)), strict=True):
        assert np.allclose(a, b, atol=1e-4)
    assert history.at.tolist() == [0, 1, 2]
    assert history.loss[-1] < history.loss[0]


def test_a_stream_that_ends_ends_the_run_there():
    rng = np.random.default_rng(0)
    network = Network.random([5, 7, 3], key=0)
    stream = ((inputs, labels) for inputs, labels in (rows(8, rng) for _ in range(25)))
    _, history = train(network, Batches(stream, steps=10), key=1, epochs=4)
    assert history.at.tolist() == [0, 1, 2, 2.5]
    assert history.state.step == 25
    assert np.isfinite(history.loss).all()


@pytest.mark.parametrize(
    ("batches", "said"),
    [
        (lambda: Batches(iter([])), "without a length"),
        (lambda: Batches([]), "an epoch of 0 batches"),
        (lambda: Batches(iter([]), 5), "found no batch"),
        (lambda: Batches([np.zeros((2, 5))]), "a batch is a ndarray"),
        (lambda: Batches([(np.zeros((2, 5)), [0])]), "one of each per example"),
        (lambda: Batches([(np.zeros((2, 5)), [0, 7])]), "8 classes"),
        (lambda: Batches([(np.zeros((2, 4)), [0, 1])]), "4 inputs"),
        (lambda: Batches([(np.zeros((2, 5)), [0, 1]), (np.zeros((3, 5)), [0, 1, 2])]), "larger"),
    ],
)
def test_batches_that_cannot_be_are_refused_in_a_sentence(batches, said):
    with pytest.raises(UserError, match=said):
        train(Network.random([5, 7, 3], key=0), batches(), key=1, epochs=1)


def compilations():
    """A list that grows with every program that JAX compiles."""
    compiled = []
    jax.monitoring.register_event_duration_secs_listener(
        lambda event, *_, **__: compiled.append(event) if event.endswith("backend_compile_duration") else None
    )
    return compiled


def test_what_makes_the_same_program_does_not_compile_anew():
    rng = np.random.default_rng(0)
    network, examples = Network.random([5, 7, 3], key=0), Examples.of(*rows(50, rng))
    compiled = compilations()

    def run(rate, epochs, at, factor):
        record = {"size": lambda network: factor * jnp.abs(network.weights[0]).sum()}
        train(network, examples, key=1, epochs=epochs, at=at, optimiser=optax.adam(rate), record=record)

    run(1e-3, 2, None, 2.0)
    before = len(compiled)
    run(1e-3, 2, None, 2.0)  # a fresh optimiser and a fresh function that do the same
    run(1e-3, 5, None, 2.0)  # longer
    run(1e-3, 5, [0, 0.5, 3], 2.0)  # measured at other times
    assert len(compiled) == before
    run(1e-3, 2, None, 3.0)  # a function that does something else
    assert len(compiled) > before
    before = len(compiled)
    run(1e-2, 2, None, 3.0)  # another rate
    assert len(compiled) > before


def test_noise_of_no_size_is_refused(unchecked):
    from prenoise import Noise

    for mistake in ({"scale": "big"}, {"scale": -1.0}, {"mean": float("nan")}, {"distribution": "cauchy"}):
        with pytest.raises(UserError, match="noise"):
            Noise(**mistake)


def test_parts_of_noise_equal_the_whole():
    network = Network.random(SIZES, key=0)
    whole, _ = pretrain(network, key=1, examples=1280)
    half, first = pretrain(network, key=1, examples=640)
    parts, second = pretrain(half, state=first.state, examples=640)
    assert second.at[-1] == 1280
    for a, b in zip(jax.tree.leaves(parts), jax.tree.leaves(whole), strict=True):
        assert (a == b).all()


def test_the_state_of_an_optimiser_comes_back_with_what_it_keeps_besides_the_weights():
    optimiser = optax.contrib.schedule_free_sgd(0.1)
    network, history = pretrain(Network.random(SIZES, key=0), key=1, examples=6400, optimiser=optimiser)
    averaged = optax.contrib.schedule_free_eval_params(history.state.optimiser, network.moving)
    assert jax.tree.structure(averaged) == jax.tree.structure(network.moving)
    assert all(bool(jnp.isfinite(leaf).all()) for leaf in jax.tree.leaves(averaged))
    assert not np.allclose(averaged.weights[0], network.weights[0])


def test_a_measurement_may_have_any_name():
    _, history = pretrain(
        Network.random(SIZES, key=0), key=1, examples=640, stop="aligned", record={"_angle": lambda network: 7.0}
    )
    assert set(history.record) == {"_angle"}
    assert np.all(np.asarray(history.record["_angle"]) == 7.0)
