"""All results of an experiment as one dataset: what a claim or a picture reads."""

import os
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, overload

import numpy as np

from prenoise.study.lab.jobs import Job, canonical_json, condition_label
from prenoise.study.lab.results import AmbiguousResults
from prenoise.study.lab.store import Store

if TYPE_CHECKING:
    import xarray

_REST = ("size", "version", "function", "arguments")


class _Result(NamedTuple):
    job: Job
    dataset: "xarray.Dataset"


@overload
def open_results(
    folder: str | os.PathLike[str],
    experiment: None = None,
    *,
    jobs: Iterable[Job] | None = None,
    size: str | None = None,
    version: str | None = None,
) -> "xarray.DataTree": ...
@overload
def open_results(
    folder: str | os.PathLike[str],
    experiment: str,
    *,
    jobs: Iterable[Job] | None = None,
    size: str | None = None,
    version: str | None = None,
) -> "xarray.Dataset": ...
def open_results(
    folder: str | os.PathLike[str],
    experiment: str | None = None,
    *,
    jobs: Iterable[Job] | None = None,
    size: str | None = None,
    version: str | None = None,
) -> "xarray.Dataset | xarray.DataTree":
    """The results in `folder`: of one experiment as a dataset, of all as a tree with a dataset an experiment.

    Every array has the axes `condition` and `seed` first, then its own. `condition` is labelled with one line of
    text a cell (`rule=fa, noise=true`), and every option of the conditions is a coordinate along it
    (`results.rule`, `results.noise`), so that cells are found by value:
    `results.where((results.rule == "fa") & results.noise, drop=True)`. Where conditions differ in the
    arrays they have or in their length, the cells that were not computed are NaN (text: empty). The coordinates
    `job` and `job_seconds` say which job computed a cell and how long that job took, all its seeds together.

    A folder may hold the same cells twice, as of two sizes or versions: name the `size` or `version`
    wanted, or the very `jobs`. Without, such a cell raises `AmbiguousResults`. Files that do not read back whole
    count as absent, with a warning `DamagedFile`. Nothing in the files is executed.
    """
    import xarray

    store = Store(folder)
    if not Path(folder).is_dir():
        raise FileNotFoundError(f"there is no folder {os.fspath(folder)!r}")
    wanted = None if jobs is None else {job.identity for job in jobs}
    asked = {name: value for name, value in (("size", size), ("version", version)) if value is not None}

    def found(name: str) -> list[_Result]:
        return [
            _Result(job, dataset)
            for job, dataset in store.results(name)
            if (wanted is None or job.identity in wanted) and all(getattr(job, key) == asked[key] for key in asked)
        ]

    if experiment is not None:
        results = found(experiment)
        if not results:
            there = ", ".join(store.experiments()) or "nothing"
            raise FileNotFoundError(f"{os.fspath(folder)!r} has no such results of {experiment!r}; there is: {there}")
        return _combine(experiment, results)
    tree = {name: results for name in store.experiments() if (results := found(name))}
    return xarray.DataTree.from_dict({f"/{name}": _combine(name, results) for name, results in tree.items()})


def _combine(experiment: str, results: Sequence[_Result]) -> "xarray.Dataset":
    import xarray

    conditions = _conditions([job for job, _ in results])
    axes = _axes(results)
    place = {label: index for index, label in enumerate(conditions)}
    seeds = axes["seed"][1]
    dataset = xarray.Dataset(
        coords={"condition": ("condition", np.array(list(conditions), dtype=object)), "seed": ("seed", seeds)}
    )

    def gather(name: Hashable) -> tuple[tuple[str, ...], Any, dict[Hashable, Any]]:
        have = [(job, part[name]) for job, part in results if name in part.variables]
        own = tuple(dict.fromkeys(str(dim) for _, array in have for dim in array.dims if dim != "seed"))
        grid = _Grid(
            (len(conditions), len(seeds), *(len(axes[dim][1]) for dim in own)),
            np.result_type(*(array.dtype for _, array in have)),
        )
        for job, array in have:
            rows = np.searchsorted(seeds, job.seeds)
            spots = [axes[dim][0](array) if dim in array.dims else np.array([0]) for dim in own]
            missing = [dim for dim in ("seed", *own) if dim not in array.dims]
            values = array.expand_dims(missing).transpose("seed", *own).values
            grid.put((np.array([place[job.label]]), rows, *spots), values[np.newaxis])
        return ("condition", "seed", *own), grid.values(), dict(have[-1][1].attrs)

    names = dict.fromkeys(name for _, part in results for name in part.variables if name not in axes)
    aside = {name for _, part in results for name in part.coords if name in names}
    dataset = dataset.assign({name: gather(name) for name in names}).set_coords([*aside])
    dataset = dataset.assign_coords(
        {name: (name, labels) for name, (_, labels, labelled) in axes.items() if labelled and name in dataset.dims}
    )
    return _describe(dataset, experiment, results, conditions, place)


