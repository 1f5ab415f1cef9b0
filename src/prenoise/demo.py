"""The paper's main result on the embedded digits: three ways to learn, side by side, over several seeds."""

from collections.abc import Callable
from typing import NamedTuple

import jax
import numpy as np
from jax.tree_util import Partial

from prenoise.loading import load
from prenoise.measures import accuracy, alignment, area_under_curve
from prenoise.network import Network
from prenoise.paper import PAPER
from prenoise.report.palette import BP, FA, NOISE_FA
from prenoise.training import pretrain, train


class Outcome(NamedTuple):
    """How one kind of network learned: a row a seed, a column an epoch."""

    accuracy: np.ndarray
    alignment: np.ndarray
    """Mean over hidden neurons, in degrees."""
    area_under_curve: np.ndarray


def run(seeds: int, tell: Callable[[float], None]) -> tuple[np.ndarray, dict[str, Outcome]]:
    """The epochs, and for each kind of network what came out.

    The three networks of a seed start from the same forward and feedback weights and see the data in the same order.
    """
    train_examples, test_examples = load("digits")
    keys = jax.vmap(lambda seed: jax.random.split(jax.random.key(seed), 3))(np.arange(seeds))
    sizes = [train_examples.raw.shape[1], *PAPER.hidden, 10]
    fresh = jax.vmap(lambda key: Network.random(sizes, key=key))(keys[:, 0])

    phases = 4

    def part(phase: int) -> Callable[[float], None]:
        return lambda fraction: tell((phase + fraction) / phases)

    ready, _ = pretrain(fresh, key=keys[:, 1], progress=part(0))
    starts = {FA: (fresh, "fa"), NOISE_FA: (ready, "fa"), BP: (fresh, "bp")}
    epochs, outcomes = np.empty(0), {}
    for phase, (kind, (network, rule)) in enumerate(starts.items(), 1):
        _, history = train(
            network,
            train_examples,
            key=keys[:, 2],
            rule=rule,
            record={"accuracy": Partial(accuracy, examples=test_examples), "alignment": mean_alignment},
            progress=part(phase),
        )
        curve = history.record["accuracy"]
        epochs, area = history.at, area_under_curve(curve, history.at)
        outcomes[kind] = Outcome(np.asarray(curve), np.asarray(history.record["alignment"]), np.asarray(area))
    return epochs, outcomes


def mean_alignment(network: Network) -> jax.Array:
    """Mean angle of the last hidden layer."""
    return alignment(network)[-1].mean()
