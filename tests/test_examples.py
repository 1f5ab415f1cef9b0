import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from prenoise import Examples, UserError
from prenoise.random_bits import seed_words


def numbered(count: int) -> Examples:
    """Examples whose label is their number."""
    return Examples.of(np.arange(count, dtype=np.float32)[:, None], np.arange(count), scaling="unit")


@settings(deadline=None, max_examples=6)
@given(count=st.integers(1, 200), size=st.integers(1, 70), seed=st.integers(0, 99))
def test_an_epoch_shows_every_example_once_and_ends_in_its_true_short_batch(count, size, seed):
    examples, seed = numbered(count), seed_words(jax.random.key(seed))
    steps = jnp.arange(examples.steps(size), dtype=jnp.uint32)
    batches = jax.vmap(lambda step: examples.batch(seed, step, size=size))(steps)
    present = np.asarray(batches.weights) > 0
    true_sizes = np.minimum(size, count - np.asarray(steps) * size)
    assert (present.sum(axis=1) == true_sizes).all()
    assert np.allclose(batches.weights, present / true_sizes[:, None])
    seen = np.asarray(batches.labels)[present]
    assert sorted(seen) == list(range(count))


def test_each_epoch_has_an_order_of_its_own():
    examples, seed = numbered(64), seed_words(jax.random.key(0))
    first, second = (examples.batch(seed, jnp.uint32(epoch), size=64).labels for epoch in (0, 1))
    assert (first != second).any()


def test_images_stay_bytes_until_they_are_drawn():
    examples = Examples.of(np.zeros((5, 4, 4), np.uint8), np.zeros(5))
    assert examples.raw.dtype == jnp.uint8
    assert examples.raw.shape == (5, 16)


def test_standardised_inputs_have_mean_zero_and_deviation_one_and_the_test_set_follows():
    rng = np.random.default_rng(0)
    train = Examples.of(rng.integers(0, 256, (50, 9), np.uint8), rng.integers(0, 3, 50))
    assert float(train.inputs.mean()) == pytest.approx(0, abs=1e-5)
    assert float(train.inputs.std()) == pytest.approx(1, abs=1e-5)
    test = Examples.of(np.full((1, 9), 255, np.uint8), [0], like=train)
    expected = (255 - np.asarray(train.raw).mean()) / np.asarray(train.raw).std()
    assert np.allclose(test.inputs, expected, atol=1e-4)


@pytest.mark.parametrize(("scaling", "low", "high"), [("unit", 0, 1), ("signed", -1, 1)])
def test_bytes_and_other_numbers_are_mapped_to_the_range_of_the_scaling(scaling, low, high):
    for raw in (np.array([[0, 255]], np.uint8), np.array([[-3.0, 7.0]])):
        inputs = np.asarray(Examples.of(raw, [0], scaling=scaling).inputs)
        assert inputs.min() == pytest.approx(low)
        assert inputs.max() == pytest.approx(high)


def test_constant_inputs_are_not_divided_by_zero():
    assert np.isfinite(Examples.of(np.full((4, 3), 7, np.uint8), np.zeros(4)).inputs).all()


@pytest.mark.usefixtures("unchecked")
def test_mistakes_are_named():
    with pytest.raises(UserError, match="as many"):
        Examples.of(np.zeros((3, 2)), [0, 1])
    with pytest.raises(UserError, match="sepia"):
        Examples.of(np.zeros((3, 2)), [0, 1, 2], scaling="sepia")


@pytest.mark.parametrize("labels", [[-1, 1], [0.0, 0.7], [0.0, np.nan], ["cat", "dog"], [0, 2**40]])
def test_labels_that_are_not_whole_numbers_from_0_are_refused(labels):
    with pytest.raises(UserError, match="expected whole numbers from 0"):
        Examples.of(np.zeros((2, 3)), labels)


@pytest.mark.parametrize("inputs", [np.array([[0.0, np.nan]]), np.array([[np.inf, 0.0]]), np.array([[1e300, 0.0]])])
def test_inputs_that_are_not_finite_are_refused(inputs):
    with pytest.raises(UserError, match="expected finite ones"):
        Examples.of(inputs, [0])


@pytest.mark.parametrize("shape", [(0, 3), (3, 0), (0,)])
def test_no_inputs_are_refused(shape):
    with pytest.raises(UserError, match="expected some"):
        Examples.of(np.zeros(shape), np.zeros(shape[0]))
