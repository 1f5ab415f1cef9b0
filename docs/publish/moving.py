"""Draws docs/moving.svg, the picture of the README that moves, from a folder that `prenoise demo` wrote.

    python docs/publish/moving.py prenoise-demo

First noise flickers while arrows turn as far as weights turned in the runs, then the curves of test accuracy are drawn.
It moves once, for five seconds, and not at all for readers who ask for less motion. It follows light and dark.
"""

import math
import random
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

WIDTH, HEIGHT = 760, 270
NOISE_SECONDS, CURVE_SECONDS = 2.0, 3.0
LEFT, TOP, WIDE, HIGH = 330, 40, 250, 170
"""Of the chart of test accuracy."""
LAST_EPOCH = 20
"""The curves are shown this far: what differs is how soon they rise."""
STYLE = f"""
svg {{ color: #1b1f24; }}
@media (prefers-color-scheme: dark) {{ svg {{ color: #e6edf3; }} }}
text {{ fill: currentColor; font: 14px Arial, Helvetica, sans-serif; }}
.title {{ font-weight: bold; }}
.axis {{ stroke: currentColor; stroke-opacity: 0.3; fill: none; }}
.curve {{ fill: none; stroke-width: 3; stroke-linejoin: round; stroke-linecap: round; }}
.hand {{ stroke-width: 3; stroke-linecap: round; }}
@media (prefers-reduced-motion: no-preference) {{
  .curve {{ stroke-dasharray: 1; animation: draw {CURVE_SECONDS}s linear {NOISE_SECONDS}s both; }}
  .hand {{ animation: turn {NOISE_SECONDS}s ease-in-out both; }}
  .noise {{ animation: flicker 0.4s steps(1) {round(NOISE_SECONDS / 0.4)} alternate; }}
}}
@keyframes draw {{ from {{ stroke-dashoffset: 1; }} to {{ stroke-dashoffset: 0; }} }}
@keyframes turn {{ from {{ transform: rotate(var(--from)); }} to {{ transform: rotate(0deg); }} }}
@keyframes flicker {{ 50% {{ opacity: 0.25; }} }}
"""


class Curve(NamedTuple):
    """A kind as the picture shows it: means over the seeds."""

    name: str
    colour: str
    epochs: Sequence[float]
    accuracy: Sequence[float]
    angle: float | None
    """Between forward weights and feedback before data, in degrees; None where errors do not come through feedback."""


def picture(curves: Sequence[Curve], seeds: int) -> str:
    """The picture as SVG."""
    parts = [*_noise(), *_protractor(curves), *_chart(curves), *_legend(curves, seeds)]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}">'
        f"<style>{STYLE}</style>{''.join(parts)}</svg>\n"
    )


def _text(x: float, y: float, words: str, anchor: str = "start", kind: str = "") -> str:
    return f'<text x="{x:g}" y="{y:g}" text-anchor="{anchor}" class="{kind}">{words}</text>'


def _noise() -> Iterator[str]:
    """An image of noise that flickers."""
    yield _text(10, 22, "1. Noise turns the weights", kind="title")
    drawn = random.Random(1)
    for half in range(2):
        squares = (
            f'<rect x="{10 + 12 * column}" y="{60 + 12 * row}" width="12" height="12" fill="currentColor" '
            f'fill-opacity="{drawn.random():.2f}"/>'
            for row in range(8)
            for column in range(8)
            if (row + column) % 2 == half
        )
        yield f'<g class="noise" style="animation-delay: {0.2 * half:g}s">{"".join(squares)}</g>'
    yield _text(58, 178, "random images,", "middle")
    yield _text(58, 196, "random labels", "middle")


