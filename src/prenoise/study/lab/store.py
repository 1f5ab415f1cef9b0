"""Where results are: one file a job, there whole or not there at all.

A file is written under a temporary name, flushed to the disk and renamed, so that no moment exists in which a half
file has the name of a result. It ends in a line with the SHA-256 of all before it (HDF5 readers do not look past the
end of the data, so it is an ordinary NetCDF file to everyone else); a file whose last line does not fit is damaged,
and counts as absent. It is checked before the HDF5 library sees a byte of it, for that library may crash on rubbish.
"""

import hashlib
import os
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from prenoise import atomic
from prenoise.study.lab.jobs import Job
from prenoise.study.lab.netcdf import decode, job_of

if TYPE_CHECKING:
    import xarray

_SEAL = b"\nprenoise sha256 "
_SEAL_LENGTH = len(_SEAL) + 64 + 1
_ATTEMPTS = 5


class DamagedFile(UserWarning):
    """A stored file did not read back whole and is treated as absent."""


class Store:
    """The results in one folder: `<folder>/<experiment>/<identity>.nc`. Several processes may use it at once."""

    def __init__(self, folder: str | os.PathLike[str]) -> None:
        self.folder = Path(folder)

    def __repr__(self) -> str:
        return f"Store({str(self.folder)!r})"

    def path(self, job: Job) -> Path:
        """The file that holds, or will hold, the result of `job`."""
        return self.folder / job.experiment / f"{job.identity}.nc"

    def write(self, job: Job, payload: bytes) -> Path:
        """Store the encoded result of `job`. When this returns, it is on the disk and survives a power cut."""
        path = self.path(job)
        atomic.make_folder(path.parent)
        contents = payload + _seal(payload)
        for attempt in range(_ATTEMPTS):
            try:
                atomic.write(path, contents)
                break
            except FileNotFoundError:  # another process took the new file, not yet locked, for a leftover: once more
                if attempt == _ATTEMPTS - 1:
                    raise
        return path

    def read(self, job: Job) -> "xarray.Dataset | None":
        """The result of `job`, or None where there is none; warns of a file that is there but damaged."""
        return _read(self.path(job), job)

    def holds(self, job: Job) -> bool:
        """Whether the result of `job` is here and whole: all of the file is read, nothing decoded."""
        try:
            _unsealed(self.path(job).read_bytes())
        except (OSError, ValueError):
            return False
        return True

    def experiments(self) -> list[str]:
        """The names of the experiments that have results here, sorted."""
        if not self.folder.is_dir():
            return []
        return sorted(entry.name for entry in self.folder.iterdir() if entry.is_dir() and any(entry.glob("*.nc")))

    def results(self, experiment: str) -> "Iterator[tuple[Job, xarray.Dataset]]":
        """Every whole result of an experiment, ordered by identity; warns of each file that is damaged."""
        for path in sorted((self.folder / experiment).glob("*.nc")):
            dataset = _read(path)
            if dataset is not None:
                yield job_of(dataset), dataset

    def clear_leftovers(self) -> int:
        """Remove unfinished files that no living process is writing; the number removed.

        A writer holds a lock on its unfinished file, and the system drops the lock with the process however that
        ends. Where the file system has no locks, leftovers stay: they do no harm.
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


def _seal(payload: bytes) -> bytes:
    return _SEAL + hashlib.sha256(payload).hexdigest().encode() + b"\n"


def _unsealed(contents: bytes) -> bytes:
    payload, seal = contents[:-_SEAL_LENGTH], contents[-_SEAL_LENGTH:]
    if not seal.startswith(_SEAL):
        raise ValueError("it is cut short or was written by something else")
    if seal != _seal(payload):
        raise ValueError("its content does not have the checksum it was written with")
    return payload


def _read(path: Path, job: Job | None = None) -> "xarray.Dataset | None":
    """The dataset in `path` if it is whole and the result of `job` (None: of the job that its name says)."""
    try:
        dataset = decode(_unsealed(path.read_bytes()))
        found = job_of(dataset)
        if found.identity != path.stem or found.experiment != path.parent.name or (job is not None and found != job):
            raise ValueError("it is the result of another job than its name says")
    except (FileNotFoundError, NotADirectoryError):
        return None
    except Exception as problem:  # the file comes from outside: whatever is wrong with it, it is not a result
        _warn(path, problem)
        return None
    return dataset


def _warn(path: Path, problem: Exception) -> None:
    warnings.warn(f"{path} is treated as absent: {problem}", DamagedFile, stacklevel=3)
