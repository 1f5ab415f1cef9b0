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
