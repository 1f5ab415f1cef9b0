"""Figure 3b-d: what a network believes and how many dimensions its weights use before it sees data.

Appendices C.2 and C.3 show the same for every layer.
"""

from collections.abc import Mapping
from typing import Any

import jax
import numpy as np

from prenoise.measures import chance_distance, probabilities, singular_values
from prenoise.paper import PAPER
from prenoise.study import charts
from prenoise.study.claims import AgainstValue, EquivalentToValue
from prenoise.study.experiment import Experiment
from prenoise.study.given import Given
from prenoise.study.kinds import FA, MIRROR, NOISE, ZERO
from prenoise.study.measured import by_layer, weight_ranks
from prenoise.study.panels import by_kind, labels
from prenoise.study.recipes import RANK, Effect, Family, Numbers, nth, numbers, of_kinds

HIDDEN = [100, 100]
LAYERS = range(len(HIDDEN) + 1)
KINDS = (FA, NOISE, ZERO, MIRROR)
"""As they are before data: FA is an untrained network."""
SHOWN = 1000
"""Test examples whose read-out probabilities are kept."""
LARGEST = 10
"""So many singular values of a layer's hundred are called a few."""
CHANCE = Effect(0.05, "probability", "half the chance level of one in ten")
SPECTRUM = Effect(0.01, "share of the sum", "a tenth of what the ten largest of a hundred equal values hold")
FAMILY = Family("figure 3b-d", paper=True)


def run(given: Given) -> Mapping[str, Any]:
    """Read-out probabilities, singular values and effective ranks before data, and the ranks along the noise."""
    _train, test = given.data()
    shown = test[np.arange(min(SHOWN, len(test)))]
    network, noise = given.start(given.sizes(HIDDEN), record={"rank": weight_ranks})
    ranks = by_layer(jax.vmap(weight_ranks)(network)) if noise is None else by_layer(noise.record["rank"])[:, -1]
    result: dict[str, Any] = {
        "probability": (("seed", "example", "class"), np.asarray(jax.vmap(probabilities, (0, None))(network, shown))),
        "from_chance": (("seed",), np.asarray(jax.vmap(lambda n: chance_distance(probabilities(n, test)))(network))),
        "rank": (("seed", "layer"), ranks),
    }
    if noise is not None:
        result["rank_on_noise"] = (("seed", "moment", "layer"), by_layer(noise.record["rank"]))
        result["noise_seen"] = (("moment",), np.asarray(noise.at), {"units": "examples"})
    for layer in LAYERS:
        values = np.asarray(jax.vmap(singular_values)(network.weights[layer]))
        result[f"singular_values_{layer + 1}"] = (("seed", f"order_{layer + 1}"), values)
    return result


def dominance(layer: int) -> Numbers:
    """The share of the sum of a layer's singular values that the largest hold, for each kind."""
    axis = f"order_{layer + 1}"
    return numbers(
        f"singular_values_{layer + 1}", lambda values: values.isel({axis: slice(LARGEST)}).sum(axis) / values.sum(axis)
    )


CHANCE_DISTANCE = numbers("from_chance")
CLAIMS = (
    FAMILY.claim(
        "3b.1",
        "The read-out probabilities of an untrained network are away from chance (root mean square distance).",
        AgainstValue(0.0, "greater"),
        of_kinds(CHANCE_DISTANCE, [FA]),
        CHANCE,
    ),
    FAMILY.claim(
        "3b.2",
        "After noise pretraining they are at chance.",
        EquivalentToValue(0.0),
        of_kinds(CHANCE_DISTANCE, [NOISE]),
        CHANCE,
    ),
    FAMILY.compared(
        "3b.3",
        "Noise pretraining brings the read-out probabilities closer to chance.",
        CHANCE_DISTANCE,
        CHANCE,
        direction="less",
    ),
    *(
        FAMILY.compared(
            f"3c.{layer + 1}",
            f"After noise pretraining the ten largest singular values of layer {layer + 1} hold more of the sum "
            "than in an untrained network.",
            dominance(layer),
            SPECTRUM,
        )
        for layer in range(len(HIDDEN))
    ),
    *(
        FAMILY.claim(
            f"3c.{layer + 3}",
            f"After noise pretraining a few singular values dominate in layer {layer + 1}: the ten largest hold more "
            "than half of the sum.",
            AgainstValue(0.5, "greater"),
            of_kinds(dominance(layer), [NOISE]),
            SPECTRUM,
        )
        for layer in range(len(HIDDEN))
    ),
    *(
        family.compared(
            f"3d.{name}{layer + 1}",
            f"{what} lowers the effective rank of the weights of layer {layer + 1}.",
            numbers("rank", nth(layer=layer)),
            RANK,
            kinds=(kind, FA),
            direction="less",
        )
        for family, name, what, kind, layers in (
            (FAMILY, "", "Noise pretraining", NOISE, LAYERS),
            (FAMILY.ours, "mirror.", "Mirrored noise", MIRROR, LAYERS[:-1]),
        )
        for layer in layers
    ),
)


def picture(results):
    """Probabilities, singular values and ranks of every kind before data."""
    probability = by_kind(results, "probability", (FA, NOISE))
    shown = max((values.shape[1] for values in probability.values()), default=0)
    spectra = {layer: by_kind(results, f"singular_values_{layer + 1}", KINDS) for layer in LAYERS}
    ranks, seen = by_kind(results, "rank_on_noise", KINDS), labels(results, "noise_seen")
    edges = np.linspace(0, 1, 41)
    return charts.Picture(
        caption="Networks before they see data: read-out probabilities (3b), singular values of the weights (3c) and "
        "their effective rank along the noise (3d). The read-out of FA, zero read-out is exactly at chance.",
        all_panels=[
            charts.histogram(
                f"3b · read-out probabilities of {shown:,} test examples",
                [row for kind, values in probability.items() for row in charts.binned(values, edges, kind)],
                list(probability),
                x="probability",
                y="share of probabilities (log)",
                level=(0.1, "chance"),
                limits=(0, 1),
                note="all classes, examples and seeds together",
                log=True,
                says=f"3b, read-out probabilities: {charts.spread(probability, '')}",
            ),
            charts.points(
                "3b · distance of the probabilities from chance",
                {"MNIST": by_kind(results, "from_chance", KINDS)},
                x="root mean square distance",
            ),
            *(
                charts.curves(
                    f"3c · singular values, layer {layer + 1}",
                    np.arange(1, next(iter(values.values())).shape[1] + 1),
                    values,
                    x="order of the singular value",
                    y="singular value",
                )
                for layer, values in spectra.items()
                if values
            ),
            *(
                charts.curves(
                    f"3d · effective rank of the weights, layer {layer + 1}",
                    seen,
                    {kind: values[..., layer] for kind, values in ranks.items()},
                    x="examples of noise",
                    y="effective rank",
                )
                for layer in LAYERS
            ),
        ],
        kinds=KINDS,
        columns=4,
    )


EXPERIMENTS = (
    Experiment(
        id="fig3",
        paper=True,
        where="Figure 3b-d, Appendix C.2-C.3",
        title="Probabilities and rank before data",
        run=run,
        cells=[{"kind": kind} for kind in KINDS],
        options={
            "smoke": {"noise_examples": 64_000},
            "quick": {"noise_examples": 256_000},
            "paper": {"noise_examples": PAPER.noise_examples},
        },
        datasets=("mnist",),
        claims=CLAIMS,
        picture=picture,
    ),
)
