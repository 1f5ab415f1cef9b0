"""`prenoise report` and `prenoise watch`: what the runs said, to look at."""

import os
from pathlib import Path
from typing import Annotated

import typer

from prenoise import atomic
from prenoise.cli import options

Folder = Annotated[Path, typer.Argument(help="What prenoise reproduce, train or demo wrote.")]


def report(
    folder: Folder,
    figures: Annotated[bool, typer.Option("--figures", help="Write every figure as SVG, PDF and PNG too.")] = False,
    out: Annotated[
        Path | None, typer.Option(help="File for the page.", show_default="report.html in the folder")
    ] = None,
    data_dir: options.DataDir = None,
) -> None:
    """Write one HTML page with the verdicts and figures of the runs in a folder. It needs no network to be read.

    Example: prenoise report results --figures
    """
    if not folder.is_dir():
        raise typer.BadParameter(f"there is no folder {folder}", param_hint="FOLDER")
    target = out or folder / "report.html"
    atomic.check(target)
    if data_dir:
        os.environ["PRENOISE_DATA"] = str(data_dir)

    from prenoise.study.report import contents, page
    from prenoise.study.report import figures as drawings

    found = contents.read(folder)
    atomic.write(target, page.page(found).encode())
    print(f"The report is in {target}.")
    for section in found.sections:
        for sentence in section.status:
            print(f"{section.experiment.id}: {sentence}")
    if figures:
        written = drawings.write(found, target.parent / "figures")
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

    from prenoise.study.report.watch import Server

    with Server(folder, port) as server:
        print(f"The report of {folder} is at {server.address} (Ctrl-C ends it).", flush=True)
        server.serve_forever(poll_interval=0.2)
