import json

import numpy as np
from typer.testing import CliRunner

from prenoise.cli import app


def test_demo_shows_that_practice_on_noise_speeds_learning_up_in_every_seed(tmp_path):
    done = CliRunner().invoke(app, ["demo", "--seeds", "3", "--out", str(tmp_path / "a folder"), "--json"])
    assert done.exit_code == 0, done.output
    said = json.loads(done.stdout)
    area = {kind: np.array(values["area under curve"]) for kind, values in said["kinds"].items()}
    assert (area["FA+N"] > area["FA"]).all()
    assert (area["FA+N"] - area["FA"]).mean() > 0.1
    assert "in 3 of 3 seeds" in said["seen"]
    assert (tmp_path / "a folder" / "demo.png").read_bytes().startswith(b"\x89PNG")


def test_another_demo_in_the_same_folder_takes_the_place_of_the_first(tmp_path):
    for seeds, first in ((2, 0), (2, 7)):
        more = ["--seeds", str(seeds), "--seed", str(first), "--out", str(tmp_path), "--json"]
        done = CliRunner().invoke(app, ["demo", *more])
        assert done.exit_code == 0, done.output
        assert json.loads(done.stdout)["seeds"] == [first, first + 1]
    assert "several results of" not in (tmp_path / "report.html").read_text()
    assert len(list((tmp_path / "demo").glob("*.nc"))) == 3
