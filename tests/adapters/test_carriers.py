"""What does not depend on the framework."""

import subprocess
import sys
from dataclasses import replace

import jax
import numpy as np
import pytest

from prenoise import UserError, fa
from prenoise.adapters.carriers import after_step, carrier, feedback_scale, layer_rule
from prenoise.adapters.measured import neuron_angles
from prenoise.adapters.report import Aligned

RULES = ("bp", "fa", "usf", "brsf", "frsf", "kp", "mirror")


@pytest.mark.parametrize("name", RULES)
def test_carriers_and_steps_are_the_same_for_arrays_of_pytorch(name):
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    before, after, feedback = (
        np.asarray(jax.random.normal(key, (4, 3, 2))) for key in jax.random.split(jax.random.key(0), 3)
    )
    rule = layer_rule(name)
    expected = carrier(rule, before, feedback, 0.5), *after_step(rule, before, after, feedback, np.ones, 0.5)
    arrays = [torch.tensor(array) for array in (before, after, feedback)]
    found = carrier(rule, arrays[0], arrays[2], 0.5), *after_step(rule, *arrays, torch.ones, 0.5)
    assert all(np.allclose(mine, theirs, atol=1e-6) for mine, theirs in zip(found, expected, strict=True))


def test_a_rule_is_taken_by_name_or_as_a_value():
    assert layer_rule("bp").name == "bp"
    assert layer_rule(fa) is fa
    mine = replace(fa, name="mine", carrier=lambda weights, feedback: -feedback)
    assert layer_rule(mine) is mine
    with pytest.raises(UserError, match="there is no rule 'dropout'"):
        layer_rule("dropout")
    with pytest.raises(UserError, match=r"cannot follow the direct rule 'dfa': expected bp, fa, usf, brsf, frsf, kp"):
        layer_rule("dfa")


@pytest.mark.usefixtures("unchecked")
def test_feedback_has_the_scale_of_the_weights_of_he_or_a_number():
    assert feedback_scale("weights", 0.02, 50) == 0.02
    assert feedback_scale("he", 0.02, 50) == pytest.approx(0.2)
    assert feedback_scale("weights", 0.0, 50) == pytest.approx(0.2), "weights of zero have no scale"
    assert feedback_scale(3, 0.02, 50) == 3.0
    for wrong in ("large", 0.0, -1.0, float("nan")):
        with pytest.raises(UserError, match="expected 'weights', 'he' or a number above 0"):
            feedback_scale(wrong, 0.02, 50)


def test_angles_are_those_of_vectors():
    weight = np.eye(3, dtype=np.float32)
    assert np.allclose(neuron_angles(weight, -weight), 180)
    assert np.allclose(neuron_angles(weight, weight), 0, atol=0.1)


def test_a_report_reads_as_a_sentence():
    assert str(Aligned(("fc",), {})) == "1 layer sends its error back through feedback weights: fc"


WITHOUT_TORCH = """
import sys
sys.modules["torch"] = None
import prenoise, prenoise.adapters.equinox
from prenoise import Network
try:
    import prenoise.adapters.torch
except ModuleNotFoundError as error:
    assert error.name == "torch"
    print(error)
"""


@pytest.mark.slow
def test_without_pytorch_the_library_works_and_its_adapter_says_what_is_missing():
    run = subprocess.run([sys.executable, "-c", WITHOUT_TORCH], capture_output=True, text=True, check=True)
    assert run.stdout == "prenoise.adapters.torch needs PyTorch: install it with `pip install torch`\n"


@pytest.mark.slow
def test_importing_the_library_does_not_import_pytorch():
    names = "prenoise.adapters, prenoise.Network, prenoise.pretrain"
    code = f"import sys, prenoise, prenoise.adapters; {names}; assert 'torch' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)
