"""Against scipy, against formulas written out, and against made-up data whose answer is known."""

import math
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import optimize, stats

from prenoise.study.claims.statistics import Estimate, estimate, fieller, holm, resolution

SIZES = [2, 3, 5, 20, 200]


def normal(n, mean=0.0, spread=1.0, seed=0):
    return np.random.default_rng([seed, n]).normal(mean, spread, n)


@pytest.mark.parametrize("n", SIZES)
@pytest.mark.parametrize("border", [-0.5, 0.0, 0.3])
def test_p_value_and_interval_are_scipys(n, border):
    values = normal(n, mean=0.4)
    expected = stats.ttest_1samp(values, border)
    assert estimate(values).p(border) == pytest.approx(expected.pvalue, rel=1e-9)
    assert estimate(values).interval() == pytest.approx(tuple(expected.confidence_interval()))


def test_effect_is_cohens():
    values = normal(8, mean=1.0, spread=3.0)
    assert estimate(values).effect == pytest.approx(values.mean() / values.std(ddof=1))
    assert estimate(np.array([1.0, 2.0, 3.0])) == Estimate(2.0, 1 / math.sqrt(3), 1.0, 3)


def test_the_smallest_p_values_keep_their_digits():
    values = normal(60, mean=30.0)
    assert estimate(values).p() == pytest.approx(stats.ttest_1samp(values, 0).pvalue, rel=1e-6)
    assert 0 < estimate(values).p() < 1e-60


def test_without_effect_one_in_twenty_tests_is_significant():
    rng = np.random.default_rng(0)
    for n in (3, 10):
        p = [estimate(values).p() for values in rng.normal(size=(2000, n))]
        assert abs(np.mean(np.array(p) < 0.05) - 0.05) < 4 * math.sqrt(0.05 * 0.95 / 2000)
        assert stats.kstest(p, "uniform").pvalue > 1e-3


def test_nineteen_in_twenty_intervals_hold_the_truth():
    rng = np.random.default_rng(1)
    for n, spread in ((4, 0.1), (12, 5.0)):
        intervals = [estimate(values).interval() for values in rng.normal(3.0, spread, size=(2000, n))]
        assert abs(np.mean([low <= 3 <= high for low, high in intervals]) - 0.95) < 4 * math.sqrt(0.05 * 0.95 / 2000)


@pytest.mark.parametrize("samples", [[], [1.0]])
def test_of_fewer_than_two_values_nothing_is_known(samples):
    found = estimate(np.array(samples))
    assert found.n == len(samples)
    assert all(math.isnan(number) for number in (found.p(), *found.interval(), found.effect))
    assert all(map(math.isnan, fieller(np.array(samples), np.array(samples))))


def test_equal_values_are_certain_of_their_difference():
    none, some = estimate(np.zeros(4)), estimate(np.full(4, -0.5))
    assert none == Estimate(0.0, 0.0, 0.0, 4)
    assert (none.p(), none.effect, none.interval()) == (1.0, 0.0, (0.0, 0.0))
    assert (some.p(), some.p(-0.5), some.interval()) == (0.0, 1.0, (-0.5, -0.5))
    assert math.isnan(some.effect)


def test_differences_that_are_rounding_count_as_equal():
    a = np.array([0.3, 0.4, 0.7, 1.1], np.float32)
    b = (a - np.float32(0.1)).astype(np.float32)
    differences = a.astype(np.float64) - b.astype(np.float64)
    assert differences.std() > 0
    assert estimate(differences, resolution([a, b], a, b)).spread == 0
    assert estimate(a - a + 1e-17, resolution([a], np.ones(1))).difference == 0


def test_resolution_is_of_the_coarsest_numbers_that_are_used():
    assert resolution([np.float32([1, 2]), np.zeros(2)], np.array([1.0, -8.0])) == pytest.approx(32 * 2.0**-23)
    assert resolution([np.arange(3)], np.array([1.0])) == pytest.approx(4 * 2.0**-52)
    assert resolution([[]], np.zeros(0)) == 0


@pytest.mark.parametrize("seed", range(5))
def test_fiellers_interval_ends_where_the_t_test_of_the_ratio_begins(seed):
    whole = normal(8, 3.0, seed=seed)
    part = 0.6 * whole + normal(8, 0.3, 0.5, seed=seed + 100)
    low, high = fieller(part, whole)
    for border in (low, high):
        assert stats.ttest_1samp(part - border * whole, 0).pvalue == pytest.approx(0.05)
    assert low < part.mean() / whole.mean() < high
    inside = optimize.brentq(lambda ratio: stats.ttest_1samp(part - ratio * whole, 0).statistic, low, high)
    assert inside == pytest.approx(part.mean() / whole.mean())


def test_fiellers_interval_holds_the_true_ratio_as_often_as_it_says():
    rng = np.random.default_rng(2)
    wholes = rng.normal(2.0, 0.5, size=(1000, 6))
    parts = 0.8 * wholes + rng.normal(0.0, 0.3, size=(1000, 6))
    intervals = [fieller(part, whole) for part, whole in zip(parts, wholes, strict=True)]
    assert abs(np.mean([low <= 0.8 <= high for low, high in intervals]) - 0.95) < 4 * math.sqrt(0.05 * 0.95 / 1000)


def test_the_ratio_to_a_whole_that_may_be_nothing_is_not_known():
    assert all(map(math.isnan, fieller(normal(5), normal(5, seed=1))))


def plain_holm(p):
    """The smallest level at which each would be rejected, from the closed test with Bonferroni's rule in every set."""
    everyone = range(len(p))
    return [
        min(
            1.0,
            max(
                len(together) * min(p[other] for other in together)
                for size in range(1, len(p) + 1)
                for together in combinations(everyone, size)
                if index in together
            ),
        )
        for index in everyone
    ]


@settings(deadline=None, max_examples=60)
@given(st.lists(st.floats(0, 1), max_size=6))
def test_holm_is_the_closed_test_of_bonferroni(p):
    assert holm(p) == pytest.approx(plain_holm(p))


def test_holm_keeps_a_family_without_effect_below_the_level():
    p = np.random.default_rng(0).uniform(size=(2000, 5))
    false = np.mean([min(holm(row)) < 0.05 for row in p])
    assert abs(false - 0.05) < 4 * math.sqrt(0.05 * 0.95 / 2000)


@settings(deadline=None, max_examples=50)
@given(st.lists(st.floats(-1e6, 1e6), min_size=2, max_size=12), st.randoms(use_true_random=False))
def test_the_order_of_seeds_changes_no_digit(values, random):
    shuffled = random.sample(values, len(values))
    assert estimate(np.array(values)) == estimate(np.array(shuffled))
