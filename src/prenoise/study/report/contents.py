"""What a page is made from: for every experiment a section with its picture and verdicts, filled by the caller."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from prenoise.study.claims import Outcome, Verdict
from prenoise.study.report.numbers import counted
from prenoise.study.report.picture import Picture


@dataclass(frozen=True, kw_only=True)
class Section:
    """One experiment as the page shows it."""

    id: str
    title: str
    """Its topic or question."""
    where: str = ""
    """Where the paper has it."""
    paper: bool = False
    """Whether it reruns a figure of the paper."""
    picture: Picture | None = None
    """The figure, if there is anything to draw."""
    verdicts: Sequence[Verdict] = ()
    notices: Sequence[str] = ()
    """What is not as it should be, in sentences."""
    data: Sequence[str] = ()
    """The data it was run on."""
    hashes: Sequence[tuple[str, str]] = ()
    """Of that data, names and hashes of the content."""
    seeds: Sequence[int] = ()
    finished: int = 0
    planned: int = 0
    """Runs asked for; 0 where nobody wrote that down."""
    seconds: float = 0.0
    """Of computing, all its runs together."""
    environments: Sequence[str] = ()
    """What its runs were computed with, as JSON."""

    @property
    def place(self) -> str:
        """Where it belongs, for a heading."""
        return self.where or ("" if self.paper else "Beyond the paper")


@dataclass(frozen=True, kw_only=True)
class Contents:
    """Everything a page is made from."""

    title: str
    sections: Sequence[Section]
    command: str = ""
    size: str = ""
    scaling: str = ""
    environments: Sequence[Mapping[str, Any]] = field(default_factory=list)

    @property
    def seconds(self) -> float:
        """Of computing, all runs together."""
        return sum(section.seconds for section in self.sections)

    @property
    def verdicts(self) -> list[Verdict]:
        return [verdict for section in self.sections for verdict in section.verdicts]


def tally(verdicts: Sequence[Verdict]) -> dict[Outcome, int]:
    """How many verdicts there are of each outcome that occurs, in the order of outcomes."""
    counts = Counter(verdict.outcome for verdict in verdicts)
    return {outcome: counts[outcome] for outcome in Outcome if counts[outcome]}


def tally_in_words(verdicts: Sequence[Verdict]) -> str:
    """`Of 3 claims: 2 reproduced (1e.1, 1e.2), 1 inconclusive (1d.1)`, naming at most six of an outcome."""
    parts = []
    for outcome, count in tally(verdicts).items():
        names = [verdict.id for verdict in verdicts if verdict.outcome is outcome]
        shown = ", ".join(names[:6]) + (", …" if len(names) > 6 else "")
        parts.append(f"{count} {outcome.value} ({shown})")
    return f"Of {counted(len(verdicts), 'claim')}: {'; '.join(parts)}" if parts else ""
