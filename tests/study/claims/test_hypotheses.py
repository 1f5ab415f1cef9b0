"""Each kind of test on samples whose answer is known."""

import math
from functools import partial

import numpy as np
import pytest
import xarray
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from prenoise.study.claims import (
    AgainstValue,
    Claim,
    Equivalent,
    EquivalentToValue,
    GapClosed,
    Outcome,
    Paired,
    Trend,
    judge,
)

claim_of = partial(Claim, smallest=0.1, why="made up")

REPRODUCED, NO_EFFECT, CONTRADICTED, INCONCLUSIVE, NOT_RUN = Outcome
OTHER_WAY = {REPRODUCED: CONTRADICTED, CONTRADICTED: REPRODUCED}
NUMBERS = ("difference", "low", "high", "p", "effect")


def numbers(verdict):
    return [math.nan if getattr(verdict, name) is None else getattr(verdict, name) for name in NUMBERS]


def verdict_of(test, sample, smallest=0.1):
    return judge(claim_of("x", "", test, lambda given: given["sample"], smallest=smallest), {"sample": sample})


def exact(mean, spread, n):
    """A sample with just this mean and standard deviation."""
    values = stats.norm.ppf((np.arange(n) + 0.5) / n)
    return mean + spread * (values - values.mean()) / values.std(ddof=1)


def pair(mean, spread, n):
    base = np.random.default_rng(0).normal(80, 5, n)
    return base + exact(mean, spread, n), base


@pytest.mark.parametrize(
    ("mean", "direction", "outcome"),
    [(9, "greater", REPRODUCED), (-9, "less", REPRODUCED), (9, "less", CONTRADICTED), (-9, "greater", CONTRADICTED)],
)
def test_a_clear_difference_confirms_its_direction_and_denies_the_other(mean, direction, outcome):
    found = verdict_of(Paired(direction), pair(mean, 1.0, 6))
    assert (found.outcome, found.difference) == (outcome, pytest.approx(mean))
    found = verdict_of(AgainstValue(5, direction), exact(5 + mean, 1.0, 6))
    assert (found.outcome, found.difference) == (outcome, pytest.approx(mean))


def test_numbers_are_those_of_scipy():
    a, b = pair(0.5, 1.0, 9)
    found, expected = verdict_of(Paired("greater"), (a, b)), stats.ttest_rel(a, b)
    assert (found.p, found.n, found.effect_name) == (pytest.approx(expected.pvalue), 9, "d_z")
    assert (found.low, found.high) == pytest.approx(tuple(expected.confidence_interval()))
    assert [group.mean for group in found.groups] == pytest.approx([a.mean(), b.mean()])
    assert (found.groups[0].points, found.seeds) == (tuple(a), tuple(range(9)))
    found = verdict_of(AgainstValue(80, "less"), a)
    assert (found.p, found.effect_name) == (pytest.approx(stats.ttest_1samp(a, 80).pvalue), "d")
    assert found.effect == pytest.approx((a.mean() - 80) / a.std(ddof=1))


@pytest.mark.parametrize(
    ("mean", "spread", "n", "smallest", "outcome", "reason"),
    [
        (5.0, 0.01, 2, 0.1, INCONCLUSIVE, "too few seeds: 2"),
        (0.5, 1.0, 5, 0.1, INCONCLUSIVE, "too wide"),
        (0.5, 1.0, 40, 0.1, REPRODUCED, "as claimed"),
        (-0.5, 1.0, 40, 0.1, CONTRADICTED, "not as claimed"),
        (0.0, 1.0, 100, 0.25, NO_EFFECT, "within 0.25"),
        (0.0, 1.0, 100, 0.15, INCONCLUSIVE, "too wide"),
        (0.02, 0.01, 20, 0.1, NO_EFFECT, "within 0.1"),  # significant, and too small to matter
        (-0.02, 0.01, 20, 0.1, NO_EFFECT, "within 0.1"),
        (0.02, 0.01, 20, 0.02, REPRODUCED, "as claimed"),
    ],
)
def test_the_rule_for_a_direction(mean, spread, n, smallest, outcome, reason):
    found = verdict_of(Paired("greater"), pair(mean, spread, n), smallest)
    assert found.outcome is outcome
    assert reason in found.reason
    turned = verdict_of(Paired("less"), pair(mean, spread, n), smallest)
    assert turned.outcome is OTHER_WAY.get(outcome, outcome)


