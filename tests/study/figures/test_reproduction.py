"""From the command to the verdicts, on the embedded digits."""

import dataclasses
import json

import numpy as np
import pytest
from typer.testing import CliRunner

from prenoise.cli import app
from prenoise.data import DataError
from prenoise.errors import UserError
from prenoise.study import lab, reproduction, tasks
from prenoise.study.claims import Outcome, judge
from prenoise.study.experiment import SIZES
from prenoise.study.figures import chosen, experiments
from prenoise.study.kinds import BP, COMPARED, FA, NOISE
from prenoise.study.lab.netcdf import encode
from prenoise.study.recipes import ALL


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Figure 2 in its smallest size, run by the command."""
    folder = tmp_path_factory.mktemp("a reproduction")
    command = ["reproduce", "fig2", "--size", "smoke", "--offline", "--workers", "0", "--out", str(folder)]
    done = CliRunner().invoke(app, [*command, "--width", "3"])
    assert done.exit_code == 0, done.output
    return folder


def difference(folder, claim) -> float:
    return next(verdict.difference for verdict in reproduction.verdicts(folder) if verdict.id == claim)


def outcomes(folder) -> dict[str, Outcome]:
    return {verdict.id: verdict.outcome for verdict in reproduction.verdicts(folder)}


def test_every_claim_of_the_experiment_has_a_verdict(folder):
    found = outcomes(folder)
    assert set(found) == {claim.id for claim in experiments()["fig2"].claims}
    assert Outcome.NOT_RUN not in found.values()
    assert difference(folder, "2b.1") > 0.02


def test_results_under_each_others_labels_turn_the_verdicts(folder, tmp_path):
    remembered = reproduction.recall(folder)
    reproduction.remember(tmp_path, remembered)
    jobs = {(job.condition["kind"], job.condition["examples"]): job for job in remembered.jobs(remembered.parts[0])}
    swapped = {FA: NOISE, NOISE: FA}
    store, planted = lab.Store(folder), lab.Store(tmp_path)
    for (kind, examples), job in jobs.items():
        result = store.read(jobs[swapped.get(kind, kind), examples])
        planted.write(job, encode(job, result.drop_attrs(), {}, 0.0), job.source)
    assert difference(tmp_path, "2b.1") == pytest.approx(-difference(folder, "2b.1"))


def test_the_same_command_again_runs_nothing(folder):
    command = ["reproduce", "fig2", "--size", "smoke", "--offline", "--workers", "0", "--out", str(folder)]
    done = CliRunner().invoke(app, command)
    assert done.exit_code == 0
    assert "0 jobs done, 15 were there already, 0 failed" in done.output


def test_claims_as_table_json_and_csv_say_the_same(folder):
    shown, as_json, as_csv = (
        CliRunner().invoke(app, ["claims", str(folder), *more]) for more in ([], ["--json"], ["--csv"])
    )
    assert shown.exit_code == as_json.exit_code == as_csv.exit_code == 0
    said = {verdict["id"]: verdict["outcome"] for verdict in json.loads(as_json.stdout)}
    assert said == {name: str(outcome) for name, outcome in outcomes(folder).items()}
    assert len(as_csv.stdout.splitlines()) == len(said) + 1
    assert "smoke" in shown.stdout
    assert shown.stdout.count(" 2b.1\n") == 1
    assert "\nFigure 2b-c: Learning MNIST\n" in shown.stdout


def test_the_claims_of_one_experiment_are_shown_alone(folder):
    shown = json.loads(CliRunner().invoke(app, ["claims", str(folder), "--of", "fig2", "--json"]).stdout)
    assert {one["id"] for one in shown} == {claim.id for claim in experiments()["fig2"].claims}


def test_all_results_of_an_experiment_open_without_its_jobs(folder):
    results = lab.Results.stored(folder, "fig2", size="smoke")
    assert {results[cell].sizes["seed"] for cell in results.cells} == {3}
    assert {cell["kind"] for cell in results.cells} == set(COMPARED)


def test_a_damaged_result_counts_as_not_there_and_is_said_so(folder, tmp_path):
    remembered = reproduction.recall(folder)
    reproduction.remember(tmp_path, remembered)
    (tmp_path / "fig2").mkdir()
    for path in (folder / "fig2").glob("*.nc"):
        (tmp_path / "fig2" / path.name).write_bytes(path.read_bytes()[:-100])
    with pytest.warns(lab.DamagedFile):
        found = outcomes(tmp_path)
    assert set(found.values()) == {Outcome.NOT_RUN}


@pytest.mark.parametrize("content", ["", "[]", "{", '{"size": "smoke"}', '{"parts": [{"x": 1}]}', "\x00"])
def test_a_damaged_record_is_one_sentence(tmp_path, content):
    (tmp_path / reproduction.RECORD).write_text(content)
    with pytest.raises(UserError, match=reproduction.RECORD):
        reproduction.verdicts(tmp_path)


def test_a_folder_without_a_reproduction_is_one_sentence(tmp_path):
    with pytest.raises(UserError, match="no reproduction"):
        reproduction.verdicts(tmp_path)


def test_an_experiment_whose_package_is_not_installed_says_what_to_install():
    needy = dataclasses.replace(experiments()["fig2"], needs=("no_such_package",))
    asked = reproduction.plan([needy, experiments()["fig1"]], "smoke", fetch=None)
    assert asked.parts[0].not_run == (
        'it needs no_such_package, which is not installed: pip install "prenoise[no_such_package]"'
    )
    assert asked.jobs(asked.parts[0]) == []
    assert asked.jobs(asked.parts[1])


def test_a_folder_keeps_one_size_and_adds_experiments(tmp_path):
    one = reproduction.plan(chosen(["fig1"]), "smoke")
    two = reproduction.plan(chosen(["fig3"]), "smoke", seeds=5)
    both = reproduction.merged(one, two, tmp_path)
    assert [(part.experiment, part.seeds) for part in both.parts] == [("fig1", 3), ("fig3", 5)]
    with pytest.raises(UserError, match="another folder"):
        reproduction.merged(one, dataclasses.replace(two, size="quick"), tmp_path)


def test_runs_stay_in_sight_when_their_data_cannot_be_found_any_more(tmp_path):
    there = reproduction.plan(chosen(["fig1", "fig3"]), "smoke", command="first")
    fig3 = dataclasses.replace(there.parts[1], not_run="gone")
    gone = dataclasses.replace(there, parts=(fig3,))
    both = reproduction.merged(there, dataclasses.replace(gone, command="second"), tmp_path)
    assert both.parts == there.parts
    assert both.command == "first\nsecond"


def test_the_same_command_computes_as_many_seeds_together_whatever_the_device(folder, monkeypatch):
    monkeypatch.setattr(reproduction, "find_device", lambda: "gpu")
    command = ["reproduce", "fig2", "--size", "smoke", "--offline", "--workers", "0", "--out", str(folder)]
    assert "0 jobs done, 15 were there already" in CliRunner().invoke(app, command).output


def test_what_other_source_text_computed_is_said_and_computed_anew_on_demand(folder, tmp_path, monkeypatch):
    remembered = reproduction.recall(folder)
    reproduction.remember(tmp_path, remembered)
    store, copied = lab.Store(folder), lab.Store(tmp_path)
    for job in remembered.jobs(remembered.parts[0]):
        copied.write(job, encode(job, store.read(job).drop_attrs(), {}, 0.0), "0" * 16)
    command = ["reproduce", "fig2", "--size", "smoke", "--offline", "--workers", "0", "--out", str(tmp_path)]
    said = CliRunner().invoke(app, command).output
    assert "15 of those were computed by other code than is here now" in said
    results = reproduction.results(tmp_path, remembered, remembered.parts[0])
    assert "source" in " ".join(results.remarks)
    assert len(results.outdated) == 15


def test_two_commands_on_one_folder_are_both_remembered(tmp_path):
    for name in ("fig1", "fig3"):
        reproduction.remember(tmp_path, reproduction.plan(chosen([name]), "smoke", command=name))
    both = reproduction.recall(tmp_path)
    assert [part.experiment for part in both.parts] == ["fig1", "fig3"]
    assert both.command == "fig1\nfig3"


def test_seeds_may_be_counted_from_elsewhere():
    usual, beside = (reproduction.plan(chosen(["order"]), "smoke", first_seed=first) for first in (0, 50))
    assert usual.parts[0].first_seed == 100
    assert beside.jobs(beside.parts[0])[0].seeds[0] == 150


def test_an_experiment_runs_on_the_sets_that_are_there(tmp_path, monkeypatch):
    monkeypatch.setattr(reproduction, "_obtained", _only("mnist"))
    asked = reproduction.plan(chosen(["table1", "fig5-tasks"]), "quick")
    tasks_of_fig5, table = asked.parts
    assert {job.condition["dataset"] for job in asked.jobs(table)} == {"mnist"}
    assert set(table.missing) == {"fashion-mnist", "cifar10", "cifar100", "stl10"}
    assert "no fashion-mnist here" in tasks_of_fig5.not_run


def _only(there):
    def obtained(name, fetch):
        if name != there:
            raise DataError(f"no {name} here")
        return tasks.located("digits")

    return obtained


@pytest.mark.parametrize("more", [["--workers", "2"], ["--dataset", f"mnist={__file__}"]])
def test_what_a_cluster_cannot_be_told_is_refused(tmp_path, more):
    done = CliRunner().invoke(app, ["reproduce", "fig1", "--scheduler", "tcp://x:1", "--out", str(tmp_path), *more])
    assert done.exit_code == 2
    assert list(tmp_path.iterdir()) == []


def test_without_its_data_an_experiment_is_not_run_and_says_why(tmp_path, monkeypatch):
    monkeypatch.setenv("PRENOISE_DATA", str(tmp_path / "empty"))

    def no_network(name):
        raise DataError(f"cannot download {name}")

    asked = reproduction.plan(chosen(["fig1", "fig4"]), "quick", fetch=no_network)
    fig1, fig4 = asked.parts
    assert asked.jobs(fig1)
    assert asked.jobs(fig4) == []
    assert "cannot download mnist" in fig4.not_run
    reproduction.remember(tmp_path, asked)
    verdicts = {verdict.id: verdict for verdict in reproduction.verdicts(tmp_path)}
    assert verdicts["4c.1"].outcome == Outcome.NOT_RUN
    assert "cannot download mnist" in verdicts["4c.1"].reason


def test_a_file_that_stands_in_for_a_set_is_named_in_the_record(tmp_path, monkeypatch):
    rng = np.random.default_rng(0)
    images, labels = rng.integers(0, 256, (40, 32, 32, 3), np.uint8), np.arange(40) % 10
    np.savez(tmp_path / "few.npz", x_train=images, y_train=labels, x_test=images, y_test=labels)
    monkeypatch.delenv(tasks.STAND_INS, raising=False)
    tasks.stand_in({"cifar10": tmp_path / "few.npz"})
    asked = reproduction.plan(chosen(["figB4"]), "quick", fetch=None)
    tasks.stand_in({})
    used = asked.parts[0].data["cifar10"]
    assert used["source"] == "own file"
    assert "few" in used["description"]
    assert used["hash"] in str(asked.jobs(asked.parts[0])[0].arguments["data"])


@pytest.mark.parametrize("size", SIZES)
def test_every_job_of_a_size_is_another_and_its_function_is_there(size, monkeypatch):
    monkeypatch.setattr(reproduction, "_obtained", lambda name, fetch: reproduction.located("digits"))
    asked = reproduction.plan(list(experiments().values()), size)
    jobs = [job for part in asked.parts for job in asked.jobs(part)]
    assert len(set(jobs)) == len(jobs) > 100
    assert all(callable(job.resolve()) for job in jobs)


def test_claims_have_ids_of_their_own_and_every_experiment_has_some():
    ids = [claim.id for experiment in experiments().values() for claim in experiment.claims]
    assert len(set(ids)) == len(ids)
    assert all(experiment.claims for experiment in experiments().values())
    assert all(c.smallest > 0 and c.why and c.unit and c.family for e in experiments().values() for c in e.claims)


def test_statements_of_the_paper_and_ours_are_apart():
    claims = {claim.id: claim for experiment in experiments().values() for claim in experiment.claims}
    assert claims["2b.1"].paper
    assert not claims["2b.zero"].paper
    assert not claims["C5.3.1"].paper
    assert not [claim for e in experiments().values() if not e.paper for claim in e.claims if claim.paper]
    families = {claim.family for claim in claims.values() if claim.paper}
    assert not families & {claim.family for claim in claims.values() if not claim.paper}


def test_plain_feedback_alignment_does_not_pass_as_comparable_to_backpropagation(folder):
    remembered = reproduction.recall(folder)
    results = reproduction.results(folder, remembered, remembered.parts[0])
    (claim,) = (claim for claim in experiments()["fig2"].claims if claim.id == "2b.2")

    def as_if_noise_did_nothing(condition):
        return results[{**condition, "kind": FA if condition["kind"] == NOISE else condition["kind"]}]

    class Swapped:
        __getitem__ = staticmethod(as_if_noise_did_nothing)

    assert (results[{"kind": BP, "examples": ALL}]["area"] > results[{"kind": FA, "examples": ALL}]["area"]).all()
    assert judge(claim, Swapped()).outcome == Outcome.CONTRADICTED


def test_without_a_name_the_experiments_of_the_paper_are_run():
    assert chosen(None)[0].id == "fig1"
    assert all(experiment.paper for experiment in chosen(None))
    assert not chosen(["calibration"])[0].paper


def test_list_names_every_experiment_and_an_unknown_one_is_refused():
    shown = CliRunner().invoke(app, ["reproduce", "--list"]).stdout
    assert all(name in shown for name in experiments())
    with pytest.raises(UserError, match=r"fig9.*fig1"):
        chosen(["fig9"])


def test_results_on_other_data_than_the_job_names_are_refused():
    with pytest.raises(UserError, match="same files"):
        tasks.examples(tasks.Used("digits", "0" * 64), "standardise")