def _describe(
    dataset: "xarray.Dataset",
    experiment: str,
    results: Sequence[_Result],
    conditions: Mapping[str, Job],
    place: Mapping[str, int],
) -> "xarray.Dataset":
    """Add what is known of each cell besides its arrays; what is the same in all cells becomes an attribute."""
    shape = (len(conditions), dataset.sizes["seed"])
    identity, seconds = np.full(shape, "", dtype=object), np.full(shape, np.nan)
    for job, part in results:
        where = place[job.label], np.searchsorted(dataset["seed"].values, job.seeds)
        identity[where], seconds[where] = job.identity, part.attrs["seconds"]
    cells = ("condition", "seed")
    dataset = dataset.assign_coords(job=(cells, identity), job_seconds=(cells, seconds, {"units": "s"}))
    options = dict.fromkeys(name for job in conditions.values() for name in job.condition)
    columns = {name: _column([job.condition.get(name) for job in conditions.values()]) for name in options}
    attributes: dict[str, Any] = {"experiment": experiment}
    for name in ("size", "version"):
        values = [getattr(job, name) for job in conditions.values()]
        if len(set(values)) == 1:
            attributes[name] = values[0]
        else:
            columns[name] = _column(values)
    attributes["environments"] = sorted({str(part.attrs["environment"]) for _, part in results})
    dataset = dataset.assign_coords({name: ("condition", column) for name, column in columns.items()})
    return dataset.assign_attrs(attributes)


def _conditions(jobs: Sequence[Job]) -> dict[str, Job]:
    """One job a condition, by label, in an order that depends on the conditions alone."""
    chosen: dict[str, Job] = {}
    for job in sorted(jobs, key=lambda job: [_rank(value) for item in job.condition.items() for value in item]):
        other = chosen.setdefault(condition_label(job.condition), job)
        differing = [name for name in _REST if getattr(job, name) != getattr(other, name)]
        if differing:
            values = "; ".join(f"{name}: {getattr(other, name)!r} and {getattr(job, name)!r}" for name in differing)
            raise AmbiguousResults(
                f"there are several results of {job.experiment} [{job.label}], of different {values}. "
                "Name the size or version wanted, or the jobs"
            )
    return chosen


def _rank(value: object) -> tuple[int, float, str]:
    if isinstance(value, (bool, int, float)):
        return 0, float(value), ""
    return 1, 0.0, value if isinstance(value, str) else canonical_json(value)


def _column(values: Sequence[Any]) -> np.ndarray:
    """The values of one option along the conditions: numbers and truth values as such, all else as text."""
    kinds = {type(value) for value in values}
    if kinds in ({bool}, {int}, {float}, {int, float}):
        return np.array(values)
    if kinds <= {int, float, type(None)} and kinds != {type(None)}:
        return np.array([np.nan if value is None else value for value in values], dtype=float)
    texts = ["" if value is None else value if isinstance(value, str) else canonical_json(value) for value in values]
    return np.array(texts, dtype=object)


def _axes(results: Sequence[_Result]) -> "dict[str, tuple[Callable[[xarray.DataArray], Any], Any, bool]]":
    """For each dimension: where the entries of an array go, the labels of all results together, are they given."""
    labels: dict[str, dict[Any, None]] = {"seed": {}}
    labelled = {"seed"}
    for job, part in results:
        labels["seed"].update(dict.fromkeys(job.seeds))
        for dim, length in part.sizes.items():
            given = part[dim].values.tolist() if dim in part.coords else range(length)
            labels.setdefault(str(dim), {}).update(dict.fromkeys(given))
            if dim in part.coords:
                labelled.add(str(dim))
    return {dim: _axis(dim, list(entries), dim in labelled) for dim, entries in labels.items()}


def _axis(dim: str, entries: list[Any], labelled: bool) -> tuple[Callable[["xarray.DataArray"], Any], Any, bool]:
    if all(isinstance(entry, (int, float)) for entry in entries):
        entries = sorted(entries)
        values = np.array(entries, dtype=None if entries else float)
    else:
        values = np.array(entries, dtype=object)
    index = {entry: position for position, entry in enumerate(entries)}

    def spots(array: "xarray.DataArray") -> Any:
        own = array[dim].values.tolist() if dim in array.coords else range(array.sizes[dim])
        return np.array([index[entry] for entry in own], dtype=int)

    return spots, values, labelled


class _Grid:
    """An array that is filled piece by piece and knows which of its cells were."""

    def __init__(self, shape: tuple[int, ...], dtype: np.dtype[Any]) -> None:
        self._array = np.zeros(shape, dtype)
        self._filled = np.zeros(shape, bool)

    def put(self, spots: tuple[Any, ...], values: Any) -> None:
        where = np.ix_(*spots)
        self._array[where] = values
        self._filled[where] = True

    def values(self) -> np.ndarray:
        if self._filled.all():
            return self._array
        if self._array.dtype.kind in "fc":
            empty = np.array(np.nan, self._array.dtype)
        elif self._array.dtype.kind in "biu":
            empty = np.array(np.nan)
        elif self._array.dtype.kind in "mM":
            empty = np.array("NaT", self._array.dtype)
        else:
            empty = np.array("", dtype=object)
        return np.where(self._filled, self._array, empty)
