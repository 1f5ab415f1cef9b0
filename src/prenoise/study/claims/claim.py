"""A claim, and the verdict of an experiment's stored results on it."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

from prenoise.study.claims.finding import Finding, Group, Outcome
from prenoise.study.claims.hypotheses import Test
from prenoise.study.claims.statistics import holm

if TYPE_CHECKING:
    import xarray


@dataclass(frozen=True)
class Claim:
    """One statement with a test. `samples` picks its arrays from the results; nothing else is looked at.

    Claims of one `family` are tested together, and Holm's correction over them is shown beside. `level` is that of
    the test, `unit` that of the difference, and `labels` name the samples; both are for people.
    """

    id: str
    sentence: str
    test: Test
    samples: Callable[["xarray.Dataset"], Any]
    family: str = ""
    level: float = 0.05
    unit: str = ""
    labels: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not 0 < self.level < 0.5:
            raise ValueError(f"the level of claim {self.id} must be between 0 and 0.5: found {self.level}")


@dataclass(frozen=True, kw_only=True)
class Verdict(Finding):
    """What the runs say of a claim: the finding of its test, under its name.

    The outcome rests on `p`; `p_holm` stands beside it, corrected for the claims of the family that were run.
    """

    id: str
    sentence: str
    unit: str = ""
    family: str = ""
    p_holm: float | None = None

    def as_dict(self) -> dict[str, Any]:
        """Plain values, as JSON has them: no NaN, no tuples."""
        groups = [{**asdict(group), "points": list(group.points)} for group in self.groups]
        named = {"id": self.id, "sentence": self.sentence}
        return {**named, **asdict(self), "outcome": str(self.outcome), "groups": groups}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> "Verdict":
        """The verdict that `as_dict` gave."""
        groups = tuple(Group(group["label"], group["mean"], tuple(group["points"])) for group in values["groups"])
        return cls(**{**values, "outcome": Outcome(values["outcome"]), "groups": groups})


def judge(claim: Claim, results: "xarray.Dataset | str") -> Verdict:
    """The verdict on one claim from an experiment's results, or from a sentence that says why there are none."""
    verdict = _verdict(claim, results)
    return replace(verdict, p_holm=verdict.p)


def judge_all(claims: Iterable[tuple[Claim, "xarray.Dataset | str"]]) -> list[Verdict]:
    """The verdicts on claims, each given with its results (see `judge`), corrected within each family.

    A claim that names no family is alone.
    """
    pairs = list(claims)
    verdicts = [judge(claim, results) for claim, results in pairs]
    families: dict[str, list[int]] = defaultdict(list)
    for index, verdict in enumerate(verdicts):
        if verdict.family and verdict.p is not None:
            families[verdict.family].append(index)
    for members in families.values():
        corrected = holm(p for index in members if (p := verdicts[index].p) is not None)
        for index, p_holm in zip(members, corrected, strict=True):
            verdicts[index] = replace(verdicts[index], p_holm=p_holm)
    return verdicts


def _verdict(claim: Claim, results: "xarray.Dataset | str") -> Verdict:
    def not_run(reason: str) -> Verdict:
        return _named(claim, Finding(outcome=Outcome.NOT_RUN, reason=reason, test=claim.test.name))

    if isinstance(results, str):
        return not_run(results)
    try:
        sample = claim.samples(results)
    except (KeyError, IndexError) as error:
        what = str(error.args[0] if error.args else error).split(". ")[0]
        return not_run(f"the results lack what the claim needs: {what}")
    except AttributeError as error:
        # a variable that was asked for by attribute; of anything else it is a mistake in the claim
        if not isinstance(error.obj, type(results)):
            raise
        return not_run(f"the results lack what the claim needs: {error.name}")
    return _named(claim, claim.test.judge(sample, claim.level))


def _named(claim: Claim, finding: Finding) -> Verdict:
    groups = finding.groups
    if claim.labels and groups:
        groups = tuple(replace(group, label=label) for group, label in zip(groups, claim.labels, strict=True))
    return Verdict(
        id=claim.id,
        sentence=claim.sentence,
        unit=claim.unit,
        family=claim.family,
        **{**vars(finding), "groups": groups},
    )
