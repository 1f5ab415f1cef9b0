"""Against scipy, against formulas written out, and against made-up data whose answer is known."""

import math
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from prenoise.study.claims.statistics import Estimate, holm, one_sample, resolution, two_samples

SIZES = [2, 3, 5, 20, 200]


def normal(n, mean=0.0, spread=1.0, seed=0):
    return np.random.default_rng([seed, n]).normal(mean, spread, n)


@pytest.mark.parametrize("n", SIZES)
def test_one_sample_is_scipys_t_test(n):
    values = normal(n, mean=0.4)
    estimate, expected = one_sample(values), stats.ttest_1samp(values, 0)
    assert estimate.p() == pytest.approx(expected.pvalue, rel=1e-9)
    for confidence in (0.9, 0.95):
        assert estimate.interval(confidence) == pytest.approx(tuple(expected.confidence_interval(confidence)))
    assert (estimate.freedom, estimate.n) == (n - 1, n)


@pytest.mark.parametrize("n", SIZES)
def test_one_sample_of_differences_is_scipys_paired_t_test(n):
    a, b = normal(n, mean=0.4), normal(n, seed=1)
    expected = stats.ttest_rel(a, b)
    assert one_sample(a - b).p() == pytest.approx(expected.pvalue, rel=1e-9)
    assert one_sample(a - b).interval() == pytest.approx(tuple(expected.confidence_interval()))


@pytest.mark.parametrize("sizes", [(2, 2), (3, 7), (20, 5), (200, 200)])
def test_two_samples_is_scipys_welch_test(sizes):
    a, b = normal(sizes[0], mean=1.0, spread=3.0), normal(sizes[1], seed=1)
    estimate, expected = two_samples(a, b), stats.ttest_ind(a, b, equal_var=False)
    assert estimate.p() == pytest.approx(expected.pvalue, rel=1e-9)
    assert estimate.interval() == pytest.approx(tuple(expected.confidence_interval()))
    assert estimate.freedom == pytest.approx(expected.df)
    assert estimate.n == min(sizes)


def test_welch_is_statsmodels_too():
    weightstats = pytest.importorskip("statsmodels.stats.weightstats")
    a, b = normal(6, mean=1.0, spread=3.0), normal(9, seed=1)
    assert two_samples(a, b).p() == pytest.approx(weightstats.ttest_ind(a, b, usevar="unequal")[1])


def test_effects_are_cohens():
    a, b = normal(8, mean=1.0, spread=3.0), normal(5, seed=1)
    pooled = math.sqrt((7 * a.var(ddof=1) + 4 * b.var(ddof=1)) / 11)
    assert two_samples(a, b).effect == pytest.approx((a.mean() - b.mean()) / pooled)
    assert one_sample(a).effect == pytest.approx(a.mean() / a.std(ddof=1))
    assert one_sample(np.array([1.0, 2.0, 3.0])).effect == pytest.approx(2.0)


def test_the_smallest_p_values_keep_their_digits():
    values = normal(60, mean=30.0)
    assert one_sample(values).p() == pytest.approx(stats.ttest_1samp(values, 0).pvalue, rel=1e-6)
    assert 0 < one_sample(values).p() < 1e-60


@pytest.mark.parametrize("value", [-0.5, 0.0, 0.3])
def test_one_sided_p_values_are_scipys(value):
    values = normal(7, mean=0.1)
    above = stats.ttest_1samp(values, value, alternative="greater").pvalue
    below = stats.ttest_1samp(values, value, alternative="less").pvalue
    assert one_sample(values).p_above(value) == pytest.approx(above)
    assert one_sample(values).p_below(value) == pytest.approx(below)


def test_without_effect_one_in_twenty_tests_is_significant():
    rng = np.random.default_rng(0)
    for n in (3, 10):
        one = [one_sample(values).p() for values in rng.normal(size=(2000, n))]
        two = [two_samples(a, b).p() for a, b in rng.normal(size=(2000, 2, n))]
        for p in one, two:
            assert abs(np.mean(np.array(p) < 0.05) - 0.05) < 4 * math.sqrt(0.05 * 0.95 / 2000)
        assert stats.kstest(one, "uniform").pvalue > 1e-3


