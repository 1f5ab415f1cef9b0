"""Stored results, cell by cell: what a claim or a picture reads."""

import os
import warnings
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from prenoise.errors import UserError
from prenoise.study.lab.jobs import Job, canonical_json, condition_label
from prenoise.study.lab.netcdf import Decoded
from prenoise.study.lab.store import DamagedFile, Store

if TYPE_CHECKING:
    import xarray

REMEMBERED = 64 * 2**20
"""Bytes of cells that are kept in memory, because claims and pictures ask for the same ones again and again."""

_CHOICE = ("size", "version", "function", "arguments")


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
        self.found = self._store.find(self.wanted)
        """What answers for each of those that have a result, and whether it is outdated."""
        for job in self.wanted:
            if job not in self.found and self._store.path(job).exists():
                self._store.read(job)  # it is damaged, which is said in a warning
        self._cells = _by_condition([found.job for found in self.found.values()])
        self._remembered: dict[str, xarray.Dataset] = {}

    @classmethod
    def stored(
        cls,
        folder: str | os.PathLike[str],
        experiment: str,
        *,
        size: str | None = None,
        version: str | None = None,
    ) -> "Results":
        """Everything of an `experiment` that is in a `folder`, or of it what has that `size` and that `version`.

        `AmbiguousResults` where that gives a cell more than one result, and a `UserError` where there is none at all.
        """
        if not os.path.isdir(folder):
            raise UserError(f"there is no folder {os.fspath(folder)!r}: expected one that prenoise reproduce wrote")
        store = Store(folder)
        jobs = [
            job for job, _ in store.results(experiment) if size in (None, job.size) and version in (None, job.version)
        ]
        if not jobs:
            there = ", ".join(store.experiments()) or "nothing"
            raise UserError(f"{os.fspath(folder)!r} holds no such results of {experiment!r}: expected some of {there}")
        groups: dict[str, Job] = {}
        for job in jobs:
            other = groups.setdefault(job.label, job)
            differing = [name for name in _CHOICE if getattr(job, name) != getattr(other, name)]
            if differing:
                values = "; ".join(f"{name}: {getattr(other, name)!r} and {getattr(job, name)!r}" for name in differing)
                raise AmbiguousResults(
                    f"there are several results of {job.experiment} [{job.label}], of different {values}. "
                    "Name the size or version wanted, or the jobs"
                )
        return cls(store, jobs)

    @property
    def jobs(self) -> tuple[Job, ...]:
        """The jobs that the results are of, as they were stored."""
        return tuple(found.job for found in self.found.values())

    @property
    def cells(self) -> list[dict[str, Any]]:
        """The conditions that have results."""
        return [dict(jobs[0].condition) for jobs in self._cells.values()]

    @property
    def outdated(self) -> dict[Job, str]:
        """The jobs whose results are of another version or of a source that has changed since, and which of both."""
        return {found.job: found.outdated for found in self.found.values() if found.outdated}

    @property
    def remarks(self) -> list[str]:
        """In sentences, what a reader of these results is to know of the code they come from."""
        return [
            f"{number} of {len(self.wanted)} runs are {why}: prenoise reproduce --again computes them anew"
            for why, number in Counter(self.outdated.values()).items()
        ]

    def environments(self) -> Iterator[tuple[float, str]]:
        """Of each result, how many seconds it took and what it was computed with, as JSON; every file is read."""
        for job in self.jobs:
            if (found := self._store.decoded(job)) is not None:
                yield found.attributes["seconds"], found.attributes["environment"]

    def __contains__(self, cell: Mapping[str, Any]) -> bool:
        return any(condition == cell for condition in self.cells)

    def __getitem__(self, cell: Mapping[str, Any]) -> "xarray.Dataset":
        """The arrays of the condition `cell`, its seeds joined along `seed` in order, and nothing added.

        An array without a seed axis holds for all seeds; a single value in which blocks of seeds differ is repeated for
        each seed. Files that do not read back whole, or whose axes are not those of the others, count as absent, with a
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
            whole = [(job, part) for job in jobs if (part := self._store.decoded(job)) is not None]
            if not whole:
                raise MissingCell(f"no file of {label} reads back whole")
            fitting = [part for job, part in whole if self._fits(job, part, whole[0][1])]
            self._remembered[label] = _join(fitting).assign_attrs(condition=label)
            while sum(found.nbytes for found in self._remembered.values()) > REMEMBERED and len(self._remembered) > 1:
                self._remembered.pop(next(iter(self._remembered)))
        return self._remembered[label]

    def _fits(self, job: Job, part: Decoded, first: Decoded) -> bool:
        """Whether a block of seeds has the arrays and axes of the first block; a warning where not."""
        fits = part.arrays.keys() == first.arrays.keys() and all(
            _is_like(array, first.arrays[name]) for name, array in part.arrays.items()
        )
        if not fits:
            path = self._store.path(job)
            warnings.warn(f"{path} is left out: its axes are not those of other seeds", DamagedFile, stacklevel=4)
        return fits


def _is_like(array: Any, other: Any) -> bool:
    """Whether two arrays are of one kind and, but for the seeds, along the same axes; those without seeds are equal."""
    (dims, values, _), (other_dims, other_values, _) = array, other
    if dims != other_dims or values.dtype.kind != other_values.dtype.kind:
        return False
    if "seed" in dims:
        axis = dims.index("seed")
        return np.take(values, [], axis).shape == np.take(other_values, [], axis).shape
    return not dims or np.array_equal(values, other_values, equal_nan=values.dtype.kind == "f")


def _join(parts: Sequence[Decoded]) -> "xarray.Dataset":
    """Blocks of seeds as one dataset, each seed once and in order."""
    seeds, rows = np.unique(np.concatenate([part.arrays["seed"][1] for part in parts]), return_index=True)

    def joined(name: str) -> Any:
        dims, _, attributes = parts[0].arrays[name]
        values = [part.arrays[name][1] for part in parts]
        if "seed" in dims:
            axis = dims.index("seed")
            return dims, np.concatenate(values, axis).take(rows, axis), attributes
        if not dims and len({value.item() for value in values}) > 1:
            repeated = [
                np.repeat(value, len(part.arrays["seed"][1])) for value, part in zip(values, parts, strict=True)
            ]
            return ("seed",), np.concatenate(repeated)[rows], attributes
        return dims, values[0], attributes

    arrays = {name: joined(name) for name in parts[0].arrays} | {"seed": (("seed",), seeds, {})}
    return Decoded(arrays, parts[0].aside, {}).dataset()


def _by_condition(jobs: Sequence[Job]) -> dict[str, list[Job]]:
    """The jobs of each condition, by label and then by seed, in an order that depends on the conditions alone."""
    cells: dict[str, list[Job]] = {}
    for job in sorted(jobs, key=lambda job: [_rank(value) for item in job.condition.items() for value in item]):
        cells.setdefault(job.label, []).append(job)
    return {label: sorted(blocks, key=lambda job: tuple(job.seeds)) for label, blocks in cells.items()}


def _rank(value: object) -> tuple[int, float, str]:
    if isinstance(value, (bool, int, float)):
        return 0, float(value), ""
    return 1, 0.0, value if isinstance(value, str) else canonical_json(value)
