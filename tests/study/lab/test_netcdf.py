"""What is read from a file is what xarray itself reads from it."""

import io

import numpy as np
import xarray

from prenoise.study.lab import Job
from prenoise.study.lab.netcdf import as_dataset, decode, encode

JOB = Job("trivial_jobs:numbers", experiment="fig1", seeds=(3, 4))
RETURNED = {
    "loss": (("seed", "epoch"), np.array([[1, np.nan, 3], [4, 5, 6]], np.float32), {"units": "nats"}),
    "epoch": ("epoch", [0, 5, 10], {"levels": [1, 2], "name": "über", "names": ["a", "b"], "one": [7], "half": 0.5}),
    "square": (("layer", "seed", "epoch"), np.arange(18, dtype=np.int64).reshape(3, 2, 3)),
    "image": (("seed", "pixel"), np.arange(8, dtype=np.uint8).reshape(2, 4)),
    "learned": ("seed", [True, False]),
    "rule": ("seed", ["fa", "rückwärts"]),
    "label": ("class", np.array(["a", "bcd"], dtype=object)),
    "code": ("class", np.array([b"ab", b"c"])),
    "begun": ("seed", np.array(["2024-01-01", "NaT"], "datetime64[ns]")),
    "lasted": ("seed", np.array([1, 90], "timedelta64[s]").astype("timedelta64[ns]")),
    "nothing": (("seed", "none"), np.zeros((2, 0))),
    "rate": ((), 1e-4),
    "word": ((), "adam"),
}


def test_arrays_of_every_kind_are_read_as_xarray_reads_them():
    dataset = as_dataset(JOB, RETURNED).set_coords(["label", "rate"]).assign_attrs(note="here", numbers=[1.5, 2.5])
    payload = encode(JOB, dataset, {"device": ""}, 1.5)
    expected = xarray.load_dataset(io.BytesIO(payload), engine="h5netcdf", decode_timedelta=True)
    found = decode(payload)
    xarray.testing.assert_identical(found, expected)
    assert {name: array.dtype for name, array in found.variables.items()} == {
        name: array.dtype for name, array in expected.variables.items()
    }
    assert set(RETURNED) < set(found.variables)
    assert "label" in found.coords


def test_arrays_that_a_job_read_from_a_packed_file_are_stored_plain():
    dataset = as_dataset(JOB, {"loss": (("seed", "epoch"), np.zeros((2, 1000)))})
    dataset.loss.encoding = {"zlib": True, "chunksizes": (1, 100), "dtype": "int8", "_FillValue": -1}
    payload = encode(JOB, dataset, {"device": ""}, 1.5)
    assert len(payload) > dataset.loss.nbytes
    xarray.testing.assert_equal(decode(payload).loss, dataset.loss)
