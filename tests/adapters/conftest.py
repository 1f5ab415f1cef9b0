"""Makes the small models of these tests importable, and keeps PyTorch to one thread."""

import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

HERE = str(Path(__file__).parent)
if HERE not in sys.path:
    sys.path.insert(0, HERE)

if find_spec("torch"):
    import torch

    torch.set_num_threads(1)


@pytest.fixture
def without_torch(monkeypatch):
    """As if PyTorch were not installed."""
    monkeypatch.setitem(sys.modules, "torch", None)
    for name in [name for name in sys.modules if name.startswith("prenoise.adapters.torch")]:
        monkeypatch.delitem(sys.modules, name)
