"""One object for functions that do the same, so that a program compiled for one serves the other.

JAX compiles anew for every function it has not met, and `optax.adam(1e-4)` makes new functions at each call. Two
functions do the same if their code is the same and so is all that they hold.
"""

import dataclasses
import types
from collections import OrderedDict
from functools import partial
from typing import Any

import equinox as eqx
import jax
import numpy as np

KEPT = 1024
"""Objects remembered; those not met for longest are forgotten first."""

_known: OrderedDict[Any, Any] = OrderedDict()


def same(tree: Any) -> Any:
    """The tree with every leaf that is no array replaced by the first one met that does the same."""
    return jax.tree.map(lambda leaf: leaf if eqx.is_array(leaf) else _first(leaf), tree)


def _first(value: Any) -> Any:
    key = _description(value, ())
    first = _known.setdefault(key, value)
    _known.move_to_end(key)
    if len(_known) > KEPT:
        _known.popitem(last=False)
    return first


def _description(value: Any, within: tuple[int, ...]) -> Any:
    """Something hashable that is equal for values that do the same.

    What is compared by its identity lives as long as the description, for the value that holds it is kept beside it.
    """
    if value is None or isinstance(value, (bool, int, float, complex, str, bytes, type, np.dtype)):
        return type(value), value
    if id(value) in within or isinstance(value, (np.ndarray, jax.Array, types.ModuleType)):
        return "identity", id(value)
    within = (*within, id(value))

    def inside(parts: Any) -> tuple[Any, ...]:
        return tuple(_description(part, within) for part in parts)

    match value:
        case types.FunctionType():
            held = [cell.cell_contents for cell in value.__closure__ or () if _is_filled(cell)]
            defaults = (*(value.__defaults__ or ()), *sorted((value.__kwdefaults__ or {}).items()))
            parts: Any = value.__code__, id(value.__globals__), inside(held), inside(defaults)
        case types.MethodType():
            parts = inside([value.__func__, value.__self__])
        case partial():
            parts = inside([value.func, value.args, tuple(sorted(value.keywords.items()))])
        case tuple() | list():
            parts = inside(value)
        case dict():
            parts = inside(item for pair in value.items() for item in pair)
        case _ if dataclasses.is_dataclass(value):
            parts = inside(getattr(value, field.name, None) for field in dataclasses.fields(value))
        case _:
            parts = id(value)
    return type(value), parts


def _is_filled(cell: types.CellType) -> bool:
    try:
        cell.cell_contents  # noqa: B018 (raises where it is empty)
    except ValueError:
        return False
    return True
