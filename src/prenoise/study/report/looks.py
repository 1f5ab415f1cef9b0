"""How kinds look, and what all charts share: charts name kinds, and their colours, dashes and marks come in here.

What is drawn in `currentColor` follows the page from light to dark.
"""

import re
from collections.abc import Iterable, Sequence
from typing import Any

import altair as alt

from prenoise.study.kinds import KINDS, Kind

INK = "currentColor"
COLOUR = alt.Color("kind:N", legend=None)
DASH = alt.StrokeDash("kind:N", legend=None)
SHAPE = alt.Shape("kind:N", legend=None)

_OTHERS = ("#CC79A7", "#56B4E9", "#8C6D1F", "#5E4FA2")
"""Colours of what stands in no table of kinds."""
_SHAPES = {"circle", "square", "diamond", "cross", "triangle-up", "triangle-down", "triangle-right", "triangle-left"}
_CHANNELS = {"color": "colour", "strokeDash": "dash", "shape": "shape"}


def looks(names: Iterable[str]) -> list[Kind]:
    """The kinds of these names, each once. A name that is in no table, or whose look is no look, has a default one."""
    found = []
    for name in dict.fromkeys(names):
        kind = KINDS.get(name)
        if kind is None or not re.fullmatch("#[0-9a-fA-F]{6}", kind.colour) or kind.shape not in _SHAPES:
            kind = Kind(name, kind.meaning if kind else "", colour=_OTHERS[len(found) % len(_OTHERS)], dash=(5, 2))
        found.append(kind)
    return found


def dressed(part: Any, kinds: Sequence[Kind]) -> Any:
    """A part of a specification in which every channel that shows a kind has the looks of the kinds."""
    if isinstance(part, list):
        return [dressed(inner, kinds) for inner in part]
    if not isinstance(part, dict):
        return part
    made = {name: dressed(inner, kinds) for name, inner in part.items()}
    for channel, look in _CHANNELS.items():
        if isinstance(made.get(channel), dict) and made[channel].get("field") == "kind":
            scale = {"domain": [kind.name for kind in kinds], "range": [_plain(getattr(kind, look)) for kind in kinds]}
            made[channel] = made[channel] | {"scale": scale}
    return made


def _plain(look: Any) -> Any:
    return look if isinstance(look, str) else list(look)


def numbers(percent: bool) -> alt.Axis:
    """An axis of numbers or of shares."""
    return alt.Axis(format="%" if percent else ".6~g", tickCount=5)


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
        "titlePadding": 6,
        "labelFlush": False,
        "labelOverlap": True,
        "labelLimit": 150,
    },
    "axisY": {"minExtent": 34},
    "legend": {"labelColor": INK, "titleColor": INK, "labelFontSize": 11, "titleFontSize": 11},
    "text": {"color": INK},
    "rule": {"color": INK},
}
