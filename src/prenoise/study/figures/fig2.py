"""Figure 2: practice on noise speeds learning from data up, and its effect depends on the order of the two.

Appendix B.3 is the same with another hidden layer, B.4 the same on CIFAR-10.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from jax.tree_util import Partial

from prenoise.history import History
from prenoise.measures import accuracy, alignment, area_under_curve, distance_to_feedback
from prenoise.network import Network
from prenoise.paper import PAPER
from prenoise.study.cells import cell
from prenoise.study.claims import Claim, Equivalent, Paired
from prenoise.study.experiment import Experiment
from prenoise.study.kinds import BP, DATA_THEN_NOISE, FA, NOISE_FA, fresh, keys, practised, rule_of
from prenoise.study.tasks import first, task
from prenoise.training import train

ALL = 0
"""Stands for the whole training set."""
SMALL_SETS = (1_000, 5_000)
SNAPSHOTS = 11
"""Moments of each phase at which the last layer's weights are kept for the picture of their way."""


def mean_angles(network: Network) -> list:
    """Mean angle of every hidden layer."""
    return [angles.mean() for angles in alignment(network)]


def last_weights(network: Network) -> Any:
    """The weights of the read-out."""
    return network.weights[-1].reshape(-1)


def last_distance(network: Network) -> Any:
    """How far the read-out's weights are from the feedback."""
    return distance_to_feedback(network)[-1]


WAY = {"angle": mean_angles, "distance": last_distance, "weights": last_weights}


def run(
    seeds: Sequence[int],
    network: str,
    examples: int,
    *,
    hidden: Sequence[int],
    dataset: str,
    epochs: int,
    noise_examples: int,
    data: Mapping[str, Mapping[str, str]],
    scaling: Any,
    **_: Any,
) -> Mapping[str, Any]:
    """Learning curve and alignment on data, and the way of the read-out's weights through noise and data."""
    learn_from, test = task(dataset, data, scaling)
    learn_from = first(learn_from, examples or None)
    key = keys(seeds)
    start = fresh([learn_from.raw.shape[1], *hidden, 10], key)
    way = []
    if network == NOISE_FA:
        start, practice = practised(start, key, noise_examples, WAY)
        way.append(practice)
    trained, history = train(
        start,
        learn_from,
        key=key.order,
        epochs=epochs,
        rule=rule_of(network),
        record={"accuracy": Partial(accuracy, examples=test), **WAY},
    )
    way.append(history)
    if network == DATA_THEN_NOISE:
        way.append(practised(trained, key, noise_examples, WAY)[1])
    curve = history.record["accuracy"]
    return {
        "accuracy": (("seed", "epoch"), np.asarray(curve)),
        "area": (("seed",), np.asarray(area_under_curve(curve, history.at)), {"units": "accuracy"}),
        "angle": (("seed", "epoch", "layer"), _angles(history), {"units": "degrees"}),
        "loss": (("seed", "epoch"), np.asarray(history.loss), {"units": "nats"}),
        "epoch": (("epoch",), history.at),
        "way_angle": (("seed", "moment"), _joined(way, lambda part: _angles(part)[..., -1]), {"units": "degrees"}),
        "way_distance": (("seed", "moment"), _joined(way, lambda part: part.record["distance"])),
        "way_weights": (("seed", "moment", "weight"), _joined(way, lambda part: part.record["weights"])),
        "feedback": (("seed", "weight"), np.asarray(trained.feedback[-1]).reshape(len(seeds), -1)),
    }


def _angles(history: History) -> np.ndarray:
    return np.stack([np.asarray(layer) for layer in history.record["angle"]], axis=-1)


def _joined(way: Sequence[History], values: Any) -> np.ndarray:
    """The same number of moments of every phase, one phase after the other."""
    parts = []
    for phase in way:
        moments = np.linspace(0, len(phase.at) - 1, SNAPSHOTS).round().astype(int)
        parts.append(np.asarray(values(phase))[:, moments])
    return np.concatenate(parts, axis=1)


