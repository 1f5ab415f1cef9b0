"""What the page and the example tell a user to do, done."""

# ruff: noqa: E402
import doctest
import importlib.util
from functools import partial
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


def test_the_example_is_tried_from_each_start():
    spec = importlib.util.spec_from_file_location("resnet18_cifar10", ROOT / "examples/resnet18_cifar10.py")
    example = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(example)
    pixels = torch.randint(256, (20, 28, 28), dtype=torch.uint8).numpy()
    inputs = example.images(pixels, pixels)
    assert inputs.shape == (20, 3, 32, 32)
    assert float(inputs[..., 2:-2, 2:-2].mean()) == pytest.approx(0, abs=1e-4)
    loader = DataLoader(TensorDataset(inputs, torch.arange(20) % 10), 10)
    noise = {"input_shape": (3, 32, 32), "classes": 10, "examples": 16}
    make_model = partial(example.make_model, width=4, blocks=(1, 1))
    found = example.trial(make_model, loader, loader, foreign_loader=loader, seeds=2, noise=noise)
    assert found.numbers["as it is"]["foreign"] == pytest.approx([0.5, 0.5])
