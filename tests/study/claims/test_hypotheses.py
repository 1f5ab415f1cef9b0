"""Each kind of test on samples whose answer is known."""

import math

import numpy as np
import pytest
import xarray
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from prenoise.study.claims import AgainstValue, Equivalent, EquivalentToValue, Outcome, Paired, Trend, Unpaired

LEVEL = 0.05
REPRODUCED, NOT_REPRODUCED, INCONCLUSIVE, NOT_RUN = Outcome
OTHER_WAY = {REPRODUCED: NOT_REPRODUCED, NOT_REPRODUCED: REPRODUCED}


def exact(mean, spread, n):
    """A sample with just this mean and standard deviation."""
    values = stats.norm.ppf((np.arange(n) + 0.5) / n)
    return mean + spread * (values - values.mean()) / values.std(ddof=1)


def pair(mean, spread, n):
    base = np.random.default_rng(0).normal(80, 5, n)
    return base + exact(mean, spread, n), base


@pytest.mark.parametrize("test", [Paired, Unpaired, lambda direction: AgainstValue(0.0, direction)])
@pytest.mark.parametrize(
    ("mean", "direction", "outcome"),
    [
        (9, "greater", REPRODUCED),
        (-9, "less", REPRODUCED),
        (9, "less", NOT_REPRODUCED),
        (-9, "greater", NOT_REPRODUCED),
    ],
)
def test_a_clear_difference_confirms_its_direction_and_denies_the_other(test, mean, direction, outcome):
    a, b = exact(mean, 1.0, 6), exact(0.0, 1.0, 6)
    hypothesis = test(direction)
    finding = hypothesis.judge(a if isinstance(hypothesis, AgainstValue) else (a, b), LEVEL)
    assert finding.outcome is outcome
    assert finding.difference == pytest.approx(mean)
    assert ("other direction" in finding.reason) == (outcome is NOT_REPRODUCED)


def test_numbers_are_those_of_scipy():
    a, b = pair(0.5, 1.0, 9)
    for test, expected, effect in (
        (Paired("greater"), stats.ttest_rel(a, b), "d_z"),
        (Unpaired("greater"), stats.ttest_ind(a, b, equal_var=False), "d"),
    ):
        finding = test.judge((a, b), LEVEL)
        assert (finding.p, finding.n, finding.effect_name) == (pytest.approx(expected.pvalue), 9, effect)
        assert (finding.low, finding.high) == pytest.approx(tuple(expected.confidence_interval()))
        assert [group.mean for group in finding.groups] == pytest.approx([a.mean(), b.mean()])
        assert finding.groups[0].points == tuple(a)
    finding = AgainstValue(80, "less").judge(a, LEVEL)
    assert finding.p == pytest.approx(stats.ttest_1samp(a, 80).pvalue)
    assert finding.effect == pytest.approx((a.mean() - 80) / a.std(ddof=1))


@pytest.mark.parametrize(
    ("mean", "spread", "n", "least", "outcome", "reason"),
    [
        (0.5, 1.0, 2, 0.0, INCONCLUSIVE, "too few seeds: 2"),
        (0.5, 1.0, 1, 0.0, INCONCLUSIVE, "too few seeds: 1"),
        (5.0, 0.01, 2, 0.0, REPRODUCED, "significant"),
        (0.5, 1.0, 5, 0.0, INCONCLUSIVE, "interval too wide"),
        (0.0, 1.0, 5, 0.0, INCONCLUSIVE, "interval too wide"),
        (0.0, 1.0, 100, 0.0, NOT_REPRODUCED, "any difference is small"),
        (0.1, 1.0, 100, 0.0, NOT_REPRODUCED, "any difference is small"),
        (5.0, 1.0, 10, 3.0, REPRODUCED, "significant"),
        (2.0, 1.0, 10, 3.0, NOT_REPRODUCED, "no room for one of 3"),
        (0.0, 1.0, 10, 3.0, NOT_REPRODUCED, "no room for one of 3"),
        (2.8, 1.0, 10, 3.0, INCONCLUSIVE, "significant but below 3"),
        (1.0, 4.0, 10, 3.0, INCONCLUSIVE, "interval too wide"),
    ],
)
def test_what_is_not_clear_is_open_or_denied_with_a_reason(mean, spread, n, least, outcome, reason):
    a, b = pair(mean, spread, n) if n > 1 else (np.array([mean]), np.zeros(1))
    for finding in (Paired("greater", least).judge((a, b), LEVEL), Paired("less", least).judge((b, a), LEVEL)):
        assert finding.outcome is outcome
        assert reason in finding.reason


