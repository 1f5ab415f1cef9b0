"""The numbers of a panel, beside its chart and not inside it: a chart names its tables.

Altair checks every value that is written into a chart against its schema, which takes seconds for a few thousand
rows. What is only named is not looked into.
"""

import hashlib
import json
from itertools import groupby
from typing import Any

import altair as alt

Row = dict[str, Any]


class Tables(dict[str, list[Row]]):
    """The tables of a panel by name. The same rows have the same name in every panel.

    `main` is the table that a reader takes away, if there is one; `raw` are tables that may be left empty where they
    would make the page too large, because others say the same in short.
    """

    def __init__(self) -> None:
        self.main = ""
        self.raw: set[str] = set()

    def chart(self, rows: list[Row], *, main: bool = False, raw: bool = False) -> alt.Chart:
        """A chart of a table."""
        name = "t" + hashlib.sha256(json.dumps(rows).encode()).hexdigest()[:12]
        self[name] = rows
        if main:
            self.main = name
        if raw:
            self.raw.add(name)
        return alt.Chart(alt.NamedData(name=name))

    @property
    def raw_rows(self) -> int:
        return sum(len(self[name]) for name in self.raw)

    def without_raw(self) -> "Tables":
        """The same with every raw table empty."""
        made = Tables()
        made.update({name: [] if name in self.raw else rows for name, rows in self.items()})
        made.main = self.main if self.main not in self.raw else next((n for n in self if n not in self.raw), "")
        return made

    def columns(self) -> dict[str, dict[str, list[Any]]]:
        """Every table as columns, as a page carries it; a column with long runs as pairs of a value and a count."""
        return {name: {field: _column(rows, field) for field in _fields(rows)} for name, rows in self.items()}


def _fields(rows: list[Row]) -> list[str]:
    return list(dict.fromkeys(field for row in rows for field in row))


def _column(rows: list[Row], field: str) -> list[Any]:
    values = [row.get(field) for row in rows]
    runs = [[value, len(list(same))] for value, same in groupby(values)]
    return ["runs", *runs] if 2 * len(runs) < len(values) else ["each", *values]
