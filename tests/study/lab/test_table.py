import numpy as np
import pytest
from stored_jobs import jobs, stored

from prenoise.errors import UserError
from prenoise.study.lab import AmbiguousResults, DamagedFile, Store, open_results


def test_results_have_a_condition_and_a_seed_axis_whatever_the_blocks(folder):
    stored(folder, jobs([{"scale": 1.0}, {"scale": 10.0}]))
    found = open_results(folder, "fig1")
    assert found.loss.dims == ("condition", "seed", "epoch")
    assert found.condition.values.tolist() == ["scale=1.0", "scale=10.0"]
    assert found.seed.values.tolist() == [0, 1, 2]
    assert found.loss.attrs["units"] == "nats"
    expected = [np.random.default_rng(seed).normal(size=3) for seed in range(3)]
    np.testing.assert_array_equal(found.loss.sel(condition="scale=1.0"), expected)
    np.testing.assert_allclose(found.loss.sel(condition="scale=10.0"), 10 * np.array(expected))
    np.testing.assert_array_equal(found.where(found.scale == 10.0, drop=True).loss[0], 10 * np.array(expected))


def test_arrays_of_different_length_are_filled_with_nan(folder):
    stored(folder, jobs([{"epochs": 2}, {"epochs": 4}]))
    found = open_results(folder, "fig1")
    assert found.epoch.values.tolist() == [0, 1, 2, 3]
    assert np.isnan(found.loss.sel(condition="epochs=2")[:, 2:]).all()
    assert not np.isnan(found.loss.sel(condition="epochs=2")[:, :2]).any()
    assert not np.isnan(found.loss.sel(condition="epochs=4")).any()
    assert found.best.notnull().all()


def test_missing_cells_are_nan(folder):
    stored(folder, [*jobs([{"scale": 1.0}]), *jobs([{"scale": 2.0}], blocks=((0,),))])
    found = open_results(folder, "fig1")
    assert found.loss.isnull().all("epoch").sum() == 2


def test_options_keep_their_kind_as_coordinates(folder):
    stored(folder, jobs([{"on": True, "n": 3, "w": [1, 2], "s": "a"}, {"on": False, "n": 4, "w": None, "s": "b"}]))
    found = open_results(folder, "fig1")
    assert found.on.dtype == bool
    assert found.n.dtype == int
    assert found.w.values.tolist() == ["[1,2]", ""]
    assert found.where(found.on, drop=True).s.item() == "a"


def test_all_experiments_come_as_a_tree(folder):
    stored(folder, [*jobs([{"scale": 1.0}]), *jobs([{"scale": 1.0}], experiment="fig2")])
    tree = open_results(folder)
    assert sorted(tree.children) == ["fig1", "fig2"]
    assert tree["fig2"].to_dataset().loss.shape == (1, 3, 3)


def test_the_same_cell_from_two_versions_must_be_told_apart(folder):
    stored(folder, [*jobs([{"scale": 1.0}], version="1"), *jobs([{"scale": 1.0}], version="2")])
    with pytest.raises(AmbiguousResults, match=r"version: '.' and '.'"):
        open_results(folder, "fig1")
    assert open_results(folder, "fig1", version="2").attrs["version"] == "2"
    chosen = jobs([{"scale": 1.0}], version="1")
    assert open_results(folder, "fig1", jobs=chosen).attrs["version"] == "1"


def test_sizes_in_one_folder_are_told_apart(folder):
    stored(folder, [*jobs([{}], size="smoke"), *jobs([{}], size="quick")])
    assert open_results(folder, size="quick")["fig1"].attrs["size"] == "quick"


def test_a_damaged_file_is_left_out_and_named(folder):
    wanted = jobs([{"scale": 1.0}])
    stored(folder, wanted)
    Store(folder).path(wanted[1]).write_bytes(b"\x89HDF\r\n\x1a\nrubbish")
    with pytest.warns(DamagedFile, match=wanted[1].identity):
        found = open_results(folder, "fig1")
    assert found.seed.values.tolist() == [0, 1]


def test_what_is_not_there_is_said(folder):
    with pytest.raises(FileNotFoundError, match="no folder"):
        open_results(folder)
    stored(folder, jobs([{}]))
    with pytest.raises(FileNotFoundError, match="there is: fig1"):
        open_results(folder, "fig9")


def test_results_can_be_written_as_one_file(folder, tmp_path):
    stored(folder, jobs([{"epochs": 2, "s": "a"}, {"epochs": 4}]))
    open_results(folder, "fig1").to_netcdf(tmp_path / "all.nc")
    assert (tmp_path / "all.nc").stat().st_size > 0


def test_axes_that_would_multiply_out_are_a_sentence(folder, monkeypatch):
    monkeypatch.setattr("prenoise.study.lab.table.LARGEST", 200_000)
    stored(folder, jobs([{"epochs": 100}, {"epochs": 2}]))
    assert open_results(folder, "fig1").sizes["epoch"] == 100
    stored(folder, jobs([{"epochs": 5_000}]))
    with pytest.raises(UserError, match="one table of all conditions of fig1 needs"):
        open_results(folder, "fig1")