def test_a_stricter_level_leaves_open_what_the_interval_does_not():
    sample = pair(1.0, 1.0, 7)
    p = stats.ttest_rel(*sample).pvalue
    assert 0.01 < p < 0.05
    assert Paired("greater").judge(sample, 0.05).outcome is REPRODUCED
    assert Paired("greater").judge(sample, 0.01).outcome is INCONCLUSIVE
    assert Paired("less").judge(sample, 0.01).outcome is NOT_REPRODUCED


def test_without_effect_one_in_forty_claims_is_reproduced():
    """Two-sided tests at 5 %: half of the false positives have the claimed direction."""
    rng = np.random.default_rng(0)
    samples = rng.normal(size=(2000, 2, 8))
    steps = rng.normal(size=(2000, 8, 12)).cumsum(axis=-1)
    sigma = math.sqrt(0.025 * 0.975 / 2000)
    for test in (Paired("greater"), Unpaired("less")):
        outcomes = [test.judge(tuple(sample), LEVEL).outcome for sample in samples]
        assert abs(np.mean([outcome is REPRODUCED for outcome in outcomes]) - 0.025) < 4 * sigma
    outcomes = [AgainstValue(0.0, "less").judge(sample[0], LEVEL).outcome for sample in samples]
    assert abs(np.mean([outcome is REPRODUCED for outcome in outcomes]) - 0.025) < 4 * sigma
    outcomes = [Trend("falls").judge((np.arange(12), curves), LEVEL).outcome for curves in steps]
    assert abs(np.mean([outcome is REPRODUCED for outcome in outcomes]) - 0.025) < 4 * sigma


@pytest.mark.parametrize(
    ("mean", "spread", "n", "outcome", "reason"),
    [
        (0.2, 0.5, 10, REPRODUCED, "90 % interval"),
        (-0.2, 0.5, 10, REPRODUCED, "90 % interval"),
        (0.8, 0.5, 10, INCONCLUSIVE, "interval too wide"),
        (0.0, 9.0, 10, INCONCLUSIVE, "interval too wide"),
        (2.0, 0.5, 10, NOT_REPRODUCED, "wholly beyond"),
        (-2.0, 0.5, 10, NOT_REPRODUCED, "wholly beyond"),
        (0.2, 0.5, 2, INCONCLUSIVE, "too few seeds"),
    ],
)
def test_equivalence_needs_an_interval_within_the_margin(mean, spread, n, outcome, reason):
    a, b = pair(mean, spread, n)
    paired = Equivalent(margin=1.0).judge((a, b), LEVEL)
    single = EquivalentToValue(90.0, margin=1.0).judge(90 + a - b, LEVEL)
    for finding in (paired, single):
        assert finding.outcome is outcome
        assert reason in finding.reason
    assert paired.p == pytest.approx(single.p)
    assert (paired.effect_name, single.effect_name) == ("d_z", "d")


