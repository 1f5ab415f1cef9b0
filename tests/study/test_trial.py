"""Three models tried: the same start but for what is compared, a table, a verdict, and a file to go on from."""

# ruff: noqa: E402
import inspect
import json
import re
import subprocess
import sys
from functools import partial

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="PyTorch is not installed: nothing can be tried")

from torch import nn
from torch.utils.data import DataLoader, TensorDataset
from typer.main import get_command
from typer.testing import CliRunner

from prenoise import UserError
from prenoise.adapters.starts import MIRRORED, PLAIN, STARTS
from prenoise.adapters.torch import alignment
from prenoise.adapters.torch.training import Course, zero_readout
from prenoise.cli import app
from prenoise.study.trial import Trial, trial


def perceptron():
    return nn.Sequential(nn.Linear(12, 16), nn.ReLU(), nn.Linear(16, 3))


def convolutions():
    layers = (
        nn.Unflatten(1, (3, 2, 2)),
        nn.Conv2d(3, 8, 2),
        nn.BatchNorm2d(8),
        nn.ReLU(),
        nn.Flatten(),
        nn.Linear(8, 3),
    )
    return nn.Sequential(*layers)


def transformer():
    layer = nn.TransformerEncoderLayer(4, 2, 8, batch_first=True)
    return nn.Sequential(nn.Unflatten(1, (3, 4)), layer, nn.Flatten(), nn.Linear(12, 3))


def loader(count, seed):
    generator = torch.Generator().manual_seed(seed)
    labels = torch.randint(3, (count,), generator=generator)
    inputs = torch.randn(count, 12, generator=generator) + 3 * torch.eye(12)[labels]
    return DataLoader(TensorDataset(inputs, labels), 16, shuffle=True)


OPTIONS = {
    "rule": "fa",
    "epochs": 2,
    "looks": 4,
    "optimiser": partial(torch.optim.Adam, lr=1e-2),
    "noise": {"input_shape": (12,), "classes": 3, "examples": 128},
}


@pytest.mark.parametrize("make", [perceptron, convolutions, transformer])
def test_a_model_is_tried_from_every_start_and_judged(make):
    foreign = [torch.randn(20, 12) * 0.1]
    found = trial(make, loader(64, 0), loader(40, 1), foreign_loader=foreign, seeds=2, **OPTIONS)
    assert set(found.numbers) == set(STARTS)
    for numbers in found.numbers.values():
        assert list(numbers) == ["accuracy", "speed", "calibration_error", "log_loss", "foreign"]
        assert all(values.shape == (2,) and np.isfinite(values).all() for values in numbers.values())
    assert found.numbers["as it is"]["speed"].mean() > 0.2
    assert len(found.verdicts()) == 10
    assert "accuracy" in str(found)
    assert "Noise pretraining, compared to a read-out of zeros: " in str(found)


def test_the_starts_share_weights_and_order(monkeypatch):
    seen = []
    step = torch.optim.SGD.step

    def noted(optimiser, closure):
        seen.append([parameter.detach().clone() for parameter in optimiser.param_groups[0]["params"]])
        return step(optimiser, closure)

    monkeypatch.setattr(torch.optim.SGD, "step", noted)
    still = {"noise": OPTIONS["noise"] | {"optimiser": partial(torch.optim.Adam, lr=0.0)}}
    options = OPTIONS | still | {"optimiser": partial(torch.optim.SGD, lr=0.1)}
    found = trial(perceptron, loader(64, 0), loader(40, 1), seeds=2, **options)
    for name, values in found.numbers["as it is"].items():
        assert np.array_equal(values, found.numbers["after noise"][name]), "noise that moves nothing changes nothing"
    first, zero = seen[0], seen[2 * 8]
    assert all(torch.equal(mine, theirs) for mine, theirs in zip(first[:2], zero[:2], strict=True))
    assert not zero[2].any()
    assert first[2].any()


def test_mirrored_noise_leaves_feedback_along_the_weights_and_the_models_own_rule():
    noise = OPTIONS["noise"] | {"examples": 16_000}
    found = []

    def kept(model):
        found.append(model)
        return model

    still = partial(torch.optim.SGD, lr=0.0)
    options = {"rule": "fa", "noise": noise, "afterwards": kept, "optimiser": still}
    Course(perceptron, loader(64, 0), loader(40, 1), **options).run(0, MIRRORED)
    assert float(alignment(found[0])["2"].mean()) < 30
    assert found[0][2].feedback_rule == "fa"


