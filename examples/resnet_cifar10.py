"""A small ResNet on CIFAR-10, with and without a warm-up on noise: accuracy, calibration error and OOD AUROC.

    pip install '.[torch]'
    prenoise data fetch cifar10 fashion-mnist
    python examples/resnet_cifar10.py --seeds 3 --out own-model.json

The method is the four lines of `prepared`; the rest is an ordinary PyTorch script.
"""

import argparse
import json
import time
from functools import partial
from itertools import product
from pathlib import Path

import numpy as np
import torch
from torch import nn
from torch.nn import functional
from torch.utils.data import DataLoader, TensorDataset

import prenoise
from prenoise.adapters.torch import alignment, calibration, feedback_align, ood_auroc, warm_up


class Block(nn.Module):
    """Two convolutions and a way around them."""

    def __init__(self, inputs: int, outputs: int, stride: int):
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride, padding=1, bias=False)
        self.norm1 = nn.BatchNorm2d(outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, padding=1, bias=False)
        self.norm2 = nn.BatchNorm2d(outputs)
        self.around = nn.Conv2d(inputs, outputs, 1, stride, bias=False) if stride > 1 else nn.Identity()

    def forward(self, x):
        inner = functional.relu(self.norm1(self.conv1(x)))
        return functional.relu(self.norm2(self.conv2(inner)) + self.around(x))


def resnet8() -> nn.Sequential:
    """Nine convolutions, two of them of one pixel on the way around, and a Linear; 78,000 weights."""
    return nn.Sequential(
        nn.Conv2d(3, 16, 3, stride=2, padding=1, bias=False),  # half the size at once, to be quick on a CPU
        nn.BatchNorm2d(16),
        nn.ReLU(),
        Block(16, 16, stride=1),
        Block(16, 32, stride=2),
        Block(32, 64, stride=2),
        nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),
        nn.Linear(64, 10),
    )


def prepared(rule: str, noise: int, rate: float, seed: int) -> nn.Module:
    """A model whose errors go back by `rule`, warmed up on that many examples of noise."""
    torch.manual_seed(seed)
    model = resnet8()
    feedback_align(model, rule, scale="he")
    if noise:
        warm_up(model, (3, 32, 32), classes=10, examples=noise, optimiser=partial(torch.optim.Adam, lr=rate))
    return model


def trained(model: nn.Module, loader: DataLoader, epochs: int, rate: float) -> nn.Module:
    optimiser = torch.optim.Adam(model.parameters(), lr=rate)
    model.train()
    for _ in range(epochs):
        for inputs, labels in loader:
            optimiser.zero_grad()
            functional.cross_entropy(model(inputs), labels).backward()
            optimiser.step()
    return model


def measured(model: nn.Module, test: DataLoader, outside: DataLoader) -> dict[str, float]:
    judged = calibration(model, test)
    return {
        "accuracy": judged.accuracy,
        "expected_calibration_error": judged.expected_calibration_error,
        "brier_score": judged.brier_score,
        "log_loss": judged.log_loss,
        "ood_auroc": ood_auroc(model, test, outside),
    }


def mean_angle(model: nn.Module) -> float:
    """Over the layers but the first, which sends no error back."""
    return float(np.mean([angles.mean() for angles in alignment(model).values()][1:]))


def images(arrays: np.ndarray, mean: float, deviation: float) -> torch.Tensor:
    """uint8 examples x height x width (x channels), as 3 x 32 x 32 on the scale of the noise."""
    channels = arrays[..., None].repeat(3, axis=-1) if arrays.ndim == 3 else arrays
    pixels = torch.from_numpy(channels).permute(0, 3, 1, 2).float()
    margin = (32 - pixels.shape[-1]) // 2
    return (functional.pad(pixels, [margin] * 4) - mean) / deviation


def loaders(batch: int, data_dir: str | None) -> tuple[DataLoader, DataLoader, DataLoader, str]:
    """To learn from, to be tested on, and images of clothes to be unsure about."""
    cifar, clothes = (prenoise.data.load(name, data_dir=data_dir) for name in ("cifar10", "fashion-mnist"))
    mean, deviation = float(cifar.x_train.mean()), float(cifar.x_train.std())
    inputs, labels = images(cifar.x_train, mean, deviation), torch.from_numpy(cifar.y_train).long()
    test = TensorDataset(images(cifar.x_test, mean, deviation), torch.from_numpy(cifar.y_test).long())
    outside = TensorDataset(images(clothes.x_test[: len(test)], mean, deviation))
    return (
        DataLoader(TensorDataset(inputs, labels), batch, shuffle=True, drop_last=True),
        DataLoader(test, 250),
        DataLoader(outside, 250),
        cifar.description,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--epochs", type=int, default=4)
    parser.add_argument("--rate", type=float, default=1e-3, help="of Adam, on data")
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--noise", type=int, default=19_200, help="examples of noise to warm up on")
    parser.add_argument("--noise-rate", type=float, default=1e-3, help="of Adam, on noise")
    parser.add_argument("--rules", nargs="+", default=["fa", "bp"])
    parser.add_argument("--data-dir")
    parser.add_argument("--out", type=Path, help="write the results here, after every run")
    options = parser.parse_args()

    train, test, outside, description = loaders(options.batch, options.data_dir)
    conditions = {name: getattr(options, name) for name in ("epochs", "rate", "batch", "noise", "noise_rate")}
    report = {"data": description, "outside": "Fashion-MNIST", "conditions": conditions, "runs": []}
    for rule, seed, noise in product(options.rules, range(options.seeds), (0, options.noise)):
        begun = time.perf_counter()
        model = prepared(rule, noise, options.noise_rate, seed)
        degrees = {"degrees_before_data": mean_angle(model)}
        torch.manual_seed(seed)  # of the order of the examples: the same with and without the warm-up
        trained(model, train, options.epochs, options.rate)
        run = {"rule": rule, "noise": noise, "seed": seed} | measured(model, test, outside) | degrees
        run |= {"degrees_after_data": mean_angle(model), "seconds": time.perf_counter() - begun}
        report["runs"].append(
            {name: round(value, 4) if isinstance(value, float) else value for name, value in run.items()}
        )
        print(report["runs"][-1], flush=True)
        if options.out:
            options.out.write_text(json.dumps(report, indent=1) + "\n")


if __name__ == "__main__":
    main()
