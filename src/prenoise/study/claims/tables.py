"""Verdicts as text: their numbers, JSON and CSV, the same to the byte whenever the verdicts are the same."""

import csv
import io
import json
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from prenoise.study.claims.verdict import Outcome, Verdict

MARKS = {
    Outcome.REPRODUCED: "✓",
    Outcome.NO_EFFECT: "○",
    Outcome.CONTRADICTED: "✗",
    Outcome.INCONCLUSIVE: "?",
    Outcome.NOT_RUN: "\N{EN DASH}",
}
"""A sign for each outcome, to find it by."""
WHOSE = {True: "the paper's", False: "ours"}
"""Whose claim it is, by `Verdict.paper`."""


def difference(verdict: Verdict) -> str:
    """The difference with its 95 % interval and its unit."""
    if verdict.difference is None:
        return ""
    unit = f" {verdict.difference_unit}" if verdict.difference_unit else ""
    if verdict.low is None or verdict.high is None:
        return f"{verdict.difference:.3g}{unit}"
    return f"{verdict.difference:.3g} [{verdict.low:.3g}, {verdict.high:.3g}]{unit}"


def p_value(p: float | None) -> str:
    """A p-value to two digits."""
    if p is None:
        return ""
    return "< 1e-15" if p < 1e-15 else f"{p:.2g}"


def power(verdict: Verdict) -> str:
    """The chances that the verdict is right if the claim is true and if it is not, and the seeds it would take."""
    if verdict.if_true is None or verdict.if_not is None:
        return ""
    return f"{verdict.if_true:.0%} / {verdict.if_not:.0%}, {verdict.needed:,} seeds needed"


def counts(verdicts: Iterable[Verdict]) -> dict[str, Counter[Outcome]]:
    """How many verdicts have which outcome, of the paper's claims and of ours; of whom there are none is left out."""
    found: dict[str, Counter[Outcome]] = {whose: Counter() for whose in WHOSE.values()}
    for verdict in verdicts:
        found[WHOSE[verdict.paper]][verdict.outcome] += 1
    return {whose: counter for whose, counter in found.items() if counter}


def to_json(verdicts: Iterable[Verdict]) -> str:
    """A list with one line per verdict (see `Verdict.as_dict`), numbers to six digits."""
    return json_lines(verdict.as_dict() for verdict in verdicts)


def json_lines(values: Iterable[Mapping[str, Any]]) -> str:
    """A list of JSON with one line per member, numbers to six digits."""
    lines = [json.dumps(rounded(dict(value)), ensure_ascii=False, allow_nan=False) for value in values]
    return "[\n" + ",\n".join(lines) + "\n]\n"


def to_csv(verdicts: Iterable[Verdict]) -> str:
    """A header and one row per verdict, numbers to six digits; what does not exist is empty."""
    columns = [name for name in Verdict.__dataclass_fields__ if name not in ("asked", "seeds", "groups", "taus")]
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rounded(verdict.as_dict()) for verdict in verdicts)
    return text.getvalue()


def rounded(value: Any) -> Any:
    """The last digits of a number depend on the version of a library; the first six do not."""
    if isinstance(value, float):
        return float(f"{value:.6g}")
    if isinstance(value, dict):
        return {key: rounded(part) for key, part in value.items()}
    return [rounded(part) for part in value] if isinstance(value, list) else value
