"""A result as the bytes of one NetCDF file: the arrays, and as attributes all that is known of how they came about.

The classic format (NetCDF-3), which every NetCDF library reads: its arrays lie one after the other as they are, so that
a file from elsewhere can neither point to other files nor stand for more than it holds.
"""

import io
import json
import math
from collections.abc import Mapping, Set
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from prenoise.study.lab.jobs import Job, canonical_json

if TYPE_CHECKING:
    import xarray

RESERVED = frozenset({"condition", "size", "version"})
"""Names that all results of an experiment, put together, use themselves; as they do those of the conditions."""
MOST_TEXT = 2**20
"""Bytes of text in one array; in memory it takes four times as much."""
_OF_THE_FORMAT = frozenset({"coordinates", "dtype", "_Encoding"})
"""Attributes that say how an array is written down."""


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
    _check_names(job, {*dataset.variables, *dataset.dims}, {*dataset.data_vars})
    arrays = {str(name): _storable(str(name), array) for name, array in dataset.variables.items() if name != "seed"}
    plain = xarray.Dataset(arrays, attrs=dataset.attrs).set_coords({*dataset.coords} & arrays.keys())
    return plain.assign_coords(seed=("seed", list(job.seeds)))


def _check_names(job: Job, names: Set[Any], arrays: Set[Any]) -> None:
    taken = sorted(RESERVED.union(job.condition) & names)
    if taken:
        raise ValueError(f"it has arrays or axes named {', '.join(map(str, taken))}: names that are taken")
    if not arrays:
        raise ValueError("it has no arrays")


def _storable(name: str, array: "xarray.Variable") -> "xarray.Variable":
    """The array in a type of the format: whole numbers of 32 bits, decimal ones of 32 or 64, truth values, text."""
    import xarray

    values = np.asarray(array.values)
    if not values.size:
        raise ValueError(f"{name} has an axis of no length: expected one entry or more along every axis")
    if values.dtype.kind == "O" and all(isinstance(value, str) for value in values.flat):
        values = values.astype(str)
    if values.dtype.kind in "iu":
        if max(-int(values.min()), int(values.max())) >= 2**31:
            raise ValueError(f"{name} has whole numbers beyond 2,147,483,647: expected decimal ones, as float64")
        values = values.astype(np.int32)
    elif values.dtype.itemsize == 2 and values.dtype.kind in "fV":  # float16, bfloat16
        values = values.astype(np.float32)
    elif values.dtype not in (np.float32, np.float64) and values.dtype.kind not in "bU":
        raise TypeError(f"{name} has the type {values.dtype}: expected numbers, truth values or text")
    if values.dtype.kind == "U" and values.nbytes > 4 * MOST_TEXT:
        raise ValueError(f"{name} has more text than {MOST_TEXT:,} bytes")
    return xarray.Variable(array.dims, values, {"long_name": name.replace("_", " ")} | array.attrs)


def encode(job: Job, dataset: "xarray.Dataset", environment: Mapping[str, Any], seconds: float) -> bytes:
    """The NetCDF file of a result, its arrays as they are and not compressed.

    `job`, `environment` and a few of their fields become attributes of the file.
    """
    attributes = {
        "title": str(job),
        "Conventions": "CF-1.11",
        "identity": job.identity,
        "job": canonical_json(job.description),
        "environment": canonical_json(environment),
        "seconds": float(seconds),
        **{name: getattr(job, name) for name in ("experiment", "function", "size", "version")},
        "condition": job.label,
        "device": str(environment.get("device", "")),
    }
    clash = sorted(attributes.keys() & dataset.attrs.keys())
    if clash:
        raise ValueError(f"{job.function} returned the attributes {', '.join(map(str, clash))}, which the store writes")
    plain = dataset.drop_encoding().assign_attrs(attributes)
    for array in plain.variables.values():
        array.encoding["_FillValue"] = None
    if max(abs(seed) for seed in job.seeds) >= 2**31:
        plain = plain.drop_vars("seed")  # whole numbers of 32 bits cannot hold them; they are in `job`
    return bytes(plain.to_netcdf(format="NETCDF3_64BIT", engine="scipy"))


class _Counted(io.BytesIO):
    """Bytes that are read once: a file may not have many arrays lie in the same place and ask for memory for each."""

    def __init__(self, payload: bytes) -> None:
        super().__init__(payload)
        self._left = 2 * len(payload)

    def read(self, size: int | None = -1) -> bytes:
        read = super().read(size)
        self._left -= len(read)
        if self._left < 0:
            raise ValueError("its arrays are said to hold more than the file does")
        return read


