"""The raw points behind a verdict as a small drawing: a row a condition, a dot a seed, a bar at the mean."""

from collections.abc import Sequence

from markupsafe import Markup

from prenoise.study.claims import Group
from prenoise.study.kinds import KINDS
from prenoise.study.report.palette import INK

_LEFT, _RIGHT, _ROW, _TOP = 84, 196, 17, 3


def raw_points(groups: Sequence[Group], unit: str) -> Markup:
    """An SVG element with its numbers in words; nothing of nothing."""
    values = [value for group in groups for value in group.points]
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
        colour = KINDS[group.label].colour if group.label in KINDS else INK
        parts.append(
            Markup('<text x="{}" y="{}" text-anchor="end" class="name">{}</text>').format(
                _LEFT - 6, y + 3.5, group.label
            )
            + Markup('<line x1="{}" x2="{}" y1="{}" y2="{}" class="row"/>').format(_LEFT, _RIGHT, y, y)
        )
        parts += [
            Markup('<circle cx="{}" cy="{}" r="2.6" fill="{}" fill-opacity=".6"/>').format(x(value), y, colour)
            for value in group.points
        ]
        mean = x(group.mean)
        parts.append(
            Markup('<line x1="{}" x2="{}" y1="{}" y2="{}" stroke="{}" stroke-width="2.4"/>').format(
                mean, mean, y - 6, y + 6, colour
            )
        )
    ends = [(x(low), "start", low)] + ([(x(high), "end", high)] if high > low else [])
    parts += [
        Markup('<text x="{}" y="{}" text-anchor="{}" class="end">{}</text>').format(
            at, height - 2, anchor, f"{value:.3g}"
        )
        for at, anchor, value in ends
    ]
    said = "; ".join(f"{group.label}: mean {group.mean:.3g} of {len(group.points)}" for group in groups)
    return Markup(
        '<svg class="points" viewBox="0 0 200 {}" width="200" height="{}" role="img" aria-label="{}">{}</svg>'
    ).format(height, height, f"{said} ({unit})" if unit else said, Markup("").join(parts))
