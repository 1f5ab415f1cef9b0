"""Keeping what a single command computed, where `prenoise report` finds it."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any


def keep(
    folder: Path,
    experiment: str,
    function: str,
    *,
    condition: Mapping[str, Any],
    seeds: Sequence[int],
    arrays: Mapping[str, Any],
    seconds: float,
) -> Path:
    """Store the named arrays of one run as a result file. The same run again replaces itself."""
    from prenoise.study.lab import Job, Store
    from prenoise.study.lab.environment import describe_environment
    from prenoise.study.lab.netcdf import as_dataset, encode

    job = Job(function, experiment=experiment, condition=condition, seeds=seeds)
    return Store(folder).write(job, encode(job, as_dataset(job, arrays), describe_environment(), seconds))
