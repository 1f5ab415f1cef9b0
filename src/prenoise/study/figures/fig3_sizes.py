"""Figure 3e-f: how well a network generalises from few examples. Appendix C.4 has all set sizes."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from jax.tree_util import Partial

from prenoise.measures import area_under_curve, effective_rank, features, gram, mean_loss
from prenoise.paper import PAPER
from prenoise.program import PerSeed
from prenoise.study import charts
from prenoise.study.experiment import Experiment
from prenoise.study.given import Given, per_seed
from prenoise.study.kinds import COMPARED
from prenoise.study.measured import by_layer, weight_ranks
from prenoise.study.panels import by_kind, labels, over
from prenoise.study.recipes import LOSS, Family, numbers

SET_SIZES = (100, 200, 400, 800, 1600)
MOMENTS = 26
FAMILY = Family("figure 3e-f", paper=True)


def similarities(network, examples) -> list[tuple[Any, Any]]:
    """The Gram matrix of every hidden layer's features, and its effective rank."""
    matrices = [gram(layer) for layer in features(network, examples)]
    return [(matrix, effective_rank(matrix)) for matrix in matrices]


def run(given: Given) -> Mapping[str, Any]:
    """Training and test loss along training; at the end the ranks of weights and of hidden layers' Gram matrices."""
    everything, test = given.data()
    examples = given.subset(everything, given.examples)
    start, _noise = given.start(given.sizes([given.width] * given.depth))
    trained, history = given.train(
        start,
        examples,
        record={"train": Partial(mean_loss, examples=examples), "test": Partial(mean_loss, examples=test)},
        at=np.linspace(0, given.epochs, MOMENTS),
    )
    similar = per_seed(similarities, PerSeed(trained), examples)
    of_gram = by_layer([rank for _matrix, rank in similar])
    error = np.asarray(history.record["test"]) - np.asarray(history.record["train"])
    return {
        "train_loss": (("seed", "epoch"), np.asarray(history.record["train"]), {"units": "nats"}),
        "error": (("seed", "epoch"), error, {"units": "nats"}),
        "mean_error": (("seed",), np.asarray(area_under_curve(error, history.at)), {"units": "nats"}),
        "generalisation_error": (("seed",), error[:, -1], {"units": "nats"}),
        "epoch": (("epoch",), np.asarray(history.at)),
        "gram": (("seed", "neuron", "other_neuron"), np.asarray(similar[-1][0])),
        "gram_rank": (("seed", "hidden_layer"), of_gram),
        "last_gram_rank": (("seed",), of_gram[:, -1]),
        "weight_rank": (("seed", "layer"), by_layer(per_seed(weight_ranks, PerSeed(trained)))),
    }


CLAIMS = (
    FAMILY.compared(
        "3e.1",
        "Over training on 1,600 examples the generalisation error is smaller on average after noise pretraining.",
        numbers("mean_error", examples=1600),
        LOSS,
        direction="less",
    ),
    *(
        FAMILY.compared(
            f"3f.{number}",
            f"After training on {examples:,} examples the generalisation error is smaller with noise pretraining.",
            numbers("generalisation_error", examples=examples),
            LOSS,
            direction="less",
        )
        for number, examples in enumerate(SET_SIZES, 1)
    ),
    *(
        claim
        for examples in (100, 1600)
        for claim in FAMILY.ours.controls(
            f"3f-{examples}",
            f"After training on {examples:,} examples",
            numbers("generalisation_error", examples=examples),
            LOSS,
            better="generalises with a smaller error",
            direction="less",
        )
    ),
)


def picture(results):
    """The generalisation error along training and at its end."""
    gaps = {examples: by_kind(results, "error", examples=examples) for examples in SET_SIZES}
    gaps = {examples: of_kind for examples, of_kind in gaps.items() if of_kind}
    return charts.Picture(
        caption="The generalisation error, test loss less training loss, along training (3e) and at its end (3f).",
        all_panels=[
            charts.curves(
                "3e · generalisation error during training",
                labels(results, "epoch"),
                gaps,
                x="epochs of training",
                y="test - training loss (nats)",
                choice="examples",
                width=300,
            ),
            charts.lines_by(
                "3f · generalisation error at the end, by size of the training set",
                SET_SIZES,
                over(results, "generalisation_error", "examples", SET_SIZES),
                x="training examples (log)",
                y="test - training loss (nats)",
                log=True,
                width=300,
            ),
        ],
        kinds=COMPARED,
        controls=[charts.Choice("examples", "Training examples", {f"{size:,}": size for size in gaps})] if gaps else [],
    )


def options(quick_epochs: int, quick_noise: int, **same: int) -> dict:
    """The three sizes; `same` is in each of them."""
    return {
        "smoke": same | {"width": 20, "epochs": 25, "noise_examples": 64_000},
        "quick": same | {"width": 100, "epochs": quick_epochs, "noise_examples": quick_noise},
        "paper": same | {"width": 100, "epochs": 500, "noise_examples": PAPER.noise_examples},
    }


EXPERIMENTS = (
    Experiment(
        id="fig3-sizes",
        paper=True,
        where="Figure 3e-f, Appendix C.4",
        title="Generalisation error, by the size of the training set",
        run=run,
        cells=[{"kind": kind, "examples": examples} for examples in SET_SIZES for kind in COMPARED],
        options=options(100, 128_000, depth=2),
        datasets=("mnist",),
        claims=CLAIMS,
        picture=picture,
    ),
)
