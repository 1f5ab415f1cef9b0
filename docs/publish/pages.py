"""The results as Markdown: a page with the figures, full tables, and the section of the README."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from runs import Runs, provenance

from prenoise.errors import UserError
from prenoise.study.claims import HEADER, Outcome, Verdict, table, to_markdown
from prenoise.study.claims.tables import markdown_table
from prenoise.study.experiment import Experiment
from prenoise.study.figures import experiments
from prenoise.study.report.contents import Section
from prenoise.study.report.page import BANNERS, MARKS

DIFFERENCE = "difference [95 % interval]"


def page(title: str, runs: Runs, other: Runs | None, findings: str) -> str:
    """What the runs say: counts, findings, figures with their claims, and what another scaling changes."""
    return joined(
        f"# {title}",
        summary(runs.verdicts, provenance(runs)),
        "Every number is in [the full table](claims.md) and, with a point a seed, in [claims.json](claims.json); how "
        "they came about is in [provenance.json](provenance.json). All but the findings is written by `make results` "
        "from the stored runs.",
        findings,
        *(part for section in runs.sections for part in of_figure(section)),
        *(of_scaling(runs, other) if other else ()),
    )


def of_figure(section: Section) -> list[str]:
    """The picture of an experiment and its claims."""
    experiment, picture = experiments()[section.id], section.picture
    parts = [f"## {place(experiment)}: {experiment.title}", *section.notices]
    if picture:
        parts += [f"![{experiment.title}]({experiment.id}.svg)", " ".join([picture.caption, *picture.notes])]
    return [*parts, claims(section.verdicts, "claim", "statement", "verdict", DIFFERENCE, "p", "n")]


def full_tables(runs: Runs) -> str:
    """Everything known of every claim, a table a figure."""
    parts = []
    for section in runs.sections:
        parts += [
            f"## {place(experiments()[section.id])}: {experiments()[section.id].title}",
            to_markdown(section.verdicts),
        ]
    return joined("# Every claim", "With figures: [what the runs say](README.md).", *parts)


def readme_section(verdicts: Sequence[Verdict], made: Mapping[str, Any], folder: str) -> str:
    """The counts, and folded below them a line a claim; `folder` has the rest."""
    return joined(
        summary(verdicts, made),
        "<details>\n<summary>Every claim</summary>",
        claims(verdicts, "claim", "statement", "verdict"),
        "</details>",
        f"Figures, numbers, and why some claims were not reproduced: [{folder}]({folder}/README.md).",
    )


def summary(verdicts: Sequence[Verdict], made: Mapping[str, Any]) -> str:
    """The counts in all and by figure, and what was run: from `claims.json` and `provenance.json` alone."""
    counts = Counter(verdict.outcome for verdict in verdicts)
    devices = " and ".join(sorted({environment["device"].partition(":")[0] for environment in made["environments"]}))
    return joined(
        f"**{', '.join(f'{counts[outcome]} {outcome}' for outcome in Outcome if counts[outcome])}**: {len(verdicts)} "
        f"claims, each tested on {seeds_of(verdicts)} seeds. Size `{made['size']}`, inputs scaled by "
        f"`{made['scaling']}`, {made['seconds'] / 3600:.1f} hours of computing, all runs together ({devices}).",
        BANNERS.get(made["size"], ""),
        *(f"Data in {'; '.join(where)}: {what}." for what, where in stand_ins(made).items()),
        counts_by_figure(verdicts),
        repeated(verdicts),
    )


def repeated(verdicts: Iterable[Verdict]) -> str:
    """Which claims speak of the same numbers."""
    same: dict[tuple[tuple[str, ...], ...], list[str]] = defaultdict(list)
    for verdict in verdicts:
        if any(len(set(group.points)) > 1 for group in verdict.groups):  # five times 0 may be found twice
            same[tuple(sorted(tuple(map(seen, group.points)) for group in verdict.groups))].append(verdict.id)
    several = [" and ".join(names) for names in same.values() if len(names) > 1]
    return f"Each of these is counted, though they speak of the same numbers: {'; '.join(several)}." if several else ""


def seen(value: float) -> str:
    """A number without what two runs of one thing differ in, whether it was written to `claims.json` before or not."""
    return f"{float(f'{value:.6g}'):.4g}"


def seeds_of(verdicts: Iterable[Verdict]) -> str:
    """How many seeds verdicts rest on: 10, or 5 or 10."""
    return " or ".join(map(str, sorted({verdict.n for verdict in verdicts if verdict.n}))) or "no"


def stand_ins(made: Mapping[str, Any]) -> dict[str, list[str]]:
    """Data that is not known to be the paper's, and the figures it is used in."""
    used_in: dict[str, list[str]] = defaultdict(list)
    for experiment, part in made["experiments"].items():
        for used in part["data"].values():
            if used["source"] not in ("catalogue", "embedded"):
                used_in[used["description"]].append(place(experiments()[experiment]))
    return used_in


