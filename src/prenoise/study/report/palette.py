"""One colour, one line and one name a kind of network, the same in every picture, and the look of all charts.

The colours are Okabe and Ito's: they stay apart for colour-blind eyes. In print without colour the dashes tell the
kinds apart. What is drawn in `currentColor` follows the page from light to dark.
"""

from typing import Any

import altair as alt

from prenoise.study.kinds import kind_named

INK = "currentColor"

CONFIG: dict[str, Any] = {
    "background": None,
    "font": "Arial, Helvetica, sans-serif",
    "aria": False,
    "view": {"stroke": None},
    "axis": {
        "domainColor": INK,
        "domainOpacity": 0.5,
        "tickColor": INK,
        "tickOpacity": 0.5,
        "grid": True,
        "gridColor": INK,
        "gridOpacity": 0.1,
        "labelColor": INK,
        "titleColor": INK,
        "labelFontSize": 11,
        "titleFontSize": 12,
        "titleFontWeight": "normal",
        "titlePadding": 8,
        "labelFlush": False,
        "labelOverlap": True,
        "labelLimit": 150,
    },
    "axisY": {"minExtent": 34},
    "title": {"color": INK, "fontSize": 12, "fontWeight": "bold", "anchor": "start", "offset": 8, "frame": "group"},
    "legend": {"labelColor": INK, "titleColor": INK, "labelFontSize": 11, "titleFontSize": 11},
    "text": {"color": INK},
    "rule": {"color": INK},
}


def numbers(percent: bool) -> alt.Axis:
    """An axis of numbers or of shares."""
    return alt.Axis(format="%" if percent else ".6~g", tickCount=5)


def colour(kinds: list[str], field: str = "kind", **options: Any) -> alt.Color:
    """The colour of a kind; the page and the print have a legend of their own."""
    return alt.Color(f"{field}:N", scale=scale(kinds, "colour"), legend=None, **options)


def dash(kinds: list[str], field: str = "kind") -> alt.StrokeDash:
    """The dashes of a kind."""
    return alt.StrokeDash(f"{field}:N", scale=scale(kinds, "dash"), legend=None)


def shape(kinds: list[str], field: str = "kind") -> alt.Shape:
    """The mark of a kind."""
    return alt.Shape(f"{field}:N", scale=scale(kinds, "shape"), legend=None)


def scale(kinds: list[str], look: str) -> alt.Scale:
    return alt.Scale(domain=kinds, range=[getattr(kind_named(kind), look) for kind in kinds])
