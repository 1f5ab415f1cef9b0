"""The data an experiment runs on, found and checked where the job runs."""

import json
import os
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import NamedTuple

from prenoise.data import Dataset
from prenoise.data import load as load_arrays
from prenoise.errors import UserError
from prenoise.examples import Examples, Scaling
from prenoise.loading import load

STAND_INS = "PRENOISE_STAND_INS"
"""Environment variable: JSON that names a file for a data set, as in {"kmnist": "/data/my-kmnist.npz"}.

It travels by environment and not with the job, because a job is the same wherever its data lies.
"""


class Used(NamedTuple):
    """The set a job is about: its name, and the hash its content must have."""

    name: str
    hash: str


def stand_in(files: Mapping[str, str | Path]) -> None:
    """Let this process, and those it starts, take the `files` for the data sets they are named after."""
    os.environ[STAND_INS] = json.dumps({name: str(Path(path).resolve()) for name, path in files.items()})
    located.cache_clear()


@cache
def located(name: str) -> Dataset:
    """The arrays of a data set: from the file that stands in for it if one was named, else from the data folder."""
    return load_arrays(json.loads(os.environ.get(STAND_INS, "{}")).get(name, name))


def arrays(used: Used) -> Dataset:
    """The arrays of a set; refused where its content is another than the job is about."""
    dataset = located(used.name)
    if dataset.content_hash != used.hash:
        raise UserError(
            f"the data set {used.name} here has the hash {dataset.content_hash[:12]}, the job is about "
            f"{used.hash[:12]}: put the same files on every machine"
        )
    return dataset


@cache
def examples(used: Used, scaling: Scaling) -> tuple[Examples, Examples]:
    """Its training and test examples, on the device."""
    return load(arrays(used), scaling=scaling)