def counts_by_figure(verdicts: Sequence[Verdict]) -> str:
    """How many claims of each figure have which verdict."""
    of_claim = {claim.id: experiment for experiment in experiments().values() for claim in experiment.claims}
    counts: dict[tuple[str, str], Counter[Outcome]] = defaultdict(Counter)
    for verdict in verdicts:
        experiment = of_claim[verdict.id]
        counts[place(experiment), experiment.title][verdict.outcome] += 1
    rows = [[*names, *(str(count[outcome] or "") for outcome in Outcome)] for names, count in counts.items()]
    return markdown_table(["experiment", "title", *Outcome], rows)


def claims(verdicts: Sequence[Verdict], *columns: str) -> str:
    """A row a claim with some of the columns of `HEADER`."""
    return markdown_table(columns, [[row[column] for column in columns] for row in named(verdicts)])


def of_scaling(runs: Runs, other: Runs) -> list[str]:
    """The claims on which the inputs' scaling has a say."""
    if runs.asked.size != other.asked.size or runs.asked.scaling == other.asked.scaling:
        raise UserError("two folders are set side by side if they have one size and two scalings of the inputs")
    here, there = runs.asked.scaling, other.asked.scaling
    others = {verdict.id: verdict for verdict in other.verdicts}
    both = [(one, others[one.id]) for one in runs.verdicts if one.id in others]
    both = [pair for pair in both if Outcome.NOT_RUN not in (pair[0].outcome, pair[1].outcome)]
    changed = [pair for pair in both if pair[0].outcome != pair[1].outcome or apart(*pair)]
    rows = [
        (a["claim"], a["statement"], a["verdict"], a[DIFFERENCE], b["verdict"], b[DIFFERENCE])
        for a, b in map(named, changed)
    ]
    header = ("claim", "statement", here, f"{DIFFERENCE}, {here}", there, f"{DIFFERENCE}, {there}")
    return [
        f"## Inputs scaled by {here} and by {there}",
        f"Of {len(both)} claims that were run both ways, on {seeds_of(a for a, _ in both)} seeds with `{here}` and "
        f"{seeds_of(b for _, b in both)} with `{there}`, these {len(changed)} change: the verdict differs, or the 95 % "
        f"intervals have nothing in common. All verdicts with `{there}`: [claims-{there}.json](claims-{there}.json), "
        f"[provenance-{there}.json](provenance-{there}.json).",
        markdown_table(header, rows),
    ]


def apart(one: Verdict, other: Verdict) -> bool:
    """Whether two intervals have nothing in common."""
    if one.low is None or one.high is None or other.low is None or other.high is None:
        return False
    return one.high < other.low or other.high < one.low


def named(verdicts: Sequence[Verdict]) -> list[dict[str, str]]:
    """The rows of the table by their columns, with a mark to find a verdict by."""
    rows = [dict(zip(HEADER, row, strict=True)) for row in table(verdicts)]
    return [
        row | {"verdict": f"{MARKS[verdict.outcome]} {verdict.outcome}"}
        for row, verdict in zip(rows, verdicts, strict=True)
    ]


def place(experiment: Experiment) -> str:
    """Where the paper has an experiment, or else what it is called here."""
    return experiment.where or f"`{experiment.id}`"


def joined(*parts: str) -> str:
    """Paragraphs, tables and headings with an empty line between them."""
    return "\n\n".join(part.strip() for part in parts if part) + "\n"
