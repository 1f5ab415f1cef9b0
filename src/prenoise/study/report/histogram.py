"""How numbers are distributed, at one moment or, with a slider, at any."""

import json
from collections.abc import Mapping
from typing import Any

import altair as alt
import numpy as np

from prenoise.study.report.looks import COLOUR, INK
from prenoise.study.report.numbers import finite, short
from prenoise.study.report.picture import SHOWN, Panel
from prenoise.study.report.tables import Tables


def histogram(
    title: str,
    rows: list[dict[str, Any]],
    kinds: list[str],
    *,
    x: str,
    y: str,
    says: str,
    note: str = "",
    keep: str = "true",
    level: tuple[float | int, str] | None = None,
    limits: tuple[float | int, float | int] | None = None,
    log: bool = False,
    **size: Any,
) -> Panel | None:
    """A panel from rows of `binned`: the first of `kinds` as an outline, the second filled.

    `x` and `y` are the titles of the axes, `says` is the panel in words and `note` says what was counted. `keep` is an
    expression that chooses among the rows, as by the step of a slider; `level` is a value to compare with, `limits` are
    those of x, and `log` spaces the shares by their logarithm.
    """
    if not rows:
        return None
    data, shares = Tables(), [row["share"] for row in rows if row["share"]]
    least, most = min(shares) / 2, max(shares)
    if log:
        powers = [float(f"1e{power}") for power in range(-6, 1) if 10.0**power > least]
        scale = alt.Scale(type="log", domain=[least, 1], nice=False, clamp=True)
        y_axis = alt.Axis(format="~%", values=powers)
    else:
        scale, y_axis = alt.Scale(domain=[0, most]), alt.Axis(format="~%", tickCount=5)
    domain: dict[str, Any] = {"domain": list(limits)} if limits else {}
    base = data.chart(rows, main=True).transform_filter(SHOWN).transform_filter(keep)
    where = {
        "x": alt.X(
            "low:Q",
            title=x,
            axis=alt.Axis(format=".6~g", tickCount=6),
            scale=alt.Scale(zero=False, nice=False, **domain),
        ),
        "y": alt.Y("share:Q", title=y, scale=scale, stack=None, axis=y_axis),
        "color": COLOUR,
        "tooltip": [
            alt.Tooltip("kind:N", title="kind"),
            alt.Tooltip("low:Q", title="from", format=".3~g"),
            alt.Tooltip("high:Q", title="to", format=".3~g"),
            alt.Tooltip("share:Q", title=y, format=".2%"),
        ],
    }
    first = f"datum.kind == {json.dumps(kinds[0])}"
    filled = base.transform_filter(f"!({first})").mark_bar(opacity=0.6, binSpacing=0.5)
    filled = filled.encode(**where, x2="high:Q", y2=alt.Y2Datum(least if log else 0))
    outline = base.transform_filter(first).mark_line(interpolate="step-after", strokeWidth=1.8).encode(**where)
    layers: list[Any] = [filled, outline]
    if level is not None:
        at = data.chart([{"level": level[0], "name": level[1]}]).encode(x="level:Q")
        layers.append(at.mark_rule(strokeDash=[1, 3], opacity=0.8, color=INK))
        name = at.mark_text(align="left", dx=4, baseline="top", fontSize=11, opacity=0.8)
        layers.append(name.encode(y=alt.value(0), text="name:N"))
    return Panel(title, alt.layer(*layers), data, says, note, **size)


def binned(values: np.ndarray, edges: np.ndarray, kind: str, **common: Any) -> list[dict[str, Any]]:
    """The share of the values in each bin, from the first that has any to one beyond the last."""
    values = finite(values, values.ndim)
    values = values[~np.isnan(values)]
    counts, _ = np.histogram(values, edges)
    filled = np.flatnonzero(counts)
    span = range(max(filled[0] - 1, 0), min(filled[-1] + 2, len(counts))) if len(filled) else ()
    return [
        common
        | {"kind": kind, "low": short(edges[bar]), "high": short(edges[bar + 1])}
        | {"share": short(counts[bar] / len(values), 3)}
        for bar in span
    ]


def spread(values: Mapping[str, np.ndarray], unit: str) -> str:
    """Each distribution in words."""
    return "; ".join(
        f"{name}: mean {np.nanmean(there):.3g} {unit}, nine in ten between {np.nanpercentile(there, 5):.3g} "
        f"and {np.nanpercentile(there, 95):.3g}"
        for name, there in values.items()
        if not np.isnan(there).all()
    )
