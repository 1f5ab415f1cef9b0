"""The ResNet-18 of Cheon and Paik's later work on CIFAR-10, with their recipe: does noise help it? For a GPU.

    pip install "prenoise[study,torch]"
    prenoise data fetch cifar10 fashion-mnist
    python examples/resnet18_cifar10.py --seeds 5 --out trial.json

He's initial weights; noise: SGD 0.01, momentum 0.9, weight decay 0.01, batches of 256, four times 50,000 examples;
data: SGD 0.1, a cosine, 50 epochs. https://arxiv.org/abs/2412.17411
"""

import argparse
from functools import partial
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.optim.lr_scheduler import CosineAnnealingLR
from torch.utils.data import DataLoader, TensorDataset

import prenoise
from prenoise.study.pytorch.networks import resnet, with_initial
from prenoise.study.trial import trial


def make_model(width: int = 64, blocks: tuple[int, ...] = (2, 2, 2, 2)) -> nn.Module:
    """The network, with He's initial weights, on the GPU if there is one."""
    model = with_initial(resnet((3, 32, 32), 10, width=width, blocks=blocks, stride=1), "He")
    return model.to("cuda" if torch.cuda.is_available() else "cpu")


def images(pixels: np.ndarray, like: np.ndarray) -> Tensor:
    """uint8 examples x height x width (x colours) as 3 x 32 x 32, standardised as the images `like` them would be."""
    colours = pixels[..., None].repeat(3, axis=-1) if pixels.ndim == 3 else pixels
    tensor = torch.from_numpy(colours).movedim(-1, 1).float()
    margin = (32 - tensor.shape[-1]) // 2
    return (nn.functional.pad(tensor, [margin] * 4) - float(like.mean())) / float(like.std())


def loaders(batch: int, data_dir: str | None) -> tuple[DataLoader, DataLoader, DataLoader]:
    """To learn from, to be tested on, and images of clothes to be unsure about."""
    cifar, clothes = (prenoise.data.load(name, data_dir=data_dir) for name in ("cifar10", "fashion-mnist"))
    like = cifar.x_train
    train = TensorDataset(images(like, like), torch.from_numpy(cifar.y_train).long())
    test = TensorDataset(images(cifar.x_test, like), torch.from_numpy(cifar.y_test).long())
    foreign = TensorDataset(images(clothes.x_test, like))
    order = torch.Generator()
    return DataLoader(train, batch, shuffle=True, generator=order), DataLoader(test, 500), DataLoader(foreign, 500)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--epochs", type=int, default=50)
    parser.add_argument("--noise", type=int, default=200_000, help="examples of noise")
    parser.add_argument("--rule", default="bp", help="bp or fa")
    parser.add_argument("--data-dir")
    parser.add_argument("--out", type=Path, help="every run is kept here, and the same command goes on from there")
    options = parser.parse_args()

    train, test, foreign = loaders(256, options.data_dir)
    descent = partial(torch.optim.SGD, momentum=0.9)
    noise = {"input_shape": (3, 32, 32), "classes": 10, "examples": options.noise, "batch": 256}
    found = trial(
        make_model,
        train,
        test,
        foreign_loader=foreign,
        seeds=options.seeds,
        path=options.out,
        epochs=options.epochs,
        rule=options.rule,
        optimiser=partial(descent, lr=0.1),
        schedule=CosineAnnealingLR,
        noise=noise | {"optimiser": partial(descent, lr=0.01, weight_decay=0.01)},
    )
    print(found)


if __name__ == "__main__":
    main()
