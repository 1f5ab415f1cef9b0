"""Models of Equinox and Flax tried as those of PyTorch are: training, states, keys, and a file to go on from."""

# ruff: noqa: E402
import subprocess
import sys
from functools import partial

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

nnx = pytest.importorskip("flax.nnx", reason="Flax is not installed: its models cannot be tried")

from prenoise import UserError
from prenoise.adapters import equinox, flax  # noqa: F401
from prenoise.adapters.jax.training import Course, zero_readout
from prenoise.adapters.starts import PLAIN, STARTS
from prenoise.study.trial import trial

LABELS = np.arange(60) % 3
INPUTS = np.random.default_rng(0).normal(size=(60, 12)) + 3 * np.eye(12)[LABELS]
TEST = [(INPUTS[:40], LABELS[:40]), (INPUTS[40:], LABELS[40:])]
OPTIONS = {
    "epochs": 2,
    "looks": 4,
    "optimiser": optax.adam(1e-2),
    "noise": {"input_shape": (12,), "classes": 3, "examples": 128},
}

perceptron = partial(eqx.nn.MLP, 12, 3, 16, 1)


def epoch(key):
    """Batches of 16, the last of 12, in an order that the key decides."""
    order = np.asarray(jax.random.permutation(key, 60))
    return [(INPUTS[rows], LABELS[rows]) for rows in np.split(order, [16, 32, 48])]


class Convolutions(nnx.Module):
    """With running statistics, dropout, and a read-out that is not the last by name."""

    def __init__(self, rngs):
        self.answer = nnx.Linear(8, 3, rngs=rngs)
        self.conv = nnx.Conv(3, 8, (2,), rngs=rngs)
        self.norm = nnx.BatchNorm(8, rngs=rngs)
        self.dropout = nnx.Dropout(0.2, rngs=rngs)

    def __call__(self, x):
        hidden = nnx.relu(self.norm(self.conv(x.reshape(-1, 4, 3))))
        return self.answer(self.dropout(hidden.mean(axis=1)))


def convolutions(key):
    return Convolutions(nnx.Rngs(key))


@pytest.mark.parametrize("make", [perceptron, convolutions])
def test_a_model_is_tried_from_every_start_and_judged(make):
    found = trial(make, epoch, TEST, foreign_loader=[INPUTS * 0.01], seeds=2, rule="fa", **OPTIONS)
    assert set(found.numbers) == set(STARTS)
    for numbers in found.numbers.values():
        assert list(numbers) == ["accuracy", "speed", "calibration_error", "log_loss", "foreign"]
        assert all(values.shape == (2,) and np.isfinite(values).all() for values in numbers.values())
    assert len(found.verdicts()) == 10
    assert "Noise pretraining, compared to a read-out of zeros: " in str(found)


def test_training_is_the_users_own_loop():
    optimiser = optax.sgd(0.1, momentum=0.9)
    found = Course(perceptron, epoch, TEST, epochs=3, optimiser=optimiser).run(7, PLAIN)
    own, _, _, order = jax.random.split(jax.random.key(7), 4)
    model = perceptron(key=own)
    state = optimiser.init(eqx.filter(model, eqx.is_inexact_array))

    def loss_of(model, inputs, labels):
        return optax.softmax_cross_entropy_with_integer_labels(jax.vmap(model)(inputs), labels).mean()

    for number in range(3):
        for inputs, labels in epoch(jax.random.fold_in(order, number)):
            gradients = eqx.filter_grad(loss_of)(model, jnp.asarray(inputs), jnp.asarray(labels))
            updates, state = optimiser.update(gradients, state)
            model = eqx.apply_updates(model, updates)
    assert found["log_loss"] == pytest.approx(float(loss_of(model, jnp.asarray(INPUTS), jnp.asarray(LABELS))), rel=1e-5)


def test_the_starts_share_weights_and_order():
    still = {"noise": OPTIONS["noise"] | {"optimiser": optax.sgd(0.0)}}
    found = trial(perceptron, epoch, TEST, seeds=2, rule="fa", **OPTIONS | still)
    for name, values in found.numbers["as it is"].items():
        assert np.array_equal(values, found.numbers["after noise"][name]), "noise that moves nothing changes nothing"
    assert (found.numbers["as it is"]["speed"] != found.numbers["zero read-out"]["speed"]).all()


class Counting(nnx.Module):
    """Chooses the second of two classes once it has learned from eight batches."""

    def __init__(self, key):
        self.linear, self.seen = nnx.Linear(12, 2, rngs=nnx.Rngs(key)), nnx.BatchStat(jnp.zeros(()))

    def __call__(self, x):
        scores = 0 * self.linear(x) + jnp.array([[0, self.seen[...] - 7.5]])
        self.seen[...] += 1
        return scores


def counting(key):
    return eqx.nn.Linear(12, 2, key=key), jnp.zeros(())


def counted(model, inputs, key):
    linear, seen = model
    return 0 * jax.vmap(linear)(inputs) + jnp.array([[0, seen - 7.5]]), (linear, seen + 1)


