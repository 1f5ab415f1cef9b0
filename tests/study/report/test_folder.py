"""What a folder holds is read whatever is in it: what is missing, broken or odd is said in a sentence."""

import warnings

import made_up
import pytest
from typer.testing import CliRunner

from prenoise.cli import app
from prenoise.errors import UserError
from prenoise.study import folder as results
from prenoise.study.claims import Outcome
from prenoise.study.figures import experiments
from prenoise.study.kinds import KINDS, PRETRAINED, UNTRAINED
from prenoise.study.report import page


def test_every_experiment_has_a_picture_without_an_empty_panel(found):
    assert len(found.sections) == len([e for e in experiments().values() if e.paper])
    for section in found.sections:
        assert section.picture is not None, section.id
        assert all(panel is not None for panel in section.picture.all_panels), section.id
        assert all(rows for panel in section.picture.panels for rows in panel.data.values())


@pytest.mark.parametrize("experiment", list(experiments().values()), ids=lambda experiment: experiment.id)
def test_every_claim_names_each_of_its_samples(experiment):
    for claim in experiment.claims:
        assert len(set(claim.labels)) == len(claim.labels) == len(claim.test.samples), claim.id


def test_the_samples_of_the_papers_claims_on_kinds_are_in_the_legend(found):
    for verdict in found.verdicts:
        assert verdict.outcome is not Outcome.NOT_RUN, (verdict.id, verdict.reason)
        if verdict.id.startswith(("2b", "3f", "4", "5", "B3b", "C", "T")):
            assert {group.label for group in verdict.groups} <= {*KINDS, UNTRAINED, PRETRAINED}, verdict.id


def test_an_empty_folder_is_said_in_a_sentence(tmp_path):
    with pytest.raises(UserError, match="holds no results: make some with prenoise reproduce"):
        results.read(tmp_path)
    with pytest.raises(UserError, match="there is no folder"):
        results.read(tmp_path / "nowhere")


def test_missing_runs_are_counted_and_the_rest_is_drawn(tmp_path):
    made_up.reproduce(tmp_path, ["fig2"], keep=lambda job: job.condition["kind"] == "FA")
    (section,) = results.read(tmp_path).sections
    assert "3 of 15 runs finished" in section.notices[0]
    assert section.picture is not None
    assert {verdict.outcome for verdict in section.verdicts} >= {Outcome.NOT_RUN}
    html = page.page(results.read(tmp_path))
    assert "3 of 15 runs finished" in html
    assert "not run" in html


@pytest.mark.parametrize("kept", [2, 3])
def test_any_part_of_a_reproduction_can_be_drawn(tmp_path, kept):
    made_up.reproduce(tmp_path, keep=lambda job: int(job.identity, 16) % 7 == kept)
    for section in results.read(tmp_path).sections:
        if section.picture is not None:
            assert section.picture.specs


def test_nothing_finished_says_so(tmp_path):
    made_up.reproduce(tmp_path, ["fig1"], keep=lambda _: False)
    (section,) = results.read(tmp_path).sections
    assert section.notices[0].startswith("0 of 8 runs finished")
    assert "There is nothing to draw yet." in page.page(results.read(tmp_path))


def test_a_broken_file_is_named_and_counts_as_absent(tmp_path):
    made_up.reproduce(tmp_path, ["fig1"])
    broken = sorted(tmp_path.glob("fig1/*.nc"))[0]
    broken.write_bytes(broken.read_bytes()[:-100])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        (section,) = results.read(tmp_path).sections
    assert "7 of 8 runs finished" in section.notices[0]
    said = "it is cut short, or was written by something else or an older version"
    assert section.notices[1] == f"A broken file counts as absent: fig1/{broken.name}: {said}."
    assert str(tmp_path) not in " ".join(section.notices)


def test_a_set_that_is_not_here_leaves_its_experiment_not_run(tmp_path, monkeypatch):
    monkeypatch.setenv("PRENOISE_DATA", str(tmp_path / "no data"))
    made_up.reproduce(tmp_path / "runs", ["figB4"], size="quick")
    (section,) = results.read(tmp_path / "runs").sections
    assert section.notices[0].startswith("Not run: ")
    html = page.page(results.read(tmp_path / "runs"))
    assert "A quick run: fewer seeds" in html
    assert html.count('class="badge not_run"') == 2 * len(section.verdicts)


def test_only_experiments_with_new_files_are_read_again(tmp_path):
    made_up.reproduce(tmp_path, ["fig1", "fig5"], keep=lambda job: job.experiment == "fig5")
    known = results.Known()
    first = results.read(tmp_path, known)
    made_up.reproduce(tmp_path, ["fig1", "fig5"], keep=lambda job: job.experiment == "fig1")
    second = results.read(tmp_path, known)
    assert second.sections[0].picture is not None
    assert second.sections[1].picture is first.sections[1].picture


def test_what_train_keeps_is_reported_run_by_run(tmp_path):
    run = CliRunner().invoke
    for rule in ("fa", "bp"):
        done = run(app, ["train", "digits", "--rule", rule, "--epochs", "2", "--hidden", "8", "--out", str(tmp_path)])
        assert done.exit_code == 0, done.output
    assert "prenoise report" in done.output
    (section,) = results.read(tmp_path).sections
    accuracy = section.picture.panels[0]
    assert {row["kind"] for rows in accuracy.data.values() for row in rows} == {"rule bp, seed 0", "rule fa, seed 0"}
    done = run(app, ["report", str(tmp_path), "--out", str(tmp_path / "a page.html")])
    assert done.exit_code == 0, done.output
    assert "Single runs on data" in (tmp_path / "a page.html").read_text()


def test_weights_of_one_name_make_two_runs_if_they_are_not_the_same(tmp_path):
    run, weights = CliRunner().invoke, tmp_path / "ready.safetensors"
    for seed in ("1", "2"):
        run(app, ["pretrain", str(weights), "--sizes", "64,8,10", "--examples", "64", "--seed", seed])
        arguments = ["train", "digits", "--weights", str(weights), "--epochs", "1", "--out", str(tmp_path / "runs")]
        assert run(app, arguments).exit_code == 0
    assert len(list((tmp_path / "runs" / "train").glob("*.nc"))) == 2