def test_what_is_made_of_the_trained_model_is_judged():
    class Blind(nn.Module):
        def __init__(self, model):
            super().__init__()
            self.model = model

        def forward(self, x):
            return self.model(x) * 0

    numbers = Course(perceptron, loader(64, 0), loader(40, 1), afterwards=Blind).run(0, PLAIN)
    assert numbers["log_loss"] == pytest.approx(np.log(3))


def test_a_trial_goes_on_from_its_file(tmp_path):
    path, told = tmp_path / "trial.json", []
    arguments = (perceptron, loader(64, 0), loader(40, 1))
    whole = trial(*arguments, seeds=3, **OPTIONS)
    trial(*arguments, seeds=2, path=path, **OPTIONS)
    stored = json.loads(path.read_text())["runs"]
    stored["0/as it is"]["accuracy"] = 0.123
    path.write_text(json.dumps(json.loads(path.read_text()) | {"runs": stored}))
    again = trial(*arguments, seeds=3, path=path, progress=told.append, **OPTIONS)
    assert again.numbers["as it is"]["accuracy"][0] == 0.123, "what is done is not done again"
    assert again.numbers["after noise"]["speed"].tolist() == whole.numbers["after noise"]["speed"].tolist()
    assert told == sorted(told)
    assert told[-1] == 1.0
    with pytest.raises(UserError, match="holds another trial"):
        trial(*arguments, seeds=2, path=path, **OPTIONS | {"epochs": 3})


def test_the_verdict_says_what_the_numbers_say():
    def of(start):
        shift = {"as it is": 0.0, "after noise": 0.1, "zero read-out": 0.1}[start]
        return {"accuracy": 0.5 + shift + np.linspace(0, 0.01, 8) * (1 + shift)}

    found = Trial(tuple(range(8)), {start: of(start) for start in STARTS})
    first, second = (str(verdict.outcome) for verdict in found.verdicts())
    assert first == "reproduced"
    assert second == "no effect"
    assert "better in accuracy" in found.verdict
    assert "no different in accuracy" in found.verdict


def test_what_is_not_finite_is_left_out_and_named():
    fine = np.array([0.80, 0.81, 0.79, 0.82])
    numbers = {start: {"accuracy": fine + 0.01 * place} for place, start in enumerate(STARTS)}
    numbers[STARTS[1]]["accuracy"][2] = np.nan
    numbers[PLAIN]["accuracy"][:] = np.inf
    found = Trial((3, 4, 5, 6), numbers)
    assert found.diverged() == {PLAIN: [3, 4, 5, 6], STARTS[1]: [5]}
    row = found.table().splitlines()[1].split("  ")
    assert [cell.strip() for cell in row if cell][1:3] == ["diverged", "0.820 ± 0.010"]
    assert found.verdict.splitlines()[-1].endswith(f"seeds {PLAIN} [3, 4, 5, 6], {STARTS[1]} [5]")
    assert not re.search(r"\bnan\b", str(found) + re.sub(r"(?s)<script.*?</script>", "", found.page()))


