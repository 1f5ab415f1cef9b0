"""Figure 3e-h: what a network learns from few examples after practice on noise generalises better and is simpler.

Appendix C.4 has all set sizes, C.5 all depths and layers.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import jax
import numpy as np
from jax.tree_util import Partial

from prenoise.measures import (
    effective_rank,
    features,
    gram,
    mean_loss,
)
from prenoise.paper import PAPER
from prenoise.study.cells import cell
from prenoise.study.claims import Claim, Paired
from prenoise.study.experiment import Experiment
from prenoise.study.figures.fig3 import ranks
from prenoise.study.kinds import FA, NOISE_FA, before_data, keys
from prenoise.study.tasks import first, task
from prenoise.training import train

HIDDEN = [100, 100]
SET_SIZES = (100, 200, 400, 800, 1600)
DEPTHS = (2, 3, 4, 5, 6)
MOMENTS = 26


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
        labels=(NOISE_FA, FA),
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


def picture_by_size(results):
    """The generalisation error along the way and at its end."""
    from prenoise.study.report.curves import curves
    from prenoise.study.report.lines import lines_by
    from prenoise.study.report.picture import Choice, Picture
    from prenoise.study.report.reading import axis, by_kind, over

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
    from prenoise.study.report.curves import curves
    from prenoise.study.report.lines import lines_by
    from prenoise.study.report.matrices import colour_bar, matrices, most_alike_first
    from prenoise.study.report.picture import Choice, Picture
    from prenoise.study.report.reading import by_kind, over

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
        id="fig3-sizes",
        paper=True,
        where="Figure 3e-f, Appendix C.4",
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
        paper=True,
        where="Figure 3g-h, Appendix C.5",
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
