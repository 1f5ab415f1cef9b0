"""The commands as a user runs them: in a process of their own."""

import json
import os
import signal
import subprocess
import sys
from types import SimpleNamespace

import numpy as np
import pytest
from typer.testing import CliRunner

from prenoise import RULES, load_network
from prenoise.cli import app


def prenoise(*arguments, **options) -> subprocess.CompletedProcess:
    environment = os.environ | {"JAX_NUMPY_RANK_PROMOTION": "raise", "PYTHONWARNINGS": "error"}
    command = [sys.executable, "-m", "prenoise", *map(str, arguments)]
    return subprocess.run(command, check=False, capture_output=True, text=True, env=environment, timeout=120, **options)


def result(*arguments) -> dict:
    done = prenoise(*arguments, "--json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def ready(tmp_path_factory):
    """A weights file as `pretrain` writes it, and what it printed."""
    path = tmp_path_factory.mktemp("weights") / "ready for digits.safetensors"
    return path, result("pretrain", path, "--sizes", "64,20,10", "--examples", 64_000, "--rate", 0.001, "--seed", 4)


def test_pretrain_writes_weights_that_know_how_they_were_made(ready):
    path, said = ready
    network, made_by = load_network(path)
    assert network.sizes == (64, 20, 10)
    assert made_by == {"rule": "fa", "seed": 4, "noise_examples": 64_000}
    assert said["loss"][1] < said["loss"][0]
    assert said["alignment_after"][0] < said["alignment_before"][0]


def test_a_rule_with_direct_feedback_goes_through_every_command(tmp_path):
    path = tmp_path / "direct"
    result("pretrain", path, "--sizes", "64,20,20,10", "--examples", 6_400, "--rule", "dfa")
    trained = result("train", "digits", "--weights", path, "--epochs", 1, "--rule", "dfa", "--save", path)
    assert len(result("measure", path)["alignment"]) == 2
    assert result("measure", path)["alignment"] == pytest.approx(trained["alignment"])
    mixed = prenoise("train", "digits", "--weights", path, "--rule", "fa")
    assert mixed.returncode == 2
    assert mixed.stderr.startswith("prenoise: the rule fa needs feedback of shape [(20, 20), (10, 20)]")
    assert [line.split()[0] for line in prenoise("rules").stdout.splitlines() if line[0] != " "] == list(RULES)


def test_the_same_seed_writes_the_same_file(ready, tmp_path):
    path, _ = ready
    again = tmp_path / "again"
    result("pretrain", again, "--sizes", "64,20,10", "--examples", 64_000, "--rate", 0.001, "--seed", 4)
    assert again.read_bytes() == path.read_bytes()


def test_train_goes_on_from_a_weights_file_and_measure_reads_what_it_saves(ready, tmp_path):
    path, _ = ready
    trained = tmp_path / "trained"
    said = result("train", "digits", "--weights", path, "--epochs", 5, "--rate", 0.003, "--save", trained)
    assert said["sizes"] == [64, 20, 10]
    assert len(said["test_accuracy"]) == 6
    assert said["test_accuracy"][-1] > 0.6
    measured = result("measure", trained, "digits")
    assert measured["test_accuracy"] == pytest.approx(said["test_accuracy"][-1])
    assert measured["made_by"] == {"rule": "fa", "seed": 0, "noise_examples": 64_000, "dataset": "digits"}


def test_train_from_scratch_on_a_users_own_arrays(tmp_path):
    rng = np.random.default_rng(0)
    images, labels = rng.integers(0, 256, (60, 3, 3), np.uint8), rng.integers(0, 4, 60)
    np.savez(tmp_path / "my own.npz", x_train=images[:40], y_train=labels[:40], x_test=images[40:], y_test=labels[40:])
    done = prenoise("train", tmp_path / "my own.npz", "--rule", "bp", "--hidden", "7,6", "--epochs", 1)
    assert done.returncode == 0, done.stderr
    assert "40 to learn from, 20 to test on" in done.stdout
    assert "after 1 epochs with bp" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["train", "nothing"], "nothing"),
        (["train", "digits", "--rule", "hebb"], "hebb"),
        (["train", "digits", "--epochs", "-1"], "epochs"),
        (["train", "digits", "--rate", "0"], "rate"),
        (["train", "digits", "--hidden", "ten"], "ten"),
        (["train", "digits", "--save", "no/such/folder/file"], "no/such/folder/file"),
        (["train", "digits", "--weights", "nowhere"], "nowhere"),
        (["train", "digits", "--scaling", "sepia"], "sepia"),
        (["pretrain", "no/such/folder/file"], "no/such/folder/file"),
        (["pretrain", "."], "folder"),
        (["pretrain", "a", "--sizes", "64,0,10"], "64,0,10"),
        (["pretrain", "a", "--sizes", "64"], "64"),
        (["pretrain", "a", "--distribution", "cauchy"], "cauchy"),
        (["measure", "nowhere"], "nowhere"),
        (["pretrain", "a", "--seed", "99999999999999999999"], "seed"),
        (["train", "kmnist", "--data-dir", "~nobody-here"], "~nobody-here"),
        (["demo", "--seeds", "1"], "seeds"),
        (["demo", "--out", "/proc/nowhere"], "/proc/nowhere"),
        (["dance"], "dance"),
    ],
    ids=" ".join,
)
def test_a_mistake_ends_in_one_sentence_exit_code_2_and_no_file(arguments, said, tmp_path):
    done = prenoise(*arguments, cwd=tmp_path)
    assert done.returncode == 2
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""
    assert list(tmp_path.iterdir()) == []


