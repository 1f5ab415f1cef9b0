"""Storing what this very process has computed, as a job would."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from prenoise.study.lab.environment import describe_environment
from prenoise.study.lab.jobs import Job
from prenoise.study.lab.netcdf import as_dataset, encode
from prenoise.study.lab.store import Store


def keep(
    folder: str | os.PathLike[str],
    experiment: str,
    function: str,
    *,
    condition: Mapping[str, Any],
    seeds: Sequence[int],
    arrays: Mapping[str, Any],
    seconds: float,
) -> Path:
    """Store the named `arrays` of one run, which took so many `seconds`, as a result in `folder`.

    It is the result of a job of this `experiment`, `function` (as `package.module:name`), `condition` and `seeds`; the
    same run again replaces it.
    """
    job = Job(function, experiment=experiment, condition=condition, seeds=seeds)
    return Store(folder).write(job, encode(job, as_dataset(job, arrays), describe_environment(), seconds))
