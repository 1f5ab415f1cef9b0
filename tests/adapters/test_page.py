"""What the page and the example tell a user to do, done."""

# ruff: noqa: E402
import doctest
import importlib.util
from pathlib import Path

import pytest

torch = pytest.importorskip("torch", reason="PyTorch is not installed: the page on one's own model is not tried")

from torch.utils.data import DataLoader, TensorDataset

ROOT = Path(__file__).parents[2]


def test_every_line_of_the_page_does_what_it_says():
    flags = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
    found = doctest.testfile(str(ROOT / "docs/your-own-model.md"), module_relative=False, optionflags=flags)
    assert found.attempted > 15
    assert found.failed == 0


def test_the_example_prepares_trains_and_measures():
    spec = importlib.util.spec_from_file_location("resnet_cifar10", ROOT / "examples/resnet_cifar10.py")
    example = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(example)
    images = torch.randint(256, (20, 28, 28), dtype=torch.uint8).numpy()
    inputs = example.images(images, 127.0, 74.0)
    assert inputs.shape == (20, 3, 32, 32)
    loader = DataLoader(TensorDataset(inputs, torch.arange(20) % 10), 10)
    model = example.prepared("fa", noise=16, rate=1e-3, seed=0)
    example.trained(model, loader, epochs=1, rate=1e-3)
    numbers = example.measured(model, loader, loader)
    assert numbers["ood_auroc"] == pytest.approx(0.5)
    assert 0 <= numbers["accuracy"] <= 1
    assert 0 < example.mean_angle(model) < 180
