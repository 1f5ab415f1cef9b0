"""Noise pretraining taken apart: kinds that keep one of the things noise changes and take the others back.

A noise-pretrained network differs from a random one in its first layers, in the direction of its read-out, and in the
read-out's size.
"""

from typing import Any

import jax.numpy as jnp

from prenoise.network import Network
from prenoise.study.kinds import STYLES, Kind, Pretrain, zero_readout


def with_readout(network: Network, weights: Any, bias: Any) -> Network:
    """The network with another read-out."""
    return Network((*network.weights[:-1], weights), (*network.biases[:-1], bias), network.feedback)


def size(weights: Any) -> Any:
    """The Frobenius norm of each seed's matrix, with axes to multiply it by."""
    return jnp.linalg.norm(weights, axis=(-2, -1), keepdims=True)


def shrunk(network: Network, pretrain: Pretrain) -> Network:
    """The random network with its read-out as small as noise makes it."""
    small = size(pretrain(network).weights[-1]) / size(network.weights[-1])
    return with_readout(network, network.weights[-1] * small, network.biases[-1])


def turned_back(network: Network, pretrain: Pretrain) -> Network:
    """After noise, with the part of the read-out along the feedback taken out: at chance again, as long as before."""
    pretrained = pretrain(network)
    weights, back = pretrained.weights[-1], pretrained.feedback[-1]
    along = (weights * back).sum(-2, keepdims=True) / (back * back).sum(-2, keepdims=True)
    across = weights - along * back
    lengths = [jnp.linalg.norm(matrix, axis=-2, keepdims=True) for matrix in (weights, across)]
    return with_readout(pretrained, across * lengths[0] / jnp.maximum(lengths[1], 1e-12), pretrained.biases[-1])


def first_layers_only(network: Network, pretrain: Pretrain) -> Network:
    """The first layers after noise, the read-out as it was."""
    return with_readout(pretrain(network), network.weights[-1], network.biases[-1])


def readout_only(network: Network, pretrain: Pretrain) -> Network:
    """The read-out after noise, the first layers as they were."""
    pretrained = pretrain(network)
    return with_readout(network, pretrained.weights[-1], pretrained.biases[-1])


def zero_after_noise(network: Network, pretrain: Pretrain) -> Network:
    """After noise, with a read-out of zero."""
    return zero_readout(pretrain(network), pretrain)


def parallel(network: Network, pretrain: Pretrain) -> Network:
    """The read-out along the feedback, as large as it was. It uses weight transport, once."""
    back = network.feedback[-1]
    return with_readout(network, back * size(network.weights[-1]) / size(back), network.biases[-1])


def fa_noise(network: Network, pretrain: Pretrain) -> Network:
    """Noise pretraining by feedback alignment, whatever rule learns data."""
    return pretrain(network, rule="fa")


OWN = (
    Kind(
        "read-out shrunk",
        "feedback alignment from random weights, the read-out as small as noise makes it",
        "fa",
        shrunk,
        **STYLES["purple"],
    ),
    Kind(
        "read-out turned back",
        "feedback alignment after noise, the read-out turned to 90 degrees from the feedback",
        "fa",
        turned_back,
        **STYLES["sky"],
    ),
    Kind(
        "first layers of noise",
        "feedback alignment from the first layers after noise, the read-out random",
        "fa",
        first_layers_only,
        **STYLES["brown"],
    ),
    Kind(
        "read-out of noise",
        "feedback alignment from the read-out after noise, the first layers random",
        "fa",
        readout_only,
        "#5E4FA2",
        (6, 2),
        "triangle-left",
    ),
    Kind(
        "zero read-out after noise",
        "feedback alignment after noise, then a read-out of zero",
        "fa",
        zero_after_noise,
        "#999933",
        (2, 4),
        "circle",
    ),
    Kind(
        "read-out along feedback",
        "feedback alignment from a read-out along the feedback: an upper bound",
        "fa",
        parallel,
        "#882255",
        (10, 4),
        "diamond",
    ),
    Kind(
        "BP + noise",
        "backpropagation after noise pretraining by feedback alignment",
        "bp",
        fa_noise,
        "#7F7F7F",
        (4, 4),
        "triangle-up",
    ),
    Kind(
        "BP, zero read-out",
        "backpropagation from a read-out of zero",
        "bp",
        zero_readout,
        "#7F7F7F",
        (1, 3),
        "triangle-down",
    ),
)
