"""Reading one cell out of an experiment's results."""

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import xarray


def cell(results: "xarray.Dataset", variable: str, **condition: Any) -> np.ndarray:
    """The array of `variable` in the one cell with these options: axis 0 is the seed, the others its own."""
    chosen = np.ones(results.sizes["condition"], bool)
    for name, value in condition.items():
        column = results[name].values if name in results.coords else np.full(len(chosen), results.attrs.get(name))
        chosen &= column == value
    if chosen.sum() != 1:
        raise KeyError(f"{chosen.sum()} cells with {condition}: expected one")
    array = results[variable].isel(condition=int(np.flatnonzero(chosen)[0]))
    if "seed" in array.dims:
        array = array.transpose("seed", ...)
    return array.values
