"""`prenoise playground`: the method in a browser, as one file."""

import json
from importlib.resources import files
from pathlib import Path
from typing import Annotated

import typer

from prenoise import atomic
from prenoise.cli import options


def playground(
    file: Annotated[Path, typer.Argument(help="Where the page is written.")] = Path("playground.html"),
    as_json: options.Json = False,
) -> None:
    """Write a page in which networks pretrain on noise while you watch. It needs a browser and nothing else.

    Example: prenoise playground lesson.html
    """
    atomic.check(file)
    atomic.write(file, (files("prenoise") / "playground.html").read_bytes())
    if as_json:
        print(json.dumps({"playground": str(file)}))
    else:
        print(f"The playground is in {file}: open it in a browser.")
