import json

import numpy as np
from typer.testing import CliRunner

from prenoise.cli import app
from prenoise.study.kinds import BP, COMPARED, FA, MIRROR, NOISE, ZERO


def test_the_demo_shows_five_kinds_in_table_picture_and_sentences(tmp_path):
    done = CliRunner().invoke(app, ["demo", "--seeds", "2", "--out", str(tmp_path / "a folder"), "--json"])
    assert done.exit_code == 0, done.output
    said = json.loads(done.stdout)
    assert list(said["kinds"]) == list(COMPARED)
    area = {kind: np.array(values["area under curve"]) for kind, values in said["kinds"].items()}
    for kind in (NOISE, ZERO, MIRROR, BP):
        assert (area[kind] > area[FA]).all()
    noise, zero, mirror = said["said"]
    assert noise.startswith("Noise pretraining:")
    assert f"{area[NOISE].mean() - area[FA].mean():.3f} (2 of 2 seeds)" in noise
    assert zero.startswith("For nothing:")
    assert mirror.startswith("Mirrored noise:")
    assert (tmp_path / "a folder" / "demo.png").read_bytes().startswith(b"\x89PNG")
    again = CliRunner().invoke(app, ["demo", "--seeds", "2", "--out", str(tmp_path / "a folder")])
    assert "FA + mirrored noise" in again.output
    assert "For nothing:" in again.output
