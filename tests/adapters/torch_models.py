"""Small models of the kinds that people have, written as they write them."""

from itertools import pairwise

import torch
from torch import nn
from torch.nn import functional


class ResidualBlock(nn.Module):
    def __init__(self, inputs, outputs, stride=1):
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(outputs)
        self.relu = nn.ReLU(inplace=True)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(outputs)
        self.downsample = None
        if stride > 1 or inputs != outputs:
            self.downsample = nn.Sequential(nn.Conv2d(inputs, outputs, 1, stride, bias=False), nn.BatchNorm2d(outputs))

    def forward(self, x):
        identity = x if self.downsample is None else self.downsample(x)
        inner = self.bn2(self.conv2(self.relu(self.bn1(self.conv1(x)))))
        inner += identity
        return self.relu(inner)


class ResNet18(nn.Module):
    """The layers and names of torchvision's, narrower."""

    def __init__(self, classes=5, width=4):
        super().__init__()
        self.conv1 = nn.Conv2d(3, width, 7, stride=2, padding=3, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.relu = nn.ReLU(inplace=True)
        self.maxpool = nn.MaxPool2d(3, stride=2, padding=1)
        widths = [width, width, 2 * width, 4 * width, 8 * width]
        for number, (inputs, outputs) in enumerate(pairwise(widths), start=1):
            stride = 1 if number == 1 else 2
            stage = nn.Sequential(ResidualBlock(inputs, outputs, stride), ResidualBlock(outputs, outputs))
            self.add_module(f"layer{number}", stage)
        self.fc = nn.Linear(8 * width, classes)

    def forward(self, x):
        x = self.maxpool(self.relu(self.bn1(self.conv1(x))))
        x = self.layer4(self.layer3(self.layer2(self.layer1(x))))
        return self.fc(torch.flatten(functional.adaptive_avg_pool2d(x, 1), 1))


class DenseNet(nn.Module):
    """Layers that see all layers before them."""

    def __init__(self, classes=5, growth=4, depth=3):
        super().__init__()
        self.stem = nn.Conv2d(3, growth, 3, padding=1)
        self.norms = nn.ModuleList(nn.BatchNorm2d(growth * (1 + layer)) for layer in range(depth))
        self.convs = nn.ModuleList(
            nn.Conv2d(growth * (1 + layer), growth, 3, padding=1, bias=False) for layer in range(depth)
        )
        self.head = nn.Linear(growth * (1 + depth), classes)

    def forward(self, x):
        seen = [self.stem(x)]
        for norm, conv in zip(self.norms, self.convs, strict=True):
            seen.append(conv(functional.relu(norm(torch.cat(seen, 1)))))
        return self.head(torch.cat(seen, 1).mean((2, 3)))


class Attention(nn.Module):
    """Attention as ViTs write it, with a projection that is a layer and one that is a bare parameter."""

    def __init__(self, width, heads):
        super().__init__()
        self.heads = heads
        self.qkv = nn.Linear(width, 3 * width)
        self.mix = nn.Parameter(torch.randn(width, width) * width**-0.5)

    def forward(self, x):
        q, k, v = self.qkv(x).unflatten(-1, (3, self.heads, -1)).permute(2, 0, 3, 1, 4)
        return functional.scaled_dot_product_attention(q, k, v).transpose(1, 2).flatten(2) @ self.mix


class ViT(nn.Module):
    def __init__(self, classes=5, width=16, heads=2, depth=2):
        super().__init__()
        self.patches = nn.Conv2d(3, width, 8, stride=8)
        self.cls = nn.Parameter(torch.zeros(1, 1, width))
        self.pos = nn.Parameter(torch.randn(1, 17, width) * 0.02)
        self.blocks = nn.ModuleList(
            nn.ModuleDict(
                {
                    "norm1": nn.LayerNorm(width),
                    "attention": Attention(width, heads),
                    "norm2": nn.LayerNorm(width),
                    "mlp": nn.Sequential(nn.Linear(width, 4 * width), nn.GELU(), nn.Linear(4 * width, width)),
                }
            )
            for _ in range(depth)
        )
        self.head = nn.Linear(width, classes)

    def forward(self, x):
        x = self.patches(x).flatten(2).transpose(1, 2)
        x = torch.cat([self.cls.expand(len(x), -1, -1), x], 1) + self.pos
        for block in self.blocks:
            x = x + block["attention"](block["norm1"](x))
            x = x + block["mlp"](block["norm2"](x))
        return self.head(x[:, 0])


class SharedLayer(nn.Module):
    """One hidden layer, used three times."""

    def __init__(self, classes=5, width=12):
        super().__init__()
        self.enter = nn.Linear(3 * 32 * 32, width)
        self.again = nn.Linear(width, width)
        self.head = nn.Linear(width, classes)

    def forward(self, x):
        x = self.enter(x.flatten(1))
        for _ in range(3):
            x = functional.relu(self.again(x))
        return self.head(x)


class Words(nn.Module):
    """A language model: an embedding, PyTorch's own attention, and a head that shares the embedding's weights."""

    def __init__(self, words=11, width=8):
        super().__init__()
        self.word = nn.Embedding(words, width)
        self.block = nn.TransformerEncoderLayer(width, 2, 16, dropout=0.1, batch_first=True)
        self.head = nn.Linear(width, words, bias=False)
        self.head.weight = self.word.weight

    def forward(self, ids):
        return self.head(self.block(self.word(ids)))


def perceptron(classes=5):
    return nn.Sequential(
        nn.Flatten(), nn.Linear(3 * 32 * 32, 12), nn.ReLU(), nn.Linear(12, 9), nn.ReLU(), nn.Linear(9, classes)
    )


IMAGE_MODELS = {
    "resnet18": ResNet18,
    "densenet": DenseNet,
    "vit": ViT,
    "shared layer": SharedLayer,
    "sequential": perceptron,
}