@pytest.mark.parametrize(
    ("mean", "spread", "n", "outcome"),
    [
        (0.0, 0.5, 10, REPRODUCED),
        (0.4, 0.5, 10, REPRODUCED),
        (-0.4, 0.5, 10, REPRODUCED),
        (0.8, 0.5, 10, INCONCLUSIVE),
        (2.0, 0.5, 10, CONTRADICTED),
        (-2.0, 0.5, 10, CONTRADICTED),
        (0.0, 3.0, 10, INCONCLUSIVE),
        (0.0, 0.01, 2, INCONCLUSIVE),
    ],
)
def test_the_rule_for_an_equivalence(mean, spread, n, outcome):
    sample = pair(mean, spread, n)
    assert verdict_of(Equivalent(), sample, 1.0).outcome is outcome
    assert verdict_of(Equivalent(), sample[::-1], 1.0).outcome is outcome
    assert verdict_of(EquivalentToValue(90.0), exact(90 + mean, spread, n), 1.0).outcome is outcome


@pytest.mark.parametrize("mean", [0.5, -0.5, 0.9, 1.6])
def test_equivalence_is_decided_by_the_interval_and_by_two_one_sided_tests(mean):
    a, b = pair(mean, 0.7, 9)
    found = verdict_of(Equivalent(), (a, b), 1.0)
    assert found.difference == pytest.approx(mean)
    above = stats.ttest_1samp(a - b, -1.0, alternative="greater").pvalue
    below = stats.ttest_1samp(a - b, 1.0, alternative="less").pvalue
    assert found.p == pytest.approx(2 * min(max(above, below), 1 - max(above, below)))
    assert (found.outcome is REPRODUCED) == (-1 < found.low < found.high < 1)
    assert (found.outcome is CONTRADICTED) == (found.low > 1 or found.high < -1)


def falling(depth=20.0, seeds=5, times=8, noise=0.5):
    at = np.arange(times) / 2
    return at, 90 - depth * at / at[-1] + np.random.default_rng(0).normal(0, noise, (seeds, times))


def test_a_curve_that_falls_falls_and_does_not_rise():
    at, curves = falling()
    found = verdict_of(Trend("falls"), (at, curves))
    assert (found.outcome, found.n) == (REPRODUCED, 5)
    assert found.difference == pytest.approx(np.mean(curves[:, -1] - curves[:, 0]))
    assert [group.points for group in found.groups] == [tuple(curves[:, 0]), tuple(curves[:, -1])]
    assert found.taus == pytest.approx([stats.kendalltau(at, curve).statistic for curve in curves])
    assert verdict_of(Trend("rises"), (at, curves)).outcome is CONTRADICTED
    assert verdict_of(Trend("rises"), (at, -curves)).outcome is REPRODUCED


def test_times_in_any_order_are_the_same_curve():
    at, curves = falling()
    order = np.random.default_rng(1).permutation(len(at))
    assert verdict_of(Trend("falls"), (at[order], curves[:, order])) == verdict_of(Trend("falls"), (at, curves))


def test_a_change_between_the_ends_is_no_trend_if_the_curve_runs_against_it():
    at, curves = falling(depth=-20.0)
    curves[:, -1] = curves[:, 0] - 10
    found = verdict_of(Trend("falls"), (at, curves))
    assert (found.outcome, "runs against it" in found.reason) == (INCONCLUSIVE, True)
    assert found.p < 0.05


def test_a_steady_trend_may_not_turn_often():
    at, curves = falling(noise=6.0)
    assert verdict_of(Trend("falls"), (at, curves)).outcome is REPRODUCED
    found = verdict_of(Trend("falls", steady=0.9), (at, curves))
    assert (found.outcome, "turns too often" in found.reason) == (INCONCLUSIVE, True)


def test_constant_curves_have_no_trend():
    at, curves = falling()
    curves[:2] = curves[:2, :1]
    found = verdict_of(Trend("falls"), (at, curves))
    assert found.taus[:2] == (0.0, 0.0)
    level = verdict_of(Trend("falls"), (at, curves[:, :1] * np.ones(8)))
    assert (level.outcome, level.difference, level.taus) == (NO_EFFECT, 0.0, (0.0,) * 5)


def test_times_that_no_seed_has_are_padding_and_seeds_with_gaps_are_left_out():
    at, curves = falling()
    padded = np.concatenate([curves, np.full((5, 3), np.nan)], axis=1)
    longer = np.concatenate([at, [4, 5, 6]])
    assert verdict_of(Trend("falls"), (longer, padded)) == verdict_of(Trend("falls"), (at, curves))
    padded[2, 7] = np.nan
    found = verdict_of(Trend("falls"), (longer, padded))
    assert (found.n, found.dropped, found.seeds) == (4, 1, (0, 1, 3, 4))
    assert "left out for missing values: 1 seed" in found.reason


@pytest.mark.parametrize("curves", [np.full((3, 4), np.nan), np.zeros((0, 4)), np.full((1, 4), np.inf)])
def test_curves_that_are_missing_were_not_run(curves):
    assert verdict_of(Trend("falls"), (np.arange(4), curves)).outcome is NOT_RUN


