"""What a picture reads from the results of an experiment: what is there."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from prenoise.study.cells import cell

if TYPE_CHECKING:
    import xarray


def by_kind(results: "xarray.Dataset", variable: str, kinds: Sequence[str], **where: Any) -> dict[str, np.ndarray]:
    """The array of each kind of network that is there: axis 0 is the seeds that were run."""
    found = {}
    for kind in kinds:
        values = one(results, variable, network=kind, **where)
        if values is not None:
            found[kind] = values
    return found


def one(results: "xarray.Dataset", variable: str, **where: Any) -> np.ndarray | None:
    """The array of one cell for the seeds that were run, or None where there is none."""
    try:
        values = cell(results, variable, **where)
    except KeyError:
        return None
    return complete(values)


def complete(values: np.ndarray) -> np.ndarray | None:
    """The seeds that were run, without the columns that only other cells fill; None if there is no such seed."""
    kept = values[~np.isnan(values.reshape(len(values), -1)).all(axis=1)]
    return complete_columns(kept) if kept.size else None


def complete_columns(values: np.ndarray) -> np.ndarray:
    """Without the entries of axis 1 that no seed has, because only other cells fill them."""
    if values.ndim < 2 or not len(values):
        return values
    others = tuple(axis for axis in range(values.ndim) if axis != 1)
    return values[:, ~np.isnan(values).all(axis=others)]


def over(
    results: "xarray.Dataset", variable: str, kinds: Sequence[str], option: str, values: Sequence[Any], **where: Any
) -> dict[str, np.ndarray]:
    """A number a seed along an option of the conditions, seed x value; NaN where a run is missing."""
    found = {}
    for kind in kinds:
        columns = []
        for value in values:
            try:
                columns.append(cell(results, variable, network=kind, **{option: value}, **where).astype(float))
            except KeyError:
                columns.append(np.full(results.sizes["seed"], np.nan))
        array = np.stack(columns, axis=1)
        if not np.isnan(array).all():
            found[kind] = array
    return found


def axis(results: "xarray.Dataset", name: str) -> np.ndarray:
    """The labels along an axis, as epochs or examples of noise, whether stored a cell or once for all."""
    values = results[name].values
    return np.fmax.reduce(values.reshape(-1, values.shape[-1]), axis=0)


def per_seed(results: "xarray.Dataset", variable: str, **where: Any) -> "xarray.DataArray":
    """The array of one cell with its seeds."""
    import xarray

    values = complete_columns(cell(results, variable, **where))
    own = [f"axis_{number}" for number in range(1, values.ndim)]
    return xarray.DataArray(values, dims=["seed", *own], coords={"seed": results["seed"].values})
