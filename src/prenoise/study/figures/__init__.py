"""The paper's figures as experiments, one file per figure, and questions beyond them.

A new file here with a tuple `EXPERIMENTS` is a new one. Other packages name theirs in the entry points
`prenoise.experiments`, and kinds in `prenoise.kinds`.
"""

import importlib
import pkgutil
from functools import cache
from typing import TypeVar

from prenoise import plugins
from prenoise.errors import UserError
from prenoise.study.experiment import Experiment
from prenoise.study.kinds import Kind, add_kinds

Added = TypeVar("Added")


@cache
def experiments() -> dict[str, Experiment]:
    """Every experiment by its id: the paper's in its order, then ours, then those of other packages."""
    modules = (importlib.import_module(f"{__name__}.{module.name}") for module in pkgutil.iter_modules(__path__))
    own = [experiment for module in modules for experiment in getattr(module, "EXPERIMENTS", ())]
    own.sort(key=lambda experiment: (not experiment.paper, experiment.where.startswith("Appendix"), experiment.where))
    found = {experiment.id: experiment for experiment in own}
    add_kinds(_added("kinds", Kind).values())
    for name, experiment in _added("experiments", Experiment).items():
        if experiment.id in found:
            raise UserError(f"prenoise.experiments registers {name!r}, and there is an experiment {experiment.id!r}")
        found[experiment.id] = experiment
    return found


def _added(group: str, expected: type[Added]) -> dict[str, Added]:
    """What installed packages register in a group, if it is what belongs there."""
    added = {}
    for name, made in plugins.named(group).items():
        if not isinstance(made, expected):
            raise UserError(
                f"found {type(made).__name__} as {name!r} in prenoise.{group}: expected {expected.__name__}"
            )
        added[name] = made
    return added


def chosen(ids: list[str] | None) -> list[Experiment]:
    """The experiments with these ids; those of the paper without."""
    known = experiments()
    for wanted in ids or ():
        if wanted not in known:
            raise UserError(f"there is no experiment {wanted!r}: expected some of {', '.join(known)}")
    return [experiment for experiment in known.values() if (experiment.id in ids if ids else experiment.paper)]
