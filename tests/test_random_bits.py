import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from prenoise.random_bits import bits, mix, seed_words, shuffled


def words(seed: int, step: int, count: int, stream: int = 0) -> np.ndarray:
    return np.asarray(bits(seed_words(jax.random.key(seed)), jnp.uint32(step), count, stream=stream))


def test_mix_is_a_bijection_of_sixteen_low_bits():
    assert len(np.unique(mix(jnp.arange(2**16, dtype=jnp.uint32)))) == 2**16


def test_flipping_any_input_bit_flips_every_output_bit_half_of_the_time():
    start = np.random.default_rng(0).integers(0, 2**32, 4000, np.uint32)
    for bit in range(32):
        changed = np.asarray(mix(jnp.asarray(start)) ^ mix(jnp.asarray(start ^ np.uint32(1 << bit))))
        flips = (changed[:, None] >> np.arange(32, dtype=np.uint32) & 1).mean(axis=0)
        assert np.abs(flips - 0.5).max() < 0.05


def test_same_seed_step_and_stream_give_the_same_words():
    assert (words(3, 5, 100) == words(3, 5, 100)).all()


@pytest.mark.parametrize("other", [(1, 0, 0), (0, 1, 0), (0, 0, 1)], ids=["seed", "step", "stream"])
def test_another_seed_step_or_stream_gives_unrelated_words(other):
    seed, step, stream = other
    a, b = words(0, 0, 50_000), words(seed, step, 50_000, stream)
    assert abs(stats.pearsonr(a.astype(float), b.astype(float)).statistic) < 0.02
    assert np.intersect1d(a, b).size < 5  # 0.6 expected of words that know nothing of each other


@pytest.mark.parametrize("lag", [1, 2, 64, 784])
def test_words_are_not_correlated_along_the_batch(lag):
    series = words(0, 0, 200_000).astype(float)
    assert abs(stats.pearsonr(series[lag:], series[:-lag]).statistic) < 0.01


def test_words_are_uniform():
    assert stats.kstest(words(1, 2, 1_000_000) / 2.0**32, "uniform").pvalue > 1e-3


@pytest.mark.slow
@settings(deadline=None, max_examples=8)
@given(length=st.integers(1, 3000), seed=st.integers(0, 1000), epoch=st.integers(0, 1000))
def test_shuffled_is_a_permutation_of_any_length(length, seed, epoch):
    positions = jnp.arange(length, dtype=jnp.uint32)
    order = shuffled(seed_words(jax.random.key(seed)), jnp.uint32(epoch), positions, length)
    assert (np.sort(order) == np.arange(length)).all()


@pytest.mark.slow
def test_every_position_receives_every_row_equally_often():
    length, epochs = 10, 20_000
    positions = jnp.arange(length, dtype=jnp.uint32)
    seed = seed_words(jax.random.key(0))
    orders = jax.vmap(lambda epoch: shuffled(seed, epoch, positions, length))(jnp.arange(epochs, dtype=jnp.uint32))
    counts = np.stack([np.bincount(column, minlength=length) for column in np.asarray(orders).T])
    expected = epochs / length
    assert ((counts - expected) ** 2 / expected).sum() < stats.chi2.ppf(0.9999, (length - 1) ** 2)


def test_neighbours_before_a_shuffle_are_strangers_after_it():
    length = 60_000
    order = shuffled(seed_words(jax.random.key(0)), jnp.uint32(0), jnp.arange(length, dtype=jnp.uint32), length)
    order = np.asarray(order).astype(float)
    assert abs(stats.pearsonr(order[1:], order[:-1]).statistic) < 0.02
    assert abs(stats.pearsonr(order, np.arange(length)).statistic) < 0.02
