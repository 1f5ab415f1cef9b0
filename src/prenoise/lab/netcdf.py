"""A result as the bytes of one NetCDF file: the arrays, and as attributes all that is known of how they came about."""

import io
import json
from collections.abc import Mapping
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any

from prenoise.lab.jobs import Job, canonical_json

if TYPE_CHECKING:
    import xarray

RESERVED = frozenset({"condition", "job", "job_seconds", "size", "data", "version"})
"""Names that all results of an experiment, put together, use themselves; as they do those of the conditions."""


def as_dataset(job: Job, returned: object) -> "xarray.Dataset":
    """What a job's function returned, as a dataset whose `seed` dimension carries the job's seeds."""
    import xarray

    if not isinstance(returned, (xarray.Dataset, Mapping)):
        raise TypeError(
            f"{job.function} returned a {type(returned).__name__}; "
            "a job returns an xarray.Dataset or a mapping of name to (dims, array)"
        )
    dataset = returned if isinstance(returned, xarray.Dataset) else xarray.Dataset(dict(returned))
    if dataset.sizes.get("seed", len(job.seeds)) != len(job.seeds):
        raise ValueError(f"{job.function} returned {dataset.sizes['seed']} seeds where {len(job.seeds)} were asked for")
    taken = sorted(RESERVED.union(job.condition) & {*dataset.variables, *dataset.dims})
    if taken:
        raise ValueError(
            f"{job.function} returned arrays or axes named {', '.join(map(str, taken))}: names that are taken"
        )
    return dataset.assign_coords(seed=("seed", list(job.seeds)))


def encode(job: Job, dataset: "xarray.Dataset", environment: Mapping[str, Any], seconds: float) -> bytes:
    """The NetCDF file of a result. `job`, `environment` and a few of their fields become attributes of the file."""
    attributes = {
        "title": str(job),
        "identity": job.identity,
        "job": canonical_json(job.description),
        "environment": canonical_json(environment),
        "seconds": float(seconds),
        **{name: getattr(job, name) for name in ("experiment", "function", "size", "data", "version")},
        "condition": job.label,
        "device": str(environment.get("device", "")),
    }
    clash = sorted(attributes.keys() & dataset.attrs.keys())
    if clash:
        raise ValueError(f"{job.function} returned the attributes {', '.join(map(str, clash))}, which the store writes")
    with _no_cluster_locks():
        return bytes(dataset.assign_attrs(attributes).to_netcdf(engine="h5netcdf"))


def decode(payload: bytes) -> "xarray.Dataset":
    """The dataset in the bytes of a NetCDF file, wholly in memory."""
    import xarray

    with _no_cluster_locks():
        return xarray.load_dataset(io.BytesIO(payload), engine="h5netcdf")


def _no_cluster_locks() -> AbstractContextManager[object]:
    """Where Dask is at work, xarray asks the scheduler for a lock on every file; bytes in memory need none."""
    import dask.config

    return dask.config.set(scheduler="synchronous")


def job_of(dataset: "xarray.Dataset") -> Job:
    """The job that a stored dataset says it is the result of; a `ValueError` where it does not say so soundly."""
    try:
        job = Job.from_description(json.loads(dataset.attrs["job"]))
    except (KeyError, TypeError, ValueError) as problem:
        raise ValueError(f"it does not say which job it is the result of ({problem!r})") from problem
    if job.identity != dataset.attrs.get("identity"):
        raise ValueError("its identity is not that of the job it describes")
    return job
