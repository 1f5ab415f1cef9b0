"""A result as the bytes of one NetCDF file: the arrays, and as attributes all that is known of how they came about."""

import io
import json
from collections.abc import Mapping
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any

import numpy as np

from prenoise.study.lab.jobs import Job, canonical_json

if TYPE_CHECKING:
    import h5py
    import xarray

RESERVED = frozenset({"condition", "job", "job_seconds", "size", "data", "version"})
"""Names that all results of an experiment, put together, use themselves; as they do those of the conditions."""

_STRUCTURE = frozenset(
    {"CLASS", "NAME", "REFERENCE_LIST", "DIMENSION_LIST", "_Netcdf4Dimid", "_Netcdf4Coordinates", "_NCProperties"}
)
_NO_VARIABLE = b"This is a netCDF dimension but not a netCDF variable"


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
    """The NetCDF file of a result, its arrays as they are and not compressed.

    `job`, `environment` and a few of their fields become attributes of the file.
    """
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
        return bytes(dataset.drop_encoding().assign_attrs(attributes).to_netcdf(engine="h5netcdf"))


def decode(payload: bytes) -> "xarray.Dataset":
    """The dataset in the bytes of a NetCDF file, wholly in memory.

    The HDF5 library gives the arrays and their axes, xarray the meaning of the values: five times as fast as xarray
    with h5netcdf, which asks the library hundreds of times for the same few things.
    """
    import h5py
    import xarray

    with h5py.File(io.BytesIO(payload)) as file:
        arrays: dict[str, Any] = {name: _plain(file, name) for name in map(str, file)}
        axes = {int(array.attrs["_Netcdf4Dimid"]): name for name, array in arrays.items() if array.is_scale}
        arrays = {
            name: array for name, array in arrays.items() if not array.attrs.get("NAME", b"").startswith(_NO_VARIABLE)
        }
        if sum(array.nbytes for array in arrays.values()) > len(payload):
            raise ValueError("its arrays are said to hold more than the file does")
        variables = {
            name: xarray.Variable(
                [axes[int(axis)] for axis in array.attrs.get("_Netcdf4Coordinates", ())],
                np.asarray(array.asstr()[()], str) if array.dtype.kind == "O" else array[()],
                _attributes(array),
            )
            for name, array in arrays.items()
        }
        return xarray.decode_cf(xarray.Dataset(variables, attrs=_attributes(file))).load()


def _plain(file: "h5py.File", name: str) -> "h5py.Dataset":
    """An array whose numbers are in this very file, in one piece, as `encode` writes them; a `ValueError` for another.

    Files are passed on, and one may be made to have other files of this machine read as its content.
    """
    import h5py

    array = file[name] if isinstance(file.get(name, getlink=True), h5py.HardLink) else None
    if not isinstance(array, h5py.Dataset) or array.external or array.is_virtual:
        raise ValueError(f"{name} is not an array in the file itself")
    if array.chunks and array.size:  # only an axis of no length has NetCDF write an array in pieces
        raise ValueError(f"{name} is not in one piece")
    return array


def _attributes(of: "h5py.File | h5py.Dataset") -> dict[str, Any]:
    """What the writer said of an array or a file, without what NetCDF keeps there for itself."""
    said = {name: value for name, value in of.attrs.items() if name not in _STRUCTURE}
    return {name: value[0] if getattr(value, "shape", ()) == (1,) else value for name, value in said.items()}


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
