"""Square matrices as images, and the scale of their shades."""

from collections.abc import Mapping
from itertools import pairwise
from typing import Any

import altair as alt
import numpy as np

from prenoise.study.report import png
from prenoise.study.report.numbers import finite, short
from prenoise.study.report.picture import Panel
from prenoise.study.report.tables import Tables

_BLOCKS = 20
"""Squares per side that tell their mean when pointed at."""
_WHOLE = alt.ExprRef("width")


def matrices(
    title: str, of_choice: Mapping[Any, np.ndarray], *, x: str, what: str, choice: str, **size: Any
) -> Panel | None:
    """Square matrices with entries from 0 to 1, one shown at a time: that which the control `choice` names.

    `of_choice` has a matrix for each value of the control, `x` is the title of both axes, `what` names the entries.
    """
    if not of_choice:
        return None
    data, rows, squares, says = Tables(), [], [], {}
    for chosen, entries in of_choice.items():
        matrix = finite(entries, 2)
        says[chosen] = (
            f"{title}: a matrix of {len(matrix)} by {len(matrix)} neurons; the mean {what} is {np.nanmean(matrix):.2f}."
        )
        rows.append({"chosen": chosen, "url": png.shaded(matrix)})
        edge = np.linspace(0, len(matrix), min(_BLOCKS, len(matrix)) + 1).round().astype(int)
        squares += [
            {"chosen": chosen, "x": int(left), "x2": int(right), "y": int(top), "y2": int(bottom)}
            | {"mean": short(matrix[top:bottom, left:right].mean(), 3)}
            for top, bottom in pairwise(edge)
            for left, right in pairwise(edge)
        ]
    most = max(len(matrix) for matrix in of_choice.values())
    pixels = size.get("width", 240)
    where = {
        "x": alt.X(
            "x:Q", title=x, scale=alt.Scale(domain=[0, most], nice=False), axis=alt.Axis(grid=False, tickCount=5)
        ),
        "y": alt.Y(
            "y:Q", title=x, scale=alt.Scale(domain=[most, 0], nice=False), axis=alt.Axis(grid=False, tickCount=5)
        ),
    }
    keep = f"datum.chosen == {choice}"
    image = data.chart(rows).transform_filter(keep)
    image = image.mark_image(width=_WHOLE, height=_WHOLE, align="left", baseline="top", smooth=False, aspect=False)
    image = image.encode(x=alt.value(0), y=alt.value(0), url="url:N")
    hover = data.chart(squares, main=True).transform_filter(keep).mark_rect(opacity=0)
    hover = hover.encode(**where, x2="x2:Q", y2="y2:Q", tooltip=[alt.Tooltip("mean:Q", title=f"mean {what} here")])
    usual: dict[str, Any] = {"width": pixels, "height": pixels, "fixed": True}
    return Panel(
        title,
        alt.layer(image, hover),
        data,
        says,
        "n = 1 seed, the first",
        follows=choice,
        **usual | size,
    )


def colour_bar(title: str, low: str, high: str) -> Panel:
    """What dark and bright mean in a matrix."""
    data = Tables()
    ramp = data.chart([{"url": png.shaded(np.linspace(0, 1, 128)[None])}])
    ramp = ramp.mark_image(width=160, height=12, align="left", baseline="top", aspect=False)
    ramp = ramp.encode(x=alt.value(0), y=alt.value(4), url="url:N")
    ends = data.chart([{"x": 0, "name": low}, {"x": 160, "name": high}])
    ends = ends.mark_text(baseline="top", fontSize=11, align="left").encode(
        x=alt.X("x:Q", scale=alt.Scale(domain=[0, 200], nice=False), axis=None), y=alt.value(20), text="name:N"
    )
    return Panel(
        title, alt.layer(ramp, ends), data, f"From dark, {low}, to bright, {high}.", width=200, height=34, fixed=True
    )


def most_alike_first(matrix: np.ndarray) -> np.ndarray:
    """A similarity matrix with its rows and columns in the order of its first eigenvector, so that groups show."""
    _, vectors = np.linalg.eigh(np.asarray(matrix, np.float64))
    order = np.argsort(-np.abs(vectors[:, -1]), kind="stable")
    return matrix[np.ix_(order, order)]
