"""The data an experiment runs on, found and checked where the job runs."""

import json
import os
from collections.abc import Mapping
from functools import cache

import numpy as np

from prenoise.data import Dataset
from prenoise.data import load as load_arrays
from prenoise.errors import UserError
from prenoise.examples import Examples, Scaling
from prenoise.loading import load

STAND_INS = "PRENOISE_STAND_INS"
"""Environment variable: JSON that names a file for a data set, as in {"kmnist": "/data/my-kmnist.npz"}.

It travels by environment and not with the job, because a job is the same wherever its data lies.
"""


@cache
def located(name: str) -> Dataset:
    """The arrays of a data set: from the file that stands in for it if one was named, else from the data folder."""
    return load_arrays(json.loads(os.environ.get(STAND_INS, "{}")).get(name, name))


def arrays(role: str, data: Mapping[str, Mapping[str, str]]) -> Dataset:
    """The set that plays `role` (`mnist`, say), as `data` has it: its name, and the hash its content must have."""
    dataset = located(data[role]["name"])
    if dataset.content_hash != data[role]["hash"]:
        raise UserError(
            f"the data set {data[role]['name']} here has the hash {dataset.content_hash[:12]}, the job is about "
            f"{data[role]['hash'][:12]}: put the same files on every machine"
        )
    return dataset


def task(role: str, data: Mapping[str, Mapping[str, str]], scaling: Scaling) -> tuple[Examples, Examples]:
    """Training and test examples of the set that plays `role`, on the device."""
    dataset = arrays(role, data)
    return _examples(data[role]["name"], dataset.content_hash, scaling)


@cache
def _examples(name: str, _content_hash: str, scaling: Scaling) -> tuple[Examples, Examples]:
    return load(located(name), scaling=scaling)


def first(examples: Examples, count: int | None) -> Examples:
    """The first `count` examples, or all: the same small set for every kind of network."""
    return examples if count is None else examples[np.arange(min(count, len(examples)))]
