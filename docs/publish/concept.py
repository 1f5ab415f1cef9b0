"""Draws docs/concept.svg, the idea in three panels: `python docs/publish/concept.py`.

Weights are squares, blue or orange by their sign and stronger by their size. One file serves light and dark pages.
"""

import math
import random
from collections.abc import Sequence
from pathlib import Path

from prenoise import atomic

Matrix = Sequence[Sequence[float]]

PANEL, HEIGHT, CELL = 280, 312, 20
STYLE = """
svg { color: #1b1f24; } .soft { color: #57606a; } .card { fill: #f6f8fa; stroke: #d0d7de; }
@media (prefers-color-scheme: dark) {
  svg { color: #e6edf3; } .soft { color: #9aa4af; } .card { fill: #1c2128; stroke: #444c56; }
}
text { fill: currentColor; font-family: Arial, Helvetica, sans-serif; font-size: 15px; }
.title { font-size: 18px; font-weight: bold; } .there { stroke: currentColor; } .back { stroke: #d55e00; }
path, line { fill: none; stroke-width: 2.5; stroke-linecap: round; }
"""
W = ((0.9, -0.5, 0.2, -0.8), (-0.3, 0.8, -0.9, 0.4), (0.6, -0.2, 0.5, -0.6))
B = ((-0.4, 0.9, 0.7, 0.3), (0.8, 0.3, -0.5, -0.9), (-0.7, -0.6, 0.9, 0.5))


def text(x: float, y: float, words: str, kind: str = "", anchor: str = "middle") -> str:
    """A line of words; `kind` is a class of the style."""
    return f'<text x="{x:g}" y="{y:g}" class="{kind}" text-anchor="{anchor}">{words}</text>'


def squares(x: float, y: float, values: Matrix) -> str:
    """A matrix as squares around a point."""
    left, top = x - CELL * len(values[0]) / 2, y - CELL * len(values) / 2
    return "".join(
        f'<rect x="{left + CELL * column:g}" y="{top + CELL * row:g}" width="{CELL - 2}" height="{CELL - 2}" rx="3" '
        f'fill="{"#0072b2" if value > 0 else "#e69f00"}" fill-opacity="{0.12 + 0.88 * min(abs(value), 1):.2f}"/>'
        for row, cells in enumerate(values)
        for column, value in enumerate(cells)
    )


def arrow(path: str, kind: str) -> str:
    """A path that ends in a head: `there` or `back`."""
    return f'<path d="{path}" class="{kind}" marker-end="url(#{kind})"/>'


def network(x: float, forth: Matrix, back: Matrix, names: tuple[str, str]) -> str:
    """Two layers, the weights through which signals go to the second and errors come back to the first."""
    left, right, top, bottom = x + 46, x + PANEL - 66, 92, 168
    layers = [
        f'<rect class="card" x="{at - 24:g}" y="66" width="44" height="130" rx="10"/>'
        + "".join(
            f'<circle cx="{at - 2:g}" cy="{131 + 26 * (place - (count - 1) / 2):g}" r="8" fill="currentColor"/>'
            for place in range(count)
        )
        for at, count in ((left, 4), (right + 16, 3))
    ]
    middle = (left + right) / 2 + 6
    return "".join(
        [
            *layers,
            arrow(f"M{left + 24:g} {top}H{middle - 46:g}", "there"),
            arrow(f"M{middle + 44:g} {top}H{right - 14:g}", "there"),
            arrow(f"M{right - 12:g} {bottom}H{middle + 38:g}", "back"),
            arrow(f"M{middle - 36:g} {bottom}H{left + 26:g}", "back"),
            squares(middle, top, forth),
            squares(middle, bottom + 6, list(zip(*back, strict=True))),
            text(middle, 56, names[0]),
            text(middle, 232, names[1]),
        ]
    )


def turning(x: float) -> str:
    """Noise on the left; on the right W, which noise turns towards B."""
    drawn = random.Random(3)
    noise = "".join(
        f'<rect x="{x + 22 + 11 * column:g}" y="{88 + 11 * row:g}" width="11" height="11" '
        f'fill="currentColor" fill-opacity="{drawn.random():.2f}"/>'
        for row in range(7)
        for column in range(7)
    )
    centre, foot, length = x + 158, 196, 104

    def end(degrees: float, size: float = length) -> str:
        angle = math.radians(degrees)
        return f"{centre + size * math.cos(angle):.1f} {foot - size * math.sin(angle):.1f}"

    return "".join(
        [
            noise,
            text(x + 60, 188, "noise in,"),
            text(x + 60, 207, "labels by lot", "soft"),
            f'<path d="M{centre} {foot}L{end(8)}" class="there" stroke-dasharray="2 6"/>',
            arrow(f"M{centre} {foot}L{end(58)}", "there"),
            arrow(f"M{centre} {foot}L{end(94)}", "back"),
            arrow(f"M{end(12, 66)}A66 66 0 0 0 {end(48, 66)}", "there"),
            text(centre + 70, 104, "W"),
            text(centre - 22, 108, "B"),
            text(x + 242, 216, "W at first", "soft"),
        ]
    )


def picture() -> str:
    """The three panels as SVG."""
    width = 3 * PANEL
    heads = "".join(
        f'<marker id="{kind}" viewBox="0 0 8 8" refX="6" refY="4" markerWidth="4.5" markerHeight="4.5" orient="auto">'
        f'<path d="M0 0L8 4L0 8Z" style="stroke: none; fill: {colour}"/></marker>'
        for kind, colour in (("there", "currentColor"), ("back", "#d55e00"))
    )
    panels = [
        ("Backpropagation", network(0, W, W, ("W", "W transposed")), "The way back must know W:", "weight transport"),
        ("Feedback alignment", network(PANEL, W, B, ("W", "B: fixed")), "Errors come back through", "random weights"),
        ("Pretrain on noise", turning(2 * PANEL), "Noise turns W towards B", "before there is any data"),
    ]
    parts = [
        text((number + 0.5) * PANEL, 26, title, "title")
        + drawing
        + text((number + 0.5) * PANEL, 276, first)
        + text((number + 0.5) * PANEL, 298, second)
        for number, (title, drawing, first, second) in enumerate(panels)
    ]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {HEIGHT}" width="{width}" height="{HEIGHT}">'
        f"<style>{STYLE}</style><defs>{heads}</defs>{''.join(parts)}</svg>\n"
    )


if __name__ == "__main__":
    atomic.write(Path(__file__).parents[1] / "concept.svg", picture().encode())
