import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from prenoise import Network, UserError, bp, fa
from prenoise.examples import Batch
from prenoise.network import cross_entropy
from prenoise.rules import loss_and_gradients, named

networks = st.lists(st.integers(2, 9), min_size=2, max_size=6)
any_case = given(sizes=networks, size=st.integers(1, 9), absent=st.integers(0, 3), seed=st.integers(0, 10**6))
quick = settings(deadline=None, max_examples=6)
compiled = jax.jit(loss_and_gradients, static_argnums=2)


def case(sizes, size, absent, seed):
    """A random network and a batch of which some examples, but not all, count for nothing."""
    keys = jax.random.split(jax.random.key(seed), 4)
    network = Network.random(sizes, key=keys[0])
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
        return cross_entropy(whole(batch.inputs), batch.labels, batch.weights)

    expected_loss, expected = jax.jit(jax.value_and_grad(loss_of))(network.moving)
    loss, found = compiled(network, batch, bp)
    assert np.allclose(loss, expected_loss, atol=1e-5)
    for a, b in zip(jax.tree.leaves(found), jax.tree.leaves(expected), strict=True):
        assert np.allclose(a, b, atol=1e-5)


@quick
@any_case
def test_fa_is_what_numpy_computes_at_any_depth(sizes, size, absent, seed):
    network, batch = case(sizes, size, absent, seed)
    expected = numpy_gradients(network, batch, lambda layer: np.asarray(network.feedback[layer - 1], np.float64))
    _, found = compiled(network, batch, fa)
    for layer, (weights, bias) in enumerate(expected):
        assert np.allclose(found.weights[layer], weights, atol=1e-4, rtol=1e-4)
        assert np.allclose(found.biases[layer], bias, atol=1e-4, rtol=1e-4)


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


def test_an_unknown_rule_is_refused_by_name():
    with pytest.raises(UserError, match=r"'hebb'.*bp, fa"):
        named("hebb")
