"""Figure 2b-c: how fast data is learned after noise pretraining, and how well weights then align with the feedback.

Appendix B.3 is the same with another hidden layer, B.4 the same on CIFAR-10. The order of noise and data, Figure 2d-g,
is in `fig2_order`.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from prenoise.study import charts, panels
from prenoise.study.claims import AgainstValue, Claim
from prenoise.study.experiment import Experiment
from prenoise.study.given import Given
from prenoise.study.kinds import COMPARED, FA, MIRROR, NOISE, ZERO
from prenoise.study.measured import learned
from prenoise.study.recipes import (
    ACCURACY,
    ALL,
    ANGLE,
    AREA,
    SMALL_ACCURACY,
    SMALL_AREA,
    USUAL,
    Effect,
    Family,
    nth,
    numbers,
)

SMALL_SETS = (1_000, 5_000)


def run(given: Given) -> Mapping[str, Any]:
    """Learning curve and alignment along training on data."""
    examples, test = given.data()
    start, _noise = given.start(given.sizes(given.hidden))
    _trained, history, arrays = learned(given, start, given.subset(examples, given.examples), test)
    return arrays | {"loss": (("seed", "epoch"), history.loss, {"units": "nats"})}


def readout_angle(results, kind: str, epoch: int) -> Any:
    """Mean angle of the last hidden layer, a number per seed."""
    return results[{"kind": kind, "examples": ALL}]["angle"].isel(epoch=epoch, hidden_layer=-1)


def gap_kept(results) -> Any:
    """How much of the gap in alignment between FA and FA + noise is left at the end, less half of it at the start."""
    start, end = (readout_angle(results, FA, epoch) - readout_angle(results, NOISE, epoch) for epoch in (0, -1))
    return end - start / 2


def claims(figure: str, where: str, sets: Sequence[int], speed: Effect, final: Effect) -> tuple[Claim, ...]:
    """Figure 2b-c: speed, final accuracy and alignment; on small sets, which are ours, speed alone."""
    family = Family(f"figure {figure}", paper=True)
    angle = numbers("angle", nth(epoch=-1, hidden_layer=-1), examples=ALL)
    accuracy = numbers("final_accuracy", examples=ALL)
    return (
        *family.learning(f"{figure}b", where, numbers("area", examples=ALL), speed),
        family.compared(
            f"{figure}b.3",
            f"{where}, the final test accuracy is higher after noise pretraining than from random weights.",
            accuracy,
            final,
        ),
        *family.ours.controls(f"{figure}b.final", where, accuracy, final, better="ends more accurate"),
        family.compared(
            f"{figure}c.1",
            f"{where}, the read-out's angle is smaller at the end of training after noise pretraining than without.",
            angle,
            ANGLE,
            direction="less",
        ),
        family.claim(
            f"{figure}c.2",
            f"{where}, the gap in alignment that noise opens is kept: at the end of training more than half is left.",
            AgainstValue(0.0, "greater"),
            {"gap left beyond one half": gap_kept},
            ANGLE,
        ),
        *(
            family.ours.compared(
                f"{figure}c.{name}",
                f"{where}, the read-out's angle is smaller at the end of training {what}.",
                angle,
                ANGLE,
                kinds=(first, second),
                direction="less",
            )
            for name, first, second, what in (
                ("adds", NOISE, ZERO, "after noise pretraining than with a read-out of zero and no noise"),
                ("mirror", MIRROR, NOISE, "after mirrored noise than after plain noise"),
            )
        ),
        *(
            claim
            for examples in sets
            if examples != ALL
            for claim in family.ours.learning(
                f"{figure}b-{examples}",
                f"{where} with {examples:,} training examples",
                numbers("area", examples=examples),
                SMALL_AREA,
            )
        ),
    )


def picture_of(figure: str, sets: Sequence[int], layers: int):
    """The picture of an experiment of this kind: learning curves, areas under them, and angles."""

    def picture(results):
        names = {n: f"{n:,} examples" for n in sorted(sets) if n != ALL} | {ALL: "whole training set"}
        angles = panels.by_kind(results, "angle", examples=ALL)
        return charts.Picture(
            caption="Learning from data, and the angle between forward weights and feedback meanwhile.",
            all_panels=[
                *(
                    panels.learning_curves(f"{figure}b · test accuracy, {name}", results, examples=examples)
                    for examples, name in names.items()
                ),
                panels.areas(
                    f"{figure}b · area under the curve",
                    results,
                    {name: {"examples": examples} for examples, name in names.items()},
                ),
                *(
                    panels.angles(
                        f"{figure}c · angle during training on data"
                        + (f", hidden layer {layer + 1}" if layers > 1 else ""),
                        panels.labels(results, "epoch", examples=ALL),
                        {kind: values[..., layer] for kind, values in angles.items()},
                        x="epochs of training",
                    )
                    for layer in range(layers)
                ),
            ],
            kinds=COMPARED,
        )

    return picture


def experiment(
    identity: str, figure: str, where: str, dataset: str, name: str, hidden: Sequence[int], *small: int
) -> Experiment:
    """The experiment on one data set, called `name` in sentences, with these hidden layers."""
    sets = (ALL, *small)
    effects = (SMALL_AREA, SMALL_ACCURACY) if dataset == "cifar10" else (AREA, ACCURACY)
    return Experiment(
        id=identity,
        paper=True,
        where=where,
        title=f"Learning {name}",
        run=run,
        cells=[{"kind": kind, "examples": examples} for examples in sets for kind in COMPARED],
        options={size: {**usual, "hidden": list(hidden)} for size, usual in USUAL.items()},
        datasets=(dataset,),
        claims=claims(figure, f"On {name}", sets, *effects),
        picture=picture_of(figure, sets, len(hidden)),
    )


EXPERIMENTS = (
    experiment("fig2", "2", "Figure 2b-c", "mnist", "MNIST", [100], *SMALL_SETS),
    experiment("figB3", "B3", "Appendix B.3", "mnist", "MNIST with two hidden layers", [100, 100]),
    experiment("figB4", "B4", "Appendix B.4", "cifar10", "CIFAR-10", [100]),
)
