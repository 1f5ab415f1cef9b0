import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.spatial.distance import cosine

from prenoise import Network
from prenoise.measures import alignment, angle, distance_to_feedback


def test_angle_is_scipys_cosine_distance_in_degrees():
    a, b = np.random.default_rng(0).normal(size=(2, 20, 7)).astype(np.float32)
    expected = [np.degrees(np.arccos(1 - cosine(x, y))) for x, y in zip(a, b, strict=True)]
    assert np.allclose(angle(jnp.asarray(a), jnp.asarray(b)), expected, atol=1e-3)


def test_parallel_opposite_and_zero_vectors():
    a = jnp.ones((3, 4))
    b = jnp.stack([jnp.ones(4) * 2, -jnp.ones(4), jnp.zeros(4)])
    assert np.allclose(angle(a, b), [0, 180, 90], atol=0.1)


def test_angle_depends_on_the_last_axis_alone_and_not_on_lengths():
    a, b = np.random.default_rng(1).normal(size=(2, 3, 5, 7)).astype(np.float32)
    expected = [
        [np.degrees(np.arccos(1 - cosine(x, y))) for x, y in zip(*rows, strict=True)] for rows in zip(a, b, strict=True)
    ]
    assert np.allclose(angle(a, b), expected, atol=1e-3)
    assert np.allclose(angle(a / 1000, b / 1000), expected, atol=1e-3)


def test_rounding_gives_no_cosine_beyond_one():
    a = np.random.default_rng(2).normal(size=(1000, 9)).astype(np.float32)
    assert np.allclose(angle(a, 3 * a), 0, atol=0.1)
    assert np.allclose(angle(a, -3 * a), 180, atol=0.1)


def test_alignment_of_untrained_network_is_near_ninety_degrees():
    angles = np.concatenate([np.asarray(alignment(Network.random([20, 500, 50], key=key))[0]) for key in range(4)])
    assert abs(angles.mean() - 90) < 4 * angles.std() / angles.size**0.5


def test_alignment_compares_outgoing_weights_of_each_neuron():
    network = Network.random([4, 3, 5, 2], key=0)
    first, second = alignment(network)
    assert (first.shape, second.shape) == ((3,), (5,))
    outgoing, back = np.asarray(network.weights[2])[:, 4], np.asarray(network.feedback[1])[:, 4]
    assert float(second[4]) == pytest.approx(np.degrees(np.arccos(1 - cosine(outgoing, back))), abs=1e-3)


def test_a_network_that_is_its_own_feedback_is_aligned_and_at_no_distance():
    network = Network.random([4, 30, 20, 3], key=0)
    symmetric = Network(network.weights, network.biases, network.weights[1:])
    assert all((angles < 0.1).all() for angles in alignment(symmetric))
    assert all(distance == 0 for distance in distance_to_feedback(symmetric))


def test_distance_is_the_frobenius_norm_of_the_difference():
    network = Network.random([4, 3, 2], key=0)
    expected = np.linalg.norm(np.asarray(network.weights[1]) - np.asarray(network.feedback[0]), "fro")
    assert float(distance_to_feedback(network)[0]) == pytest.approx(expected, rel=1e-5)


def test_alignment_works_on_a_block_of_seeds():
    block = jax.vmap(lambda key: Network.random([4, 3, 2], key=key))(jax.random.split(jax.random.key(0), 5))
    assert jax.vmap(alignment)(block)[0].shape == (5, 3)