def test_nineteen_in_twenty_intervals_hold_the_truth():
    rng = np.random.default_rng(1)
    for n, spread in ((4, 0.1), (12, 5.0)):
        samples = rng.normal(3.0, spread, size=(2000, n))
        paired = [low <= 3 <= high for low, high in (one_sample(values).interval() for values in samples)]
        others = rng.normal(1.0, 1.0, size=(2000, 2 * n))
        welch = [
            low <= 2 <= high
            for low, high in (two_samples(a, b).interval() for a, b in zip(samples, others, strict=True))
        ]
        assert abs(np.mean(paired) - 0.95) < 4 * math.sqrt(0.05 * 0.95 / 2000)
        assert abs(np.mean(welch) - 0.95) < 0.03  # Welch's degrees of freedom are an approximation


@pytest.mark.parametrize("samples", [[], [1.0]])
def test_of_fewer_than_two_values_nothing_is_known(samples):
    values = np.array(samples)
    for estimate in (one_sample(values), two_samples(values, normal(5)), two_samples(normal(5), values)):
        assert estimate.n == len(values)
        assert all(math.isnan(number) for number in (estimate.p(), *estimate.interval(), estimate.effect))


def test_equal_values_are_certain_of_their_difference():
    same, other = np.full(4, 2.0), np.full(4, 2.5)
    assert one_sample(same - same) == Estimate(0.0, 0.0, 3.0, 0.0, 4)
    for none in (one_sample(same - same), two_samples(same, same)):
        assert (none.p(), none.effect, none.interval()) == (1.0, 0.0, (0.0, 0.0))
    for some in (one_sample(same - other), two_samples(same, other)):
        assert (some.p(), some.interval()) == (0.0, (-0.5, -0.5))
        assert math.isnan(some.effect)
        assert (some.p_above(-1), some.p_above(-0.5), some.p_above(0)) == (0.0, 0.5, 1.0)
        assert (some.p_below(-1), some.p_below(0)) == (1.0, 0.0)


def test_differences_that_are_rounding_count_as_equal():
    a = np.array([0.3, 0.4, 0.7, 1.1], np.float32)
    b = (a - np.float32(0.1)).astype(np.float32)
    differences = a.astype(np.float64) - b.astype(np.float64)
    assert differences.std() > 0
    assert one_sample(differences, resolution([a, b], a, b)).spread == 0
    assert one_sample(a - a + 1e-17, resolution([a], np.ones(1))).difference == 0


def test_resolution_is_of_the_coarsest_numbers_that_are_used():
    assert resolution([np.float32([1, 2]), np.zeros(2)], np.array([1.0, -8.0])) == pytest.approx(32 * 2.0**-23)
    assert resolution([np.arange(3)], np.array([1.0])) == pytest.approx(4 * 2.0**-52)
    assert resolution([[]], np.zeros(0)) == 0


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


def test_holm_is_statsmodels_too():
    multitest = pytest.importorskip("statsmodels.stats.multitest")
    p = np.random.default_rng(0).uniform(size=9) ** 3
    assert holm(p) == pytest.approx(multitest.multipletests(p, method="holm")[1])


def test_holm_keeps_a_family_without_effect_below_the_level():
    p = np.random.default_rng(0).uniform(size=(2000, 5))
    false = np.mean([min(holm(row)) < 0.05 for row in p])
    assert abs(false - 0.05) < 4 * math.sqrt(0.05 * 0.95 / 2000)


@settings(deadline=None, max_examples=50)
@given(st.lists(st.floats(-1e6, 1e6), min_size=2, max_size=12), st.randoms(use_true_random=False))
def test_the_order_of_seeds_changes_no_digit(values, random):
    shuffled = random.sample(values, len(values))
    assert one_sample(np.array(values)) == one_sample(np.array(shuffled))
    half = np.array(values[::-1]) / 2
    assert two_samples(np.array(values), half) == two_samples(np.array(shuffled), half)


def test_an_estimate_of_a_known_sample():
    assert one_sample(np.array([1.0, 2.0, 3.0])) == Estimate(2.0, 1 / math.sqrt(3), 2.0, 1.0, 3)