@pytest.mark.parametrize(
    ("make", "options"), [(Counting, {}), (counting, {"apply": counted, "trainable": (eqx.is_inexact_array, False)})]
)
def test_what_a_model_keeps_of_a_batch_is_kept_in_training_and_only_there(make, options):
    test = [(INPUTS, np.ones(60, int))] * 3
    assert Course(make, epoch, test, epochs=2, looks=1, **options).run(0, PLAIN)["accuracy"] == 1
    assert Course(make, lambda key: epoch(key)[:3], test, epochs=2, looks=1, **options).run(0, PLAIN)["accuracy"] == 0


def test_the_read_out_is_the_last_layer_that_is_called_or_the_one_that_is_named():
    model, name = zero_readout(convolutions(jax.random.key(0)), INPUTS)
    assert name == "answer"
    assert not model.answer.kernel[...].any()
    assert model.conv.kernel[...].any()
    layers = perceptron(key=jax.random.key(0))
    opinionated = eqx.tree_at(lambda model: model.layers[1].bias, layers, jnp.arange(3.0))
    model, name = zero_readout(layers, INPUTS)
    assert name == "layers[1]"
    assert not model.layers[1].weight.any()
    assert not model.layers[1].bias.any()
    assert bool(model.layers[0].bias.any())
    with pytest.raises(UserError, match=r"with layers\[0\] at zero the model still has opinions: name its read-out"):
        zero_readout(opinionated, INPUTS, name="layers[0]")
    with pytest.raises(
        UserError, match=r"there is no layer 'neck' with weights: expected one of layers\[0\], layers\[1\]"
    ):
        zero_readout(layers, INPUTS, name="neck")


def test_a_trial_goes_on_from_its_file_in_another_process(tmp_path):
    def tried(seeds, rate=1e-2, **options):
        """With optimisers that are other objects in every call."""
        noise = OPTIONS["noise"] | {"optimiser": optax.adam(1e-3)}
        options = OPTIONS | {"optimiser": optax.adam(rate), "noise": noise} | options
        return trial(perceptron, epoch, TEST, seeds=seeds, progress=told.append, **options)

    told = []
    path = tmp_path / "trial.json"
    whole = tried(3)
    tried(2, path=path)
    told.clear()
    again = tried(3, path=path)
    assert len([fraction for fraction in told if fraction < 2 / 3]) == 5, "what is done is not done again"
    assert told[-1] == 1.0
    for start, numbers in whole.numbers.items():
        assert again.numbers[start]["log_loss"].tolist() == numbers["log_loss"].tolist()
    with pytest.raises(UserError, match="holds another trial"):
        tried(2, path=path, loss="mean-squared-error")


def test_options_that_make_no_sense_are_said_so_in_a_sentence():
    with pytest.raises(UserError, match=r"make_model\(\) gave no model of PyTorch: expected one, or for Equinox and"):
        trial(lambda: perceptron(key=jax.random.key(0)), epoch, TEST)
    with pytest.raises(UserError, match=r"the options of the trial are wrong .*schedule"):
        trial(perceptron, epoch, TEST, schedule=None)
    with pytest.raises(UserError, match="found a generator, whose batches come once: expected a loader with a length"):
        trial(perceptron, (batch for batch in TEST), TEST)
    only_once = iter(TEST)
    counts = iter([TEST, only_once, only_once])
    with pytest.raises(UserError, match="the loader gave 2 batches in 2 epochs: expected as many in each"):
        trial(perceptron, lambda key: next(counts), TEST, epochs=2)


MODELS = {
    "jax": """
import equinox as eqx

def make_model(key):
    return eqx.nn.MLP(6, 3, 8, 1, key=key)
""",
    "torch": """
from torch import nn

def make_model():
    return nn.Sequential(nn.Linear(6, 8), nn.ReLU(), nn.Linear(8, 3))
""",
}
DATA = """
import numpy as np

labels, inputs = np.arange(48) % 3, np.random.default_rng(0).normal(size=(48, 6))
noise = {"input_shape": (6,), "classes": 3}
"""
BATCHES = {
    "jax": "train_loader = test_loader = [(inputs, labels)]\n",
    "torch": "import torch\ntrain_loader = test_loader = [(torch.tensor(inputs).float(), torch.tensor(labels))]\n",
}


@pytest.mark.parametrize(("own", "others"), [("jax", ("torch", "flax")), ("torch", ("jax", "equinox", "optax"))])
def test_a_script_is_tried_and_no_other_framework_is_imported(tmp_path, own, others):
    pytest.importorskip("torch", reason="PyTorch is not installed: its models cannot be tried")
    path = tmp_path / "tried.py"
    path.write_text(MODELS[own] + DATA + BATCHES[own])
    tried = "import sys\nfrom tried import *\nfrom prenoise.study.trial import trial\n"
    tried += "print(trial(make_model, train_loader, test_loader, seeds=2, noise=noise | {'examples': 64}))\n"
    tried += f"assert not {set(others)} & set(sys.modules)"
    run = subprocess.run([sys.executable, "-c", tried], capture_output=True, text=True, check=False, cwd=tmp_path)
    assert run.returncode == 0, run.stderr[-2000:]
    command = [sys.executable, "-m", "prenoise", "trial", str(path), "--seeds", "2", "--noise", "64"]
    shown = subprocess.run(command, capture_output=True, text=True, check=False)
    assert shown.stdout == run.stdout, shown.stderr[-2000:]
    assert "Noise pretraining, compared to none: " in shown.stdout
