"""From stored results to verdicts."""

import json
import math
from dataclasses import replace
from functools import partial

import numpy as np
import pytest
import xarray

from prenoise.study.claims import (
    AgainstValue,
    Claim,
    Equivalent,
    Outcome,
    Paired,
    Trend,
    Verdict,
    judge,
    judge_all,
)
from prenoise.study.claims.power import FEWEST_SEEDS
from prenoise.study.claims.statistics import holm

claim_of = partial(Claim, smallest=0.1, why="made up")


def results(labels=("fa", "fa+n", "bp"), seeds=6):
    """Accuracy and alignment of three conditions: noise helps by a lot, and backpropagation no more than noise."""
    rng = np.random.default_rng(0)
    luck = rng.normal(0, 0.02, seeds)
    accuracy = np.stack([centre + luck + rng.normal(0, 0.005, seeds) for centre in (0.66, 0.82, 0.822)])
    fall = np.linspace(1, 0, 9)
    angle = np.stack([90 - depth + depth * fall + rng.normal(0, 0.1, (seeds, 9)) for depth in (15, 25, 80)])
    return xarray.Dataset(
        {"accuracy": (("condition", "seed"), accuracy), "angle": (("condition", "seed", "epoch"), angle)},
        coords={"condition": list(labels), "seed": range(seeds), "epoch": range(9)},
    )


def of(condition, name="accuracy"):
    return lambda runs: runs[name].sel(condition=condition)


def two(first, second):
    return lambda runs: (of(first)(runs), of(second)(runs))


FASTER = claim_of(
    "2b.1",
    "FA+N learns faster than FA",
    Paired("greater"),
    two("fa+n", "fa"),
    smallest=0.01,
    unit="accuracy",
    family="2b",
)
AS_FAST = claim_of(
    "2b.2", "FA+N is comparable to BP", Equivalent(), two("fa+n", "bp"), smallest=0.02, unit="accuracy", family="2b"
)
TURNS = claim_of(
    "2c",
    "Weights turn to the feedback",
    Trend("falls"),
    lambda r: (r.epoch, of("fa", "angle")(r)),
    smallest=2,
    unit="°",
)
LOST = claim_of("9z", "A condition | that nobody ran", Paired("less"), two("fa", "dfa"), family="2b")
CLAIMS = [FASTER, AS_FAST, TURNS, LOST]


def all_verdicts():
    return judge_all((claim, results()) for claim in CLAIMS)


def test_verdicts_on_known_results():
    outcomes = [verdict.outcome for verdict in all_verdicts()]
    assert outcomes == [Outcome.REPRODUCED, Outcome.REPRODUCED, Outcome.REPRODUCED, Outcome.NOT_RUN]
    verdict = judge(FASTER, results())
    assert (verdict.id, verdict.sentence, verdict.unit) == ("2b.1", "FA+N learns faster than FA", "accuracy")
    assert (verdict.test, verdict.n) == ("paired t-test", 6)


def test_swapped_labels_of_the_conditions_turn_the_verdicts():
    planted = results(labels=("fa+n", "fa", "bp"))
    assert [judge(claim, planted).outcome for claim in (FASTER, AS_FAST)] == [Outcome.CONTRADICTED] * 2
    assert judge(FASTER, planted).difference == pytest.approx(-judge(FASTER, results()).difference)


def test_a_verdict_looks_at_nothing_but_what_the_claim_picks():
    runs = results()
    runs["accuracy"][2] = np.nan
    runs.attrs["verdict"] = "contradicted"
    assert judge(FASTER, runs) == judge(FASTER, results())


def test_what_the_results_lack_was_not_run():
    runs = results()
    for pick in (
        of("dfa"),
        lambda runs: runs["loss"],
        lambda runs: runs.loss,
        lambda runs: runs["accuracy"][7],
        lambda runs: runs["accuracy"].where(runs["condition"] == "dfa", drop=True),
        lambda runs: runs["accuracy"][0] * np.nan,
    ):
        verdict = judge(claim_of("x", "", AgainstValue(0.5, "greater"), pick), runs)
        assert (verdict.outcome, verdict.p, verdict.n, verdict.groups) == (Outcome.NOT_RUN, None, 0, ())
        assert verdict.reason
        assert verdict.test == "one-sample t-test against 0.5"


def test_why_an_experiment_was_skipped_is_the_reason():
    verdict = judge(FASTER, "mnist is not on this machine")
    assert (verdict.outcome, verdict.reason) == (Outcome.NOT_RUN, "mnist is not on this machine")


