"""The figure of the page: an epoch of every contender, on an axis of logarithms."""

from typing import Any

import altair as alt

from benchmarks import lab
from benchmarks.contenders import NAMES
from benchmarks.contest import times
from benchmarks.rounds import middle
from prenoise.study.report.figures import draw
from prenoise.study.report.picture import Panel, Picture
from prenoise.study.report.tables import Tables

OURS, OTHERS = "#0072B2", "#D55E00"


def svg(learning: dict[str, Any]) -> bytes:
    times_of = {f"prenoise, {lab.in_words(max(lab.counts_of(learning)))}": lab.on_all(learning)}
    times_of |= {label: seconds for name, label in NAMES.items() if (seconds := times(learning, name))}
    rows = [
        {
            "name": name,
            "middle": middle(seconds) * learning["steps"],
            "least": min(seconds) * learning["steps"],
            "most": max(seconds) * learning["steps"],
            "ours": name.startswith("prenoise"),
        }
        for name, seconds in sorted(times_of.items(), key=lambda item: middle(item[1]))
    ]
    data = Tables()
    base = data.chart(rows).encode(
        y=alt.Y("name:N", sort=[row["name"] for row in rows], title=None, axis=alt.Axis(labelLimit=300, grid=False)),
        color=alt.Color("ours:N", scale=alt.Scale(domain=[True, False], range=[OURS, OTHERS]), legend=None),
    )
    x = alt.X("middle:Q", title="seconds an epoch and network", scale=alt.Scale(type="log", padding=24))
    points = base.mark_point(filled=True, size=70, opacity=1).encode(x=x)
    spans = base.mark_rule(strokeWidth=2).encode(x="least:Q", x2="most:Q")
    texts = base.mark_text(dy=-11, fontSize=10).encode(x=x, text=alt.Text("middle:Q", format=".2~g"))
    title = f"An epoch of {learning['data']}"
    says = "; ".join(f"{row['name']}: {row['middle']:.2g} s" for row in rows)
    chart = alt.layer(spans, points, texts)
    return draw(Picture(title, [Panel(title, chart, data, says, width=380, height=32 * len(rows))]), "svg")
