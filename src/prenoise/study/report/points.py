"""The raw numbers: a point a seed beside its mean, by category and kind of network."""

from collections.abc import Mapping, Sequence
from typing import Any

import altair as alt
import numpy as np

from prenoise.study.report.palette import colour, dash, numbers, shape
from prenoise.study.report.picture import SHOWN, Panel
from prenoise.study.report.reading import short, spoken
from prenoise.study.report.tables import Tables

FEW = 8
"""Values of x that each have a tick."""
THOUSANDS = 10_000
"""From here on numbers along an axis are written as 50k and 2M."""


def points(
    title: str,
    groups: Mapping[str, Mapping[str, np.ndarray]],
    *,
    x: str,
    percent: bool = False,
    **size: Any,
) -> Panel | None:
    """A row a category (`groups`: category -> kind -> a number a seed), or None without any.

    Rows lie below one another and their names to the left, so that long names are read on a small screen too.
    """
    groups = {name: kinds for name, kinds in groups.items() if kinds}
    kinds = list(dict.fromkeys(kind for of_kind in groups.values() for kind in of_kind))
    most = max(map(len, groups.values()), default=0)
    data, rows, means = Tables(), [], []
    for name, of_kind in groups.items():
        for place, (kind, values) in enumerate(of_kind.items()):
            there = values[np.isfinite(values)]
            if len(there):
                common = {"group": name, "kind": kind, "place": place + (most - len(of_kind)) / 2}
                rows += [common | {"seed": seed, "value": short(value)} for seed, value in enumerate(there)]
                means.append(common | {"value": short(there.mean()), "n": len(there)})
    if not rows:
        return None
    number = ".2%" if percent else ",.6~g"
    tip = [alt.Tooltip("group:N", title="where"), alt.Tooltip("kind:N", title="network")]
    tip += [alt.Tooltip("value:Q", title=x, format=number)]
    y_axis = alt.Axis(ticks=False, domain=False, labelLimit=170, title=None, grid=False, labelPadding=6)
    position = {
        "x": alt.X("value:Q", title=x, scale=alt.Scale(zero=False, padding=8), axis=numbers(percent)),
        "y": alt.Y("group:N", sort=list(groups), scale=alt.Scale(paddingInner=0.25), axis=y_axis),
        "yOffset": alt.YOffset("place:Q", scale=alt.Scale(domain=[-0.5, most - 0.5], nice=False, zero=False)),
        "color": colour(kinds),
    }
    cloud = data.chart(rows).transform_filter(SHOWN).mark_point(filled=True, size=28, opacity=0.55)
    cloud = cloud.encode(**position, shape=shape(kinds), tooltip=[*tip, alt.Tooltip("seed:N")])
    middle = data.chart(means).transform_filter(SHOWN).mark_tick(thickness=2.5, size=14, opacity=1)
    middle = middle.encode(**position, tooltip=[*tip, alt.Tooltip("n:Q", title="mean of seeds")])
    size = {"height": max(80, (15 * most + 10) * len(groups))} | size
    said = "; ".join(f"{row['group']}, {row['kind']}: {spoken(row['value'], percent)}" for row in means)
    return Panel(title, alt.layer(cloud, middle), data, f"{title}: mean {x} of {said}.", **size)


def lines_by(
    title: str,
    at: Sequence[float | int],
    of_kind: Mapping[str, np.ndarray],
    *,
    x: str,
    y: str,
    percent: bool = False,
    log: bool = False,
    **size: Any,
) -> Panel | None:
    """Means joined by a line over a few values of x, with a point a seed (of_kind: seed x value of x)."""
    if not of_kind:
        return None
    kinds = list(of_kind)
    ticks: dict[str, Any] = {"tickCount": 4}
    if len(at) <= FEW:
        ticks = {"values": [short(value) for value in at]}
    elif log:
        ticks = {"values": [10**power for power in range(20) if min(at) <= 10**power <= max(at)]}
    data, rows, means = Tables(), [], []
    for kind, values in of_kind.items():
        for step, here in enumerate(values.T):
            common = {"kind": kind, "x": short(at[step])}
            rows += [common | {"seed": seed, "value": short(v)} for seed, v in enumerate(here) if np.isfinite(v)]
            if not np.isnan(here).all():
                means.append(common | {"value": short(np.nanmean(here)), "n": int((~np.isnan(here)).sum())})
    number = ".2%" if percent else ",.4~g"
    scale = alt.Scale(type="log", nice=False, padding=12) if log else alt.Scale(nice=False, padding=12, zero=False)
    position = {
        "x": alt.X(
            "x:Q", title=x, scale=scale, axis=alt.Axis(format="~s" if max(at) >= THOUSANDS else ".6~g", **ticks)
        ),
        "y": alt.Y("value:Q", title=y, scale=alt.Scale(zero=False), axis=numbers(percent)),
        "color": colour(kinds),
    }
    tip = [
        alt.Tooltip("kind:N", title="network"),
        alt.Tooltip("x:Q", title=x),
        alt.Tooltip("value:Q", title=y, format=number),
    ]
    mean = data.chart(means).transform_filter(SHOWN)
    seeds = data.chart(rows).transform_filter(SHOWN)
    if len(at) <= FEW:
        seeds = seeds.mark_point(filled=True, size=22, opacity=0.4).encode(shape=shape(kinds))
    else:
        seeds = seeds.mark_line(strokeWidth=0.8, opacity=0.4).encode(detail="seed:N")
    line = mean.mark_line(strokeWidth=1.5).encode(**position, strokeDash=dash(kinds))
    dots = mean.mark_point(filled=True, size=55 if len(at) <= FEW else 20, opacity=1).encode(
        **position, shape=shape(kinds), tooltip=[*tip, alt.Tooltip("n:Q", title="mean of seeds")]
    )
    chart = alt.layer(seeds.encode(**position, tooltip=[*tip, alt.Tooltip("seed:N")]), line, dots)
    said = "; ".join(f"{row['kind']} at {row['x']:g}: {spoken(row['value'], percent)}" for row in means)
    return Panel(title, chart, data, f"{title}: mean {y} by {x}. {said}.", **size)
