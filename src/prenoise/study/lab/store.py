"""Where results are: one file per job, there whole or not there at all.

A file is written under a temporary name, flushed to the disk and renamed, so that no moment exists in which a half
file has the name of a result. It ends in a seal; one whose seal does not fit counts as absent.
"""

import os
import warnings
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from prenoise import atomic
from prenoise.study.lab.jobs import Job
from prenoise.study.lab.netcdf import Decoded, decode, job_of
from prenoise.study.lab.seal import opened, sealed

if TYPE_CHECKING:
    import xarray

_ATTEMPTS = 5


class DamagedFile(UserWarning):
    """A stored file did not read back whole and is treated as absent."""


class Found(NamedTuple):
    """A stored result that answers for a job."""

    job: Job
    """The job it is the result of: the one asked for, or the same in another version."""
    outdated: str = ""
    """Why computing it anew may give something else; empty where nothing speaks for that."""


class Store:
    """The results in one folder: `<folder>/<experiment>/<identity>.nc`. Several processes may use it at once."""

    def __init__(self, folder: str | os.PathLike[str]) -> None:
        self.folder = Path(folder)

    def __repr__(self) -> str:
        return f"Store({str(self.folder)!r})"

    def path(self, job: Job) -> Path:
        """The file that holds, or will hold, the result of `job`."""
        return self.folder / job.experiment / f"{job.identity}.nc"

    def write(self, job: Job, payload: bytes, source: str | None = None) -> Path:
        """Store the encoded result of `job`, computed by that `source`: by default the one that is here now.

        When this returns, it is on the disk and survives a power cut.
        """
        path = self.path(job)
        contents = sealed(payload, source or job.source)
        for attempt in range(_ATTEMPTS):
            atomic.make_folder(path.parent)
            try:
                atomic.write(path, contents)
                break
            except FileNotFoundError:  # another process took the new file, not yet locked, for a leftover: once more
                if attempt == _ATTEMPTS - 1:
                    raise
        return path

    def read(self, job: Job) -> "xarray.Dataset | None":
        """The result of `job`, or None where there is none; warns of a file that is there but damaged."""
        found = self.decoded(job)
        return None if found is None else found.dataset()

    def decoded(self, job: Job) -> Decoded | None:
        """As `read`, not yet as a dataset."""
        found = _read(self.path(job))
        return None if found is None else found[1]

    def source(self, job: Job) -> str | None:
        """Which source the result of `job` comes from, if it is here and whole: all is read, nothing decoded."""
        try:
            return opened(self.path(job))[1]
        except (OSError, ValueError):
            return None

    def holds(self, job: Job) -> bool:
        """Whether the result of `job` is here and whole."""
        return self.source(job) is not None

    def find(self, jobs: Iterable[Job]) -> dict[Job, Found]:
        """What answers for each of the jobs: its own result or, where there is none, that of another version."""
        found: dict[Job, Found] = {}
        missing: dict[str, Job] = {}
        for job in jobs:
            source = self.source(job)
            if source is None:
                missing[job.in_any_version] = job
            else:
                found[job] = Found(job, "" if source == job.source else "of a source that has changed since")
        for experiment in {job.experiment for job in missing.values()}:
            known = {job.identity for job in found}
            for path in self._files(experiment):
                other = None if path.stem in known else _job(path)
                asked = other and missing.get(other.in_any_version)
                if other and asked and (asked not in found or found[asked].job.version < other.version):
                    found[asked] = Found(other, f"of {other.version}")
        return found

    def experiments(self) -> list[str]:
        """The names of the experiments that have results here, sorted."""
        if not self.folder.is_dir():
            return []
        return sorted(entry.name for entry in self.folder.iterdir() if entry.is_dir() and any(entry.glob("*.nc")))

    def results(self, experiment: str) -> "Iterator[tuple[Job, xarray.Dataset]]":
        """Every whole result of an experiment, ordered by identity; warns of each file that is damaged."""
        for path in self._files(experiment):
            if (found := _read(path)) is not None:
                yield found[0], found[1].dataset()

    def _files(self, experiment: str) -> list[Path]:
        return sorted((self.folder / experiment).glob("*.nc"))

    def clear_leftovers(self) -> int:
        """Remove unfinished files that no living process is writing; the number removed.

        A writer holds a lock on its unfinished file, and the system drops the lock with the process however that
        ends. Where the file system has no locks, a writer that loses its file in this way writes it again.
        """
        removed = 0
        for path in self.folder.glob(f"*/.*{atomic.UNFINISHED}"):
            try:
                with path.open("rb") as file:
                    if atomic.lock(file.fileno()):
                        path.unlink()
                        removed += 1
            except OSError:  # gone meanwhile, or (Windows) still open elsewhere
                continue
        return removed


def _read(path: Path) -> tuple[Job, Decoded] | None:
    """What is in `path` if it is whole and the result of the job that its name says."""
    try:
        payload, _ = opened(path)
        found = decode(payload)
        job = job_of(found)
        if (job.identity, job.experiment) != (path.stem, path.parent.name):
            raise ValueError("it is the result of another job than its name says")
        found.arrays["seed"] = ("seed",), np.array(job.seeds), {}
        return job, found
    except (FileNotFoundError, NotADirectoryError):
        return None
    except Exception as problem:  # the file comes from outside: whatever is wrong with it, it is not a result
        warnings.warn(f"{path} is treated as absent: {problem}", DamagedFile, stacklevel=4)
        return None


def _job(path: Path) -> Job | None:
    """The job of a stored file, without a word where it is no whole result."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DamagedFile)
        found = _read(path)
    return None if found is None else found[0]
