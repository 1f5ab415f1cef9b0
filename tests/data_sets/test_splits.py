"""Small training sets: the same ones everywhere, every class in its share."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from prenoise.data import DataError, splits

LABELS = st.lists(st.integers(0, 4), min_size=1, max_size=80).map(np.array)


@given(labels=LABELS, seed=st.integers(0, 2**64), data=st.data())
def test_stratified_gives_every_class_its_share(labels, seed, data):
    n = data.draw(st.integers(1, len(labels)))
    chosen = splits.stratified(labels, n, seed)
    assert len(set(chosen.tolist())) == n
    part = np.bincount(labels, minlength=5) / len(labels)
    off = np.abs(np.bincount(labels[chosen], minlength=5) - part * n)
    assert (off <= (1 + (part > 0).sum() * part) / 2 + 1e-9).all()


@given(labels=LABELS, seed=st.integers(0, 2**32), data=st.data())
def test_a_smaller_set_is_the_beginning_of_a_larger_one(labels, seed, data):
    n = data.draw(st.integers(1, len(labels)))
    np.testing.assert_array_equal(splits.stratified(labels, n, seed), splits.stratified(labels, len(labels), seed)[:n])


def test_the_choice_is_fixed_by_the_seed_forever():
    labels = np.arange(1000) % 10
    assert splits.stratified(labels, 10, seed=1).tolist() == [404, 476, 90, 962, 378, 737, 385, 801, 619, 763]
    assert splits.stratified(labels, 100, seed=1).tolist() != splits.stratified(labels, 100, seed=2).tolist()


def test_every_example_is_as_likely_as_any_other():
    labels = np.arange(40) % 2
    counts = sum(np.bincount(splits.stratified(labels, 10, seed), minlength=40) for seed in range(2000))
    assert np.abs(counts - 500).max() < 6 * np.sqrt(2000 * 0.25 * 0.75)


@pytest.mark.parametrize("n", [0, -1, 11])
def test_as_many_as_there_are_and_at_least_one(n):
    with pytest.raises(DataError, match="there are 10"):
        splits.stratified(np.zeros(10, int), n, 0)
