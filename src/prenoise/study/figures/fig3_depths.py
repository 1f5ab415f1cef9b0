"""Figure 3g-h: how many dimensions the learned features use, by depth. Appendix C.5 has every layer."""

import numpy as np

from prenoise.study import charts
from prenoise.study.experiment import Experiment
from prenoise.study.figures.fig3_sizes import options, run
from prenoise.study.kinds import COMPARED
from prenoise.study.panels import by_kind, over
from prenoise.study.recipes import RANK, Family, nth, numbers

DEPTHS = (2, 3, 4, 5, 6)
FAMILY = Family("figure 3g-h", paper=True)

CLAIMS = (
    *(
        FAMILY.compared(
            f"3h.{number}",
            f"With {depth} hidden layers the last one's Gram matrix has a smaller rank after noise pretraining.",
            numbers("last_gram_rank", depth=depth),
            RANK,
            direction="less",
        )
        for number, depth in enumerate(DEPTHS, 1)
    ),
    *(
        FAMILY.compared(
            f"3s.{layer + 1}",
            "Noise pretraining leads to solutions of a lower rank: with two hidden layers the weights of layer "
            f"{layer + 1} have a smaller effective rank after data.",
            numbers("weight_rank", nth(layer=layer), depth=2),
            RANK,
            direction="less",
        )
        for layer in range(2)
    ),
    *(
        FAMILY.ours.compared(
            f"C5.{depth}.{layer + 1}",
            f"With {depth} hidden layers the Gram matrix of layer {layer + 1} has a smaller effective rank after noise "
            "pretraining.",
            numbers("gram_rank", nth(hidden_layer=layer), depth=depth),
            RANK,
            direction="less",
        )
        for depth in DEPTHS
        for layer in range(depth - 1)
    ),
    *FAMILY.ours.controls(
        "3h",
        "With two hidden layers",
        numbers("last_gram_rank", depth=2),
        RANK,
        better="learns features of a lower rank",
        direction="less",
    ),
)


def picture(results):
    """Gram matrices of the last hidden layer, and their effective rank by depth and layer."""
    grams = {depth: by_kind(results, "gram", depth=depth) for depth in DEPTHS}
    ranks = {depth: of_kind for depth in DEPTHS if (of_kind := by_kind(results, "gram_rank", depth=depth))}
    there = {f"{depth} hidden layers": depth for depth in DEPTHS if grams[depth]}
    return charts.Picture(
        caption="What hidden neurons have in common after training on 1,600 examples (3g, one seed), and how many "
        "dimensions that uses, by depth (3h) and layer (C.5).",
        all_panels=[
            *(
                charts.matrices(
                    f"3g · Gram matrix of the last hidden layer, {kind}",
                    {depth: charts.most_alike_first(grams[depth][kind][0]) for depth in DEPTHS if kind in grams[depth]},
                    x="neuron, the most alike first",
                    what="cosine similarity",
                    choice="depth",
                )
                for kind in COMPARED
            ),
            charts.colour_bar("3g · cosine similarity", "0", "1") if there else None,
            charts.lines_by(
                "3h · effective rank of the last Gram matrix, by depth",
                DEPTHS,
                over(results, "last_gram_rank", "depth", DEPTHS),
                x="hidden layers",
                y="effective rank",
            ),
            charts.curves(
                "C.5 · effective rank of the Gram matrix of every hidden layer",
                np.arange(1, max(DEPTHS) + 1),
                ranks,
                x="hidden layer",
                y="effective rank",
                choice="depth",
            ),
        ],
        kinds=COMPARED,
        controls=[charts.Choice("depth", "Depth", there, chosen=list(there)[-1])] if there else [],
    )


EXPERIMENTS = (
    Experiment(
        id="fig3-depths",
        paper=True,
        where="Figure 3g-h, Appendix C.5",
        title="Rank of what is learned, by depth",
        run=run,
        cells=[{"kind": kind, "depth": depth} for depth in DEPTHS for kind in COMPARED],
        options=options(50, 64_000, examples=1600),
        datasets=("mnist",),
        claims=CLAIMS,
        picture=picture,
    ),
)
