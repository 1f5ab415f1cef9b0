"""Means over a few values of x, joined by a line per kind, beside a dot per seed."""

from collections.abc import Mapping, Sequence
from typing import Any

import altair as alt
import numpy as np

from prenoise.study.report.looks import COLOUR, DASH, SHAPE, numbers
from prenoise.study.report.numbers import finite, seeds_of, short, spoken
from prenoise.study.report.picture import SHOWN, Panel
from prenoise.study.report.tables import Tables

FEW = 8
"""Values of x that each have a tick."""
THOUSANDS = 10_000
"""From here on numbers along an axis are written as 50k and 2M."""


def lines_by(
    title: str,
    at: Sequence[float | int],
    of_kind: Mapping[str, np.ndarray],
    *,
    x: str,
    y: str,
    percent: bool = False,
    log: bool = False,
    same_y: str = "",
    **size: Any,
) -> Panel | None:
    """A panel of lines (kind -> seed x value of x), or None without any.

    `at` are the values of x, `x` and `y` the titles of the axes; `percent` writes y as shares, `log` spaces x by its
    logarithm. Panels of a picture with the same word in `same_y` have the same y-axis.
    """
    data, rows, means = Tables(), [], []
    for kind, values in of_kind.items():
        for place, of_seeds in zip(at, finite(values, 2).T, strict=True):
            common = {"kind": kind, "x": short(place)}
            found = of_seeds[~np.isnan(of_seeds)]
            rows += [common | {"seed": seed, "value": short(v)} for seed, v in enumerate(of_seeds) if np.isfinite(v)]
            if len(found):
                means.append(common | {"value": short(found.mean()), "n": len(found)})
    if not means:
        return None
    few = len(at) <= FEW
    ticks: dict[str, Any] = {"values": [short(value) for value in at]} if few else {"tickCount": 4}
    if log and not few:
        ticks = {"values": [10**power for power in range(20) if min(at) <= 10**power <= max(at)]}
    scale = alt.Scale(type="log", nice=False, padding=12) if log else alt.Scale(nice=False, padding=12, zero=False)
    axis = alt.Axis(format="~s" if max(at) >= THOUSANDS else ".6~g", **ticks)
    position = {
        "x": alt.X("x:Q", title=x, scale=scale, axis=axis),
        "y": alt.Y("value:Q", title=y, scale=alt.Scale(zero=False), axis=numbers(percent)),
        "color": COLOUR,
    }
    tip = [
        alt.Tooltip("kind:N", title="kind"),
        alt.Tooltip("x:Q", title=x),
        alt.Tooltip("value:Q", title=y, format=".2%" if percent else ",.4~g"),
    ]
    mean = data.chart(means).transform_filter(SHOWN)
    seeds = data.chart(rows, main=True, raw=True).transform_filter(SHOWN)
    if few:
        seeds = seeds.mark_point(filled=True, size=22, opacity=0.4).encode(shape=SHAPE)
    else:
        seeds = seeds.mark_line(strokeWidth=0.8, opacity=0.4).encode(detail="seed:N")
    line = mean.mark_line(strokeWidth=1.5).encode(**position, strokeDash=DASH)
    dots = mean.mark_point(filled=True, size=55 if few else 20, opacity=1).encode(
        **position, shape=SHAPE, tooltip=[*tip, alt.Tooltip("n:Q", title="mean of seeds")]
    )
    chart = alt.layer(seeds.encode(**position, tooltip=[*tip, alt.Tooltip("seed:N")]), line, dots)
    said = "; ".join(f"{row['kind']} at {row['x']:g}: {spoken(row['value'], percent)}" for row in means)
    note = f"{seeds_of([row['n'] for row in means])}; {'dot' if few else 'thin line'}: a seed, line: their mean"
    heights = [row["value"] for row in rows]
    extent = (min(heights), max(heights))
    return Panel(title, chart, data, f"{title}: mean {y} by {x}. {said}.", note, extent=extent, same_y=same_y, **size)
