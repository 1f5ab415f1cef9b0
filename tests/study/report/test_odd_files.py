"""One odd result file: it is named in one sentence, and the rest of the report stands."""

import json

import made_up
import numpy as np
import pytest
import xarray

from prenoise.study import folder as results
from prenoise.study import reproduction
from prenoise.study.lab import Store
from prenoise.study.lab.netcdf import encode
from prenoise.study.report import page


def changed(change):
    """A function that gives a result file arrays or attributes that it should not have."""

    def rewrite(folder, job):
        dataset = change(Store(folder).read(job).copy())
        Store(folder).write(job, encode(job, dataset.drop_attrs(deep=False), {"device": "cpu"}, 1.0))

    return rewrite


def array(name, values, dims=None):
    return lambda data: data.assign(
        {name: xarray.Variable(data[name].dims if dims is None else dims, values(data[name].values))}
    )


ODD = {
    "text in place of numbers": array("accuracy", lambda values: values.astype(str)),
    "one axis more": array("accuracy", lambda values: values[..., None], ("seed", "epoch", "other")),
    "no axis": array("accuracy", lambda values: values[0, 0], ()),
    "infinite": array("accuracy", lambda values: values * np.inf),
    "missing": array("accuracy", lambda values: values * np.nan),
    "truth values": array("accuracy", lambda values: values > 0.5),
    "huge": array("accuracy", lambda values: values.astype(np.float64) * 1e300),
    "without an array": lambda data: data.drop_vars("accuracy"),
    "without most arrays": lambda data: data[["loss"]],
    "with other times": lambda data: data.isel(epoch=slice(0, 3)),
    "with one time": lambda data: data.isel(epoch=[0]),
    "with fewer layers": lambda data: data.isel(hidden_layer=slice(0, 1)),
    "with hostile text": lambda data: data.assign(note=("seed", ["</script><img src=x>"] * data.sizes["seed"])),
}


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    folder = tmp_path_factory.mktemp("whole")
    made_up.reproduce(folder, ["fig2", "fig5"])
    return folder


def with_one_odd(whole, tmp_path, change, experiment="fig2"):
    """A copy of a whole folder in which one file of an experiment is odd, and the name of that file."""
    for path in whole.rglob("*"):
        if path.is_file():
            copy = tmp_path / path.relative_to(whole)
            copy.parent.mkdir(exist_ok=True)
            copy.write_bytes(path.read_bytes())
    asked = reproduction.recall(tmp_path)
    part = next(part for part in asked.parts if part.experiment == experiment)
    job = asked.jobs(part)[0]
    changed(change)(tmp_path, job)
    return f"{experiment}/{job.identity}.nc"


@pytest.mark.parametrize("oddity", ODD)
def test_a_report_stands_whatever_one_file_holds(whole, tmp_path, oddity):
    odd = with_one_odd(whole, tmp_path, ODD[oddity])
    contents = results.read(tmp_path)
    fig2, fig5 = contents.sections
    assert fig5.picture is not None
    assert not fig5.notices
    assert fig2.picture is not None
    assert len(fig2.verdicts) > 10
    html = page.page(contents)
    assert "<img src=x" not in html.replace(page._vega(), "")
    if fig2.notices:
        assert odd in " ".join(fig2.notices)
        assert odd in html
    for text in (drawn.spec for panels in page.panels_of(contents.sections).values() for drawn in panels):
        json.loads(text, parse_constant=lambda name: pytest.fail(f"{name} is no JSON"))


@pytest.mark.parametrize("oddity", ["text in place of numbers", "one axis more"])
def test_an_odd_file_is_named_and_left_out(whole, tmp_path, oddity):
    odd = with_one_odd(whole, tmp_path, ODD[oddity])
    notices = " ".join(results.read(tmp_path).sections[0].notices)
    assert odd in notices
    assert notices.count(".nc") == 1
    assert str(tmp_path) not in notices


def test_an_experiment_of_one_odd_file_names_it(whole, tmp_path):
    odd = with_one_odd(whole, tmp_path, lambda data: data.drop_vars("meta_loss"), "fig5")
    fig2, fig5 = results.read(tmp_path).sections
    assert fig2.picture is not None
    assert odd in " ".join(fig5.notices) or fig5.picture is not None