def final(results, variable: str, network: str, examples: int = ALL) -> np.ndarray:
    """The last entry along the way, a number a seed."""
    return cell(results, variable, network=network, examples=examples)[:, _moments(network) - 1]


def _moments(network: str) -> int:
    return SNAPSHOTS * (2 if network in (NOISE_FA, DATA_THEN_NOISE) else 1)


def after_noise(results, variable: str) -> np.ndarray:
    """At the end of practice on noise, before any data."""
    return cell(results, variable, network=NOISE_FA, examples=ALL)[:, SNAPSHOTS - 1]


def untrained(results, variable: str) -> np.ndarray:
    return cell(results, variable, network=FA, examples=ALL)[:, 0]


def learning_claims(prefix: str, sets: Sequence[int], where: str) -> tuple[Claim, ...]:
    """Figure 2b-c: faster, as fast as backpropagation, and better aligned."""

    def area(network: str, examples: int):
        return lambda results: cell(results, "area", network=network, examples=examples)

    claims = []
    for number, examples in enumerate(sets, 1):
        learned = f"{where}, {f'{examples:,} training examples' if examples else 'the whole training set'}"
        claims += [
            Claim(
                f"{prefix}b.{2 * number - 1}",
                f"On {learned}: feedback alignment learns faster after practice on noise than without.",
                Paired("greater"),
                lambda results, n=examples: (area(NOISE_FA, n)(results), area(FA, n)(results)),
                family=f"{prefix}b faster",
                unit="area under the curve",
                labels=(NOISE_FA, FA),
            ),
            Claim(
                f"{prefix}b.{2 * number}",
                f"On {learned}: with practice on noise it learns as fast as backpropagation (within 0.02).",
                Equivalent(),
                lambda results, n=examples: (area(NOISE_FA, n)(results), area(BP, n)(results)),
                smallest=0.02,
                family=f"{prefix}b comparable",
                unit="area under the curve",
                labels=(NOISE_FA, BP),
            ),
        ]
    claims += [
        Claim(
            f"{prefix}c.1",
            f"On {where}, at the end of training the read-out's angle is smaller with practice on noise than without.",
            Paired("less"),
            lambda results: (final(results, "way_angle", NOISE_FA), final(results, "way_angle", FA)),
            unit="degrees",
            labels=(NOISE_FA, FA),
        ),
        Claim(
            f"{prefix}c.2",
            f"On {where} it stays smaller at every epoch: its least advantage over training is above 0.",
            Paired("greater"),
            _least_gap,
            unit="degrees",
            labels=("least gap", "no gap"),
        ),
    ]
    return tuple(claims)


def _least_gap(results) -> tuple[np.ndarray, np.ndarray]:
    """The smallest gap between the mean angles without and with practice over the epochs, against none."""
    without, with_noise = (cell(results, "angle", network=kind, examples=ALL)[..., -1] for kind in (FA, NOISE_FA))
    gap = (without - with_noise).min(axis=1)
    return gap, np.zeros_like(gap)


