import jax.numpy as jnp
import numpy as np
import pytest
import scipy.linalg
import scipy.stats
from hypothesis import given, settings
from hypothesis import strategies as st

from prenoise import Examples, Network
from prenoise.measures import effective_rank, features, gram, singular_values


def random_matrix(rows, columns, seed=0):
    return np.random.default_rng(seed).normal(size=(rows, columns)).astype(np.float32)


@settings(deadline=None, max_examples=15)
@given(shape=st.sampled_from([(1, 1), (1, 30), (30, 1), (12, 12), (30, 8), (8, 30)]), seed=st.integers(0, 1000))
def test_effective_rank_is_the_exponential_of_scipys_entropy(shape, seed):
    rows, columns = shape
    matrix = random_matrix(rows, columns, seed)
    values = scipy.linalg.svdvals(matrix.astype(np.float64))
    assert np.allclose(singular_values(jnp.asarray(matrix)), values, atol=1e-4)
    found = float(effective_rank(jnp.asarray(matrix)))
    assert found == pytest.approx(np.exp(scipy.stats.entropy(values)), rel=1e-3)
    assert 1 - 1e-4 <= found <= min(rows, columns) + 1e-3


def test_effective_rank_of_known_matrices():
    assert float(effective_rank(jnp.outer(jnp.arange(1.0, 5), jnp.ones(3)))) == pytest.approx(1, abs=1e-3)
    assert float(effective_rank(jnp.zeros((4, 3)))) == 1
    assert float(effective_rank(7 * jnp.eye(6))) == pytest.approx(6, rel=1e-5)


def test_gram_is_sklearns_cosine_similarity_between_neurons():
    cosine_similarity = pytest.importorskip("sklearn.metrics.pairwise").cosine_similarity
    activity = np.abs(random_matrix(40, 6))
    assert np.allclose(gram(jnp.asarray(activity)), cosine_similarity(activity.T), atol=1e-5)


def test_a_silent_neuron_is_similar_to_none():
    activity = jnp.asarray(random_matrix(10, 3)).at[:, 1].set(0)
    assert (gram(activity)[1] == 0).all()


def test_features_are_the_hidden_layers_on_scaled_inputs():
    examples = Examples.of(np.arange(12, dtype=np.uint8).reshape(4, 3), np.zeros(4))
    network = Network.random([3, 5, 4, 2], key=0)
    first, second = features(network, examples)
    expected = np.maximum(np.asarray(examples.inputs) @ np.asarray(network.weights[0]).T, 0)
    assert np.allclose(first, expected, atol=1e-5)
    assert second.shape == (4, 4)
