"""Noise of the kinds that models take: any inputs from a Gaussian, images and series with a spectrum, token ids.

Each function here makes a sampler, which draws a batch of that many inputs and labels from a generator, on its device.
Labels are uniform and have nothing to do with the inputs, as in the paper.
"""

from collections.abc import Callable, Sequence
from typing import Any, Literal

import torch
from torch import Generator, Tensor

from prenoise.errors import UserError

Sampler = Callable[[int, Generator], tuple[Any, Any]]
"""Draws a batch of that many inputs and labels; the generator is on the model's device."""


def gaussian_noise(
    shape: Sequence[int],
    classes: int,
    *,
    mean: float | int = 0.0,
    scale: float | int = 1.0,
    distribution: Literal["normal", "uniform"] = "normal",
) -> Sampler:
    """Inputs of `shape` (without the batch) whose entries are drawn apart, with labels of so many `classes`.

    Their distribution is "normal" or "uniform", of that `mean` and standard deviation (`scale`).
    """

    def draw(size: int, generator: Generator) -> tuple[Tensor, Tensor]:
        inputs = torch.empty(size, *shape, device=generator.device)
        if distribution == "uniform":
            inputs.uniform_(-(3**0.5), 3**0.5, generator=generator)
        else:
            inputs.normal_(generator=generator)
        return inputs * scale + mean, _labels((size,), classes, generator)

    return draw


def image_noise(shape: Sequence[int], classes: int, *, exponent: float | int = 1.0) -> Sampler:
    """Images of `shape`, channels x height x width, with labels of so many `classes`.

    Amplitudes fall with the frequency to the power of `exponent`: 0 is white noise, 1 is like photographs. Mean 0,
    variance 1. Field, Relations between the statistics of natural images and the response properties of
    cortical cells, Journal of the Optical Society of America A 4 (1987).
    """
    if len(shape) != 3:
        raise UserError(f"found images of shape {tuple(shape)}: expected channels, height and width")
    return _coloured(shape, classes, exponent, axes=2)


def series_noise(shape: Sequence[int], classes: int, *, exponent: float | int = 1.0) -> Sampler:
    """Series of `shape`, channels x length, with labels of so many `classes`.

    Amplitudes fall with the frequency to the power of `exponent`: 0 is white noise, 1 like a random walk. The mean is 0
    and the variance 1.
    """
    if len(shape) != 2:
        raise UserError(f"found series of shape {tuple(shape)}: expected channels and length")
    return _coloured(shape, classes, exponent, axes=1)


def token_noise(length: int, vocabulary: int, classes: int | None = None, *, name: str | None = None) -> Sampler:
    """Texts of `length` token ids, each drawn from a `vocabulary` of that size.

    With `classes` there is one label for a text, else one for each place, another token. Hugging Face's models take the
    ids by `name`, "input_ids".
    """

    def draw(size: int, generator: Generator) -> tuple[Any, Tensor]:
        ids = _labels((size, length), vocabulary, generator)
        labels = _labels((size, length) if classes is None else (size,), classes or vocabulary, generator)
        return (ids if name is None else {name: ids}), labels

    return draw


def _labels(shape: Sequence[int], classes: int, generator: Generator) -> Tensor:
    return torch.randint(classes, tuple(shape), generator=generator, device=generator.device)


def _coloured(shape: Sequence[int], classes: int, exponent: float | int, *, axes: int) -> Sampler:
    """Gaussian noise whose amplitudes fall along the last `axes` with a power of the frequency."""
    over = tuple(range(-axes, 0))
    frequencies = torch.meshgrid(*(torch.fft.fftfreq(length) for length in shape[-axes:]), indexing="ij")
    frequency = torch.stack(frequencies).square().sum(0).sqrt()
    lowest = 1 / max(shape[-axes:])
    amplitude = frequency.clamp_min(lowest) ** -exponent  # the mean is no louder than the slowest wave
    amplitude /= amplitude.square().mean().sqrt()

    def draw(size: int, generator: Generator) -> tuple[Tensor, Tensor]:
        white = torch.randn(size, *shape, generator=generator, device=generator.device)
        spectrum = torch.fft.fftn(white, dim=over) * amplitude.to(generator.device)
        return torch.fft.ifftn(spectrum, dim=over).real, _labels((size,), classes, generator)

    return draw
