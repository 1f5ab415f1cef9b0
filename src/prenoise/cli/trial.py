"""`prenoise trial`: does noise pretraining help a model of yours?"""

import importlib.util
import json
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from prenoise import atomic
from prenoise.cli import options
from prenoise.errors import UserError


def trial(
    script: Annotated[str, typer.Argument(help="A Python file, or FILE:FUNCTION that makes the model (make_model).")],
    seeds: Annotated[int, typer.Option(min=2, help="How many networks from each start.")] = 5,
    epochs: Annotated[int, typer.Option(min=1, help="Of training on data.")] = 1,
    rule: Annotated[str | None, typer.Option(help="How errors travel back; by default as they do.")] = None,
    noise: Annotated[int, typer.Option(min=1, help="Examples of noise.")] = 64_000,
    out: Annotated[Path | None, typer.Option(help="File in which every run is kept, to go on from.")] = None,
    page: Annotated[Path | None, typer.Option(help="File for a page in HTML with pictures and verdicts.")] = None,
    as_json: options.Json = False,
) -> None:
    """Train a model as it is, after noise and with a zero read-out, and judge what noise did.

    The model is one of PyTorch, Equinox or Flax NNX. The script has a function `make_model` (of a key, but in PyTorch),
    a `train_loader` and a `test_loader`; it may have a `foreign_loader`, a dict `noise` with more arguments of
    `warm_up`, as input_shape and classes, and a dict `options` of `trial`.

    Example: prenoise trial my_model.py:make_model --seeds 5 --rule fa --out trial.json
    """
    file, _, function = script.partition(":")
    found = _loaded(Path(file))
    make_model, train_loader, test_loader = (
        _named(found, name, file) for name in (function or "make_model", "train_loader", "test_loader")
    )
    from prenoise.study.trial import trial as tried

    result = tried(
        make_model,
        train_loader,
        test_loader,
        foreign_loader=getattr(found, "foreign_loader", None),
        seeds=seeds,
        path=out,
        epochs=epochs,
        rule=rule,
        noise={"examples": noise, **getattr(found, "noise", {})},
        **getattr(found, "options", {}),
    )
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
    spec.loader.exec_module(module)
    return module


def _named(module: Any, name: str, file: str) -> Any:
    if not hasattr(module, name):
        raise UserError(f"{file} has no {name}: expected make_model, train_loader and test_loader")
    return getattr(module, name)
