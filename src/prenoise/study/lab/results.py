"""Stored results, cell by cell: what a claim or a picture reads."""

import os
import warnings
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from prenoise.errors import UserError
from prenoise.study.lab.jobs import Job, canonical_json, condition_label
from prenoise.study.lab.store import DamagedFile, Store

if TYPE_CHECKING:
    import xarray

REMEMBERED = 64 * 2**20
"""Bytes of cells that are kept in memory, because claims and pictures ask for the same ones again and again."""


class AmbiguousResults(UserError):
    """Two results claim the same cell, because they differ in something that is not part of the condition."""


class MissingCell(KeyError):
    """There is no result of that condition: one sentence says what is there."""

    def __str__(self) -> str:
        return str(self.args[0])


class Results:
    """The stored results of one experiment. `results[condition]` is what was computed there, as it was computed."""

    def __init__(self, store: Store | str | os.PathLike[str], jobs: Iterable[Job]) -> None:
        """Look up the `jobs` of one experiment in a store or folder; no array is read yet."""
        self._store = store if isinstance(store, Store) else Store(store)
        self.wanted = tuple(dict.fromkeys(jobs))
        """The jobs that were asked for, each once."""
        self.jobs = tuple(job for job in self.wanted if self._store.holds(job))
        """Those that have a whole result."""
        self._cells = _by_condition(self.jobs)
        self._remembered: dict[str, xarray.Dataset] = {}

    @classmethod
    def stored(
        cls,
        folder: str | os.PathLike[str],
        experiment: str,
        *,
        size: str | None = None,
        data: str | None = None,
        version: str | None = None,
    ) -> "Results":
        """Everything of an `experiment` that is in a `folder`, or of it what has this `size`, `data` or `version`."""
        asked = {name: value for name, value in (("size", size), ("data", data), ("version", version)) if value}
        jobs = [job for job, _ in Store(folder).results(experiment)]
        return cls(folder, [job for job in jobs if all(getattr(job, name) == asked[name] for name in asked)])

    @property
    def cells(self) -> list[dict[str, Any]]:
        """The conditions that have results."""
        return [dict(jobs[0].condition) for jobs in self._cells.values()]

    def __contains__(self, cell: Mapping[str, Any]) -> bool:
        return any(condition == cell for condition in self.cells)

    def __getitem__(self, cell: Mapping[str, Any]) -> "xarray.Dataset":
        """The arrays of the condition `cell`, its seeds joined along `seed` in order, and nothing added.

        An array without a seed axis holds for all seeds; where blocks of seeds differ in it, it is repeated for each
        seed. Files that do not read back whole, or whose axes are not those of the others, count as absent, with a
        warning `DamagedFile`. `MissingCell`, a `KeyError`, where there is no result of that condition.
        """
        asked = {name: list(value) if isinstance(value, tuple) else value for name, value in cell.items()}
        for label, jobs in self._cells.items():
            if jobs[0].condition == asked:
                return self._joined(label, jobs)
        planned = any(job.condition == asked for job in self.wanted)
        there = "; ".join(list(self._cells)[:5]) or "nothing"
        raise MissingCell(
            f"there is no finished run of {condition_label(cell)}"
            if planned
            else f"no run has the condition {condition_label(cell)!r}: expected one of the experiment's, as {there}"
        )

    def _joined(self, label: str, jobs: Sequence[Job]) -> "xarray.Dataset":
        if label not in self._remembered:
            whole = [(job, part) for job in jobs if (part := self._store.read(job)) is not None]
            if not whole:
                raise MissingCell(f"no file of {label} reads back whole")
            fitting = [part for job, part in whole if self._fits(job, part, whole[0][1])]
            self._remembered[label] = _join(fitting).assign_attrs(condition=label)
            while sum(found.nbytes for found in self._remembered.values()) > REMEMBERED and len(self._remembered) > 1:
                self._remembered.pop(next(iter(self._remembered)))
        return self._remembered[label]

    def _fits(self, job: Job, part: "xarray.Dataset", first: "xarray.Dataset") -> bool:
        """Whether a block of seeds has the arrays and axes of the first block."""
        if _axes(part) == _axes(first):
            return True
        path = self._store.path(job)
        warnings.warn(f"{path} is left out: its axes are not those of other seeds", DamagedFile, stacklevel=4)
        return False


def _axes(dataset: "xarray.Dataset") -> tuple[Any, ...]:
    """The dimensions of every array, and the entries of every axis but the seeds."""
    shapes = {name: (array.dims, array.dtype.kind) for name, array in dataset.variables.items()}
    labels = {name: array.values.tolist() for name, array in dataset.variables.items() if array.dims == (name,)}
    return shapes, {**dataset.sizes, "seed": 0}, {**labels, "seed": []}


def _join(parts: "Sequence[xarray.Dataset]") -> "xarray.Dataset":
    """Blocks of seeds as one dataset, by seed."""
    import xarray

    if len(parts) == 1:
        return parts[0].drop_attrs(deep=False)
    joined = xarray.concat(parts, "seed", data_vars="different", coords="different", join="exact", combine_attrs="drop")
    return joined.sortby("seed").drop_duplicates("seed")


def _by_condition(jobs: Sequence[Job]) -> dict[str, list[Job]]:
    """The jobs of each condition, by label and then by seed, in an order that depends on the conditions alone."""
    cells: dict[str, list[Job]] = {}
    for job in sorted(jobs, key=lambda job: [_rank(value) for item in job.condition.items() for value in item]):
        cells.setdefault(job.label, []).append(job)
    for label, blocks in cells.items():
        blocks.sort(key=lambda job: tuple(job.seeds))
        for name in ("experiment", "size", "data", "version", "function", "arguments"):
            values = {canonical_json(getattr(job, name)) for job in blocks}
            if len(values) > 1:
                raise AmbiguousResults(
                    f"there are several results of {blocks[0].experiment} [{label}], of different {name}: "
                    f"{' and '.join(sorted(values))}. Name the size, data or version wanted, or the jobs"
                )
    return cells


def _rank(value: object) -> tuple[int, float, str]:
    if isinstance(value, (bool, int, float)):
        return 0, float(value), ""
    return 1, 0.0, value if isinstance(value, str) else canonical_json(value)
