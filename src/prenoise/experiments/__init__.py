"""The paper's figures as experiments: one file a figure. A new file here with a tuple `EXPERIMENTS` is a new one."""

import importlib
import pkgutil
from functools import cache

from prenoise.errors import UserError
from prenoise.experiments.experiment import Experiment


@cache
def experiments() -> dict[str, Experiment]:
    """Every experiment by its id, in the order of the paper."""
    modules = (importlib.import_module(f"{__name__}.{module.name}") for module in pkgutil.iter_modules(__path__))
    return {experiment.id: experiment for module in modules for experiment in getattr(module, "EXPERIMENTS", ())}


def chosen(ids: list[str] | None) -> list[Experiment]:
    """The experiments with these ids; all of them without."""
    known = experiments()
    for wanted in ids or ():
        if wanted not in known:
            raise UserError(f"there is no experiment {wanted!r}: expected some of {', '.join(known)}")
    return [experiment for experiment in known.values() if not ids or experiment.id in ids]