def order_claims() -> tuple[Claim, ...]:
    """Figure 2d-g: where noise and data take the weights, and in which order."""

    def closer(number: int, sentence: str, near, far, variable: str, unit: str, labels: tuple[str, str]) -> Claim:
        return Claim(
            f"2e.{number}",
            sentence,
            Paired("less"),
            lambda results: (near(results, variable), far(results, variable)),
            family="2e",
            unit=unit,
            labels=labels,
        )

    def after_data(results, variable: str) -> np.ndarray:
        return final(results, variable, FA)

    def after_both(results, variable: str) -> np.ndarray:
        return final(results, variable, NOISE_FA)

    def reversed_order(results, variable: str) -> np.ndarray:
        return final(results, variable, DATA_THEN_NOISE)

    steps = [
        (
            "Noise brings the read-out's weights closer to the feedback",
            after_noise,
            untrained,
            ("noise-pretrained", "untrained"),
        ),
        ("Data brings the read-out's weights closer to the feedback", after_data, untrained, (FA, "untrained")),
        ("Noise then data ends closer to the feedback than data alone", after_both, after_data, (NOISE_FA, FA)),
        (
            "Noise then data ends closer to the feedback than noise alone",
            after_both,
            after_noise,
            (NOISE_FA, "noise-pretrained"),
        ),
    ]
    measured = [("way_angle", "degrees", "by angle"), ("way_distance", "", "by Euclidean distance")]
    claims = [
        closer(number, f"{sentence} ({how}).", near, far, variable, unit, labels)
        for number, ((variable, unit, how), (sentence, near, far, labels)) in enumerate(
            ((measure, step) for measure in measured for step in steps), 1
        )
    ]
    return (
        *claims,
        Claim(
            "2g.1",
            "Noise first and data second aligns more than data first and noise second.",
            Paired("less"),
            lambda results: (after_both(results, "way_angle"), reversed_order(results, "way_angle")),
            unit="degrees",
            labels=(NOISE_FA, DATA_THEN_NOISE),
        ),
        Claim(
            "2g.2",
            "Noise after data does not change the alignment (within 1 degree).",
            Equivalent(),
            lambda results: (reversed_order(results, "way_angle"), after_data(results, "way_angle")),
            smallest=1.0,
            unit="degrees",
            labels=(DATA_THEN_NOISE, FA),
        ),
        Claim(
            "2g.3",
            "Noise moves the read-out's weights less after data than before it.",
            Paired("less"),
            lambda results: (
                _moved(results, DATA_THEN_NOISE, SNAPSHOTS, 2 * SNAPSHOTS - 1),
                _moved(results, NOISE_FA, 0, SNAPSHOTS - 1),
            ),
            unit="length of the move",
            labels=(DATA_THEN_NOISE, "noise-pretrained"),
        ),
    )


def _moved(results, network: str, start: int, stop: int) -> np.ndarray:
    weights = cell(results, "way_weights", network=network, examples=ALL)
    return np.linalg.norm(weights[:, stop] - weights[:, start], axis=1)


def picture_of(prefix: str, sets: Sequence[int], layers: int, way: bool = False):
    """The picture of an experiment of this kind: curves and angles, and (`way`) the way of the read-out's weights."""

    def picture(results):
        from prenoise.study.report.curves import curves
        from prenoise.study.report.picture import Picture
        from prenoise.study.report.points import points
        from prenoise.study.report.reading import axis, by_kind

        kinds, epochs = [FA, NOISE_FA, BP], axis(results, "epoch")
        names = {n: f"{n:,} examples" if n else "whole training set" for n in sets}
        panels = [
            curves(
                f"{prefix}b · test accuracy, {name}",
                epochs,
                by_kind(results, "accuracy", kinds, examples=examples),
                x="epochs of training",
                y="test accuracy",
                percent=True,
                settled=True,
            )
            for examples, name in names.items()
        ]
        panels.append(
            points(
                f"{prefix}b · area under the curve, a point a seed",
                {name: by_kind(results, "area", kinds, examples=examples) for examples, name in names.items()},
                x="area under the curve of test accuracy",
            )
        )
        angles = by_kind(results, "angle", kinds, examples=ALL)
        panels += [
            curves(
                f"{prefix}c · angle during training on data" + (f", hidden layer {layer + 1}" if layers > 1 else ""),
                epochs,
                {kind: values[..., layer] for kind, values in angles.items()},
                x="epochs of training",
                y="angle (degrees)",
                level=(90.0, "90, chance"),
            )
            for layer in range(layers)
        ]
        ways, controls = _way_panels(results) if way else ([], [])
        return Picture(
            caption="After practice on noise, feedback alignment learns faster and its weights stay better aligned. "
            + ("Noise and data move the weights in different directions, and their order matters. " if way else "")
            + "Bands reach from the lowest to the highest seed.",
            all_panels=[*panels, *ways],
            kinds=[*kinds, DATA_THEN_NOISE] if way else kinds,
            controls=controls,
        )

    return picture


