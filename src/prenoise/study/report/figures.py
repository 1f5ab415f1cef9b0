"""Every figure as a file for print: SVG, PDF and PNG, the same bytes from the same runs."""

import json
from collections.abc import Iterable
from pathlib import Path

from prenoise import atomic
from prenoise.study.report.contents import Contents
from prenoise.study.report.picture import Picture

FORMATS = ("svg", "pdf", "png")
_DOTS = 300.0


def write(contents: Contents, folder: Path, formats: Iterable[str] = FORMATS) -> list[Path]:
    """Draw the picture of every experiment that has results into `<folder>/<experiment>.<format>`."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for section in contents.sections:
        if section.picture is None:
            continue
        for kind in formats:
            path = folder / f"{section.experiment.id}.{kind}"
            atomic.write(path, draw(section.picture, kind))
            written.append(path)
    return written


def draw(picture: Picture, kind: str) -> bytes:
    """A picture in one of the formats, drawn here without a browser or a network."""
    import vl_convert

    spec = json.dumps(picture.in_print(), allow_nan=False).replace("currentColor", "#1b1f24")
    if kind == "svg":
        return vl_convert.vegalite_to_svg(spec).encode()
    if kind == "pdf":
        return vl_convert.vegalite_to_pdf(spec)
    return vl_convert.vegalite_to_png(spec, ppi=_DOTS, scale=1)
