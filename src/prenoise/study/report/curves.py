"""Curves over training: a mean per kind, a band from its lowest to its highest seed, and a line per seed on demand."""

from collections.abc import Mapping
from typing import Any, cast

import altair as alt
import numpy as np

from prenoise.study.report.looks import COLOUR, DASH, INK, numbers
from prenoise.study.report.numbers import finite, seeds_of, short, spoken, thinned
from prenoise.study.report.picture import LINE_PER_SEED, SHOWN, Panel
from prenoise.study.report.tables import Tables

_POINTS_OF_A_SEED = 31


def curves(
    title: str,
    at: np.ndarray,
    of_kind: Mapping[Any, Any],
    *,
    x: str,
    y: str,
    percent: bool = False,
    level: tuple[float | int, str] | None = None,
    now: str = "",
    choice: str = "",
    settled: bool = False,
    same_y: str = "",
    **size: Any,
) -> Panel | None:
    """A panel of curves (kind -> seed x time), or None without any.

    `at` are the times, `x` and `y` the titles of the axes, `percent` writes y as shares. `level` is a line to compare
    with, as that of chance; `now` is the step of a slider that is marked. With `choice`, the signal of a control,
    `of_kind` holds such curves for each value the control may have. `settled` leaves what lies below the curves after
    their first steps out of the panel, which else would be all that is seen. Panels with one `same_y` share an axis.
    """
    families = {value: kinds for value, kinds in (of_kind if choice else {0: of_kind}).items() if kinds}
    if not families:
        return None
    at = finite(at, 1)
    data, means, seeds, says = Tables(), [], [], {}
    for chosen, kinds in families.items():
        checked = {kind: finite(values, 2) for kind, values in kinds.items()}
        for kind, values in checked.items():
            common = {"kind": str(kind)} | ({"chosen": chosen} if choice else {})
            means += _means(at, values, common)
            seeds += _seeds(at, values, common)
        says[chosen] = _said(title, x, y, checked, percent)
    if not means:
        return None
    low = _after_first_steps(means) if settled else min(row["low"] for row in means)
    shown = f"datum.chosen == {choice}" if choice else "true"
    base = data.chart(means).transform_filter(shown).transform_filter(SHOWN)
    base = base.encode(x=_x(at, x), color=COLOUR)
    limits: dict[str, Any] = {"domainMin": low} if settled else {}
    y_low = alt.Y("low:Q", title=y, scale=alt.Scale(zero=False, **limits), axis=numbers(percent))
    band = base.mark_area(opacity=0.18, clip=settled).encode(y=y_low, y2="high:Q")
    line = base.mark_line(strokeWidth=2, clip=settled).encode(y="mean:Q", strokeDash=DASH)
    hover = base.mark_point(size=90, opacity=0, filled=True, clip=settled)
    hover = hover.encode(y="mean:Q", tooltip=_tips(x, y, percent))
    each = data.chart(seeds, main=True, raw=True).transform_filter(f"{LINE_PER_SEED} && {shown} && {SHOWN}")
    each = each.mark_line(strokeWidth=0.8, opacity=0.7, clip=settled)
    each = each.encode(x=_x(at, x), y="y:Q", color=COLOUR, detail="seed:N")
    layers: list[Any] = [band, each, line, hover]
    if level is not None:
        layers.insert(0, _constant(data, *level, at_end=_leaves(means, level[0])))
    if now:
        mark = base.transform_filter(f"datum.step == {now}").mark_rule(opacity=0.6)
        layers.insert(0, mark.encode(x=_x(at, x), color=alt.value(INK)))
    many = max(row["n"] for row in means) > 1
    note = f"{seeds_of([row['n'] for row in means])} per kind" + ("; line: mean, band: all seeds" if many else "")
    return Panel(
        title,
        alt.layer(*layers),
        data,
        says if choice else says[0],
        note,
        line_per_seed=many,
        follows=choice,
        extent=(low, max(row["high"] for row in means)),
        same_y=same_y,
        **size,
    )


def _x(at: np.ndarray, title: str) -> alt.X:
    ticks = cast(Any, [short(value) for value in at])
    axis = alt.Axis(format=".6~g", values=ticks) if len(at) <= 8 else alt.Axis(format=".4~s", tickCount=5)
    return alt.X("x:Q", title=title, axis=axis, scale=alt.Scale(nice=False, zero=False))


def _tips(x: str, y: str, percent: bool) -> list[alt.Tooltip]:
    number = ".1%" if percent else ",.4~g"
    return [
        alt.Tooltip("kind:N", title="kind"),
        alt.Tooltip("x:Q", title=x, format=","),
        alt.Tooltip("mean:Q", title=f"mean {y}", format=number),
        alt.Tooltip("low:Q", title="lowest seed", format=number),
        alt.Tooltip("high:Q", title="highest seed", format=number),
        alt.Tooltip("n:Q", title="seeds"),
    ]


def _after_first_steps(means: list[dict[str, Any]]) -> float | int:
    """The lowest seed once three hundredths of the time have passed."""
    end = max(row["x"] for row in means)
    return min(row["low"] for row in means if row["x"] >= 0.03 * end)


def _means(at: np.ndarray, values: np.ndarray, common: dict[str, Any]) -> list[dict[str, Any]]:
    rows = []
    for step in thinned(min(len(at), values.shape[1])):
        there = values[:, step][~np.isnan(values[:, step])]
        if len(there):
            found = {"mean": short(there.mean()), "low": short(there.min()), "high": short(there.max())}
            rows.append(common | {"x": short(at[step]), "step": int(step)} | found | {"n": len(there)})
    return rows


def _seeds(at: np.ndarray, values: np.ndarray, common: dict[str, Any]) -> list[dict[str, Any]]:
    times = thinned(min(len(at), values.shape[1]), _POINTS_OF_A_SEED)
    return [
        common | {"seed": seed, "x": short(at[step]), "y": short(value)}
        for seed, of_seed in enumerate(values)
        for step, value in zip(times, of_seed[times], strict=True)
    ]


def _said(title: str, x: str, y: str, of_kind: Mapping[str, np.ndarray], percent: bool) -> str:
    ends = []
    for kind, values in of_kind.items():
        there = np.flatnonzero(~np.isnan(values).all(axis=0))
        if len(there):
            first, last = (spoken(float(np.nanmean(values[:, time])), percent) for time in (there[0], there[-1]))
            ends.append(f"{kind} goes from {first} to {last}")
    n = seeds_of([len(values) for values in of_kind.values()])
    return f"{title}: {y} over {x}, mean of seeds ({n}): {'; '.join(ends)}."


def _leaves(means: list[dict[str, Any]], level: float | int) -> bool:
    """Whether the curves are farther from a level at their end than at their start."""
    times = [row["x"] for row in means]
    start, end = (
        sum(abs(row["mean"] - level) for row in means if row["x"] == time) for time in (min(times), max(times))
    )
    return end >= start


def _constant(data: Tables, value: float | int, name: str, *, at_end: bool) -> Any:
    """A dotted level, as that of chance, with its name at the end or the start, where the curves leave room."""
    base = data.chart([{"level": value, "name": name}]).encode(y="level:Q")
    rule = base.mark_rule(strokeDash=[1, 3], opacity=0.7)
    text = base.mark_text(align="right" if at_end else "left", dx=0 if at_end else 4, dy=-6, fontSize=11, opacity=0.8)
    return alt.layer(rule, text.encode(x=alt.value("width" if at_end else 0), text="name:N"))
