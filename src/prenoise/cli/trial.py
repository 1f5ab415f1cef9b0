"""`prenoise trial`: does noise pretraining help a model of yours?"""

import importlib.util
import json
import sys
import traceback
from pathlib import Path
from typing import Annotated, Any

import typer

from prenoise import atomic
from prenoise.cli import options
from prenoise.errors import UserError


def trial(
    script: Annotated[str, typer.Argument(help="A Python file, or FILE:FUNCTION that makes the model (make_model).")],
    seeds: Annotated[
        int | None, typer.Option(min=2, show_default="5", help="How many networks from each start.")
    ] = None,
    epochs: Annotated[int | None, typer.Option(min=1, show_default="1", help="Of training on data.")] = None,
    rule: Annotated[str | None, typer.Option(help="How errors travel back; by default as in the model.")] = None,
    noise: Annotated[int | None, typer.Option(min=1, show_default="64000", help="Examples of noise.")] = None,
    out: Annotated[Path | None, typer.Option(help="File in which every run is kept, to go on from.")] = None,
    page: Annotated[Path | None, typer.Option(help="File for a page in HTML with pictures and verdicts.")] = None,
    as_json: options.Json = False,
) -> None:
    """Train a model as it is, after noise and with a zero read-out, and judge what noise did.

    The script has a `train_loader`, a `test_loader` and a function `make_model`: without arguments for a model of
    PyTorch, of a key for one of Equinox or Flax NNX. It may have a `foreign_loader`, a dict `noise` with more arguments
    of `warm_up`, as input_shape and classes, and a dict `options` of `trial`. What is said here goes before these.

    Example: prenoise trial my_model.py:make_model --seeds 5 --rule fa --out trial.json
    """
    for target in (out, page):
        if target is not None:
            atomic.check(target)
    file, _, function = script.partition(":")
    found = _loaded(Path(file))
    make_model, train_loader, test_loader = (
        _named(found, name, file) for name in (function or "make_model", "train_loader", "test_loader")
    )
    from prenoise.study.trial import trial as tried

    of_script: dict[str, Any] = {"noise": getattr(found, "noise", {}), **getattr(found, "options", {})}
    options_of_noise = {"examples": 64_000, **of_script["noise"], **_said(examples=noise)}
    settings: dict[str, Any] = (
        of_script | _said(seeds=seeds, epochs=epochs, rule=rule, path=out) | {"noise": options_of_noise}
    )
    settings.setdefault("foreign_loader", getattr(found, "foreign_loader", None))
    result = tried(make_model, train_loader, test_loader, **settings)
    if page is not None:
        atomic.write(page, result.page().encode())
    if as_json:
        numbers = {start: {name: each.tolist() for name, each in of.items()} for start, of in result.numbers.items()}
        print(json.dumps({"numbers": numbers, "verdicts": [verdict.as_dict() for verdict in result.verdicts()]}))
    else:
        print(result)


def _loaded(file: Path) -> Any:
    """The script as a module; beside it, it finds what it imports."""
    if not file.is_file():
        raise UserError(f"there is no file {file}: expected a Python script with make_model and loaders")
    spec: Any = importlib.util.spec_from_file_location(file.stem, file)
    module = importlib.util.module_from_spec(spec)
    sys.modules[file.stem] = module  # for loaders whose workers look it up
    sys.path.insert(0, str(file.parent))
    try:
        spec.loader.exec_module(module)
    except UserError:
        raise
    except Exception as error:
        lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == spec.origin]
        where = f" in line {lines[-1]}" if lines else ""
        raise UserError(f"{file} fails{where} ({type(error).__name__}: {error}): see that it runs by itself") from error
    return module


def _named(module: Any, name: str, file: str) -> Any:
    if not hasattr(module, name):
        raise UserError(f"{file} has no {name}: expected make_model, train_loader and test_loader")
    return getattr(module, name)


def _said(**settings: Any) -> dict[str, Any]:
    """Those that the command line has a value for."""
    return {name: value for name, value in settings.items() if value is not None}
