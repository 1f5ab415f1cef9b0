"""The paper's figures as experiments, one file a figure, and questions beyond them.

A new file here with a tuple `EXPERIMENTS` is a new one.
"""

import importlib
import pkgutil
from functools import cache

from prenoise.errors import UserError
from prenoise.study.experiment import Experiment


@cache
def experiments() -> dict[str, Experiment]:
    """Every experiment by its id: those of the paper in its order, then the others."""
    modules = (importlib.import_module(f"{__name__}.{module.name}") for module in pkgutil.iter_modules(__path__))
    found = [experiment for module in modules for experiment in getattr(module, "EXPERIMENTS", ())]
    return {experiment.id: experiment for experiment in sorted(found, key=lambda experiment: not experiment.paper)}


def chosen(ids: list[str] | None) -> list[Experiment]:
    """The experiments with these ids; those of the paper without."""
    known = experiments()
    for wanted in ids or ():
        if wanted not in known:
            raise UserError(f"there is no experiment {wanted!r}: expected some of {', '.join(known)}")
    return [experiment for experiment in known.values() if (experiment.id in ids if ids else experiment.paper)]
