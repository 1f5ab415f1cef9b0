"""The values behind a verdict as a small drawing: a row per sample, a dot per seed, a bar at the mean."""

import math
from collections.abc import Sequence

import numpy as np
from markupsafe import Markup

from prenoise.study.claims import Group
from prenoise.study.report.looks import INK, looks

_LEFT, _RIGHT, _ROW, _TOP = 122, 236, 17, 3
_LONGEST = 19
"""Letters of a name that fit."""
MOST_DOTS = 60
"""Beyond it a sample is a line from its lowest to its highest value, thick where nine in ten lie."""


def raw_points(groups: Sequence[Group], unit: str) -> Markup:
    """An SVG element with its numbers in words; nothing of nothing."""
    values = [value for group in groups for value in group.points if math.isfinite(value)]
    if not values:
        return Markup("")
    low, high = min(values), max(values)
    room = (high - low) or abs(high) * 0.1 or 1.0
    height = _TOP + _ROW * len(groups) + 13

    def x(value: float | int) -> float:
        return round(_LEFT + 4 + (value - low) / room * (_RIGHT - _LEFT - 8), 1)

    parts = []
    for row, group in enumerate(groups):
        y = _TOP + _ROW * row + _ROW / 2
        (kind,) = looks([group.label])
        shown = group.label if len(group.label) <= _LONGEST else f"{group.label[: _LONGEST - 1]}…"
        colour = kind.colour if kind.meaning else INK
        parts += [
            _element('<text x="{}" y="{}" text-anchor="end" class="name">{}</text>', _LEFT - 6, y + 3.5, shown),
            _element('<line x1="{}" x2="{}" y1="{}" y2="{}" class="row"/>', _LEFT, _RIGHT, y, y),
        ]
        if len(group.points) <= MOST_DOTS:
            parts += [
                _element('<circle cx="{}" cy="{}" r="2.6" fill="{}" fill-opacity=".6"/>', x(value), y, colour)
                for value in group.points
                if math.isfinite(value)
            ]
        else:
            least, five, ninety_five, most = np.percentile(group.points, [0, 5, 95, 100]).tolist()
            parts += [_line(x(least), x(most), y, y, colour, 1.2), _line(x(five), x(ninety_five), y, y, colour, 4)]
        parts.append(_line(x(group.mean), x(group.mean), y - 6, y + 6, colour, 2.4))
    ends = [(x(low), "start", low)] + ([(x(high), "end", high)] if high > low else [])
    parts += [
        _element('<text x="{}" y="{}" text-anchor="{}" class="end">{}</text>', at, height - 2, anchor, f"{value:.3g}")
        for at, anchor, value in ends
    ]
    said = "; ".join(f"{group.label}: mean {group.mean:.3g} of {len(group.points)}" for group in groups)
    frame = '<svg class="points" viewBox="0 0 240 {}" width="240" height="{}" role="img" aria-label="{}">{}</svg>'
    return _element(frame, height, height, f"{said} ({unit})" if unit else said, Markup("").join(parts))


def _line(x1: float, x2: float, y1: float, y2: float, colour: str, width: float | int) -> Markup:
    line = '<line x1="{}" x2="{}" y1="{}" y2="{}" stroke="{}" stroke-width="{}"/>'
    return _element(line, x1, x2, y1, y2, colour, width)


def _element(text: str, *values: object) -> Markup:
    return Markup(text).format(*values)
