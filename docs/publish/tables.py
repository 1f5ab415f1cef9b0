"""Verdicts as tables of Markdown, and the points behind them as CSV."""

import csv
import io
from collections.abc import Callable, Iterable, Mapping, Sequence

from prenoise.study.claims import MARKS, Outcome, Verdict
from prenoise.study.claims.tables import difference, p_value, power

COLUMNS: Mapping[str, Callable[[Verdict], str]] = {
    "claim": lambda verdict: verdict.id,
    "statement": lambda verdict: verdict.sentence,
    "verdict": lambda verdict: f"{MARKS[verdict.outcome]} {verdict.outcome}",
    "difference [95 % interval]": difference,
    "smallest that matters": lambda verdict: f"{verdict.smallest:g} {verdict.unit}".strip(),
    "Cohen's d": lambda verdict: "" if verdict.effect is None else f"{verdict.effect_name} = {verdict.effect:.3g}",
    "p": lambda verdict: p_value(verdict.p),
    "p (Holm)": lambda verdict: p_value(verdict.p_holm),
    "n": lambda verdict: str(verdict.n or ""),
    "power if true / if not": power,
}
"""What can stand in a table, by the name of the column."""


def table(verdicts: Iterable[Verdict], columns: Iterable[str] = COLUMNS) -> list[tuple[str, ...]]:
    """One row per verdict."""
    columns = tuple(columns)
    return [tuple(COLUMNS[column](verdict) for column in columns) for verdict in verdicts]


def to_markdown(verdicts: Iterable[Verdict], columns: Iterable[str] = COLUMNS) -> str:
    """The table, and below it the reason of every verdict that is not *reproduced*."""
    verdicts, columns = list(verdicts), tuple(columns)
    reasons = [
        f"- **{_cell(verdict.id)}**, {verdict.outcome}: {_cell(verdict.reason)}."
        for verdict in verdicts
        if verdict.outcome is not Outcome.REPRODUCED
    ]
    return "\n".join([markdown_table(columns, table(verdicts, columns)), *reasons]).rstrip("\n") + "\n"


def markdown_table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Rows of text as a table of Markdown; an empty line ends it."""
    lines = [header, ("---",) * len(header), *([_cell(text) for text in row] for row in rows)]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines) + "\n"


def to_points(inputs: Mapping[str, Iterable[Verdict]]) -> str:
    """Every sample of every claim as CSV: a row has a value per seed, empty where it was left out.

    `inputs` are verdicts by how the runs scaled their inputs. Nine digits are all that a single-precision number has.
    """
    rows = []
    for scaling, verdicts in inputs.items():
        for verdict in verdicts:
            samples = [(group.label, group.points) for group in verdict.groups]
            if verdict.taus:
                samples.append(("Kendall's tau", verdict.taus))
            for label, points in samples:
                values = dict(zip(verdict.seeds, points, strict=True))
                rows.append((scaling, verdict.id, label, values))
    seeds = sorted({seed for *_, values in rows for seed in values})
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["inputs", "claim", "sample", *(f"seed {seed}" for seed in seeds)])
    for *names, values in rows:
        writer.writerow([*names, *(f"{values[seed]:.9g}" if seed in values else "" for seed in seeds)])
    return text.getvalue()


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")
