"""`prenoise data`: which data sets there are, which of them are here, and fetching the others."""

import json
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from prenoise.cli.options import DataDir, Json
from prenoise.cli.progress import PATIENCE
from prenoise.data import DataError

if TYPE_CHECKING:
    from prenoise.data import Entry
    from prenoise.data.download import Progress

__all__ = ["DataError", "app"]

app = typer.Typer(help="The data sets: list them, fetch them.", no_args_is_help=True)


@app.command("list")
def list_sets(
    data_dir: DataDir = None,
    as_json: Json = False,
) -> None:
    """Show the data sets and which of them are on this machine.

    Example: prenoise data list --data-dir ~/data
    """
    from prenoise import data

    folder = data.data_folder(data_dir)
    rows = []
    for entry in data.CATALOG.values():
        try:
            presence = data.find(entry, data_dir)
            state, files = presence.state, presence.files
        except DataError as error:
            typer.echo(f"prenoise: {error}", err=True)
            state, files = "several local copies", ()
        rows.append(
            {
                "name": entry.name,
                "train": entry.train,
                "test": entry.test,
                "shape": list(entry.shape),
                "classes": entry.classes,
                "licence": entry.licence,
                "citation": entry.citation,
                "homepage": entry.homepage,
                "download_bytes": entry.download_bytes,
                "state": state,
                "files": [str(path) for path in files],
            }
        )
    if as_json:
        typer.echo(json.dumps({"folder": str(folder), "sets": rows}, indent=2))
        return
    table = [("NAME", "EXAMPLES", "SHAPE", "CLASSES", "LICENCE", "ON THIS MACHINE")]
    for row in rows:
        examples = f"{row['train']:,} + {row['test']:,}"
        shape = "x".join(map(str, row["shape"]))
        table.append((row["name"], examples, shape, str(row["classes"]), row["licence"], row["state"]))
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    for line in table:
        typer.echo("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())
    typer.echo(f"\nFolder: {folder}. Missing ones: prenoise data fetch NAME.")


@app.command()
def fetch(
    names: Annotated[list[str], typer.Argument(help="Names of data sets (prenoise data list).", show_default=False)],
    data_dir: DataDir = None,
) -> None:
    """Download data sets, verify them, and put them into the folder. Safe to interrupt and to repeat.

    Example: prenoise data fetch mnist usps
    """
    from prenoise import data

    failed = False
    for entry in [data.entry_named(name) for name in dict.fromkeys(names)]:
        try:
            _fetch(entry, data_dir)
        except DataError as error:
            typer.echo(f"prenoise: {error}", err=True)
            failed = True
    if failed:
        raise typer.Exit(1)


def _fetch(entry: "Entry", data_dir: Path | None) -> None:
    from prenoise import data

    if not entry.files:
        typer.echo(f"{entry.name} comes with prenoise: there is nothing to fetch.")
        return
    with download_progress() as progress:
        for file in data.fetch_each(entry.name, data_dir=data_dir, progress=progress):
            note = (
                " (it is not the catalogue's: move it away to download that one)" if file.how == "kept as it is" else ""
            )
            typer.echo(f"{file.path}: {file.how}{note}")
    typer.echo(f"{entry.title}: {entry.licence}. Please cite {entry.citation}.")


def _lines() -> "Progress":
    """Progress as lines on stderr, none for what takes no time."""
    said = time.monotonic()

    def show(file: str, done: int, total: int | None) -> None:
        nonlocal said
        if time.monotonic() - said >= PATIENCE:
            said = time.monotonic()
            of = f" of {total / 1e6:.1f}" if total else ""
            typer.echo(f"{file}: {done / 1e6:.1f}{of} MB", err=True)

    return show


@contextmanager
def download_progress() -> Iterator["Progress"]:
    """A bar a file on a terminal, elsewhere a line now and then."""
    if not sys.stderr.isatty():
        yield _lines()
        return
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn, TransferSpeedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn())
    with Progress(*columns, TimeRemainingColumn(), console=Console(stderr=True), transient=True) as bars:
        tasks = {}

        def show(file: str, done: int, total: int | None) -> None:
            if file not in tasks:
                tasks[file] = bars.add_task(file, total=total)
            bars.update(tasks[file], completed=done)

        yield show
