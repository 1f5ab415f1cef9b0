"""A picture on paper: its panels in rows, as wide as asked for, with letters of 7 to 9 points at that width."""

import json
import math
import re
from collections.abc import Sequence
from typing import Any, NamedTuple

from markupsafe import escape

from prenoise.study.kinds import Kind
from prenoise.study.report.picture import Panel, Picture

WIDTHS = {"column": 3.25, "page": 7.0}
"""Inches of a column and of a page between its margins, as most journals have them."""
NARROWEST, WIDEST = 2.0, 20.0
POINTS = 0.66
"""Points per pixel of a chart: its letters of 11 to 13 pixels are 7.3 to 8.6 points on paper."""
LEAST = 165
"""Pixels of width that a chart needs with its axis."""
SYMBOLS = {
    "circle": "M14,2.5a4.5,4.5 0 1,0 .01,0Z",
    "square": "M10,3h8v8h-8Z",
    "diamond": "M14,1.5l5,5.5l-5,5.5l-5,-5.5Z",
    "cross": "M12.5,2.5h3v3h3v3h-3v3h-3v-3h-3v-3h3Z",
    "triangle-up": "M14,2l5,9.5h-10Z",
    "triangle-down": "M14,12l5,-9.5h-10Z",
    "triangle-right": "M19.5,7l-9.5,5v-10Z",
    "triangle-left": "M8.5,7l9.5,5v-10Z",
}
"""The marks of kinds in a legend, in a box of 28 by 14."""
_INK, _SOFT = "#1b1f24", "#57606a"
_GAP, _AXIS = 18, 62
_FONT = 'font-family="Arial, Helvetica, sans-serif"'


class Place(NamedTuple):
    """Where a panel stands, in pixels, and its specification of that width."""

    panel: Panel
    row: int
    left: float | int
    width: float | int
    spec: str


class _Layout(NamedTuple):
    places: list[Place]
    height: float | int


