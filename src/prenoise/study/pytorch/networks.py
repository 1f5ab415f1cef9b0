"""A perceptron, a residual and a densely connected network, and two transformers: small, and otherwise as usual."""

from collections.abc import Callable, Sequence
from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn import functional

from prenoise.study.pytorch.compared import DENSENET, MLP, RESNET, TEXT, VIT

Initial = Literal["He", "PyTorch"]
"""Whose initial weights: N(0, 2 / inputs) with biases of zero, or those that PyTorch gives to each layer."""


def with_initial(model: nn.Module, initial: Initial) -> nn.Module:
    """The `model` with those initial weights, drawn from PyTorch's random numbers; embeddings stay as they are."""
    if initial == "He":
        for module in model.modules():
            weights = [module.in_proj_weight] if isinstance(module, nn.MultiheadAttention) else []
            biases = [module.in_proj_bias] if weights else []
            if isinstance(module, (nn.Linear, nn.Conv2d)):
                weights, biases = [module.weight], [module.bias]
            for weight in weights:
                nn.init.kaiming_normal_(weight)
            for bias in biases:
                if bias is not None:
                    nn.init.zeros_(bias)  # pyrefly: ignore[bad-argument-type]
    return model


def perceptron(shape: Sequence[int], classes: int, *, width: int = 64) -> nn.Module:
    """Two hidden layers of that `width` on inputs of `shape`."""
    inputs = int(torch.Size(shape).numel())
    layers = (nn.Linear(inputs, width), nn.ReLU(), nn.Linear(width, width), nn.ReLU(), nn.Linear(width, classes))
    return nn.Sequential(nn.Flatten(), *layers)


class Residual(nn.Module):
    """Two convolutions, and a way around them."""

    def __init__(self, inputs: int, outputs: int, stride: int):
        super().__init__()
        self.inner = nn.Sequential(
            nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False),
            nn.BatchNorm2d(outputs),
            nn.ReLU(),
            nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False),
            nn.BatchNorm2d(outputs),
        )
        across = nn.Sequential(nn.Conv2d(inputs, outputs, 1, stride, bias=False), nn.BatchNorm2d(outputs))
        self.around = nn.Identity() if stride == 1 and inputs == outputs else across

    def forward(self, x: Tensor) -> Tensor:
        return functional.relu(self.inner(x) + self.around(x))


def resnet(
    shape: Sequence[int], classes: int, *, width: int = 8, blocks: Sequence[int] = (1, 1, 1), stride: int = 2
) -> nn.Module:
    """Stages of so many residual `blocks`, the first of that `width` and each of twice the width of the one before.

    `stride` is that of the first convolution. He, Zhang, Ren and Sun, Deep residual learning for image recognition,
    2016; a width of 64, two blocks in each of four stages and a stride of 1 make their ResNet-18, as used on CIFAR-10.
    """
    stages, channels = [], width
    for number, count in enumerate(blocks):
        outputs = width * 2**number
        for place in range(count):
            stages.append(Residual(channels, outputs, 2 if number and not place else 1))
            channels = outputs
    stem = (nn.Conv2d(shape[0], width, 3, stride, 1, bias=False), nn.BatchNorm2d(width), nn.ReLU())
    return nn.Sequential(*stem, *stages, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(channels, classes))


class Dense(nn.Module):
    """A convolution whose outputs are put beside its inputs."""

    def __init__(self, inputs: int, growth: int):
        super().__init__()
        convolution = nn.Conv2d(inputs, growth, 3, padding=1, bias=False)
        self.inner = nn.Sequential(nn.BatchNorm2d(inputs), nn.ReLU(), convolution)

    def forward(self, x: Tensor) -> Tensor:
        return torch.cat([x, self.inner(x)], dim=1)


def densenet(shape: Sequence[int], classes: int, *, growth: int = 8, blocks: Sequence[int] = (3, 3)) -> nn.Module:
    """Blocks of so many dense layers, between them half the channels and half the size.

    Huang, Liu, van der Maaten and Weinberger, Densely connected convolutional networks, 2017.
    """
    channels = 2 * growth
    layers: list[nn.Module] = [nn.Conv2d(shape[0], channels, 3, 2, 1, bias=False)]
    for number, count in enumerate(blocks):
        if number:
            half = nn.Conv2d(channels, channels // 2, 1, bias=False)
            layers += [nn.BatchNorm2d(channels), nn.ReLU(), half, nn.AvgPool2d(2)]
            channels //= 2
        for _ in range(count):
            layers.append(Dense(channels, growth))
            channels += growth
    head = (nn.BatchNorm2d(channels), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(channels, classes))
    return nn.Sequential(*layers, *head)


def encoder(width: int, layers: int) -> nn.TransformerEncoder:
    """So many layers of attention in four heads, normalised before, without dropout."""
    layer = nn.TransformerEncoderLayer(width, 4, 2 * width, dropout=0.0, batch_first=True, norm_first=True)
    return nn.TransformerEncoder(layer, layers, nn.LayerNorm(width), enable_nested_tensor=False)


class VisionTransformer(nn.Module):
    """Sixteen patches of an image, of which the mean is read out.

    Dosovitskiy et al., An image is worth 16x16 words: transformers for image recognition at scale, 2021.
    """

    def __init__(self, shape: Sequence[int], classes: int, *, width: int = 32, layers: int = 2):
        super().__init__()
        side = shape[1] // 4
        self.patches = nn.Conv2d(shape[0], width, side, side)
        self.places = nn.Parameter(0.02 * torch.randn(16, width))
        self.encoder = encoder(width, layers)
        self.readout = nn.Linear(width, classes)

    def forward(self, x: Tensor) -> Tensor:
        patches = self.patches(x).flatten(2).transpose(1, 2)
        return self.readout(self.encoder(patches + self.places).mean(dim=1))


class CharacterTransformer(nn.Module):
    """Scores of the next character at every place of a text, from the characters up to there."""

    def __init__(self, shape: Sequence[int], classes: int, *, width: int = 32, layers: int = 2):
        super().__init__()
        (length,) = shape
        self.characters = nn.Embedding(classes, width)
        self.places = nn.Parameter(0.02 * torch.randn(length, width))
        self.encoder = encoder(width, layers)
        self.readout = nn.Linear(width, classes)
        self.register_buffer("future", torch.triu(torch.full((length, length), -torch.inf), diagonal=1))

    def forward(self, ids: Tensor) -> Tensor:
        return self.readout(self.encoder(self.characters(ids) + self.places, mask=self.future))


NETWORKS: dict[str, Callable[[Sequence[int], int], nn.Module]] = {
    MLP: perceptron,
    RESNET: resnet,
    DENSENET: densenet,
    VIT: VisionTransformer,
    TEXT: CharacterTransformer,
}
"""Each makes a network for inputs of a shape, without the batch, and so many classes."""
