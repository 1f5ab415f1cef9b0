"""What does not depend on the framework."""

import subprocess
import sys
from dataclasses import replace

import jax
import numpy as np
import pytest

from prenoise import UserError, fa
from prenoise.adapters.carriers import CARRIERS, carrier_name, feedback_scale
from prenoise.adapters.measured import neuron_angles
from prenoise.adapters.report import Aligned


def test_a_carrier_is_the_same_for_arrays_of_pytorch():
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    weight, feedback = (jax.random.normal(key, (4, 3, 2)) for key in jax.random.split(jax.random.key(0)))
    for carrier in CARRIERS.values():
        found = carrier(*(torch.tensor(np.asarray(array)) for array in (weight, feedback)))
        assert np.allclose(found, carrier(weight, feedback))


def test_a_rule_is_taken_by_name_or_as_a_value():
    assert carrier_name("bp") == "bp"
    assert carrier_name(fa) == "fa"
    with pytest.raises(UserError, match="there is no rule 'dropout'"):
        carrier_name("dropout")
    with pytest.raises(
        UserError, match=r"cannot follow the rule 'dfa': expected one of the built-in bp, fa, usf, frsf"
    ):
        carrier_name("dfa")


def test_a_rule_of_ones_own_is_refused_even_under_a_name_that_is_taken():
    for name in ("mine", "fa"):
        mine = replace(fa, name=name, carrier=lambda weights, feedback: -feedback)
        with pytest.raises(
            UserError, match=f"cannot follow a rule of your own, '{name}': expected one of the built-in"
        ):
            carrier_name(mine)


def test_feedback_has_the_scale_of_he():
    assert feedback_scale(50) == pytest.approx(0.2)


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


def test_without_pytorch_the_library_works_and_its_adapter_says_what_is_missing():
    run = subprocess.run([sys.executable, "-c", WITHOUT_TORCH], capture_output=True, text=True, check=True)
    assert run.stdout == "prenoise.adapters.torch needs PyTorch: install it with `pip install torch`\n"


def test_importing_the_library_does_not_import_pytorch():
    names = "prenoise.adapters, prenoise.Network, prenoise.pretrain"
    code = f"import sys, prenoise, prenoise.adapters; {names}; assert 'torch' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)