def places(picture: Picture, panels: Sequence[Panel], inches: float | int) -> list[Place]:
    """Panels in rows from left to right, in as many columns as make the sheet lowest."""
    width = inches * 72 / POINTS
    most = max(1, min(len(panels), picture.columns, int((width + _GAP) // (LEAST + _GAP))))
    layouts = [_laid_out(picture, panels, width, columns) for columns in range(most, 0, -1)]
    return min(layouts, key=lambda layout: layout.height).places


def _laid_out(picture: Picture, panels: Sequence[Panel], width: float | int, columns: int) -> _Layout:
    """A panel that needs more room than a column has takes several."""
    column = (width - _GAP * (columns - 1)) / columns
    found, heights, row, taken = [], [0.0], 0, 0
    for panel in panels:
        span = min(columns, math.ceil((max(LEAST, panel.least) + _GAP) / (column + _GAP)))
        if taken + span > columns:
            row, taken = row + 1, 0
            heights.append(0.0)
        own = span * column + (span - 1) * _GAP
        inner, height = _size(panel, own)
        found.append(Place(panel, row, taken * (column + _GAP), own, _spec(picture, panel, inner, height)))
        heights[row] = max(heights[row], height + 90)
        taken += span
    return _Layout(found, sum(heights))


def _size(panel: Panel, width: float | int) -> tuple[int, int]:
    """Width and height of the chart of a panel: of a fixed one without its axes, in its own proportions."""
    if panel.fixed:
        inner = min(panel.width, round(width - _AXIS))
        return inner, round(panel.height * inner / panel.width)
    return round(width), panel.height if panel.least else round(panel.height * min(1.0, max(0.72, width / 260)))


def _spec(picture: Picture, panel: Panel, width: int, height: int) -> str:
    size: dict[str, Any] = {"width": width, "height": height}
    if not panel.fixed:
        size["autosize"] = {"type": "fit-x", "contains": "padding"}
    spec = picture.spec(panel) | size | {"datasets": dict(panel.data), "padding": 2}
    return json.dumps(spec, allow_nan=False).replace("currentColor", _INK)


def sheet(picture: Picture, inches: float | int, placed: Sequence[Place], drawings: Sequence[str]) -> str:
    """The drawings of placed panels as one, with titles and a legend; a pixel of it is a point."""
    width, top, parts = inches * 72 / POINTS, 0.0, []
    for row in range(max(place.row for place in placed) + 1):
        members = [(number, place) for number, place in enumerate(placed) if place.row == row]
        titles = [_wrapped(place.panel.title, place.width, 7.2) for _, place in members]
        notes = [_wrapped(place.panel.note, place.width, 5.5) if place.panel.note else [] for _, place in members]
        head = max(16 * len(title) + 13 * len(note) for title, note in zip(titles, notes, strict=True)) + 4
        bottom = 0.0
        for (number, place), title, note in zip(members, titles, notes, strict=True):
            y = top + head - 16 * len(title) - 13 * len(note) - 4
            parts += [_text(place.left, y + 13 + 16 * line, text, 13, bold=True) for line, text in enumerate(title)]
            y += 16 * len(title)
            parts += [_text(place.left, y + 11 + 13 * line, text, 11, _SOFT) for line, text in enumerate(note)]
            body, (wide, high) = _inside(drawings[number], number)
            scale = min(1.0, place.width / wide)
            parts.append(f'<g transform="translate({place.left:.2f},{top + head:.2f}) scale({scale:.4f})">{body}</g>')
            bottom = max(bottom, high * scale)
        top += head + bottom + _GAP
    drawn = [place.panel for place in placed]
    legend, high = _legend(picture, drawn, width)
    parts.append(f'<g transform="translate(0,{top - 6:.2f})">{legend}</g>')
    high += top
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '
        f'width="{width * POINTS:.2f}" height="{high * POINTS:.2f}" viewBox="0 0 {width:.2f} {high:.2f}">'
        f'<rect width="100%" height="100%" fill="#ffffff"/>{"".join(parts)}</svg>'
    )


def in_inches(drawing: str) -> str:
    """A sheet whose size is written in inches, as programs for print read it."""

    def inches(size: re.Match[str]) -> str:
        return f'{size[1]}="{float(size[2]) / 72:.4f}in"'

    head, end, rest = drawing.partition(">")
    return re.sub(r'(width|height)="([\d.]+)"', inches, head) + end + rest + "\n"


def _inside(drawing: str, number: int) -> tuple[str, tuple[float | int, float | int]]:
    """What is inside a drawing, under names that no other drawing of the sheet has, and its size."""
    head, _, rest = drawing.partition(">")
    wide, high = (float(re.search(rf' {side}="([\d.]+)"', head)[1]) for side in ("width", "height"))  # pyrefly: ignore[unsupported-operation]
    body = rest.removesuffix("</svg>")
    clips = {name: f"p{number}c{at}" for at, name in enumerate(dict.fromkeys(re.findall(r'(?<=[#"])clip\d+', body)))}
    return re.sub(r'(?<=[#"])clip\d+', lambda found: clips[found[0]], body), (wide, high)


def _legend(picture: Picture, panels: Sequence[Panel], width: float | int) -> tuple[str, float | int]:
    """What the colours stand for, and what the controls of the page are set to."""
    parts, left, top = [], 0.0, 0.0
    long = width > 540
    for kind in picture.looks:
        text = f"{kind.name}: {kind.meaning}" if long and kind.meaning else kind.name
        needs = width if long else 40 + 6.2 * len(text)
        if left and left + needs > width:
            left, top = 0.0, top + 17
        for number, line in enumerate(_wrapped(text, width - 34, 5.6)):
            top += 14 if number else 0
            parts.append(_text(left + 34, top + 11, line, 11))
            if not number:
                parts.append(f'<g transform="translate({left:.1f},{top:.1f})">{swatch(kind)}</g>')
        left += needs
    top += 20 if picture.looks else 0
    used = [control for control in picture.controls if any(panel.uses(control.signal) for panel in panels)]
    if used:
        shown = "; ".join(f"{control.label.lower()}: {control.says}" for control in used)
        for line in _wrapped(f"Shown with {shown}.", width, 5.6):
            parts.append(_text(0, top + 11, line, 11, _SOFT))
            top += 14
    return "".join(parts), top + 2


def swatch(kind: Kind) -> str:
    """The line and mark of a kind, as in the charts, 28 pixels wide and 14 high."""
    dash = "none" if tuple(kind.dash) == (1, 0) else ",".join(str(int(length)) for length in kind.dash)
    return (
        f'<path d="M0,7H28" stroke="{kind.colour}" stroke-width="2" stroke-dasharray="{dash}"/>'
        f'<path d="{SYMBOLS[kind.shape]}" fill="{kind.colour}"/>'
    )


def _text(x: float | int, y: float | int, text: str, size: int, colour: str = _INK, *, bold: bool = False) -> str:
    weight = ' font-weight="bold"' if bold else ""
    return f'<text x="{x:.1f}" y="{y:.1f}" {_FONT} font-size="{size}px"{weight} fill="{colour}">{escape(text)}</text>'


def _wrapped(text: str, width: float | int, letter: float | int) -> list[str]:
    """A text in lines of a width, of letters that wide on average."""
    lines = [""]
    for word in text.split():
        if lines[-1] and letter * (len(lines[-1]) + 1 + len(word)) > width:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip()
    return lines
