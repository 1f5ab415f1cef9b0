"""What the networks learn: images of a data set, or the next character of a text; and the noise that goes with it."""

import math
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from prenoise.adapters.torch import Sampler, gaussian_noise, token_noise
from prenoise.data.splits import stratified
from prenoise.examples import Examples
from prenoise.study.given import Given
from prenoise.study.pytorch import text

LENGTH = 32
"""Characters that a network sees of the text."""


class Batches:
    """Inputs and labels in batches; where they are `shuffled`, PyTorch's random numbers decide the order."""

    def __init__(self, inputs: Tensor, labels: Tensor, size: int, *, shuffled: bool = False):
        self.inputs, self.labels, self.size, self.shuffled = inputs, labels, size, shuffled

    def __len__(self) -> int:
        return math.ceil(len(self.labels) / self.size)

    def __iter__(self) -> Iterator[tuple[Tensor, Tensor]]:
        rows = torch.randperm(len(self.labels)) if self.shuffled else torch.arange(len(self.labels))
        return ((self.inputs[some], self.labels[some]) for some in rows.split(self.size))


class Task(NamedTuple):
    """All that one seed of a network is given."""

    shape: Sequence[int]
    """Of an input."""
    classes: int
    train: Batches
    held_out: Batches
    """As the training set, and not learned from."""
    test: Batches
    foreign: Batches
    """Inputs of another kind."""
    noise: Sampler


def images(given: Given, seed: int) -> Task:
    """CIFAR-10 made small, with clothes of Fashion-MNIST as foreign inputs."""
    everything, test = given.data("cifar10")
    test = test[: given.tested]
    arrays, clothes = given.arrays("cifar10"), given.arrays("fashion-mnist")
    chosen = stratified(np.asarray(everything.labels), given.examples + given.held_out, seed)

    def batches(examples: Examples, shape: Sequence[int], **options: Any) -> Batches:
        inputs = resized(np.asarray(examples.inputs).reshape(-1, *shape), channels, given.pixels)
        return Batches(inputs, torch.from_numpy(np.array(examples.labels)).long(), given.batch, **options)

    image = arrays.x_train.shape[1:]
    channels = image[2] if len(image) == 3 else 1
    strangers = Examples.of(clothes.x_test[: len(test)], clothes.y_test[: len(test)], like=everything)
    return Task(
        (channels, given.pixels, given.pixels),
        arrays.classes,
        batches(everything[chosen[: given.examples]], image, shuffled=True),
        batches(everything[chosen[given.examples :]], image),
        batches(test, image),
        batches(strangers, clothes.x_test.shape[1:]),
        gaussian_noise((channels, given.pixels, given.pixels), arrays.classes),
    )


def resized(inputs: np.ndarray, channels: int, pixels: int) -> Tensor:
    """Images of height x width (x channels) as so many channels x pixels x pixels; grey ones are the same in each."""
    tensor = torch.tensor(inputs if inputs.ndim == 4 else inputs[..., None]).movedim(-1, 1).float()
    small = functional.interpolate(tensor, size=(pixels, pixels), mode="bilinear", antialias=True)
    return small.expand(-1, channels, -1, -1).contiguous()


def characters(given: Given, seed: int) -> Task:
    """Sums in words, with the same text as foreign inputs, the characters of each row shuffled."""
    rows = text.windows(text.sums(seed), LENGTH + 1)
    rows = torch.from_numpy(rows[: given.examples + given.held_out + given.tested])
    learned, held_out, test = rows.split([given.examples, given.held_out, given.tested])
    generator = torch.Generator().manual_seed(seed)
    shuffled = torch.stack([row[torch.randperm(len(row), generator=generator)] for row in test])

    def batches(rows: Tensor, **options: Any) -> Batches:
        return Batches(rows[:, :-1], rows[:, 1:], given.batch, **options)

    classes = len(text.ALPHABET)
    return Task(
        (LENGTH,),
        classes,
        batches(learned, shuffled=True),
        batches(held_out),
        batches(test),
        batches(shuffled),
        token_noise(LENGTH, classes),
    )
