"""A cell of the results is what was computed there, whatever the blocks of seeds."""

import numpy as np
import pytest
from stored_jobs import jobs, stored

from prenoise.errors import UserError
from prenoise.study.lab import AmbiguousResults, DamagedFile, MissingCell, Results, Store


def of(folder, *conditions, **options):
    wanted = jobs([*conditions], **options)
    return Results(stored(folder, wanted), wanted)


def test_a_cell_has_its_own_axes_and_its_seeds_in_order(folder):
    results = of(folder, {"epochs": 2}, {"epochs": 4}, blocks=((2,), (0, 1)))
    for epochs in (2, 4):
        cell = results[{"epochs": epochs}]
        assert cell.loss.dims == ("seed", "epoch")
        assert cell.sizes == {"seed": 3, "epoch": epochs}
        assert cell.seed.values.tolist() == [0, 1, 2]
        expected = [np.random.default_rng(seed).normal(size=epochs) for seed in range(3)]
        np.testing.assert_array_equal(cell.loss, expected)
        np.testing.assert_array_equal(cell.best, np.min(expected, axis=1))


def test_the_cells_that_are_there_are_listed_with_whatever_numbers_they_are_asked_by(folder):
    results = of(folder, {"scale": 2.0, "layers": (3, 4)}, {"scale": 10.0, "layers": (3, 4)})
    assert results.cells == [{"scale": 2.0, "layers": [3, 4]}, {"scale": 10.0, "layers": [3, 4]}]
    assert results.cells[0] in results
    assert results[{"layers": (3, 4), "scale": np.int64(2)}].equals(results[results.cells[0]])


def test_a_cell_that_is_not_there_says_whether_it_was_asked_for(folder):
    wanted = jobs([{"scale": 1.0}, {"scale": 2.0}])
    results = Results(stored(folder, wanted[:2]), wanted)
    assert results.cells == [{"scale": 1.0}]
    with pytest.raises(MissingCell, match=r"^there is no finished run of scale=2\.0$"):
        results[{"scale": 2.0}]
    with pytest.raises(KeyError, match=r"no run has the condition 'scale=3\.0': expected .* as scale=1\.0$"):
        results[{"scale": 3.0}]


def test_a_seed_without_a_result_is_not_in_the_cell(folder):
    wanted = jobs([{}], blocks=((0,), (1,), (2,)))
    stored(folder, [wanted[0], wanted[2]])
    results = Results(folder, wanted)
    assert results[{}].seed.values.tolist() == [0, 2]
    assert results.jobs == (wanted[0], wanted[2])


def test_all_that_a_folder_has_of_an_experiment_can_be_opened(folder):
    wanted = jobs([{"scale": 1.0}, {"scale": 3.0}])
    stored(folder, [*wanted, *jobs([{"scale": 1.0}], size="paper")])
    results = Results.stored(folder, "fig1", size="")
    assert set(results.jobs) == set(wanted)


def test_a_cell_from_two_versions_must_be_told_apart(folder):
    stored(folder, [*jobs([{}], version="1"), *jobs([{}], version="2")])
    with pytest.raises(AmbiguousResults, match=r"version: '.' and '.'"):
        Results.stored(folder, "fig1")
    assert {job.version for job in Results.stored(folder, "fig1", version="2").jobs} == {"2"}


def test_what_a_folder_has_none_of_is_said_with_what_there_is(folder):
    with pytest.raises(UserError, match="there is no folder"):
        Results.stored(folder / "elsewhere", "fig1")
    stored(folder, jobs([{}], size="smoke"))
    for choice in ({"experiment": "fig9"}, {"experiment": "fig1", "size": "paper"}):
        with pytest.raises(UserError, match=r"no such results of 'fig.': expected some of fig1"):
            Results.stored(folder, **choice)


def test_a_block_with_other_axes_than_the_other_seeds_is_left_out_and_named(folder, monkeypatch):
    import trivial_jobs

    def numbers(seeds, **options):
        return {"loss": (("seed", "epoch"), np.zeros((len(seeds), 3 + seeds[0])))}

    monkeypatch.setattr(trivial_jobs, "numbers", numbers)
    results = of(folder, {}, blocks=((0,), (1,)))
    with pytest.warns(DamagedFile, match=f"{results.jobs[1].identity}.* axes are not those of other seeds"):
        assert results[{}].seed.values.tolist() == [0]


def test_what_holds_for_a_whole_block_is_repeated_where_blocks_differ(folder, monkeypatch):
    import trivial_jobs

    monkeypatch.setattr(
        trivial_jobs, "numbers", lambda seeds, **_: {"a": ("seed", seeds), "first": ((), seeds[0]), "all": ((), 7)}
    )
    cell = of(folder, {}, blocks=((0, 1), (2,)))[{}]
    assert cell["first"].values.tolist() == [0, 0, 2]
    assert cell["all"].item() == 7


def test_a_damaged_file_is_left_out_of_its_cell(folder):
    wanted = jobs([{}])
    results = Results(stored(folder, wanted), wanted)
    Store(folder).path(wanted[1]).write_bytes(b"rubbish")
    with pytest.warns(DamagedFile, match=wanted[1].identity):
        assert results[{}].seed.values.tolist() == [0, 1]
    with pytest.warns(DamagedFile, match=wanted[1].identity):
        assert Results(folder, wanted).jobs == (wanted[0],)


def test_many_cells_are_not_all_kept_in_memory(folder, monkeypatch):
    monkeypatch.setattr("prenoise.study.lab.results.REMEMBERED", 10_000)
    results = of(folder, *({"scale": float(scale), "epochs": 200} for scale in range(1, 6)), blocks=((0,),))
    for cell in results.cells:
        assert results[cell].sizes["epoch"] == 200
    assert sum(found.nbytes for found in results._remembered.values()) <= 10_000


def test_two_widths_of_the_same_seeds_count_each_seed_once(folder):
    wide, narrow = jobs([{}], blocks=((0, 1),)), jobs([{}], blocks=((0,), (2,)))
    results = Results(stored(folder, [*wide, *narrow]), [*wide, *narrow])
    assert results[{}].seed.values.tolist() == [0, 1, 2]
