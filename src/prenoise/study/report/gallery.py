"""Images in rows, each with a word below."""

from collections.abc import Mapping, Sequence

import altair as alt
import numpy as np

from prenoise.study.report import png
from prenoise.study.report.picture import Panel
from prenoise.study.report.tables import Tables


def gallery(title: str, rows: Mapping[str, Sequence[tuple[str, np.ndarray]]], *, says: str, side: int = 44) -> Panel:
    """Images in rows (`rows`: name -> words and images), each with its word below; `says` is the panel in words.

    `side` is that of an image in pixels.
    """
    values = [
        {"row": row, "column": column, "name": name, "url": png.picture(image)}
        for row, images in rows.items()
        for column, (name, image) in enumerate(images)
    ]
    data = Tables()
    columns = max(len(images) for images in rows.values())
    cell = side + 2
    base = data.chart(values).encode(
        x=alt.X("column:O", title=None, axis=alt.Axis(labels=False, ticks=False, domain=False, grid=False)),
        y=alt.Y("row:N", title=None, sort=list(rows), axis=alt.Axis(ticks=False, domain=False, grid=False)),
    )
    whole = alt.ExprRef(f"min({side}, bandwidth('x') - 2)")
    image = base.mark_image(width=whole, height=whole, smooth=False, yOffset=-7).encode(
        url="url:N", tooltip=[alt.Tooltip("row:N", title="set"), alt.Tooltip("name:N", title="strength")]
    )
    name = base.mark_text(
        fontSize=11, yOffset=alt.ExprRef(f"min({side}, bandwidth('x') - 2) / 2 - 6"), baseline="top"
    ).encode(text="name:N")
    chart = alt.layer(image, name)
    return Panel(title, chart, data, says, width=cell * columns, height=(cell + 18) * len(rows), fixed=True, least=280)
