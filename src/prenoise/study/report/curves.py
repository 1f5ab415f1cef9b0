"""Curves over training: the mean a kind of network, a band from its lowest to its highest seed, a line a seed."""

from collections.abc import Mapping
from typing import Any, cast

import altair as alt
import numpy as np

from prenoise.study.report.palette import INK, colour, dash, numbers
from prenoise.study.report.picture import A_LINE_A_SEED, SHOWN, Panel
from prenoise.study.report.reading import counted, short, spoken, thinned
from prenoise.study.report.tables import Tables


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
    **size: Any,
) -> Panel | None:
    """A panel of curves (kind -> seed x time), or None without any.

    `level` is a line to compare with, as that of chance; `now` is the step of a slider that is marked. With `choice`,
    the signal of a control, `of_kind` holds such curves for each value the control may have. `settled` leaves what lies
    below the curves after their first steps out of the panel, which else would be all that is seen.
    """
    families = {value: kinds for value, kinds in (of_kind if choice else {0: of_kind}).items() if kinds}
    if not families:
        return None
    data, means, seeds = Tables(), [], []
    for value, kinds in families.items():
        for kind, values in kinds.items():
            common = {"kind": kind} | ({"chosen": value} if choice else {})
            means += _means(at, values, common)
            seeds += _seeds(at, values, common)
    shown = list(dict.fromkeys(kind for kinds in families.values() for kind in kinds))
    chosen = f"datum.chosen == {choice}" if choice else "true"
    x_axis = _x(at, x)
    base = data.chart(means).transform_filter(chosen).transform_filter(SHOWN)
    base = base.encode(x=x_axis, color=colour(shown))
    limits: dict[str, Any] = {"domainMin": _after_first_steps(means)} if settled else {}
    low = alt.Y("low:Q", title=y, scale=alt.Scale(zero=False, **limits), axis=numbers(percent))
    band = base.mark_area(opacity=0.18, clip=settled).encode(y=low, y2="high:Q")
    line = base.mark_line(strokeWidth=2, clip=settled).encode(y="mean:Q", strokeDash=dash(shown))
    hover = base.mark_point(size=90, opacity=0, filled=True, clip=settled)
    hover = hover.encode(y="mean:Q", tooltip=_tips(x, y, percent))
    each = data.chart(seeds).transform_filter(f"{A_LINE_A_SEED} && {chosen} && {SHOWN}")
    each = each.mark_line(strokeWidth=0.8, opacity=0.7, clip=settled).encode(
        x=x_axis, y="y:Q", color=colour(shown), detail="seed:N"
    )
    layers: list[Any] = [band, each, line, hover]
    if level is not None:
        layers.insert(0, _constant(data, *level, at_end=_leaves(means, level[0])))
    if now:
        here = base.transform_filter(f"datum.step == {now}").mark_rule(opacity=0.6)
        layers.insert(0, here.encode(x=x_axis, color=alt.value(INK)))
    said = _said(title, x, y, next(iter(families.values())), percent)
    return Panel(title, alt.layer(*layers), data, said, seeds=True, **size)


def _x(at: np.ndarray, title: str) -> alt.X:
    ticks = cast(Any, [short(value) for value in at])
    axis = alt.Axis(format=".6~g", values=ticks) if len(at) <= 8 else alt.Axis(format=".4~s", tickCount=5)
    return alt.X("x:Q", title=title, axis=axis, scale=alt.Scale(nice=False, zero=False))


def _tips(x: str, y: str, percent: bool) -> list[alt.Tooltip]:
    number = ".1%" if percent else ",.4~g"
    return [
        alt.Tooltip("kind:N", title="network"),
        alt.Tooltip("x:Q", title=x, format=","),
        alt.Tooltip("mean:Q", title=f"mean {y}", format=number),
        alt.Tooltip("low:Q", title="lowest seed", format=number),
        alt.Tooltip("high:Q", title="highest seed", format=number),
        alt.Tooltip("n:Q", title="seeds"),
    ]


def _after_first_steps(means: list[dict[str, Any]]) -> float | int:
    """The lowest seed from the third hundredth of the way on."""
    end = max(row["x"] for row in means)
    return min(row["low"] for row in means if row["x"] >= 0.03 * end)


def _means(at: np.ndarray, values: np.ndarray, common: dict[str, Any]) -> list[dict[str, Any]]:
    rows = []
    for step in _kept(at, values):
        here = values[:, step][~np.isnan(values[:, step])]
        if len(here):
            numbers = {"mean": short(here.mean()), "low": short(here.min()), "high": short(here.max()), "n": len(here)}
            rows.append(common | {"x": short(at[step]), "step": int(step)} | numbers)
    return rows


def _seeds(at: np.ndarray, values: np.ndarray, common: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        common | {"x": short(at[step]), "seed": seed, "y": short(value)}
        for step in _kept(at, values)
        for seed, value in enumerate(values[:, step])
    ]


def _kept(at: np.ndarray, values: np.ndarray) -> np.ndarray:
    return thinned(min(len(at), values.shape[1]))


def _said(title: str, x: str, y: str, of_kind: Mapping[str, np.ndarray], percent: bool) -> str:
    ends = "; ".join(
        f"{kind} goes from {spoken(mean[0], percent)} to {spoken(mean[-1], percent)}"
        for kind, mean in ((kind, np.nanmean(values[:, [0, -1]], axis=0).tolist()) for kind, values in of_kind.items())
    )
    n = max(len(values) for values in of_kind.values())
    return f"{title}: {y} over {x}, mean of {counted(n, 'seed')}: {ends}."


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
    text = base.mark_text(align="right" if at_end else "left", dx=0 if at_end else 4, dy=-6, fontSize=10, opacity=0.8)
    return alt.layer(rule, text.encode(x=alt.value("width" if at_end else 0), text="name:N"))