def test_weights_that_do_not_fit_the_data_are_named(ready, tmp_path):
    path, _ = ready
    np.savez(tmp_path / "a.npz", x_train=np.zeros((4, 9)), y_train=[0, 1, 0, 1], x_test=np.ones((2, 9)), y_test=[0, 1])
    for command in (["train", tmp_path / "a.npz", "--weights", path], ["measure", path, tmp_path / "a.npz"]):
        done = prenoise(*command)
        assert done.returncode == 2
        assert "9" in done.stderr
        assert "64" in done.stderr


def test_data_of_more_classes_than_the_network_has_is_refused(ready, tmp_path):
    path, _ = ready
    np.savez(
        tmp_path / "a.npz",
        x_train=np.eye(11, 64),
        y_train=np.arange(11),
        x_test=np.eye(11, 64),
        y_test=np.arange(11),
    )
    for command in (["train", tmp_path / "a.npz", "--weights", path], ["measure", path, tmp_path / "a.npz"]):
        done = prenoise(*command)
        assert done.returncode == 2
        assert "11" in done.stderr
        assert "10" in done.stderr
        assert "classes" in done.stderr


def test_ctrl_c_is_said_and_exits_with_130(monkeypatch):
    def interrupted():
        raise KeyboardInterrupt

    monkeypatch.setattr("prenoise.rules.RULES", SimpleNamespace(values=interrupted))
    done = CliRunner().invoke(app, ["rules"])
    assert done.exit_code == 130
    assert done.stderr == "prenoise: interrupted\n"


def test_a_run_that_diverges_exits_with_1_and_names_the_step(tmp_path):
    done = prenoise("train", "digits", "--rate", "1e30", "--epochs", "2", "--save", tmp_path / "n")
    assert done.returncode == 1
    assert "step" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_help_needs_no_jax_and_every_command_shows_an_example():
    code = "import sys; sys.argv = ['prenoise', '--help']\ntry:\n import prenoise.cli as c; c.main()\n"
    code += "except SystemExit: pass\nassert not {'jax', 'numpy', 'altair'} & set(sys.modules), sys.modules.keys()"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, check=False).returncode == 0
    for command in ("demo", "pretrain", "train", "measure", "rules"):
        assert f"Example: prenoise {command}" in prenoise(command, "--help").stdout


@pytest.mark.processes
@pytest.mark.parametrize(
    "command",
    [
        ("pretrain", "PATH", "--sizes", "64,20,10", "--examples", 5_000_000),
        ("train", "digits", "--hidden", "20", "--epochs", 2_500, "--save", "PATH"),
    ],
    ids=["pretrain", "train"],
)
def test_a_command_that_was_interrupted_goes_on_and_comes_out_as_if_it_had_not_been(tmp_path, command):
    def with_path(path):
        return [path if part == "PATH" else part for part in command]

    expected = result(*with_path(tmp_path / "whole"))
    path, checkpoint = tmp_path / "parts", tmp_path / "parts.checkpoint"
    process = subprocess.Popen(
        [sys.executable, "-m", "prenoise", *map(str, with_path(path))], stderr=subprocess.PIPE, text=True
    )
    for line in process.stderr:
        if "%" in line and ": 0%" not in line:
            break
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=60)
    if process.returncode == 0:
        pytest.skip("the command ended before it could be interrupted")
    assert process.returncode == 130, said
    assert said.splitlines()[-1] == f"prenoise: interrupted: the same command goes on from {checkpoint}"
    assert checkpoint.exists()
    assert not path.exists()
    again = prenoise(*with_path(path), "--json")
    assert "going on from" in again.stderr
    found = json.loads(again.stdout)
    assert found["loss"][-1] == expected["loss"][-1]
    assert path.read_bytes() == (tmp_path / "whole").read_bytes()
    assert not checkpoint.exists()


def test_a_checkpoint_of_another_run_is_not_gone_on_from(tmp_path):
    (tmp_path / "n.checkpoint").write_text("nonsense")
    done = prenoise("pretrain", tmp_path / "n", "--sizes", "6,4,3", "--examples", 640)
    assert done.returncode == 0
    assert "of another run: beginning anew" in done.stderr
