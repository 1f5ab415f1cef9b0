"""Simulated studies: as many seeds as are said to be needed decide as often as is said."""

import math
from functools import partial

import numpy as np
import pytest
from scipy import stats

from prenoise.study.claims import Claim, Equivalent, GapClosed, Outcome, Paired, judge, judge_all, power, seeds_needed

claim_of = partial(Claim, smallest=0.1, why="made up")

STUDIES = 400


def shares(test, smallest, draw, studies=STUDIES):
    """How often each outcome comes of samples that are drawn anew."""
    rng = np.random.default_rng(0)
    claim = claim_of("x", "", test, lambda sample: sample, smallest=smallest)
    outcomes = [judge(claim, draw(rng)).outcome for _ in range(studies)]
    return {outcome: outcomes.count(outcome) / studies for outcome in Outcome}


def paired(effect, spread, n):
    """Draws two samples over the same seeds, whose difference has this mean and spread."""

    def draw(rng):
        luck = rng.normal(0.8, 0.05, n)
        return luck + rng.normal(effect, spread, n), luck

    return draw


@pytest.mark.parametrize("spread", [0.005, 0.01, 0.02])
def test_with_the_seeds_needed_a_direction_is_decided(spread):
    n = seeds_needed(smallest=0.01, spread=spread)
    null = shares(Paired("greater"), 0.01, paired(0.0, spread, n))
    assert null[Outcome.NO_EFFECT] >= 0.8
    assert null[Outcome.REPRODUCED] <= 0.05
    true = shares(Paired("greater"), 0.01, paired(0.02, spread, n))
    assert true[Outcome.REPRODUCED] >= 0.9
    swapped = shares(Paired("greater"), 0.01, paired(-0.02, spread, n))
    assert swapped[Outcome.CONTRADICTED] >= 0.9
    assert swapped[Outcome.REPRODUCED] == 0


def test_one_seed_fewer_would_be_too_few():
    n = seeds_needed(smallest=0.01, spread=0.01)
    assert not power.of_direction(0.01, 0.01, n - 1).enough
    assert seeds_needed(smallest=0.01, spread=0.0) == 3


@pytest.mark.parametrize(("n", "spread", "effect"), [(5, 0.01, 0.02), (13, 0.01, 0.0), (8, 0.03, 0.02)])
def test_the_power_is_that_of_simulated_studies(n, spread, effect):
    found = shares(Paired("greater"), 0.01, paired(effect, spread, n), studies=1_000)
    said = power.of_direction(0.01, spread, n)
    share, expected = (found[Outcome.REPRODUCED], said.if_true) if effect else (found[Outcome.NO_EFFECT], said.if_not)
    assert share == pytest.approx(expected, abs=4 * math.sqrt(0.25 / 1_000))


@pytest.mark.parametrize("family", [1, 20])
def test_where_no_effect_is_out_of_reach_the_power_is_that_of_the_t_test(family):
    n, effect, spread = 6, 0.2, 0.12
    said = power.of_direction(effect / 2, spread, n, family).if_true
    border = stats.t.ppf(1 - 0.05 / family / 2, n - 1)
    assert said == pytest.approx(stats.nct.sf(border, n - 1, effect / spread * math.sqrt(n)), abs=0.005)


def test_with_the_seeds_needed_an_equivalence_is_decided():
    n = seeds_needed(0.01, 0.01, power=power.of_equivalence)
    assert shares(Equivalent(), 0.01, paired(0.0, 0.01, n))[Outcome.REPRODUCED] >= 0.8
    for effect in (0.02, -0.02):
        assert shares(Equivalent(), 0.01, paired(effect, 0.01, n))[Outcome.CONTRADICTED] >= 0.9
    assert shares(Equivalent(), 0.01, paired(0.01, 0.01, n))[Outcome.REPRODUCED] <= 0.05


def gap(closed, n):
    def draw(rng):
        low = rng.normal(0.7, 0.02, n)
        high = low + rng.normal(0.05, 0.01, n)
        return low + closed * 0.05 + rng.normal(0, 0.01, n), low, high

    return draw


def test_with_the_seeds_needed_a_gap_is_closed_or_is_not():
    spread = 0.01 * math.sqrt(1 + 0.8**2)
    n = power.fewest(lambda n: power.of_gap(0.05, 0.8, spread, n))
    assert shares(GapClosed(0.8), 0.01, gap(1.0, n))[Outcome.REPRODUCED] >= 0.87
    assert shares(GapClosed(0.8), 0.01, gap(0.0, n))[Outcome.CONTRADICTED] >= 0.9
    assert shares(GapClosed(0.8), 0.01, gap(0.8, n))[Outcome.REPRODUCED] <= 0.05


@pytest.mark.parametrize("effect", [0.0, 0.02])
def test_in_a_family_holm_keeps_false_claims_rare_and_true_ones_are_still_found(effect):
    claims, studies = 8, 200
    n = seeds_needed(smallest=0.01, spread=0.02, family=claims)
    rng = np.random.default_rng(1)
    any_false, nulls, found = 0, 0, 0
    for _ in range(studies):
        effects = [0.0] * (claims - 1) + [effect]
        pairs = [
            (
                claim_of(str(i), "", Paired("greater"), lambda s: s, smallest=0.01, family="f"),
                paired(size, 0.02, n)(rng),
            )
            for i, size in enumerate(effects)
        ]
        outcomes = [verdict.outcome for verdict in judge_all(pairs)]
        any_false += bool({Outcome.REPRODUCED, Outcome.CONTRADICTED} & set(outcomes[:-1]))
        nulls += outcomes[:-1].count(Outcome.NO_EFFECT)
        found += outcomes[-1] is (Outcome.REPRODUCED if effect else Outcome.NO_EFFECT)
    assert any_false / studies <= 0.05
    assert nulls / studies / (claims - 1) >= 0.8
    assert found / studies >= (0.9 if effect else 0.75)


def test_a_verdict_states_its_power_and_the_seeds_it_would_take():
    verdict = judge(
        claim_of("x", "", Paired("greater"), lambda s: s, smallest=0.01), paired(0.0, 0.02, 5)(np.random.default_rng(0))
    )
    spread = abs(verdict.difference / verdict.effect)
    assert (verdict.if_true, verdict.if_not) == pytest.approx(power.of_direction(0.01, spread, 5))
    assert verdict.needed == seeds_needed(smallest=0.01, spread=spread) > 5
