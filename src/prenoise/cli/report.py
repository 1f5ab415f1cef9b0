"""`prenoise report` and `prenoise watch`: what the runs said, to look at."""

import json
import os
from pathlib import Path
from typing import Annotated

import typer

from prenoise import atomic
from prenoise.cli import options
from prenoise.progress import progress

Folder = Annotated[Path, typer.Argument(help="What prenoise reproduce, train or demo wrote.")]


def report(
    folder: Folder,
    figures: Annotated[
        bool, typer.Option("--figures", help="Write every figure and panel as SVG, PDF and PNG too.")
    ] = False,
    width: Annotated[str, typer.Option(help="How wide a figure is: column, page, or inches.")] = "page",
    out: Annotated[
        Path | None, typer.Option(help="File for the page.", show_default="report.html in the folder")
    ] = None,
    data_dir: options.DataDir = None,
    as_json: options.Json = False,
) -> None:
    """Write one HTML page with the verdicts and figures of the runs in a folder. It needs no network to be read.

    Example: prenoise report results --figures --width column
    """
    from prenoise.study import folder as results
    from prenoise.study.report import figures as drawings
    from prenoise.study.report import page
    from prenoise.study.report.contents import tally

    inches = drawings.width_of(width)
    if not folder.is_dir():
        raise typer.BadParameter(f"there is no folder {folder}", param_hint="FOLDER")
    target = out or folder / "report.html"
    atomic.check(target)
    if data_dir:
        os.environ["PRENOISE_DATA"] = str(data_dir)
    with progress("reading the runs") as share:
        contents = results.read(folder, progress=share)
    atomic.write(target, page.page(contents).encode())
    written: list[Path] = []
    if figures:
        with progress("drawing the figures") as share:
            written = drawings.write(contents, target.parent / "figures", inches=inches, progress=share)
    if as_json:
        sections = [
            {"id": section.id, "runs": section.finished, "notices": list(section.notices)}
            | {"verdicts": {outcome.value: count for outcome, count in tally(section.verdicts).items()}}
            for section in contents.sections
        ]
        print(json.dumps({"report": str(target), "figures": [str(path) for path in written], "experiments": sections}))
        return
    print(f"The report is in {target}.")
    for section in contents.sections:
        for sentence in section.notices:
            print(f"{section.id}: {sentence}")
    if figures:
        print(f"{len(written)} figure files are in {target.parent / 'figures'}.")


def watch(
    folder: Folder,
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port on this machine; 0 takes a free one.")] = 8765,
    data_dir: options.DataDir = None,
) -> None:
    """Serve the report to this machine's browser while runs come in; the page updates itself. Ctrl-C ends it.

    Example: prenoise watch results
    """
    if not folder.is_dir():
        raise typer.BadParameter(f"there is no folder {folder}", param_hint="FOLDER")
    if data_dir:
        os.environ["PRENOISE_DATA"] = str(data_dir)

    from prenoise.study import folder as results
    from prenoise.study.report.server import Server
    from prenoise.study.report.watch import Watched

    known = results.Known()
    watched = Watched(lambda: results.state_of(folder), lambda: results.read(folder, known))
    server = Server(watched, port)
    server.serve(lambda: print(f"The report of {folder} is at {server.address} (Ctrl-C ends it).", flush=True))
