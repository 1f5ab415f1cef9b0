import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import stats

from prenoise import Network, UserError


def test_weights_and_feedback_are_he_normal_and_drawn_apart():
    network = Network.random([784, 200, 10], key=0)
    for matrix in (*network.weights, *network.feedback):
        standard = np.asarray(matrix).ravel() / (2 / matrix.shape[1]) ** 0.5
        assert stats.kstest(standard, "norm").pvalue > 1e-3
    together = np.corrcoef(network.weights[1].ravel(), network.feedback[0].ravel())[0, 1]
    assert abs(together) < 0.1
    assert all((bias == 0).all() for bias in network.biases)


def test_feedback_has_the_shape_of_the_weights_above():
    network = Network.random([5, 4, 3, 2], key=0)
    assert network.sizes == (5, 4, 3, 2)
    assert [matrix.shape for matrix in network.feedback] == [matrix.shape for matrix in network.weights[1:]]


def test_output_is_the_softmax_of_a_relu_network():
    network = Network.random([6, 5, 4, 3], key=1)
    inputs = jax.random.normal(jax.random.key(2), (7, 6))
    activity = np.asarray(inputs)
    for layer, (weights, bias) in enumerate(zip(network.weights, network.biases, strict=True)):
        activity = activity @ np.asarray(weights).T + np.asarray(bias)
        if layer < 2:
            activity = np.maximum(activity, 0)
    expected = np.exp(activity) / np.exp(activity).sum(axis=1, keepdims=True)
    assert np.allclose(jnp.exp(network(inputs)), expected, atol=1e-6)


def test_a_network_without_hidden_layers_has_no_feedback():
    assert Network.random([4, 2], key=0).feedback == ()


@pytest.mark.parametrize("sizes", [[4], [], [4, 0, 2]])
def test_impossible_sizes_are_refused(sizes):
    with pytest.raises(UserError, match="sizes"):
        Network.random(sizes, key=0)