def test_one_time_makes_no_trend():
    assert verdict_of(Trend("falls"), ([0.0], np.ones((3, 1)))).outcome is NOT_RUN


def test_curves_keep_the_labels_of_their_seeds():
    at, curves = falling()
    labelled = xarray.DataArray(curves[::-1], dims=("seed", "time"), coords={"seed": [9, 8, 7, 6, 5]})
    found = verdict_of(Trend("falls"), (at, labelled))
    assert (found.seeds, found.groups[0].points) == ((5, 6, 7, 8, 9), tuple(curves[:, 0]))
    assert found.p == verdict_of(Trend("falls"), (at, curves)).p


def gap(closed, n=8, size=0.1, noise=0.002):
    """Three kinds of which the first closes a share of the gap between the others."""
    rng = np.random.default_rng(3)
    low = rng.normal(0.7, 0.02, n)
    high = low + size + rng.normal(0, noise, n)
    return low + closed * (high - low) + rng.normal(0, noise, n), low, high


@pytest.mark.parametrize(
    ("closed", "outcome"),
    [(1.0, REPRODUCED), (1.3, REPRODUCED), (0.5, CONTRADICTED), (0.0, CONTRADICTED), (-0.5, CONTRADICTED)],
)
def test_comparable_is_the_share_of_the_gap_that_is_closed(closed, outcome):
    x, low, high = gap(closed)
    found = verdict_of(GapClosed(0.8), (x, low, high), 0.01)
    assert found.outcome is outcome
    assert found.difference == pytest.approx((x - low).mean() / (high - low).mean())
    assert found.low < found.difference < found.high
    assert found.p == pytest.approx(stats.ttest_1samp((x - low) - 0.8 * (high - low), 0).pvalue)
    assert found.difference_unit == "of the gap"
    assert (found.low > 0.8) == (outcome is REPRODUCED)
    assert (found.high < 0.8) == (outcome is CONTRADICTED)


def test_plain_feedback_alignment_is_not_comparable_to_backpropagation():
    _x, low, high = gap(1.0)
    found = verdict_of(GapClosed(0.8), (low, low, high), 0.01)
    assert (found.outcome, found.difference) == (CONTRADICTED, 0.0)
    assert verdict_of(GapClosed(0.8), (high, low, high), 0.01).outcome is REPRODUCED


@pytest.mark.parametrize(("size", "noise"), [(0.0, 0.001), (0.001, 0.001), (-0.1, 0.001), (0.02, 0.1)])
def test_without_a_gap_nothing_can_be_closed(size, noise):
    found = verdict_of(GapClosed(0.8), gap(1.0, size=size, noise=noise), 0.01)
    assert (found.outcome, found.difference, found.low, found.if_true) == (INCONCLUSIVE, None, None, None)
    assert "no gap to speak of" in found.reason


def test_a_share_of_a_gap_lies_between_nothing_and_all():
    for share in (0.0, 1.0, -1.0, math.nan):
        with pytest.raises(ValueError, match="between 0 and 1"):
            GapClosed(share)


eighths = st.integers(-400, 400).map(lambda number: number / 8)
pairs = st.lists(st.tuples(eighths, eighths), min_size=1, max_size=8).map(
    lambda rows: (np.array([a for a, _ in rows]), np.array([b for _, b in rows]))
)
PAIRED = [Paired("greater"), Paired("less"), Equivalent()]


@pytest.mark.parametrize("test", PAIRED)
@settings(deadline=None, max_examples=30)
@given(sample=pairs)
def test_swapping_the_samples_flips_difference_and_direction(test, sample):
    a, b = sample
    found, swapped = verdict_of(test, (a, b)), verdict_of(test, (b, a))
    assert (swapped.difference, swapped.p) == (-found.difference, found.p)
    turned = found.outcome if test.equivalence else OTHER_WAY.get(found.outcome, found.outcome)
    assert swapped.outcome is turned


@pytest.mark.parametrize("test", PAIRED)
@settings(deadline=None, max_examples=30)
@given(sample=pairs, constant=eighths, random=st.randoms(use_true_random=False))
def test_a_constant_added_to_both_or_another_order_of_seeds_changes_nothing(test, sample, constant, random):
    a, b = sample
    found = verdict_of(test, (a, b))
    order = random.sample(range(len(a)), len(a))
    for other in (verdict_of(test, (a + constant, b + constant)), verdict_of(test, (a[order], b[order]))):
        assert (other.outcome, other.reason) == (found.outcome, found.reason)
        assert numbers(other) == pytest.approx(numbers(found), rel=1e-6, abs=1e-9, nan_ok=True)