@settings(deadline=None, max_examples=60)
@given(mean=st.floats(-3, 3), spread=st.floats(0.05, 5), n=st.integers(3, 30), margin=st.floats(0.1, 3))
def test_equivalence_is_two_one_sided_tests_and_an_interval(mean, spread, n, margin):
    values = exact(mean, spread, n)
    finding = EquivalentToValue(0.0, margin).judge(values, LEVEL)
    above = stats.ttest_1samp(values, -margin, alternative="greater").pvalue
    below = stats.ttest_1samp(values, margin, alternative="less").pvalue
    assert finding.p == pytest.approx(max(above, below), abs=1e-12)
    low, high = stats.ttest_1samp(values, 0).confidence_interval(0.9)
    assert (finding.outcome is REPRODUCED) == (-margin < low and high < margin)
    wider = EquivalentToValue(0.0, 2 * margin).judge(values, LEVEL)
    assert wider.p <= finding.p
    mirrored = EquivalentToValue(0.0, margin).judge(-values, LEVEL)
    assert (mirrored.outcome, mirrored.p) == (finding.outcome, pytest.approx(finding.p))


def test_equivalence_is_falsely_claimed_at_most_at_its_level():
    """At the very edge of the margin the rate is the level, when the sample is precise enough to decide at all."""
    samples = np.random.default_rng(2).normal(1.0, 0.3, size=(2000, 8))
    false = np.mean([EquivalentToValue(0.0, 1.0).judge(sample, LEVEL).outcome is REPRODUCED for sample in samples])
    assert abs(false - LEVEL) < 4 * math.sqrt(0.05 * 0.95 / 2000)


def falling(seeds=5, times=20, noise=0.05):
    rng = np.random.default_rng(0)
    at = np.linspace(0, 3, times)
    return at, 2 * np.exp(-at) + noise * rng.normal(size=(seeds, times))


def test_a_falling_curve_falls_and_does_not_rise():
    at, curves = falling()
    finding = Trend("falls").judge((at, curves), LEVEL)
    change = curves[:, -1] - curves[:, 0]
    assert finding.outcome is REPRODUCED
    assert finding.difference == pytest.approx(change.mean())
    assert finding.p == pytest.approx(stats.ttest_1samp(change, 0).pvalue)
    assert [group.label for group in finding.groups] == ["first", "last"]
    assert Trend("rises").judge((at, curves), LEVEL).outcome is NOT_REPRODUCED
    assert Trend("rises").judge((at, -curves), LEVEL).outcome is REPRODUCED
    assert Trend("falls", least=3.0).judge((at, curves), LEVEL).outcome is NOT_REPRODUCED


def test_times_may_come_in_any_order():
    at, curves = falling()
    order = np.random.default_rng(1).permutation(len(at))
    assert Trend("falls").judge((at[order], curves[:, order]), LEVEL) == Trend("falls").judge((at, curves), LEVEL)


def test_a_drop_at_the_very_end_of_a_rising_curve_is_no_fall():
    at, curves = falling()
    curves = -curves
    curves[:, -1] = -9
    finding = Trend("falls").judge((at, curves), LEVEL)
    assert finding.outcome is INCONCLUSIVE
    assert "Kendall's tau" in finding.reason


def test_a_curve_that_turns_again_and_again_is_not_steady():
    at, curves = falling(noise=0.5)
    assert Trend("falls").judge((at, curves), LEVEL).outcome is REPRODUCED
    finding = Trend("falls", steady=0.8).judge((at, curves), LEVEL)
    assert finding.outcome is INCONCLUSIVE
    assert "turns too often" in finding.reason
    at, curves = falling()
    assert Trend("falls", steady=0.8).judge((at, curves), LEVEL).outcome is REPRODUCED


def test_a_flat_curve_has_no_trend():
    finding = Trend("falls").judge((np.arange(4), np.ones((5, 4))), LEVEL)
    assert (finding.outcome, finding.p, finding.effect) == (NOT_REPRODUCED, 1.0, 0.0)


def test_times_that_no_seed_has_are_padding_and_seeds_with_gaps_are_left_out():
    at, curves = falling()
    padded = np.concatenate([curves, np.full((5, 3), np.nan)], axis=1)
    longer = np.concatenate([at, [4, 5, 6]])
    assert Trend("falls").judge((longer, padded), LEVEL) == Trend("falls").judge((at, curves), LEVEL)
    padded[2, 7] = np.nan
    finding = Trend("falls").judge((longer, padded), LEVEL)
    assert (finding.n, finding.dropped) == (4, 1)
    assert "left out for missing values: 1 seed" in finding.reason


