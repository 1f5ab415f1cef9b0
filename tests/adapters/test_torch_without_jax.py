"""A process that uses PyTorch never starts JAX, whose threads every fork of a DataLoader would warn of."""

import subprocess
import sys

import pytest

pytest.importorskip("torch", reason="PyTorch is not installed: its adapter is not tested")

WITHOUT_JAX = """
import sys
sys.modules["jax"] = None  # whoever imports it fails
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset
from prenoise.adapters.torch import (
    alignment, calibration, effective_rank, feedback_align, numbers, ood_auroc, release, warm_up
)

if __name__ == "__main__":
    model = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 3))
    loader = DataLoader(TensorDataset(torch.randn(20, 4), torch.arange(20) % 3), 10, num_workers=2)
    feedback_align(model, "mirror", example=torch.randn(2, 4))
    warm_up(model, (4,), 3, examples=64, record={"numbers": numbers}, stop="aligned")
    alignment(model), effective_rank(model), calibration(model, loader), ood_auroc(model, loader, loader)
    assert sum(len(labels) for _, labels in loader) == 20
    release(model)
    assert not any(name.startswith(("jax.", "equinox", "optax")) for name in sys.modules)
"""


def test_the_adapter_runs_without_jax_and_workers_fork_without_a_warning(tmp_path):
    (tmp_path / "script.py").write_text(WITHOUT_JAX)
    command = [sys.executable, "-W", "error", str(tmp_path / "script.py")]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr[-2000:]
