import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import stats

from prenoise import Noise
from prenoise.random_bits import seed_words


def draw(noise=None, seed=0, step=0, size=64, inputs=784, classes=10, examples=10**6):
    seed = seed_words(jax.random.key(seed))
    noise = noise or Noise()
    return noise.batch(seed, jnp.uint32(step), size=size, inputs=inputs, classes=classes, examples=jnp.uint32(examples))


@pytest.mark.slow
@pytest.mark.parametrize("noise", [Noise(), Noise(1.5, 0.5), Noise(-1.0, 2.0, "uniform")], ids=str)
def test_inputs_have_the_distribution_asked_for(noise):
    inputs = np.concatenate([np.asarray(draw(noise, step=step).inputs).ravel() for step in range(20)])
    standard = (inputs - noise.mean) / noise.scale
    theory = stats.norm() if noise.distribution == "normal" else stats.uniform(-(3**0.5), 2 * 3**0.5)
    assert stats.kstest(standard, theory.cdf).pvalue > 1e-3
    error = standard.size**-0.5
    assert abs(standard.mean()) < 4 * error
    assert abs(standard.var() - 1) < 4 * error * (theory.stats(moments="k") + 2) ** 0.5
    assert abs(stats.kurtosis(standard) - theory.stats(moments="k")) < 0.05


def test_labels_are_uniform_over_the_classes():
    labels = np.asarray(draw(size=10_000, inputs=2, classes=7).labels)
    assert stats.chisquare(np.bincount(labels, minlength=7)).pvalue > 1e-3


def test_labels_say_nothing_of_the_inputs():
    inputs, labels, _ = map(np.asarray, draw(size=20_000, inputs=5, classes=2))
    assert all(stats.ttest_ind(column[labels == 0], column[labels == 1]).pvalue > 1e-4 for column in inputs.T)


def test_every_batch_and_every_seed_is_drawn_anew_and_the_same_key_draws_the_same():
    first = draw().inputs
    assert (first == draw().inputs).all()
    for other in (draw(step=1).inputs, draw(seed=1).inputs):
        assert abs(np.corrcoef(first.ravel(), other.ravel())[0, 1]) < 0.02


def test_the_last_batch_weighs_only_the_examples_that_are_left():
    weights = np.asarray(draw(step=1, size=64, inputs=3, examples=100).weights)
    assert weights[:36] == pytest.approx(1 / 36)
    assert (weights[36:] == 0).all()


def test_an_odd_number_of_inputs_is_drawn_whole():
    assert draw(size=3, inputs=5).inputs.shape == (3, 5)


@pytest.mark.usefixtures("unchecked")
def test_an_unknown_distribution_is_refused():
    with pytest.raises(ValueError, match="cauchy"):
        Noise(distribution="cauchy")
