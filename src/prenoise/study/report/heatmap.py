"""A map: the mean of a number over two things that were varied, with places of interest marked on it."""

from collections.abc import Mapping, Sequence
from itertools import pairwise

import altair as alt
import numpy as np

from prenoise.study.report.looks import COLOUR, INK, SHAPE
from prenoise.study.report.numbers import short
from prenoise.study.report.picture import SHOWN, Panel
from prenoise.study.report.tables import Tables


def heatmap(
    title: str,
    across: Sequence[float | int],
    up: Sequence[float | int],
    values: np.ndarray,
    *,
    x: str,
    y: str,
    what: str,
    marks: Mapping[str, tuple[float | int, float | int]],
) -> Panel | None:
    """A panel of `values` (up x across) in shades, from light to dark, or None where all are missing.

    `across` and `up` are where the values were taken, `x` and `y` the titles of the axes, and `what` names the values.
    `marks` are kinds with their place on the map.
    """
    if np.isnan(values).all():
        return None
    data = Tables()
    rows = [
        {"x": left, "x2": right, "y": bottom, "y2": top, "value": short(values[row, column])}
        for row, (bottom, top) in enumerate(pairwise(_edges(up)))
        for column, (left, right) in enumerate(pairwise(_edges(across)))
        if np.isfinite(values[row, column])
    ]
    places = [{"kind": kind, "x": short(place[0]), "y": short(place[1])} for kind, place in marks.items()]
    axes = {
        "x": alt.X("x:Q", title=x, scale=alt.Scale(nice=False, zero=False)),
        "y": alt.Y("y:Q", title=y, scale=alt.Scale(nice=False, zero=False)),
    }
    shades = alt.Color("value:Q", title=what, scale=alt.Scale(scheme="greys"), legend=alt.Legend(title=what))
    squares = data.chart(rows, main=True).mark_rect()
    squares = squares.encode(**axes, x2="x2:Q", y2="y2:Q", color=shades, tooltip=[alt.Tooltip("value:Q", title=what)])
    marked = data.chart(places).transform_filter(SHOWN).encode(**axes)
    points = marked.mark_point(filled=True, size=90, opacity=1, stroke=INK, strokeWidth=1)
    points = points.encode(color=COLOUR, shape=SHAPE, tooltip=[alt.Tooltip("kind:N", title="kind")])
    chart = alt.layer(squares, points).resolve_scale(color="independent")
    low, high = (short(bound) for bound in (np.nanmin(values), np.nanmax(values)))
    said = "; ".join(f"{kind} at {place[0]:.3g} and {place[1]:.3g}" for kind, place in marks.items())
    return Panel(title, chart, data, f"{title}: {what} from {low} to {high} by {x} and {y}. Marked: {said}.", width=340)


def _edges(places: Sequence[float | int]) -> list[float | int]:
    """Where the squares around the places meet."""
    middles = [(low + high) / 2 for low, high in pairwise(places)]
    return [2 * places[0] - middles[0], *middles, 2 * places[-1] - middles[-1]]
