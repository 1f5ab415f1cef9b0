"""All results of an experiment as one dataset, for people who want to look at everything at once."""

import math
import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, overload

import numpy as np

from prenoise.errors import UserError
from prenoise.study.lab.jobs import Job, canonical_json
from prenoise.study.lab.results import Results
from prenoise.study.lab.store import Store

if TYPE_CHECKING:
    import xarray

LARGEST = 2**30
"""Bytes of a table. Conditions of different axes make it grow as the product of all, and most of that is empty."""


@overload
def open_results(
    folder: str | os.PathLike[str], experiment: None = None, *, jobs: Iterable[Job] | None = None, **choice: str
) -> "xarray.DataTree": ...
@overload
def open_results(
    folder: str | os.PathLike[str], experiment: str, *, jobs: Iterable[Job] | None = None, **choice: str
) -> "xarray.Dataset": ...
def open_results(
    folder: str | os.PathLike[str],
    experiment: str | None = None,
    *,
    jobs: Iterable[Job] | None = None,
    **choice: str,
) -> "xarray.Dataset | xarray.DataTree":
    """The results in `folder` as one table: of an `experiment` a dataset, of all a tree with a dataset for each.

    Every array has the axes `condition` and `seed` first, then its own. `condition` is labelled with one line of
    text per cell (`rule=fa, noise=true`), and every option of the conditions is a coordinate along it
    (`results.rule`, `results.noise`), so that cells are found by value:
    `results.where((results.rule == "fa") & results.noise, drop=True)`. Where conditions differ in the arrays they
    have or in their axes, what was not computed is NaN (text: empty). `Results` gives each condition as it is.

    A folder may hold the same cells twice, as of two sizes or versions: name the `size` or `version` wanted, or the
    very `jobs`. Without, such a cell raises `AmbiguousResults`. Files that do not read back whole count as absent,
    with a warning `DamagedFile`. Nothing in the files is executed.
    """
    import xarray

    if not Path(folder).is_dir():
        raise FileNotFoundError(f"there is no folder {os.fspath(folder)!r}")
    names = Store(folder).experiments()
    wanted = None if jobs is None else list(jobs)

    def table(name: str) -> "xarray.Dataset | None":
        if wanted is None:
            return _table(name, Results.stored(folder, name, **choice))
        return _table(name, Results(folder, [job for job in wanted if job.experiment == name]))

    if experiment is None:
        found = {name: table(name) for name in names}
        return xarray.DataTree.from_dict({f"/{name}": one for name, one in found.items() if one is not None})
    found = table(experiment)
    if found is None:
        there = ", ".join(names) or "nothing"
        raise FileNotFoundError(f"{os.fspath(folder)!r} has no such results of {experiment!r}; there is: {there}")
    return found


def _table(experiment: str, results: Results) -> "xarray.Dataset | None":
    """All cells of an experiment, what is missing filled up."""
    import xarray

    conditions = results.cells
    cells = [_labelled(results[condition]) for condition in conditions]
    if not cells:
        return None
    _check_size(experiment, cells)
    table = xarray.concat(
        cells, "condition", data_vars="all", coords="all", compat="equals", join="outer", combine_attrs="override"
    )
    arrays = {name: _filled(array) for name, array in table.data_vars.items()}
    labels = [cell.attrs["condition"] for cell in cells]
    columns = {name: [condition.get(name) for condition in conditions] for known in conditions for name in known}
    coordinates = {name: ("condition", _column(column)) for name, column in columns.items()}
    coordinates["condition"] = "condition", np.array(labels, object)
    return table.assign(arrays).assign_coords(coordinates).assign_attrs(experiment=experiment, **_shared(results.jobs))


def _labelled(cell: "xarray.Dataset") -> "xarray.Dataset":
    """The cell with seeds as the first axis, and labels along every axis, by which it is put beside others."""
    numbers = {dim: (dim, range(length)) for dim, length in cell.sizes.items() if dim not in cell.coords}
    shared = {name: array for name, array in cell.data_vars.items() if "seed" not in array.dims}
    repeated = {name: array.expand_dims(seed=cell["seed"]) for name, array in shared.items()}
    return cell.assign(repeated).assign_coords(numbers).transpose("seed", ...)


def _check_size(experiment: str, cells: "Sequence[xarray.Dataset]") -> None:
    axes: dict[Any, set[Any]] = {}
    for cell in cells:
        for dim in cell.dims:
            axes.setdefault(dim, set()).update(cell[dim].values.tolist())
    arrays = {name: array for cell in cells for name, array in cell.variables.items()}
    size = len(cells) * sum(math.prod(len(axes[dim]) for dim in array.dims) * 8 for array in arrays.values())
    if size > LARGEST:
        raise UserError(
            f"one table of all conditions of {experiment} needs {size / 2**30:.1f} GiB, and at most "
            f"{LARGEST / 2**30:.0f} are taken for it: open them one by one, with prenoise.study.lab.Results"
        )


def _filled(array: "xarray.DataArray") -> "xarray.DataArray":
    """What is missing of a text is empty; of a truth value, NaN among ones and zeros."""
    if array.dtype != object:
        return array
    present = array.values[array.notnull().values]
    return array.fillna("") if all(isinstance(value, str) for value in present) else array.astype(float)


def _column(values: Sequence[Any]) -> np.ndarray:
    """The values of one option along the conditions: numbers and truth values as such, all else as text."""
    kinds = {type(value) for value in values}
    if kinds in ({bool}, {int}, {float}, {int, float}):
        return np.array(values)
    if kinds <= {int, float, type(None)} and kinds != {type(None)}:
        return np.array([np.nan if value is None else value for value in values], dtype=float)
    texts = ["" if value is None else value if isinstance(value, str) else canonical_json(value) for value in values]
    return np.array(texts, dtype=object)


def _shared(jobs: Sequence[Job]) -> dict[str, str]:
    """The size and version, where all jobs have one."""
    values = {name: {getattr(job, name) for job in jobs} for name in ("size", "version")}
    return {name: found.pop() for name, found in values.items() if len(found) == 1}
