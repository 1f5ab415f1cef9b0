"""The scripts a newcomer follows run as they are, warnings being errors."""

import subprocess
import sys
from pathlib import Path

EXAMPLES = Path(__file__).parents[2] / "examples"


def shown(script: str) -> str:
    """What a script prints, run in the current folder."""
    run = subprocess.run(
        [sys.executable, "-W", "error", EXAMPLES / script], capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stderr
    return run.stdout


def test_first_steps_find_that_practice_helps_and_keep_a_network(tmp_path):
    assert "reproduced: difference 0." in shown("first_steps.py")
    assert (tmp_path / "noise.safetensors").exists()


def test_a_rule_of_ones_own_and_noises_stand_beside_the_built_in():
    lines = shown("new_rule_or_noise.py").splitlines()
    assert [line.split()[0] for line in lines[1:4]] == ["fa", "coarse", "bp"]
    angle = {line[:26].strip(): float(line[26:].split()[0]) for line in lines[6:]}
    assert all(angle[name] < angle["none"] for name in angle if name != "none")