def _protractor(curves: Sequence[Curve]) -> Iterator[str]:
    """The feedback as an upright line, and for every kind a hand that turns from 90 degrees to where noise left it."""
    x, y, length = 145, 210, 130
    yield f'<path class="axis" d="M{x} {y - length}A{length} {length} 0 0 1 {x + length} {y}"/>'
    yield f'<path class="axis" stroke-dasharray="4 4" d="M{x} {y}V{y - length - 12}M{x} {y}H{x + length + 8}"/>'
    yield _text(x, y - length - 18, "feedback", "middle")
    yield _text(x + length, y + 18, "90 degrees: chance", "end")
    for curve in curves:
        if curve.angle is None:
            continue
        radians = math.radians(curve.angle)
        yield (
            f'<line class="hand" x1="{x}" y1="{y}" x2="{x + length * math.sin(radians):.1f}" '
            f'y2="{y - length * math.cos(radians):.1f}" stroke="{curve.colour}" '
            f'style="transform-origin: {x}px {y}px; --from: {90 - curve.angle:.1f}deg"/>'
        )


def _chart(curves: Sequence[Curve]) -> Iterator[str]:
    """Test accuracy over the first epochs of data."""
    yield _text(LEFT - 30, 22, "2. Then the network learns digits", kind="title")
    for share in (0, 0.5, 1):
        y = TOP + HIGH * (1 - share)
        yield f'<path class="axis" d="M{LEFT} {y:g}H{LEFT + WIDE}"/>' + _text(LEFT - 6, y + 5, f"{share:.0%}", "end")
    for epoch in (0, LAST_EPOCH // 2, LAST_EPOCH):
        yield _text(LEFT + WIDE * epoch / LAST_EPOCH, TOP + HIGH + 20, str(epoch), "middle")
    yield _text(LEFT + WIDE / 2, TOP + HIGH + 40, "test accuracy by epochs of data", "middle")
    for curve in curves:
        points = [
            f"{LEFT + WIDE * epoch / LAST_EPOCH:.1f} {TOP + HIGH * (1 - height):.1f}"
            for epoch, height in zip(curve.epochs, curve.accuracy, strict=True)
            if epoch <= LAST_EPOCH
        ]
        yield f'<path class="curve" pathLength="1" stroke="{curve.colour}" d="M{"L".join(points)}"/>'


def _legend(curves: Sequence[Curve], seeds: int) -> Iterator[str]:
    """Names, the kind first that has learned most at half of what is shown."""
    x, half = LEFT + WIDE + 16, LAST_EPOCH / 2

    def soon(curve: Curve) -> float:
        return next(height for epoch, height in zip(curve.epochs, curve.accuracy, strict=True) if epoch >= half)

    for number, curve in enumerate(sorted(curves, key=soon, reverse=True)):
        y = TOP + 14 + 24 * number
        yield f'<path d="M{x} {y - 5}h18" stroke="{curve.colour}" stroke-width="4" stroke-linecap="round"/>'
        yield _text(x + 26, y, curve.name)
    yield _text(x, TOP + 14 + 24 * len(curves) + 8, f"mean of {seeds} seeds")


def read(folder: Path) -> tuple[list[Curve], int]:
    """The kinds in a folder of the demo, and how many seeds there are of each."""
    from prenoise.study.kinds import COMPARED, KINDS
    from prenoise.study.lab import Results
    from prenoise.study.panels import by_kind, labels

    results = Results.stored(folder, "demo")
    epochs = [float(epoch) for epoch in labels(results, "epoch")]
    accuracy, angle = by_kind(results, "accuracy"), by_kind(results, "angle")
    curves = []
    for kind in COMPARED:
        before_data = float(angle[kind][:, 0, -1].mean()) if KINDS[kind].rule == "fa" else None
        curves.append(Curve(kind, KINDS[kind].colour, epochs, accuracy[kind].mean(0).tolist(), before_data))
    return curves, len(accuracy[COMPARED[0]])


if __name__ == "__main__":
    from prenoise import atomic

    atomic.write(Path(__file__).parents[1] / "moving.svg", picture(*read(Path(sys.argv[1]))).encode())
