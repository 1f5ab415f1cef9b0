"""What a job returned is what is read again, here and with other libraries."""

import io

import ml_dtypes
import numpy as np
import pytest
import xarray

from prenoise.study.lab import Job
from prenoise.study.lab.netcdf import as_dataset, decode, encode

JOB = Job("trivial_jobs:numbers", experiment="fig1", seeds=(3, 4))
ENVIRONMENT = {"device": "", "versions": {}}
RETURNED = {
    "loss": (("seed", "epoch"), np.array([[1, np.nan, 3], [4, np.inf, 6]], np.float32), {"units": "nats"}),
    "epoch": ("epoch", [0, 5, 10], {"levels": [1, 2], "name": "über", "half": 0.5}),
    "square": (("layer", "seed", "epoch"), np.arange(18, dtype=np.int64).reshape(3, 2, 3)),
    "image": (("seed", "pixel"), np.arange(250, 258, dtype=np.int16).reshape(2, 4)),
    "learned": ("seed", [True, False]),
    "rule": ("seed", ["fa", "rückwärts"]),
    "label": ("class", np.array(["a", "bcd"], dtype=object)),
    "empty": ("class", ["", ""]),
    "half": ("seed", np.array([0.5, 2], np.float16)),
    "brain": ("seed", np.array([0.5, 2], ml_dtypes.bfloat16)),
    "rate": ((), 1e-4),
    "word": ((), "adam"),
}


def payload(returned=RETURNED, job=JOB):
    return encode(job, as_dataset(job, returned), ENVIRONMENT, 1.5)


def test_arrays_of_every_kind_are_read_as_they_were():
    dataset = as_dataset(JOB, xarray.Dataset(RETURNED).set_coords(["label", "rate"]))
    found = decode(encode(JOB, dataset, ENVIRONMENT, 1.5)).dataset()
    assert {*found.variables} == {*RETURNED, "seed"}
    assert {*found.coords} == {"seed", "epoch", "label", "rate"}
    for name, (dims, values, *attributes) in RETURNED.items():
        assert found[name].dims == ((dims,) if isinstance(dims, str) else dims)
        np.testing.assert_array_equal(found[name].values, values)
        assert np.asarray(values).dtype.kind in ("O", "V", found[name].dtype.kind)
        for attribute, value in (attributes[0] if attributes else {}).items():
            np.testing.assert_array_equal(found[name].attrs[attribute], value)


def test_other_libraries_read_the_same_with_units_and_long_names():
    with xarray.open_dataset(io.BytesIO(payload()), engine="scipy") as found:
        xarray.testing.assert_equal(found.load(), decode(payload()).dataset())
        assert found.attrs["Conventions"] == "CF-1.11"
        assert found.loss.attrs == {"long_name": "loss", "units": "nats"}
        assert found.loss.encoding.get("_FillValue") is None


def test_numbers_can_be_reckoned_with_without_running_over():
    found = decode(payload({"noise_seen": ("seed", [2_000_000_000, 1])})).dataset()
    assert int((found.noise_seen * 60_000)[0]) == 120_000_000_000_000


def test_seeds_may_be_any_whole_numbers():
    job = Job("trivial_jobs:numbers", seeds=(2**40, -(2**63)))
    assert decode(payload({"a": ("seed", [1.0, 2.0])}, job)).sizes == {"seed": 2}


@pytest.mark.parametrize(
    ("array", "words"),
    [
        (("seed", np.array([1, 2**31])), "whole numbers beyond 2,147,483,647"),
        (("seed", np.array(["2024", "2025"], "datetime64[ns]")), "datetime64"),
        (("seed", np.array([1, 2j])), "complex128"),
        (("seed", np.array([{}, None])), "object"),
        (("seed", np.array([b"a", b"b"])), "expected numbers, truth values or text"),
        ((("seed", "none"), np.zeros((2, 0))), "axis of no length"),
        (("seed", ["a", "b" * 600_000]), "more text than"),
    ],
)
def test_what_the_format_cannot_hold_is_refused_by_name(array, words):
    with pytest.raises((TypeError, ValueError), match=f"odd has .*{words}"):
        payload({"odd": array})


def test_a_result_without_arrays_is_refused():
    with pytest.raises(ValueError, match="no arrays"):
        payload({})