def test_a_mistake_in_a_claim_is_not_hidden():
    wrong = claim_of("x", "", AgainstValue(0.5, "greater"), lambda runs: runs["accuracy"][0].values.men())
    with pytest.raises(AttributeError, match="men"):
        judge(wrong, results())


def test_holm_corrects_within_the_family_the_claims_that_were_run():
    verdicts = all_verdicts()
    first, second, alone, lost = (verdict.p for verdict in verdicts)
    assert [verdict.p_holm for verdict in verdicts[:2]] == holm([first, second])
    assert (verdicts[2].p_holm, verdicts[3].p_holm, lost) == (alone, None, None)
    assert judge(FASTER, results()).p_holm == first


def test_a_claim_without_a_p_value_takes_no_others():
    one_seed = (FASTER, results(seeds=1))
    lonely, other = judge_all([one_seed, (AS_FAST, results())])
    assert (lonely.p, lonely.p_holm) == (None, None)
    assert other.p_holm == other.p is not None


def test_labels_name_the_samples():
    claim = claim_of("x", "", Paired("greater"), two("fa+n", "fa"), labels=("with noise", "without"))
    assert [group.label for group in judge(claim, results()).groups] == ["with noise", "without"]
    with pytest.raises(ValueError, match="expected 2"):
        claim_of("x", "", Paired("greater"), two("fa+n", "fa"), labels=("a", "b", "c"))


@pytest.mark.parametrize("smallest", [-0.01, 0.0, math.nan])
def test_a_smallest_effect_is_a_size(smallest):
    with pytest.raises(ValueError, match="expected a number above 0"):
        claim_of("x", "", Paired("greater"), of("fa"), smallest=smallest)


def test_a_smallest_effect_has_a_reason():
    with pytest.raises(ValueError, match="does not say why"):
        claim_of("x", "", Paired("greater"), of("fa"), why="")


def test_holm_decides():
    """Alone each of these is significant; of so many, the weaker is not."""
    rng, claims = np.random.default_rng(0), []
    noise = rng.normal(0, 0.01, 10)
    noise -= noise.mean()
    for number, effect in enumerate((0.05, 0.0085)):
        sample = (effect + noise, np.zeros(10))
        claims.append(claim_of(str(number), "", Paired("greater"), lambda s: s, smallest=0.001, family="f"))
        claims[-1] = (claims[-1], sample)
    crowd = [
        (claim_of(f"n{i}", "", Paired("greater"), lambda s: s, smallest=0.001, family="f"), (noise, np.zeros(10)))
        for i in range(9)
    ]
    assert [judge(*one).outcome for one in claims] == [Outcome.REPRODUCED] * 2
    strong, weak, *_ = judge_all([*claims, *crowd])
    assert (strong.outcome, weak.outcome) == (Outcome.REPRODUCED, Outcome.INCONCLUSIVE)
    assert "not after Holm" in weak.reason
    assert weak.p < 0.05 < weak.p_holm


def test_a_verdict_comes_back_from_json():
    for verdict in all_verdicts():
        stored = json.loads(json.dumps(verdict.as_dict(), allow_nan=False))
        assert stored == verdict.as_dict()
        assert Verdict.from_dict(stored) == verdict


def test_one_seed_gives_no_nan():
    for claim in CLAIMS[:3]:
        verdict = judge(claim, results(seeds=1))
        assert verdict.outcome is Outcome.INCONCLUSIVE
        assert (verdict.p, verdict.low, verdict.effect) == (None, None, None)
        json.dumps(verdict.as_dict(), allow_nan=False)


def test_the_fewest_seeds_decide_and_one_less_does_not():
    assert judge(FASTER, results(seeds=FEWEST_SEEDS)).outcome is Outcome.REPRODUCED
    verdict = judge(FASTER, results(seeds=FEWEST_SEEDS - 1))
    assert verdict.outcome is Outcome.INCONCLUSIVE
    assert verdict.reason.startswith("too few seeds")


def test_an_interval_that_just_reaches_the_smallest_effect_lies_within_it():
    found = judge(FASTER, results())
    border = max(-found.low, found.high)
    assert judge(replace(FASTER, smallest=border), results()).outcome is Outcome.NO_EFFECT
    assert judge(replace(FASTER, smallest=math.nextafter(border, 0)), results()).outcome is Outcome.REPRODUCED


def test_results_in_another_order_of_seeds_give_the_same_numbers():
    order = [3, 1, 5, 0, 2, 4]
    shuffled = judge_all((claim, results().isel(seed=order)) for claim in CLAIMS)
    for verdict, other in zip(all_verdicts(), shuffled, strict=True):
        assert {**verdict.as_dict(), "groups": 0} == {**other.as_dict(), "groups": 0}
