"""`prenoise report`: what it writes, and what it says of it."""

import json

import made_up
import pytest
from typer.testing import CliRunner

from prenoise.cli import app


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs")
    made_up.reproduce(folder, ["fig5"], keep=lambda job: True)
    return folder


def test_json_names_every_file_and_counts_the_verdicts(runs, tmp_path):
    out = tmp_path / "page.html"
    done = CliRunner().invoke(app, ["report", str(runs), "--figures", "--width", "3", "--out", str(out), "--json"])
    assert done.exit_code == 0, done.output
    said = json.loads(done.stdout)
    assert said["report"] == str(out)
    assert {path.name for path in (tmp_path / "figures").iterdir()} == {path.split("/")[-1] for path in said["figures"]}
    (experiment,) = said["experiments"]
    assert experiment["id"] == "fig5"
    assert sum(experiment["verdicts"].values()) >= 2


def test_figures_and_widths_are_said_for_people_too(runs, tmp_path):
    done = CliRunner().invoke(app, ["report", str(runs), "--out", str(tmp_path / "page.html")])
    assert done.exit_code == 0, done.output
    assert f"The report is in {tmp_path / 'page.html'}." in done.stdout.replace("\n", "")
    assert not (tmp_path / "figures").exists()


def test_a_width_that_is_none_is_refused_before_anything_is_read(tmp_path):
    done = CliRunner().invoke(app, ["report", str(tmp_path), "--width", "wide"])
    assert done.exit_code != 0
    assert "expected column, page, or inches" in str(done.exception) + done.output
