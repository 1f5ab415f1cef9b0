"""Figures as files for print: every figure of a report and each of its panels alone, as SVG, PDF and PNG."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from prenoise import atomic
from prenoise.errors import UserError
from prenoise.study.report import renderer
from prenoise.study.report.contents import Contents
from prenoise.study.report.picture import Panel, Picture
from prenoise.study.report.sheet import NARROWEST, WIDEST, WIDTHS, in_inches, places, sheet

FORMATS = ("svg", "pdf", "png")
_PRINTERS = {"pdf": renderer.pdf, "png": renderer.png}


class _Figure(NamedTuple):
    name: str
    picture: Picture
    panels: Sequence[Panel]
    inches: float | int


def width_of(text: str) -> float:
    """Inches from what a user asks for: `column`, `page` or a number."""
    try:
        inches = WIDTHS[text] if text in WIDTHS else float(text)
    except ValueError:
        inches = float("nan")
    if not NARROWEST <= inches <= WIDEST:
        raise UserError(
            f"found the width {text!r}: expected column, page, or inches between {NARROWEST:g} and {WIDEST:g}"
        )
    return inches


def write(
    contents: Contents,
    folder: Path,
    *,
    inches: float | int = WIDTHS["page"],
    progress: Callable[[float], None] = lambda _: None,
) -> list[Path]:
    """Draw every picture as `<folder>/<id>.<format>` and its panels as `<id>-1.<format>` and so on.

    A figure is `inches` wide, a panel alone at most a column. `progress` is told the share that is written.
    """
    figures = []
    for section in contents.sections:
        if section.picture is not None:
            panels, alone = section.picture.panels, min(inches, WIDTHS["column"])
            figures.append(_Figure(section.id, section.picture, panels, inches))
            if len(panels) > 1:
                figures += [
                    _Figure(f"{section.id}-{number}", section.picture, [panel], alone)
                    for number, panel in enumerate(panels, 1)
                ]
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for number, (figure, files) in enumerate(zip(figures, _files(figures, FORMATS), strict=True), 1):
        for kind, content in zip(FORMATS, files, strict=True):
            written.append(folder / f"{figure.name}.{kind}")
            atomic.write(written[-1], content)
        progress(number / len(figures))
    return written


def draw(picture: Picture, kind: str, *, inches: float | int = WIDTHS["page"]) -> bytes:
    """A picture in one of the formats."""
    ((content,),) = _files([_Figure("", picture, picture.panels, inches)], [kind])
    return content


def _files(figures: Sequence[_Figure], formats: Sequence[str]) -> Iterator[list[bytes]]:
    """Every figure in every format, drawn in one process."""
    with renderer.process() as ask:
        for figure in figures:
            placed = places(figure.picture, figure.panels, figure.inches)
            whole = sheet(figure.picture, figure.inches, placed, [ask(renderer.svg, place.spec) for place in placed])
            yield [in_inches(whole).encode() if kind == "svg" else ask(_PRINTERS[kind], whole) for kind in formats]
