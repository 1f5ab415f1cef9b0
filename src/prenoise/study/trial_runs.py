"""The runs of a trial: what trains a model of whichever framework, and the file in which every run is kept."""

import inspect
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np

from prenoise import atomic
from prenoise.errors import UserError


def course_of(make_model: Callable[..., Any]) -> Any:
    """What trains the models that `make_model` makes. Of another framework than theirs nothing is imported."""
    arguments = inspect.signature(make_model).parameters.values()
    several = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    if any(each.default is each.empty and each.kind not in several for each in arguments):
        import jax

        from prenoise.adapters import equinox  # noqa: F401 (enters how its models come apart)
        from prenoise.adapters.jax.training import Course, made

        packages = _packages(made(make_model, jax.random.key(0)))
        if "torch" in packages:
            raise UserError("make_model(key) gave a model of PyTorch: expected one of Equinox or Flax, or no argument")
        if "flax" in packages:
            from prenoise.adapters import flax  # noqa: F401
    else:
        if "torch" not in _packages(make_model()):
            raise UserError(
                "make_model() gave no model of PyTorch: expected one, or for Equinox and Flax a make_model(key)"
            )
        from prenoise.adapters.torch.training import Course
    return Course


def _packages(model: Any) -> set[str]:
    """Which packages define what the model is."""
    return {kind.__module__.partition(".")[0] for kind in type(model).__mro__}


_LOADERS = 4
"""Fields of a course that stand first: what makes the model, and the loaders."""


class Kept:
    """The runs that are done, in a file if it has a path."""

    def __init__(self, path: Path | None, course: Any):
        self._path, self._runs = path, {}
        loader = course.train_loader
        self._about = {each.name: _words(getattr(course, each.name)) for each in fields(course)[_LOADERS:]}
        self._about["steps"] = "" if callable(loader) else str(len(loader))
        if path is not None and path.exists():
            try:
                stored = json.loads(path.read_text())
                fits = stored["about"] == self._about
                self._runs = stored["runs"]
            except (ValueError, KeyError, TypeError):
                fits = False
            if not fits:
                raise UserError(f"{path} holds another trial, or none: remove it, or name another file")

    def __contains__(self, run: tuple[int, str]) -> bool:
        return "{}/{}".format(*run) in self._runs

    def add(self, seed: int, start: str, numbers: dict[str, float]) -> None:
        self._runs[f"{seed}/{start}"] = numbers
        if self._path is not None:
            atomic.write(self._path, json.dumps({"about": self._about, "runs": self._runs}, indent=1).encode())

    def of(self, seeds: tuple[int, ...], start: str) -> dict[str, np.ndarray]:
        runs = [self._runs[f"{seed}/{start}"] for seed in seeds]
        return {name: np.array([run[name] for run in runs]) for name in runs[0]}


def _words(option: Any) -> str:
    """An option as it reads in every process: without the addresses of what it names."""
    option = dict(sorted(option.items())) if isinstance(option, Mapping) else option
    return re.sub(r" at 0x[0-9a-f]+", "", repr(option))