def _way_panels(results) -> tuple[list, list]:
    """Figure 2d-g: the ways through one plane, and where they end."""
    from prenoise.study.report.points import points
    from prenoise.study.report.reading import by_kind, per_seed
    from prenoise.study.report.trajectories import Trajectories

    both = [FA, NOISE_FA, DATA_THEN_NOISE]
    there = [kind for kind in both if by_kind(results, "way_weights", [kind], examples=ALL)]
    phases = {FA: ["data"], NOISE_FA: ["noise", "data"], DATA_THEN_NOISE: ["data", "noise"]}
    ways = (
        Trajectories.of(
            phases,
            {("", kind): [per_seed(results, "way_weights", network=kind, examples=ALL)] for kind in there},
            per_seed(results, "feedback", network=there[0], examples=ALL),
        )
        if there
        else None
    )
    panels: list = (
        [
            ways.panel("2d · way of the read-out's weights: noise (dotted), then data", [FA, NOISE_FA]),
            ways.panel("2f · the other order: data, then noise (dotted)", [NOISE_FA, DATA_THEN_NOISE]),
        ]
        if ways
        else []
    )
    ends = []
    for variable, what in (
        ("way_angle", "angle to the feedback (degrees)"),
        ("way_distance", "distance to the feedback"),
    ):
        at = by_kind(results, variable, both, examples=ALL)
        moments = [
            ("untrained", FA, 0),
            ("after noise", NOISE_FA, SNAPSHOTS - 1),
            ("after data", FA, -1),
            ("noise, then data", NOISE_FA, -1),
            ("data, then noise", DATA_THEN_NOISE, -1),
        ]
        groups = {name: {kind: at[kind][:, moment]} for name, kind, moment in moments if kind in at}
        ends.append(points(f"2e, g · {what.split(' (')[0]}, a point a seed", groups, x=what))
    return [ends[0], *panels, ends[1]], ways.controls() if ways else []


def options(dataset: str, hidden: Sequence[int]) -> dict:
    """The three sizes of the experiment."""
    same = {"dataset": dataset, "hidden": list(hidden)}
    return {
        "smoke": same | {"epochs": 30, "noise_examples": 64_000},
        "quick": same | {"epochs": 10, "noise_examples": 256_000},
        "paper": same | {"epochs": PAPER.epochs, "noise_examples": PAPER.noise_examples},
    }


def cells(sets: Sequence[int], *more: str) -> list[dict]:
    """Every kind on every set, and `more` kinds on the whole set."""
    every = [{"network": kind, "examples": examples} for examples in sets for kind in (FA, NOISE_FA, BP)]
    return every + [{"network": kind, "examples": ALL} for kind in more]


EXPERIMENTS = (
    Experiment(
        id="fig2",
        paper=True,
        where="Figure 2b-g",
        title="Practice on noise makes learning from data faster",
        run=run,
        cells=cells((ALL, *SMALL_SETS), DATA_THEN_NOISE),
        options=options("mnist", [100]),
        datasets=("mnist",),
        claims=(*learning_claims("2", (ALL, *SMALL_SETS), "MNIST"), *order_claims()),
        picture=picture_of("2", (ALL, *SMALL_SETS), 1, way=True),
    ),
    Experiment(
        id="figB3",
        paper=True,
        where="Appendix B.3",
        title="The same with two hidden layers",
        run=run,
        cells=cells((ALL,)),
        options=options("mnist", [100, 100]),
        datasets=("mnist",),
        claims=learning_claims("B3", (ALL,), "MNIST with two hidden layers"),
        picture=picture_of("B3", (ALL,), 2),
    ),
    Experiment(
        id="figB4",
        paper=True,
        where="Appendix B.4",
        title="The same on CIFAR-10",
        run=run,
        cells=cells((ALL,)),
        options=options("cifar10", [100]),
        datasets=("cifar10",),
        claims=learning_claims("B4", (ALL,), "CIFAR-10"),
        picture=picture_of("B4", (ALL,), 1),
    ),
)
