"""A claim, and the verdict of an experiment's stored results on it."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import KW_ONLY, dataclass
from typing import Any

from prenoise.study.claims.hypotheses import Finding, Test, Trend
from prenoise.study.claims.power import fewest
from prenoise.study.claims.statistics import holm
from prenoise.study.claims.verdict import Group, Outcome, Verdict, decide, known


@dataclass(frozen=True)
class Claim:
    """One statement with a test, said before the runs. `samples` picks its arrays from the results of an experiment.

    `smallest` is the smallest effect that matters, in `unit`, and `why` says in half a sentence why just that much.
    Claims of one `family` are tested together, and Holm's correction over them decides; a claim that names none is
    alone. `labels` name the samples. `paper` is whether the paper states it, or we do.
    """

    id: str
    sentence: str
    test: Test
    samples: Callable[[Any], Any]
    _: KW_ONLY
    smallest: float | int
    why: str
    unit: str = ""
    family: str = ""
    labels: tuple[str, ...] = ()
    paper: bool = False

    def __post_init__(self) -> None:
        if len(self.labels) not in (0, len(self.test.samples)):
            expected = len(self.test.samples)
            raise ValueError(f"claim {self.id} has {len(self.labels)} labels: expected {expected}, one per sample")
        if not self.smallest > 0:
            raise ValueError(f"claim {self.id} has {self.smallest} as smallest effect: expected a number above 0")
        if not self.why:
            raise ValueError(f"claim {self.id} does not say why its smallest effect matters: give a reason in `why`")


def judge(claim: Claim, results: Any) -> Verdict:
    """The verdict on one claim from an experiment's results, or from a sentence that says why there are none."""
    return judge_all([(claim, results)])[0]


def judge_all(claims: Iterable[tuple[Claim, Any]]) -> list[Verdict]:
    """The verdicts on claims, each given with its results (see `judge`), corrected within each family."""
    found = [(claim, _find(claim, results)) for claim, results in claims]
    families: dict[str | int, dict[int, float]] = defaultdict(dict)
    for index, (claim, finding) in enumerate(found):
        if not isinstance(finding, str) and known(finding.p) is not None:
            families[claim.family or index][index] = finding.p
    corrected: dict[int, float] = {}
    for members in families.values():
        corrected |= zip(members, holm(members.values()), strict=True)
    return [
        _verdict(claim, finding, corrected.get(index), len(families[claim.family or index]))
        for index, (claim, finding) in enumerate(found)
    ]


def _find(claim: Claim, results: Any) -> Finding | str:
    """What the test finds, or why there is nothing to be found."""
    if isinstance(results, str):
        return results
    try:
        sample = claim.samples(results)
    except (KeyError, IndexError) as error:
        what = str(error.args[0] if error.args else error).split(". ")[0]
        return f"the results lack what the claim needs: {what}"
    except AttributeError as error:
        # a variable that was asked for by attribute; of anything else it is a mistake in the claim
        if not hasattr(error.obj, "data_vars"):
            raise
        return f"the results lack what the claim needs: {error.name}"
    return claim.test.find(sample, float(claim.smallest))


def _verdict(claim: Claim, found: Finding | str, p_holm: float | None, family: int) -> Verdict:
    """The verdict on what was found, or on why nothing was."""
    if isinstance(found, str):
        return _said(claim, outcome=Outcome.NOT_RUN, reason=found)
    test, rows = claim.test, found.rows
    n, smallest = len(rows.seeds), float(claim.smallest)
    outcome, reason = decide(test, found, 1.0 if p_holm is None else p_holm, smallest)
    if n == 0:
        return _said(claim, outcome=outcome, reason=reason, dropped=rows.dropped)
    if rows.dropped:
        reason += f"; left out for missing values: {rows.dropped} seed{'s' if rows.dropped > 1 else ''}"
    numbers: dict[str, Any] = {}
    if p_holm is not None and known(found.shown[0]) is not None:
        power = test.power(found, smallest, n, family)
        needed = fewest(lambda seeds: test.power(found, smallest, seeds, family))
        numbers = {"if_true": power.if_true, "if_not": power.if_not, "needed": needed}
    names = claim.labels or test.samples
    return _said(
        claim,
        outcome=outcome,
        reason=reason,
        **dict(zip(("difference", "low", "high"), map(known, found.shown), strict=True)),
        effect=known(found.estimate.effect),
        p=known(found.p),
        p_holm=p_holm,
        n=n,
        dropped=rows.dropped,
        seeds=rows.seeds,
        groups=tuple(Group.of(name, values) for name, values in zip(names, rows.columns, strict=False)),
        taus=tuple(map(float, rows.columns[2])) if isinstance(test, Trend) else (),
        **numbers,
    )


def _said(claim: Claim, **found: Any) -> Verdict:
    """A verdict under the name of its claim."""
    return Verdict(
        id=claim.id,
        sentence=claim.sentence,
        paper=claim.paper,
        test=claim.test.name,
        asked=claim.test.as_dict(),
        unit=claim.unit,
        difference_unit=claim.test.difference_unit or claim.unit,
        smallest=float(claim.smallest),
        why=claim.why,
        family=claim.family,
        effect_name=claim.test.effect_name,
        **found,
    )
