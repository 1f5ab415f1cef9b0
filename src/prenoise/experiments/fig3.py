"""Figure 3: practice on noise regularises a network in advance, and what it learns later is simpler.

Appendices C.2 and C.3 are the parts before data, C.4 all set sizes, C.5 all depths and layers.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import jax
import numpy as np
from jax.tree_util import Partial

from prenoise.claims import AgainstValue, Claim, EquivalentToValue, Paired
from prenoise.experiments.cells import cell
from prenoise.experiments.experiment import Experiment
from prenoise.experiments.kinds import FA, NOISE_FA, before_data, fresh, keys, practised
from prenoise.experiments.tasks import first, task
from prenoise.measures import (
    confidence,
    effective_rank,
    features,
    gram,
    mean_loss,
    probabilities,
    singular_values,
)
from prenoise.network import Network
from prenoise.paper import PAPER
from prenoise.training import train

HIDDEN = [100, 100]
CHANCE = 0.1
SET_SIZES = (100, 200, 400, 800, 1600)
DEPTHS = (2, 3, 4, 5, 6)
MOMENTS = 26
PRACTICE_MOMENTS = 11
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


def run_with_data(
    seeds: Sequence[int],
    network: str,
    examples: int,
    depth: int,
    *,
    epochs: int,
    noise_examples: int,
    data: Mapping[str, Mapping[str, str]],
    scaling: Any,
    **_: Any,
) -> Mapping[str, Any]:
    """Training and test loss along the way; at the end the Gram matrix of every hidden layer and its rank."""
    everything, test = task("mnist", data, scaling)
    learn_from = first(everything, examples)
    key = keys(seeds)
    start = before_data(network, [test.raw.shape[1], *[100] * depth, 10], key, noise_examples)
    trained, history = train(
        start,
        learn_from,
        key=key.order,
        epochs=epochs,
        record={"train": Partial(mean_loss, examples=learn_from), "test": Partial(mean_loss, examples=test)},
        at=np.linspace(0, epochs, MOMENTS),
    )
    similar = jax.vmap(lambda network: [gram(layer) for layer in features(network, learn_from)])(trained)
    layers = range(1, depth + 1)
    of_gram = np.stack([np.asarray(jax.vmap(effective_rank)(layer)) for layer in similar], axis=-1)
    of_weights = np.stack([np.asarray(layer) for layer in jax.vmap(ranks)(trained)], axis=-1)
    return {
        "train_loss": (("seed", "epoch"), np.asarray(history.record["train"]), {"units": "nats"}),
        "test_loss": (("seed", "epoch"), np.asarray(history.record["test"]), {"units": "nats"}),
        "generalisation_error": (
            ("seed",),
            np.asarray(history.record["test"] - history.record["train"])[:, -1],
            {"units": "nats"},
        ),
        "epoch": (("epoch",), history.at),
        "gram": (("seed", "neuron", "other_neuron"), np.asarray(similar[-1])),
        "gram_rank": (("seed", "hidden_layer"), of_gram),
        "last_gram_rank": (("seed",), of_gram[:, -1]),
        "weight_rank": (("seed", "layer"), of_weights),
        "hidden_layer": (("hidden_layer",), np.array(layers)),
        "layer": (("layer",), np.arange(1, depth + 2)),
    }


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
        "An untrained network is surer of its answers to MNIST than chance.",
        AgainstValue(CHANCE, "greater"),
        of_state("confidence", 0),
        unit="probability",
    ),
    Claim(
        "3b.2",
        "After practice on noise its read-out probabilities are at chance (confidence within 0.05 of 0.1).",
        EquivalentToValue(CHANCE, margin=0.05),
        of_state("confidence", -1),
        unit="probability",
    ),
    Claim(
        "3b.3",
        "Practice on noise brings the read-out probabilities closer to chance.",
        Paired("less"),
        lambda results: (of_state("confidence", -1)(results), of_state("confidence", 0)(results)),
        unit="probability",
    ),
    *(
        Claim(
            f"3c.{layer + 1}",
            f"After practice on noise a few singular values dominate in layer {layer + 1}: the ten largest hold more.",
            Paired("greater"),
            lambda results, layer=layer: (dominance(results, layer, -1), dominance(results, layer, 0)),
            family="3c",
            unit="share of the sum",
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
        )
        for layer in range(len(HIDDEN) + 1)
    ),
)


def smaller(identity: str, sentence: str, variable: str, unit: str, layer: int | None = None, **where: int) -> Claim:
    """FA+N below FA in one cell."""

    def of_kind(results, kind: str) -> np.ndarray:
        values = cell(results, variable, network=kind, **where)
        return values if layer is None else values[:, layer]

    return Claim(
        identity,
        sentence,
        Paired("less"),
        lambda results: (of_kind(results, NOISE_FA), of_kind(results, FA)),
        family=identity.split(".", maxsplit=1)[0],
        unit=unit,
    )


BY_SIZE = tuple(
    smaller(
        f"3f.{number}",
        f"With {examples:,} training examples the generalisation error is smaller after practice on noise.",
        "generalisation_error",
        "nats",
        examples=examples,
    )
    for number, examples in enumerate(SET_SIZES, 1)
)

BY_DEPTH = (
    *(
        smaller(
            f"3h.{number}",
            f"With {depth} hidden layers the effective rank of the last one's Gram matrix is smaller after practice.",
            "last_gram_rank",
            "dimensions",
            depth=depth,
        )
        for number, depth in enumerate(DEPTHS, 1)
    ),
    *(
        smaller(
            f"C5.{depth}.{layer + 1}",
            f"With {depth} hidden layers the Gram matrix of layer {layer + 1} has a smaller rank after practice.",
            "gram_rank",
            "dimensions",
            layer=layer,
            depth=depth,
        )
        for depth in DEPTHS
        for layer in range(depth - 1)
    ),
)


def picture_before_data(results):
    """Probabilities, singular values and ranks before and after practice on noise."""
    from prenoise.report.curves import curves
    from prenoise.report.histogram import binned, histogram, spread
    from prenoise.report.palette import PRACTISED, UNTRAINED
    from prenoise.report.picture import Picture
    from prenoise.report.reading import axis, one

    kinds, layers = [UNTRAINED, PRACTISED], range(len(HIDDEN) + 1)
    probability, rank = one(results, "probability"), one(results, "rank")
    states = {} if probability is None else {kind: probability[:, state] for state, kind in enumerate(kinds)}
    values = {layer: one(results, f"singular_values_{layer + 1}") for layer in layers}
    return Picture(
        caption="Practice on noise brings the read-out probabilities close to chance (3b), lets a few singular values "
        "of the weights dominate (3c) and lowers their effective rank (3d).",
        all_panels=[
            histogram(
                f"3b · read-out probabilities of {SHOWN:,} test examples",
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


def picture_by_size(results):
    """The generalisation error along the way and at its end."""
    from prenoise.report.curves import curves
    from prenoise.report.picture import Choice, Picture
    from prenoise.report.points import lines_by
    from prenoise.report.reading import axis, by_kind, over

    kinds, gaps = [FA, NOISE_FA], {}
    for examples in SET_SIZES:
        test, learned = (by_kind(results, name, kinds, examples=examples) for name in ("test_loss", "train_loss"))
        if test:
            gaps[examples] = {kind: test[kind] - learned[kind] for kind in test}
    return Picture(
        caption="The generalisation error, test loss less training loss, is smaller after practice on noise, for small "
        "training sets and larger ones.",
        all_panels=[
            curves(
                "3e · generalisation error during training",
                axis(results, "epoch"),
                gaps,
                x="epochs of training",
                y="test - training loss (nats)",
                choice="examples",
                width=300,
            ),
            lines_by(
                "3f · generalisation error at the end, by size of the training set",
                SET_SIZES,
                over(results, "generalisation_error", kinds, "examples", SET_SIZES),
                x="training examples (log)",
                y="test - training loss (nats)",
                log=True,
                width=300,
            ),
        ],
        kinds=kinds,
        controls=[Choice("examples", "Training examples", {f"{size:,}": size for size in gaps})] if gaps else [],
    )


def picture_by_depth(results):
    """Gram matrices of the last hidden layer, and their effective rank by depth and layer."""
    from prenoise.report.curves import curves
    from prenoise.report.images import colour_bar, matrices, most_alike_first
    from prenoise.report.picture import Choice, Picture
    from prenoise.report.points import lines_by
    from prenoise.report.reading import by_kind, over

    kinds = [FA, NOISE_FA]
    grams = {depth: by_kind(results, "gram", kinds, depth=depth) for depth in DEPTHS}
    ranks = {depth: by_kind(results, "gram_rank", kinds, depth=depth) for depth in DEPTHS}
    there = {f"{depth} hidden layers": depth for depth in DEPTHS if grams[depth]}
    shown = [
        matrices(
            f"3g · Gram matrix of the last hidden layer, {kind}",
            {depth: most_alike_first(grams[depth][kind][0]) for depth in DEPTHS if kind in grams[depth]},
            x="neuron, the most alike first",
            what="cosine similarity",
            choice="depth",
        )
        for kind in kinds
    ]
    return Picture(
        caption="What hidden neurons have in common after training on 1,600 examples (3g, one seed), and how many "
        "dimensions that uses: fewer after practice on noise, at every depth (3h).",
        all_panels=[
            *shown,
            colour_bar("3g · cosine similarity", "0", "1") if there else None,
            lines_by(
                "3h · effective rank of the last Gram matrix, by depth",
                DEPTHS,
                over(results, "last_gram_rank", kinds, "depth", DEPTHS),
                x="hidden layers",
                y="effective rank",
            ),
            curves(
                "C.5 · effective rank of the Gram matrix of every hidden layer",
                np.arange(1, max(DEPTHS) + 1),
                ranks,
                x="hidden layer",
                y="effective rank",
                choice="depth",
            ),
        ],
        kinds=kinds,
        controls=[Choice("depth", "Depth", there, chosen=list(there)[-1])] if there else [],
    )


PAPER_OPTIONS = {"epochs": 500, "noise_examples": PAPER.noise_examples}

EXPERIMENTS = (
    Experiment(
        id="fig3",
        figure="Figure 3b-d, Appendix C.2-C.3",
        title="Practice on noise brings probabilities to chance and lowers the rank of the weights",
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
    Experiment(
        id="fig3-sizes",
        figure="Figure 3e-f, Appendix C.4",
        title="Practice on noise makes the generalisation error smaller",
        run=run_with_data,
        cells=[
            {"network": kind, "examples": examples, "depth": len(HIDDEN)}
            for examples in SET_SIZES
            for kind in (FA, NOISE_FA)
        ],
        options={
            "smoke": {"epochs": 25, "noise_examples": 64_000},
            "quick": {"epochs": 100, "noise_examples": 128_000},
            "paper": PAPER_OPTIONS,
        },
        datasets=("mnist",),
        claims=BY_SIZE,
        picture=picture_by_size,
    ),
    Experiment(
        id="fig3-depths",
        figure="Figure 3g-h, Appendix C.5",
        title="What a network learns after practice on noise is simpler, at every depth",
        run=run_with_data,
        cells=[{"network": kind, "examples": 1600, "depth": depth} for depth in DEPTHS for kind in (FA, NOISE_FA)],
        options={
            "smoke": {"epochs": 25, "noise_examples": 64_000},
            "quick": {"epochs": 50, "noise_examples": 64_000},
            "paper": PAPER_OPTIONS,
        },
        datasets=("mnist",),
        claims=BY_DEPTH,
        picture=picture_by_depth,
    ),
)