class Decoded(NamedTuple):
    """What a file holds, as it is: a dataset of xarray costs ten times as much to make."""

    arrays: dict[str, tuple[tuple[str, ...], np.ndarray, dict[str, Any]]]
    """Of each array its axes, values and attributes."""
    aside: set[str]
    """The names of those that are coordinates without an axis of their own."""
    attributes: dict[str, Any]

    @property
    def sizes(self) -> dict[str, int]:
        """The length of each axis; a `ValueError` where two arrays differ in it, or one has an axis twice."""
        sizes: dict[str, int] = {}
        for name, (dims, values, _) in self.arrays.items():
            if not len(dims) == len(set(dims)) == values.ndim or any(
                sizes.setdefault(dim, length) != length for dim, length in zip(dims, values.shape, strict=True)
            ):
                raise ValueError(f"the axes of {name} do not fit")
        return sizes

    def dataset(self) -> "xarray.Dataset":
        """The same as a dataset."""
        import xarray

        return xarray.Dataset(self.arrays, attrs=self.attributes).set_coords(self.aside & self.arrays.keys())


def decode(payload: bytes) -> Decoded:
    """What the bytes of a NetCDF file that `encode` made hold, wholly in memory; a `ValueError` for another."""
    from scipy.io import netcdf_file

    if payload.startswith(b"\x89HDF"):
        raise ValueError("it is of an older version of prenoise, whose files are not read any more")
    with netcdf_file(_Counted(payload), mmap=False) as file:
        arrays = {name: _array(name, raw) for name, raw in file.variables.items()}
        aside = {other for raw in file.variables.values() for other in _attributes(raw).get("coordinates", "").split()}
        return Decoded(arrays, aside, _attributes(file))


def _array(name: str, raw: Any) -> tuple[tuple[str, ...], np.ndarray, dict[str, Any]]:
    """An array as it was before it was written, in the processor's own order of bytes."""
    said, dims, values = _attributes(raw), raw.dimensions, raw.data
    if values.dtype.kind == "S":
        if values.nbytes > MOST_TEXT:
            raise ValueError(f"{name} has more text than {MOST_TEXT:,} bytes")
        dims, values = dims[:-1], np.char.decode(np.ascontiguousarray(values).view(f"S{values.shape[-1]}")[..., 0])
    elif said.get("dtype") == "bool":
        values = values.astype(bool)
    else:
        values = values.astype(np.int64 if values.dtype.kind == "i" else values.dtype.newbyteorder("="))
    return dims, values, {key: value for key, value in said.items() if key not in _OF_THE_FORMAT}


def _attributes(of: Any) -> dict[str, Any]:
    return {
        name: value.decode() if isinstance(value, bytes) else value.item() if np.ndim(value) == 0 else value
        for name, value in of._attributes.items()
    }


def job_of(found: Decoded) -> Job:
    """The job that what a file holds is the result of; a `ValueError` where it does not say so, or how it ran."""
    try:
        job = Job.from_description(json.loads(found.attributes["job"]))
    except (KeyError, TypeError, ValueError, RecursionError) as problem:
        raise ValueError(
            f"it does not say which job it is the result of ({type(problem).__name__}: {problem})"
        ) from None
    if job.identity != found.attributes.get("identity"):
        raise ValueError("its identity is not that of the job it describes")
    seconds = found.attributes.get("seconds")
    if not isinstance(seconds, float) or not math.isfinite(seconds) or seconds < 0:
        raise ValueError(f"it says that it took {seconds!r} seconds")
    try:
        environment = json.loads(found.attributes["environment"])
        versions = environment.pop("versions", {})
        sound = all(isinstance(text, str) for text in (*environment.values(), *versions.values()))
    except (AttributeError, KeyError, TypeError, ValueError, RecursionError):
        sound = False
    if not sound:
        raise ValueError("it does not say where it was computed")
    sizes = found.sizes
    if sizes.get("seed", len(job.seeds)) != len(job.seeds):
        raise ValueError(f"it has {sizes['seed']} seeds where its job has {len(job.seeds)}")
    _check_names(job, {*found.arrays, *sizes}, found.arrays.keys() - found.aside - sizes.keys())
    return job
