"""Figure 3b-d: practice on noise regularises a network before it sees data.

Appendices C.2 and C.3 show the same for every layer.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import jax
import numpy as np

from prenoise.measures import (
    confidence,
    effective_rank,
    probabilities,
    singular_values,
)
from prenoise.network import Network
from prenoise.paper import PAPER
from prenoise.study.cells import cell
from prenoise.study.claims import AgainstValue, Claim, EquivalentToValue, Paired
from prenoise.study.experiment import Experiment
from prenoise.study.kinds import fresh, keys, practised
from prenoise.study.tasks import first, task

HIDDEN = [100, 100]
CHANCE = 0.1
SHOWN = 1000
"""Test examples whose read-out probabilities are kept."""


def ranks(network: Network) -> list:
    """Effective rank of every layer's weights."""
    return [effective_rank(weights) for weights in network.weights]


def run_before_data(
    seeds: Sequence[int], *, noise_examples: int, data: Mapping[str, Mapping[str, str]], scaling: Any, **_: Any
) -> Mapping[str, Any]:
    """Read-out probabilities, singular values and effective ranks before and after practice on noise."""
    _train, test = task("mnist", data, scaling)
    shown = first(test, SHOWN)
    key = keys(seeds)
    untrained = fresh([test.raw.shape[1], *HIDDEN, 10], key)
    ready, history = practised(untrained, key, noise_examples, {"rank": ranks})
    states = [untrained, ready]
    chances = np.stack([np.asarray(jax.vmap(probabilities, (0, None))(state, shown)) for state in states], axis=1)
    sure = np.stack([np.asarray(jax.vmap(lambda n: confidence(probabilities(n, test)))(state)) for state in states], 1)
    result: dict[str, Any] = {
        "probability": (("seed", "state", "example", "class"), chances),
        "confidence": (("seed", "state"), sure.mean(axis=2)),
        "rank": (("seed", "moment", "layer"), np.stack([np.asarray(r) for r in history.record["rank"]], axis=-1)),
        "noise_seen": (("moment",), history.at, {"units": "examples"}),
    }
    for layer in range(len(HIDDEN) + 1):
        values = [np.asarray(jax.vmap(singular_values)(state.weights[layer])) for state in states]
        result[f"singular_values_{layer + 1}"] = (("seed", "state", f"order_{layer + 1}"), np.stack(values, axis=1))
    return result


def of_state(variable: str, state: int, layer: int | None = None):
    """A number a seed, before (0) or after (-1) practice."""

    def samples(results) -> np.ndarray:
        values = cell(results, variable)[:, state]
        return values if layer is None else values[:, layer]

    return samples


def dominance(results, layer: int, state: int) -> np.ndarray:
    """Share of the sum of a layer's singular values that its ten largest hold."""
    values = cell(results, f"singular_values_{layer + 1}")[:, state]
    return values[:, :10].sum(axis=1) / np.nansum(values, axis=1)


BEFORE_DATA = (
    Claim(
        "3b.1",
        "An untrained network is surer of its answers to MNIST than chance (by more than 0.05).",
        AgainstValue(CHANCE, "greater"),
        of_state("confidence", 0),
        smallest=0.05,
        unit="probability",
        labels=("untrained",),
    ),
    Claim(
        "3b.2",
        "After practice on noise its read-out probabilities are at chance (confidence within 0.05 of 0.1).",
        EquivalentToValue(CHANCE),
        of_state("confidence", -1),
        smallest=0.05,
        unit="probability",
        labels=("noise-pretrained",),
    ),
    Claim(
        "3b.3",
        "Practice on noise brings the read-out probabilities closer to chance.",
        Paired("less"),
        lambda results: (of_state("confidence", -1)(results), of_state("confidence", 0)(results)),
        unit="probability",
        labels=("noise-pretrained", "untrained"),
    ),
    *(
        Claim(
            f"3c.{layer + 1}",
            f"After practice on noise a few singular values dominate in layer {layer + 1}: the ten largest hold more.",
            Paired("greater"),
            lambda results, layer=layer: (dominance(results, layer, -1), dominance(results, layer, 0)),
            family="3c",
            unit="share of the sum",
            labels=("noise-pretrained", "untrained"),
        )
        for layer in range(len(HIDDEN))
    ),
    *(
        Claim(
            f"3d.{layer + 1}",
            f"Practice on noise lowers the effective rank of the weights of layer {layer + 1}.",
            Paired("less"),
            lambda results, layer=layer: (
                of_state("rank", -1, layer)(results),
                of_state("rank", 0, layer)(results),
            ),
            family="3d",
            unit="dimensions",
            labels=("noise-pretrained", "untrained"),
        )
        for layer in range(len(HIDDEN) + 1)
    ),
)


def picture_before_data(results):
    """Probabilities, singular values and ranks before and after practice on noise."""
    from prenoise.study.kinds import PRETRAINED as PRACTISED
    from prenoise.study.kinds import UNTRAINED
    from prenoise.study.report.curves import curves
    from prenoise.study.report.histogram import binned, histogram, spread
    from prenoise.study.report.picture import Picture
    from prenoise.study.report.reading import axis, one

    kinds, layers = [UNTRAINED, PRACTISED], range(len(HIDDEN) + 1)
    probability, rank = one(results, "probability"), one(results, "rank")
    shown = 0 if probability is None else probability.shape[2]
    states = {} if probability is None else {kind: probability[:, state] for state, kind in enumerate(kinds)}
    values = {layer: one(results, f"singular_values_{layer + 1}") for layer in layers}
    return Picture(
        caption="Practice on noise brings the read-out probabilities closer to chance (3b), lets a few singular values "
        "of the weights dominate (3c) and lowers their effective rank (3d).",
        all_panels=[
            histogram(
                f"3b · read-out probabilities of {shown:,} test examples",
                [row for kind, there in states.items() for row in binned(there, np.linspace(0, 1, 41), kind)],
                kinds,
                x="probability",
                y="share of probabilities (log)",
                level=(CHANCE, "chance"),
                limits=(0, 1),
                log=True,
                says=f"3b, read-out probabilities: {spread(states, '')}",
            ),
            *(
                curves(
                    f"3c · singular values, layer {layer + 1}",
                    np.arange(1, there.shape[2] + 1),
                    {kind: there[:, state] for state, kind in enumerate(kinds)},
                    x="order of the singular value",
                    y="singular value",
                )
                for layer, there in values.items()
                if there is not None
            ),
            *(
                curves(
                    f"3d · effective rank of the weights, layer {layer + 1}",
                    axis(results, "noise_seen"),
                    {PRACTISED: rank[..., layer]},
                    x="examples of noise",
                    y="effective rank",
                )
                for layer in layers
                if rank is not None
            ),
        ],
        kinds=kinds,
        columns=4,
    )


EXPERIMENTS = (
    Experiment(
        id="fig3",
        paper=True,
        where="Figure 3b-d, Appendix C.2-C.3",
        title="Practice on noise brings probabilities closer to chance and lowers the rank of the weights",
        run=run_before_data,
        cells=[{}],
        options={
            "smoke": {"noise_examples": 64_000},
            "quick": {"noise_examples": 256_000},
            "paper": {"noise_examples": PAPER.noise_examples},
        },
        datasets=("mnist",),
        claims=BEFORE_DATA,
        picture=picture_before_data,
    ),
)