@pytest.mark.parametrize("curves", [np.full((3, 4), np.nan), np.zeros((0, 4)), np.full((1, 4), np.inf)])
def test_curves_that_are_missing_were_not_run(curves):
    assert Trend("falls").judge((np.arange(4), curves), LEVEL).outcome is NOT_RUN


def test_one_time_makes_no_trend():
    assert Trend("falls").judge(([0.0], np.ones((3, 1))), LEVEL).outcome is NOT_RUN


DIRECTED = [Paired("greater"), Unpaired("less")]
eighths = st.integers(-400, 400).map(lambda number: number / 8)
pairs = st.lists(st.tuples(eighths, eighths), min_size=1, max_size=8).map(
    lambda rows: (np.array([a for a, _ in rows]), np.array([b for _, b in rows]))
)


NUMBERS = ("difference", "low", "high", "p", "effect")


def numbers(finding):
    return [math.nan if getattr(finding, name) is None else getattr(finding, name) for name in NUMBERS]


@pytest.mark.parametrize("test", DIRECTED)
@settings(deadline=None, max_examples=60)
@given(sample=pairs)
def test_swapping_the_samples_flips_difference_and_verdict(test, sample):
    a, b = sample
    finding, swapped = test.judge((a, b), LEVEL), test.judge((b, a), LEVEL)
    assert swapped.difference == -finding.difference
    assert swapped.p == finding.p
    if finding.outcome in OTHER_WAY and finding.p < LEVEL:
        assert swapped.outcome is OTHER_WAY[finding.outcome]
    else:
        assert swapped.outcome is finding.outcome


@pytest.mark.parametrize("test", [*DIRECTED, Equivalent(2.0)])
@settings(deadline=None, max_examples=60)
@given(sample=pairs, constant=eighths, random=st.randoms(use_true_random=False))
def test_a_constant_added_to_both_or_another_order_of_seeds_changes_nothing(test, sample, constant, random):
    a, b = sample
    finding = test.judge((a, b), LEVEL)
    order = random.sample(range(len(a)), len(a))
    for other in (test.judge((a + constant, b + constant), LEVEL), test.judge((a[order], b[order]), LEVEL)):
        assert (other.outcome, other.reason) == (finding.outcome, finding.reason)
        assert numbers(other) == pytest.approx(numbers(finding), rel=1e-6, abs=1e-9, nan_ok=True)


@pytest.mark.parametrize("test", [*DIRECTED, Equivalent(2.0)])
@settings(deadline=None, max_examples=60)
@given(sample=pairs)
def test_no_number_is_ever_nan(test, sample):
    finding = test.judge(sample, LEVEL)
    assert all(getattr(finding, name) is None or math.isfinite(getattr(finding, name)) for name in NUMBERS)


def test_pairs_with_a_missing_member_are_left_out_and_counted():
    a, b = pair(5.0, 1.0, 8)
    a[1], b[2], b[3] = np.nan, np.nan, np.inf
    finding = Paired("greater").judge((a, b), LEVEL)
    kept = [0, 4, 5, 6, 7]
    assert (finding.n, finding.dropped) == (5, 3)
    assert finding.p == pytest.approx(stats.ttest_rel(a[kept], b[kept]).pvalue)
    assert finding.groups[1].points == tuple(b[kept])
    assert "left out for missing values: 3 seeds" in finding.reason
    unpaired = Unpaired("greater").judge((a, b), LEVEL)
    assert (len(unpaired.groups[0].points), len(unpaired.groups[1].points), unpaired.n) == (7, 6, 6)


def test_a_value_that_exploded_in_a_dropped_pair_does_not_coarsen_the_others():
    a, b = (sample.astype(np.float32) for sample in pair(5.0, 1.0, 8))
    a[0], b[0] = np.float32(1e30), np.nan
    finding = Paired("greater").judge((a, b), LEVEL)
    assert finding.outcome is REPRODUCED
    assert finding.effect is not None


