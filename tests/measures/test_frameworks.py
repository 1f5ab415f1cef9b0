"""The measures of arrays take the arrays of JAX, NumPy and PyTorch, and leave JAX alone where it is not used."""

import subprocess
import sys

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from prenoise import measures

ARRAYS = {
    "angle": lambda a, b, chance, labels: measures.angle(a, b),
    "singular values": lambda a, b, chance, labels: measures.singular_values(a),
    "effective rank": lambda a, b, chance, labels: measures.effective_rank(a),
    "gram": lambda a, b, chance, labels: measures.gram(a),
    "area under curve": lambda a, b, chance, labels: measures.area_under_curve(a, np.arange(7)),
    "basis": lambda a, b, chance, labels: measures.principal_basis([a, b]),
    "projection": lambda a, b, chance, labels: measures.principal_basis([a, b]).project(a),
    "confidence": lambda a, b, chance, labels: measures.confidence(chance),
    "chance distance": lambda a, b, chance, labels: measures.chance_distance(chance),
    "bins": lambda a, b, chance, labels: measures.reliability_bins(chance, labels),
    "calibration error": lambda a, b, chance, labels: measures.expected_calibration_error(chance, labels),
    "Brier score": lambda a, b, chance, labels: measures.brier_score(chance, labels),
    "log loss": lambda a, b, chance, labels: measures.log_loss(chance, labels),
    "area under ROC": lambda a, b, chance, labels: measures.auroc(chance[:, 0], chance[:, 1]),
}


def arrays():
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=(2, 9, 7)).astype(np.float32)
    return a, b, rng.dirichlet(np.ones(4), 50).astype(np.float32), rng.integers(0, 4, 50).astype(np.int32)


@pytest.mark.parametrize("name", ARRAYS)
def test_arrays_of_every_library_give_the_same_numbers_in_that_library(name):
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    expected = jax.tree.leaves(ARRAYS[name](*arrays()))
    for asarray, kind in ((jnp.asarray, jax.Array), (torch.asarray, torch.Tensor)):
        found = jax.tree.leaves(ARRAYS[name](*map(asarray, arrays())))
        for mine, reference in zip(found, expected, strict=True):
            assert isinstance(mine, kind)
            assert np.allclose(mine, reference, atol=1e-4)


def test_double_precision_stays_double():
    a, b, *_ = arrays()
    assert measures.angle(a.astype(np.float64), b.astype(np.float64)).dtype == np.float64


WITHOUT_JAX = """
import sys, warnings
sys.modules["jax"] = None
import numpy as np
from prenoise import measures
measures.angle(np.eye(3), np.eye(3))
measures.log_loss(np.full((3, 4), .25), np.array([0, 1, 2]))
measures.auroc(np.arange(3.), np.arange(4.))
measures.principal_basis([np.eye(3)])
"""


def test_arrays_of_numpy_are_measured_without_jax():
    subprocess.run([sys.executable, "-c", WITHOUT_JAX], check=True)