@pytest.mark.parametrize("test", [*PAIRED, GapClosed(0.5)])
@settings(deadline=None, max_examples=30)
@given(sample=pairs)
def test_no_number_is_ever_nan(test, sample):
    a, b = sample
    found = verdict_of(test, (a, b, b + 1) if isinstance(test, GapClosed) else (a, b))
    assert all(value is None or math.isfinite(value) for value in map(vars(found).get, NUMBERS))


def test_seeds_with_a_missing_value_are_left_out_and_counted():
    a, b = pair(5.0, 1.0, 8)
    a[1], b[2], b[3] = np.nan, np.nan, np.inf
    found = verdict_of(Paired("greater"), (a, b))
    kept = [0, 4, 5, 6, 7]
    assert (found.n, found.dropped, found.seeds) == (5, 3, tuple(kept))
    assert found.p == pytest.approx(stats.ttest_rel(a[kept], b[kept]).pvalue)
    assert found.groups[1].points == tuple(b[kept])
    assert "left out for missing values: 3 seeds" in found.reason


def test_a_value_that_exploded_in_a_dropped_seed_does_not_coarsen_the_others():
    a, b = (sample.astype(np.float32) for sample in pair(5.0, 1.0, 8))
    a[0], b[0] = np.float32(1e30), np.nan
    found = verdict_of(Paired("greater"), (a, b))
    assert (found.outcome, found.effect is None) == (REPRODUCED, False)


@pytest.mark.parametrize(
    ("sample", "dropped"),
    [
        ((np.full(4, np.nan), np.ones(4)), 4),
        ((np.ones(0), np.ones(4)), 4),
        ((np.ones(3), np.ones(0)), 3),
        ((np.zeros((0, 4)), np.zeros((1, 4))), 4),
        ((np.array([np.nan, 1.0]), np.array([1.0, np.nan])), 2),
    ],
)
def test_samples_that_share_no_seed_were_not_run(sample, dropped):
    for test in (Paired("greater"), Equivalent()):
        found = verdict_of(test, sample)
        assert (found.outcome, found.n, found.p, found.dropped) == (NOT_RUN, 0, None, dropped)
        assert "no seed has all the values" in found.reason


def test_single_samples_without_values_were_not_run():
    for sample in (np.ones(0), np.full(3, np.nan)):
        for test in (AgainstValue(90.0, "less"), EquivalentToValue(90.0)):
            found = verdict_of(test, sample)
            assert (found.outcome, found.dropped) == (NOT_RUN, len(sample))


@pytest.mark.parametrize(
    ("shift", "n", "outcome", "p"),
    [
        (0.5, 4, REPRODUCED, 0.0),
        (-0.5, 4, CONTRADICTED, 0.0),
        (0.0, 4, NO_EFFECT, 1.0),
        (0.5, 2, INCONCLUSIVE, 0.0),
        (0.0, 2, INCONCLUSIVE, 1.0),
    ],
)
def test_differences_that_are_all_the_same_are_certain_from_three_seeds_on(shift, n, outcome, p):
    base = np.arange(n) / 4
    found = verdict_of(Paired("greater"), (base + shift, base))
    assert (found.outcome, found.p, found.low, found.high) == (outcome, p, shift, shift)
    assert found.effect == (None if shift else 0.0)


@pytest.mark.parametrize(
    ("shift", "outcome"), [(0.0, REPRODUCED), (0.5, REPRODUCED), (1, INCONCLUSIVE), (2, CONTRADICTED)]
)
def test_equivalence_of_differences_that_are_all_the_same(shift, outcome):
    base = np.arange(4) / 4
    assert verdict_of(Equivalent(), (base + shift, base), 1.0).outcome is outcome
    assert verdict_of(Equivalent(), (base[:2] + shift, base[:2]), 1.0).outcome is INCONCLUSIVE


def test_seeds_are_matched_by_their_labels():
    a, b = pair(3.0, 1.0, 6)
    labelled = xarray.DataArray(a, dims="seed", coords={"seed": range(6)})
    other = xarray.DataArray(b[::-1], dims="seed", coords={"seed": range(6)[::-1]})
    assert verdict_of(Paired("greater"), (labelled, other)) == verdict_of(Paired("greater"), (a, b))
    found = verdict_of(Paired("greater"), (labelled, other[:4].expand_dims("condition")))
    assert (found.n, found.dropped, found.seeds) == (4, 2, (2, 3, 4, 5))
    assert found.difference == pytest.approx((a - b)[2:].mean())


def test_arrays_of_the_wrong_shape_are_refused():
    with pytest.raises(ValueError, match="one value per seed"):
        verdict_of(AgainstValue(0.0, "less"), np.ones((2, 3)))
    with pytest.raises(ValueError, match="found 3 and 4"):
        verdict_of(Paired("less"), (np.ones(3), np.ones(4)))
    with pytest.raises(ValueError, match="seeds x 3 times"):
        verdict_of(Trend("falls"), (np.arange(3), np.ones((3, 4))))
