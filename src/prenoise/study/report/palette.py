"""One colour, one line and one name a kind of network, the same in every picture, and the look of all charts.

The colours are Okabe and Ito's: they stay apart for colour-blind eyes. In print without colour the dashes tell the
kinds apart. What is drawn in `currentColor` follows the page from light to dark.
"""

from typing import Any

import altair as alt

from prenoise.study.kinds import (
    BASE,
    BP,
    CALIBRATED,
    DATA_THEN_NOISE,
    FA,
    LONG_NOISE,
    MEANING,
    NOISE_FA,
    STOPPED,
    TO_THE_BOUND,
    VARIED,
    WITH,
    WITHOUT,
)

UNTRAINED, PRACTISED = "untrained", "noise-trained"
"""A network before it sees data. In colour, the first is as FA starts, the second as FA+N does."""

COLOURS = {FA: "#D55E00", NOISE_FA: "#0072B2", BP: "#7F7F7F", DATA_THEN_NOISE: "#CC79A7", LONG_NOISE: "#009E73"}
DASHES = {FA: [6, 3], NOISE_FA: [1, 0], BP: [2, 2], DATA_THEN_NOISE: [8, 2, 2, 2], LONG_NOISE: [12, 3]}
SHAPES = {FA: "square", NOISE_FA: "circle", BP: "diamond", DATA_THEN_NOISE: "cross", LONG_NOISE: "triangle-up"}
_DRAWN_AS = {UNTRAINED: FA, PRACTISED: NOISE_FA, WITHOUT: FA, WITH: NOISE_FA, BASE: BP, VARIED: NOISE_FA}
_DRAWN_AS |= {STOPPED: NOISE_FA, TO_THE_BOUND: BP, CALIBRATED: BP}
for look in (COLOURS, DASHES, SHAPES):
    look |= {name: look[known] for name, known in _DRAWN_AS.items()}

NAMES = MEANING | {
    UNTRAINED: "random weights, before any training",
    PRACTISED: "during and after practice on noise, before any data",
}
"""What each name means, in words."""

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
    return alt.Color(f"{field}:N", scale=scale(kinds, COLOURS), legend=None, **options)


def dash(kinds: list[str], field: str = "kind") -> alt.StrokeDash:
    """The dashes of a kind."""
    return alt.StrokeDash(f"{field}:N", scale=scale(kinds, DASHES), legend=None)


def shape(kinds: list[str], field: str = "kind") -> alt.Shape:
    """The mark of a kind."""
    return alt.Shape(f"{field}:N", scale=scale(kinds, SHAPES), legend=None)


def scale(kinds: list[str], of: dict[str, Any]) -> alt.Scale:
    return alt.Scale(domain=kinds, range=[of[kind] for kind in kinds])
