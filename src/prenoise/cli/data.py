"""`prenoise data`: which data sets there are, which of them are here, and fetching the others."""

import json
from typing import Annotated, Any

import typer

from prenoise.cli.options import DataDir, Json, completed, data_sets
from prenoise.errors import UserError
from prenoise.progress import progress

app = typer.Typer(help="The data sets: list them, fetch them.", no_args_is_help=True)


@app.command("list")
def list_sets(
    data_dir: DataDir = None,
    as_json: Json = False,
) -> None:
    """Show the data sets and which of them are on this machine.

    Example: prenoise data list
    """
    from prenoise import data

    folder = data.data_folder(data_dir)
    rows = [_row(name, known, data_dir) for name, known in (data.CATALOG | data.added()).items()]
    if as_json:
        typer.echo(json.dumps({"folder": str(folder), "sets": rows}, indent=2))
        return
    table = [("NAME", "EXAMPLES", "SHAPE", "CLASSES", "LICENCE", "STATE")]
    for row in rows:
        examples = f"{row['train']:,} + {row['test']:,}" if "train" in row else ""
        shape = "x".join(map(str, row.get("shape", ())))
        table.append((row["name"], examples, shape, str(row.get("classes", "")), row.get("licence", ""), row["state"]))
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    for line in table:
        typer.echo("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())
    typer.echo(f"\nFolder: {folder}")
    typer.echo("To download one that is not here: prenoise data fetch NAME")


def _row(name: str, known: Any, data_dir: Any) -> dict[str, Any]:
    """What the list says of one set; of one that its package's function makes, only that."""
    from prenoise import data

    if not isinstance(known, data.Entry):
        return {"name": name, "state": "a package's"}
    try:
        presence = data.find(known, data_dir)
        state, files = presence.state, presence.files
    except data.DataError as error:
        typer.echo(f"prenoise: {error}", err=True)
        state, files = "ambiguous", ()
    return {
        "name": name,
        "train": known.train,
        "test": known.test,
        "shape": list(known.shape),
        "classes": known.classes,
        "licence": known.licence,
        "citation": known.citation,
        "homepage": known.homepage,
        "download_bytes": known.download_bytes,
        "state": state,
        "files": [str(path) for path in files],
    }


@app.command()
def fetch(
    names: Annotated[
        list[str],
        typer.Argument(
            help="Names of data sets (prenoise data list).", show_default=False, autocompletion=completed(data_sets)
        ),
    ],
    data_dir: DataDir = None,
    as_json: Json = False,
) -> None:
    """Download data sets, verify them, and put them into the folder. Safe to interrupt and to repeat.

    Example: prenoise data fetch mnist usps
    """
    from prenoise import data

    failed, found = False, []
    for name, known in {name: data.set_named(name) for name in names}.items():
        if not isinstance(known, data.Entry) or not known.files:
            found.append({"name": name, "files": []})
            if not as_json:
                typer.echo(f"{name} comes with its package: there is nothing to fetch.")
            continue
        try:
            with progress(f"{name} ({known.download_bytes / 1e6:.1f} MB)") as tell:
                fetched = data.fetch(name, data_dir=data_dir, progress=tell)
        except UserError as error:
            typer.echo(f"prenoise: {error}", err=True)
            failed = True
            continue
        found.append({"name": name, "files": [{"path": str(file.path), "how": file.how} for file in fetched]})
        for file in fetched if not as_json else ():
            kept = file.how == "kept as it is"
            note = " (it is not the catalogue's: move it away to download that one)" if kept else ""
            typer.echo(f"{file.path}: {file.how}{note}")
        if not as_json:
            typer.echo(f"{known.title}: {known.licence}. Please cite {known.citation}.")
    if as_json:
        typer.echo(json.dumps(found))
    if failed:
        raise typer.Exit(1)
