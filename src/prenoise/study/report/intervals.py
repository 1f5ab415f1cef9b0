"""Estimates with their intervals, category by category."""

import math
from collections.abc import Mapping
from typing import Any

import altair as alt

from prenoise.study.report.looks import SHAPE, numbers
from prenoise.study.report.numbers import seeds_of, short, spoken
from prenoise.study.report.picture import SHOWN, Panel
from prenoise.study.report.points import in_rows
from prenoise.study.report.tables import Tables

Interval = tuple[float, float, float]
"""An estimate, and the ends of its interval."""


def intervals(
    title: str,
    groups: Mapping[str, Mapping[str, Interval]],
    *,
    x: str,
    seeds: int,
    limits: tuple[float, float],
    marks: Mapping[float, str],
    **size: Any,
) -> Panel | None:
    """A row per category (`groups`: category -> kind -> estimate and interval), as shares; None without any.

    `x` is the title of the axis, `seeds` is how many each is of, and `limits` are the ends of the axis: what lies
    beyond is drawn up to there. `marks` are values to compare with, and what each means. An estimate without a finite
    interval is left out.
    """
    found = {
        name: {kind: found for kind, found in kinds.items() if all(map(math.isfinite, found))}
        for name, kinds in groups.items()
    }
    groups = {name: kinds for name, kinds in found.items() if kinds}
    if not groups:
        return None
    most = max(map(len, groups.values()))
    data = Tables()
    rows = [
        {"group": name, "kind": kind, "place": place + (most - len(kinds)) / 2}
        | dict(zip(("value", "low", "high"), map(short, found), strict=True))
        for name, kinds in groups.items()
        for place, (kind, found) in enumerate(kinds.items())
    ]
    tip = [alt.Tooltip("group:N", title="where"), alt.Tooltip("kind:N", title="kind")]
    tip += [alt.Tooltip(f"{name}:Q", format=".0%", title=said) for name, said in (("value", x), *_ENDS)]
    position, room = in_rows(groups)
    where: dict[str, Any] = position | {"tooltip": tip}
    axis: dict[str, Any] = {"title": x, "scale": alt.Scale(domain=list(limits), clamp=True), "axis": numbers(True)}
    base = data.chart(rows, main=True).transform_filter(SHOWN)
    span = base.mark_rule(strokeWidth=2).encode(**where, x=alt.X("low:Q", **axis), x2="high:Q")
    middle = base.mark_point(filled=True, size=45, opacity=1).encode(**where, x=alt.X("value:Q", **axis), shape=SHAPE)
    levels = [{"level": level, "what": what} for level, what in marks.items()]
    lines = data.chart(levels).mark_rule(strokeDash=[2, 3], opacity=0.6).encode(x=alt.X("level:Q", **axis))
    said = "; ".join(
        f"{name}, {kind}: {spoken(value, True)} [{spoken(low, True)}, {spoken(high, True)}]"
        for name, kinds in groups.items()
        for kind, (value, low, high) in kinds.items()
    )
    compared = ", ".join(f"{spoken(level, True)} is {what}" for level, what in marks.items())
    note = f"{seeds_of([seeds])}; dot: estimate, line: 95 % interval"
    chart = alt.layer(lines, span, middle)
    return Panel(title, chart, data, f"{title}: {compared}. {said}.", note, **room | size)


_ENDS = (("low", "interval from"), ("high", "to"))