def test_a_script_without_a_guard_writes_the_page(tmp_path):
    """It would be run again by every process that imports it."""
    script = tmp_path / "script.py"
    script.write_text(
        "import numpy as np\nfrom prenoise.study.trial import Trial\nfrom prenoise.adapters.starts import STARTS\n"
        "numbers = {start: {'accuracy': np.linspace(0.1, 0.2, 3)} for start in STARTS}\n"
        "print('drawn', len(Trial((0, 1, 2), numbers).page('Mine')))\n"
    )
    run = subprocess.run([sys.executable, str(script)], capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr[-2000:]
    assert run.stdout.count("drawn") == 1


def test_the_read_out_is_the_last_layer_that_is_called_or_the_one_that_is_named():
    model = nn.ModuleDict({"head": nn.Linear(4, 3), "body": nn.Linear(6, 4)})
    model.forward = lambda x: model["head"](model["body"](x))
    assert zero_readout(model, torch.randn(2, 6)) == "head"
    assert not model["head"].weight.any()
    nn.init.ones_(model["head"].bias[:1])
    with pytest.raises(UserError, match="with body at zero the model still has opinions: name its read-out"):
        zero_readout(model, torch.randn(2, 6), name="body")
    with pytest.raises(UserError, match="there is no layer 'neck' with weights: expected one of head, body"):
        zero_readout(model, torch.randn(2, 6), name="neck")


def test_options_that_make_no_sense_are_said_so_in_a_sentence():
    with pytest.raises(UserError, match="found 1 seeds: expected two or more"):
        trial(perceptron, loader(8, 0), loader(8, 1), seeds=1)
    with pytest.raises(
        UserError, match=r"make_model\(key\) gave a model of PyTorch: expected one of Equinox or Flax, or no"
    ):
        trial(lambda key: perceptron(), loader(8, 0), loader(8, 1))
    with pytest.raises(UserError, match=r"the options of the trial are wrong .*epoch"):
        trial(perceptron, loader(8, 0), loader(8, 1), epoch=3)


SCRIPT = """
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

labels = torch.arange(48) % 3
train_loader = test_loader = DataLoader(TensorDataset(torch.randn(48, 6), labels), 24)
noise = {"input_shape": (6,), "classes": 3}


def network():
    return nn.Sequential(nn.Linear(6, 4), nn.ReLU(), nn.Linear(4, 3))
"""


def test_a_scripts_model_is_tried_from_the_command_line(tmp_path):
    (tmp_path / "tried.py").write_text(SCRIPT)
    runner, command = CliRunner(), ["trial", str(tmp_path / "tried.py:network"), "--seeds", "2", "--noise", "64"]
    command += ["--page", str(tmp_path / "trial.html")]
    result = runner.invoke(app, command)
    assert result.exit_code == 0, result.output
    assert "Noise pretraining, compared to none: " in result.output
    html = (tmp_path / "trial.html").read_text("utf-8")
    assert "Does noise pretraining help this model?" in html
    assert html.count("The model pretrained on noise is more accurate than") == 2
    assert 'id="claim-accuracy-against-zero-read-out"' in html
    assert html.count('"id">calibration error</span>') == 2
    of_the_study = ("reproduced</span>", "Beyond the paper", "claims</a>", "Provenance", "calibration_error</")
    assert not [words for words in of_the_study if words in html]


def test_what_is_said_goes_before_what_a_script_says(tmp_path, monkeypatch):
    own = "\nmake_model = network\noptions = {'epochs': 3, 'seeds': 4, 'looks': 2}\n"
    (tmp_path / "tried.py").write_text(SCRIPT + own)
    asked = []
    monkeypatch.setattr("prenoise.study.trial.trial", lambda *loaders, **settings: asked.append(settings))
    for said in ([], ["--epochs", "7", "--noise", "64"]):
        assert CliRunner().invoke(app, ["trial", str(tmp_path / "tried.py"), *said]).exit_code == 0
    noise = {"input_shape": (6,), "classes": 3}
    assert asked == [
        {"epochs": 3, "seeds": 4, "looks": 2, "foreign_loader": None, "noise": noise | {"examples": 64_000}},
        {"epochs": 7, "seeds": 4, "looks": 2, "foreign_loader": None, "noise": noise | {"examples": 64}},
    ]


@pytest.mark.parametrize(
    ("script", "sentence"),
    [
        (SCRIPT, r"script.py has no make_model: expected make_model, train_loader and test_loader"),
        ("\nx = 1 / 0", r"script.py fails in line 2 \(ZeroDivisionError: division by zero\): see that it runs"),
        ("\ndef (", r"script.py fails \(SyntaxError: .*line 2"),
        ("import not_there", r"script.py fails in line 1 \(ModuleNotFoundError: No module named 'not_there'\)"),
    ],
)
def test_a_script_that_will_not_do_is_a_sentence(tmp_path, script, sentence):
    (tmp_path / "script.py").write_text(script)
    with pytest.raises(UserError, match=sentence):
        CliRunner().invoke(app, ["trial", str(tmp_path / "script.py")], catch_exceptions=False)


def test_an_arithmetic_error_of_a_model_is_not_taken_for_a_run_that_diverged(tmp_path):
    (tmp_path / "script.py").write_text(SCRIPT + "\ndef make_model():\n    return 1 / 0\n")
    command = [sys.executable, "-m", "prenoise", "trial", str(tmp_path / "script.py")]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    assert run.returncode == 1
    assert "in make_model" in run.stderr


def test_the_defaults_that_the_command_line_shows_are_those_of_the_call():
    shown = {one.name: one.show_default for one in get_command(app).commands["trial"].params}
    assert shown["seeds"] == str(inspect.signature(trial).parameters["seeds"].default)
    assert shown["epochs"] == str(Course.epochs)


def test_files_that_cannot_be_written_are_told_before_any_work():
    for option in ("--page", "--out"):
        with pytest.raises(FileNotFoundError, match="cannot write here"):
            CliRunner().invoke(app, ["trial", "missing.py", option, "missing/file"], catch_exceptions=False)
    with pytest.raises(UserError, match=r"there is no file missing\.py"):
        CliRunner().invoke(app, ["trial", "missing.py"], catch_exceptions=False)
