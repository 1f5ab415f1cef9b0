"""The raw numbers: a dot per seed beside its mean, by category and kind."""

from collections.abc import Mapping
from typing import Any

import altair as alt
import numpy as np

from prenoise.study.report.looks import COLOUR, SHAPE, numbers
from prenoise.study.report.numbers import finite, seeds_of, short, spoken
from prenoise.study.report.picture import SHOWN, Panel
from prenoise.study.report.tables import Tables


def points(
    title: str,
    groups: Mapping[str, Mapping[str, np.ndarray]],
    *,
    x: str,
    percent: bool = False,
    **size: Any,
) -> Panel | None:
    """A row per category (`groups`: category -> kind -> a number per seed), or None without any.

    `x` is the title of the axis, `percent` writes it as shares. Rows lie below one another and their names to the left,
    so that long names are read on a small screen too.
    """
    groups = {name: kinds for name, kinds in groups.items() if kinds}
    most = max(map(len, groups.values()), default=0)
    data, rows, means = Tables(), [], []
    for name, of_kind in groups.items():
        for place, (kind, values) in enumerate(of_kind.items()):
            found = finite(values, 1)
            found = found[~np.isnan(found)]
            if len(found):
                common = {"group": name, "kind": kind, "place": place + (most - len(of_kind)) / 2}
                rows += [common | {"seed": seed, "value": short(value)} for seed, value in enumerate(found)]
                ends = {"low": short(found.min()), "high": short(found.max()), "n": len(found)}
                means.append(common | {"value": short(found.mean())} | ends)
    if not rows:
        return None
    number = ".2%" if percent else ",.6~g"
    tip = [alt.Tooltip("group:N", title="where"), alt.Tooltip("kind:N", title="kind")]
    tip += [alt.Tooltip("value:Q", title=x, format=number)]
    position, room = in_rows(groups)
    position |= {"x": alt.X("value:Q", title=x, scale=alt.Scale(zero=False, padding=8), axis=numbers(percent))}
    summary = data.chart(means).transform_filter(SHOWN)
    low: dict[str, Any] = position | {"x": alt.X("low:Q")}
    span = summary.mark_rule(strokeWidth=1, opacity=0.35).encode(**low, x2="high:Q")
    cloud = data.chart(rows, main=True, raw=True).transform_filter(SHOWN).mark_point(filled=True, size=28, opacity=0.55)
    cloud = cloud.encode(**position, shape=SHAPE, tooltip=[*tip, alt.Tooltip("seed:N")])
    middle = summary.mark_tick(thickness=2.5, size=14, opacity=1)
    middle = middle.encode(**position, tooltip=[*tip, alt.Tooltip("n:Q", title="mean of seeds")])
    said = "; ".join(f"{row['group']}, {row['kind']}: {spoken(row['value'], percent)}" for row in means)
    note = f"{seeds_of([row['n'] for row in means])}; dot: a seed, bar: their mean"
    return Panel(
        title,
        alt.layer(span, cloud, middle),
        data,
        f"{title}: mean {x} of {said}.",
        note,
        **room | size,
    )


def in_rows(groups: Mapping[str, Mapping[str, Any]]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The encoding of a row per category, its kinds below one another by their `place`; and the room that takes."""
    most = max(map(len, groups.values()))
    axis = alt.Axis(ticks=False, domain=False, labelLimit=170, title=None, grid=False, labelPadding=6)
    position = {
        "y": alt.Y("group:N", sort=list(groups), scale=alt.Scale(paddingInner=0.25), axis=axis),
        "yOffset": alt.YOffset("place:Q", scale=alt.Scale(domain=[-0.5, most - 0.5], nice=False, zero=False)),
        "color": COLOUR,
    }
    least = 140 + min(170, 6 * max(len(str(name)) for name in groups))
    return position, {"height": max(80, (15 * most + 10) * len(groups)), "least": least}
