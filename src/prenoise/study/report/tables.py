"""The numbers of a panel, beside its chart and not inside it: a chart names its tables.

Altair checks every value that is written into a chart against its schema, which takes seconds for a few thousand
rows. What is only named is not looked into.
"""

import hashlib
import json
from typing import Any

import altair as alt

Row = dict[str, Any]


class Tables(dict[str, list[Row]]):
    """The tables of a panel by name. The same rows have the same name in every panel."""

    def chart(self, rows: list[Row]) -> alt.Chart:
        """A chart of a table."""
        name = "t" + hashlib.sha256(json.dumps(rows).encode()).hexdigest()[:12]
        self[name] = rows
        return alt.Chart(alt.NamedData(name=name))
