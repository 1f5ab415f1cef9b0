"""Verdicts as text: rows for a terminal, JSON, CSV and Markdown, the same to the byte whenever they are the same."""

import csv
import io
import json
from collections.abc import Iterable, Sequence
from typing import Any

from prenoise.study.claims.verdict import Outcome, Verdict

HEADER = ("claim", "statement", "verdict", "difference [95 % interval]", "Cohen's d", "p", "p (Holm)", "n")
_COLUMNS = ("id", "sentence", "outcome", "reason", "difference", "low", "high", "unit")
_COLUMNS += ("smallest", "effect", "effect_name", "p", "p_holm", "n", "needed", "dropped", "test", "family")


def table(verdicts: Iterable[Verdict]) -> list[tuple[str, ...]]:
    """A row a verdict, in the columns of `HEADER`."""
    return [
        (
            verdict.id,
            verdict.sentence,
            str(verdict.outcome),
            difference(verdict),
            "" if verdict.effect is None else f"{verdict.effect_name} = {verdict.effect:.3g}",
            p_value(verdict.p),
            p_value(verdict.p_holm),
            str(verdict.n) if verdict.n else "",
        )
        for verdict in verdicts
    ]


def to_json(verdicts: Iterable[Verdict]) -> str:
    """A list with one line a verdict (see `Verdict.as_dict`), numbers to six digits."""
    lines = [json.dumps(_rounded(verdict.as_dict()), ensure_ascii=False, allow_nan=False) for verdict in verdicts]
    return "[\n" + ",\n".join(lines) + "\n]\n"


def to_csv(verdicts: Iterable[Verdict]) -> str:
    """A header and a row a verdict, numbers to six digits; what does not exist is empty."""
    text = io.StringIO()
    writer = csv.DictWriter(text, _COLUMNS, extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    writer.writerows(_rounded(verdict.as_dict()) for verdict in verdicts)
    return text.getvalue()


def to_markdown(verdicts: Iterable[Verdict]) -> str:
    """The table, and below it the reason of every verdict that is not *reproduced*."""
    verdicts = list(verdicts)
    reasons = [
        f"- **{_cell(verdict.id)}**, {verdict.outcome}: {_cell(verdict.reason)}."
        for verdict in verdicts
        if verdict.outcome is not Outcome.REPRODUCED
    ]
    return "\n".join([markdown_table(HEADER, table(verdicts)), *reasons]).rstrip("\n") + "\n"


def markdown_table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Rows of text as a table of Markdown; an empty line ends it."""
    lines = [header, ("---",) * len(header), *([_cell(text) for text in row] for row in rows)]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines) + "\n"


def difference(verdict: Verdict) -> str:
    """The difference with its interval and unit; empty where there is none."""
    if verdict.difference is None:
        return ""
    unit = f" {verdict.difference_unit}" if verdict.difference_unit else ""
    if verdict.low is None or verdict.high is None:
        return f"{verdict.difference:.3g}{unit}"
    return f"{verdict.difference:.3g} [{verdict.low:.3g}, {verdict.high:.3g}]{unit}"


def p_value(p: float | None) -> str:
    """A p-value to two digits; empty where there is none."""
    if p is None:
        return ""
    return "< 1e-15" if p < 1e-15 else f"{p:.2g}"


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def _rounded(value: Any) -> Any:
    """The last digits of a number depend on the version of a library; the first six do not."""
    if isinstance(value, float):
        return float(f"{value:.6g}")
    if isinstance(value, dict):
        return {key: _rounded(part) for key, part in value.items()}
    return [_rounded(part) for part in value] if isinstance(value, list) else value