@pytest.mark.parametrize(
    "sample",
    [
        (np.full(4, np.nan), np.ones(4)),
        (np.ones(0), np.ones(4)),
        (np.zeros((0, 4)), np.zeros((1, 4))),
        (np.array([np.nan, 1.0]), np.array([1.0, np.nan])),
    ],
)
def test_samples_that_share_no_seed_were_not_run(sample):
    for test in (Paired("greater"), Equivalent(1.0)):
        finding = test.judge(sample, LEVEL)
        assert (finding.outcome, finding.n, finding.p) == (NOT_RUN, 0, None)
        assert "no seed has all the values" in finding.reason


def test_single_samples_without_values_were_not_run():
    for sample in (np.ones(0), np.full(3, np.nan)):
        for test in (AgainstValue(90.0, "less"), EquivalentToValue(90.0, 1.0)):
            assert test.judge(sample, LEVEL).outcome is NOT_RUN
        assert Unpaired("less").judge((sample, np.ones(3)), LEVEL).outcome is NOT_RUN


@pytest.mark.parametrize(
    ("shift", "n", "outcome", "p"),
    [
        (0.5, 4, REPRODUCED, 0.0),
        (-0.5, 4, NOT_REPRODUCED, 0.0),
        (0.0, 4, NOT_REPRODUCED, 1.0),
        (0.5, 2, INCONCLUSIVE, 0.0),
        (0.0, 2, INCONCLUSIVE, 1.0),
    ],
)
def test_differences_that_are_all_the_same_are_certain_from_three_seeds_on(shift, n, outcome, p):
    base = np.arange(n) / 4
    finding = Paired("greater").judge((base + shift, base), LEVEL)
    assert (finding.outcome, finding.p, finding.low, finding.high) == (outcome, p, shift, shift)
    assert finding.effect == (None if shift else 0.0)


@pytest.mark.parametrize(
    ("shift", "outcome"), [(0.0, REPRODUCED), (0.5, REPRODUCED), (1, NOT_REPRODUCED), (2, NOT_REPRODUCED)]
)
def test_equivalence_of_differences_that_are_all_the_same(shift, outcome):
    base = np.arange(4) / 4
    assert Equivalent(1.0).judge((base + shift, base), LEVEL).outcome is outcome
    assert Equivalent(1.0).judge((base[:2] + shift, base[:2]), LEVEL).outcome is INCONCLUSIVE


def test_seeds_are_matched_by_their_labels():
    a, b = pair(3.0, 1.0, 6)
    labelled = xarray.DataArray(a, dims="seed", coords={"seed": range(6)})
    other = xarray.DataArray(b[::-1], dims="seed", coords={"seed": range(6)[::-1]})
    assert Paired("greater").judge((labelled, other), LEVEL) == Paired("greater").judge((a, b), LEVEL)
    finding = Paired("greater").judge((labelled, other[:4].expand_dims("condition")), LEVEL)
    assert (finding.n, finding.dropped) == (4, 2)
    assert finding.difference == pytest.approx((a - b)[2:].mean())


def test_arrays_of_the_wrong_shape_are_refused():
    with pytest.raises(ValueError, match="one value a seed"):
        AgainstValue(0.0, "less").judge(np.ones((2, 3)), LEVEL)
    with pytest.raises(ValueError, match="found 3 and 4"):
        Paired("less").judge((np.ones(3), np.ones(4)), LEVEL)
    with pytest.raises(ValueError, match="seeds x 3 times"):
        Trend("falls").judge((np.arange(3), np.ones((3, 4))), LEVEL)


def test_margins_and_least_differences_must_make_sense():
    for wrong in (0.0, -1.0, math.nan):
        with pytest.raises(ValueError, match="margin must be above 0"):
            Equivalent(wrong)
    for wrong in (-0.1, math.nan):
        with pytest.raises(ValueError, match="0 or more"):
            Paired("less", least=wrong)
