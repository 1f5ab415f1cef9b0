"""Curves over training: the mean a kind of network, a band from its lowest to its highest seed, a line a seed."""

from collections.abc import Mapping
from typing import Any, cast

import altair as alt
import numpy as np

from prenoise.report.palette import INK, colour, dash
from prenoise.report.picture import A_LINE_A_SEED, SHOWN, Panel
from prenoise.report.reading import counted, short, thinned
from prenoise.report.tables import Tables


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
    number = ".1%" if percent else ",.4~g"
    few, ticks = len(at) <= 8, cast(Any, [short(value) for value in at])
    x_axis = alt.X(
        "x:Q",
        title=x,
        axis=alt.Axis(format=".6~g", values=ticks) if few else alt.Axis(format=".4~s", tickCount=5),
        scale=alt.Scale(nice=False, zero=False),
    )
    y_axis = alt.Axis(format="%" if percent else ".6~g", tickCount=5)
    base = data.chart(means).transform_filter(chosen).transform_filter(SHOWN)
    base = base.encode(x=x_axis, color=colour(shown))
    limits: dict[str, Any] = {"domainMin": _after_first_steps(means)} if settled else {}
    low = alt.Y("low:Q", title=y, scale=alt.Scale(zero=False, **limits), axis=y_axis)
    band = base.mark_area(opacity=0.18, clip=settled).encode(y=low, y2="high:Q")
    line = base.mark_line(strokeWidth=2, clip=settled).encode(y="mean:Q", strokeDash=dash(shown))
    tips = [
        alt.Tooltip("kind:N", title="network"),
        alt.Tooltip("x:Q", title=x, format=","),
        alt.Tooltip("mean:Q", title=f"mean {y}", format=number),
        alt.Tooltip("low:Q", title="lowest seed", format=number),
        alt.Tooltip("high:Q", title="highest seed", format=number),
        alt.Tooltip("n:Q", title="seeds"),
    ]
    hover = base.mark_point(size=90, opacity=0, filled=True, clip=settled).encode(y="mean:Q", tooltip=tips)
    each = data.chart(seeds).transform_filter(f"{A_LINE_A_SEED} && {chosen} && {SHOWN}")
    each = each.mark_line(strokeWidth=0.8, opacity=0.7, clip=settled).encode(
        x=x_axis, y="y:Q", color=colour(shown), detail="seed:N"
    )
    layers: list[Any] = [band, each, line, hover]
    if level is not None:
        layers.insert(0, constant(data, *level))
    if now:
        here = base.transform_filter(f"datum.step == {now}").mark_rule(opacity=0.6)
        layers.insert(0, here.encode(x=x_axis, color=alt.value(INK)))
    said = _said(title, x, y, next(iter(families.values())), percent)
    return Panel(title, alt.layer(*layers), data, said, seeds=True, **size)


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
        f"{kind} goes from {_spoken(values[:, 0], percent)} to {_spoken(values[:, -1], percent)}"
        for kind, values in of_kind.items()
    )
    n = max(len(values) for values in of_kind.values())
    return f"{title}: {y} over {x}, mean of {counted(n, 'seed')}: {ends}."


def constant(data: Tables, value: float | int, name: str) -> Any:
    """A dotted level with its name, as that of chance."""
    base = data.chart([{"level": value, "name": name}])
    rule = base.mark_rule(strokeDash=[1, 3], opacity=0.7).encode(y="level:Q")
    text = base.mark_text(align="right", dy=-6, fontSize=10, opacity=0.8).encode(
        y="level:Q", x=alt.value("width"), text="name:N"
    )
    return alt.layer(rule, text)


def _spoken(values: np.ndarray, percent: bool) -> str:
    mean = np.nanmean(values)
    return f"{mean:.1%}" if percent else f"{mean:.3g}"
