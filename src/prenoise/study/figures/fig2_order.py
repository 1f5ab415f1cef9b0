"""Figure 2d-g: which way noise and data move the read-out's weights, and whether their order matters."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from prenoise.measures import angle
from prenoise.paper import PAPER
from prenoise.study import charts
from prenoise.study.claims import AgainstValue, Claim, EquivalentToValue, Paired
from prenoise.study.experiment import Experiment
from prenoise.study.given import Given
from prenoise.study.kinds import FA, MIRROR, NOISE, STYLES, Kind
from prenoise.study.measured import TRAJECTORY, by_layer
from prenoise.study.recipes import ANGLE, DISTANCE, LENGTH, USUAL, Effect, Family, Sample, difference
from prenoise.training import History

REVERSED = "FA, then noise"
PHASES = {FA: ["data"], NOISE: ["noise", "data"], MIRROR: ["noise", "data"], REVERSED: ["data", "noise"]}
SNAPSHOTS = 11
"""Moments of each phase at which the read-out's weights are kept."""
TURN = Effect(5.0, "degrees", "an eighteenth of a right angle")
DIRECTION = 45.0
"""Two moves this many degrees apart have as much in common as not."""
EFFECTS = {"angle": ANGLE, "distance": DISTANCE}
FAMILY = Family("figure 2d-g", paper=True)


def run(given: Given) -> Mapping[str, Any]:
    """The trajectory of the read-out's weights through noise and data, in the order of the kind."""
    examples, _test = given.data()
    start, noise = given.start(given.sizes(PAPER.hidden), record=TRAJECTORY)
    at = np.linspace(0, given.epochs, SNAPSHOTS).round(6)
    trained, history = given.train(start, examples, record=TRAJECTORY, at=at)
    phases = [history] if noise is None else [noise, history]
    if given.kind.name == REVERSED:
        trained, noise = given.pretrain(trained, record=TRAJECTORY)
        phases = [history, noise]
    return {
        "angle": (("seed", "moment"), _joined(phases, lambda part: by_layer(part["angle"])[..., -1])),
        "distance": (("seed", "moment"), _joined(phases, lambda part: part["distance"])),
        "weights": (("seed", "moment", "weight"), _joined(phases, lambda part: part["weights"])),
        "feedback": (("seed", "weight"), np.asarray(trained.feedback[-1]).reshape(len(given.seeds), -1)),
    }


def _joined(phases: Sequence[History], of: Callable[[Mapping[str, Any]], Any]) -> np.ndarray:
    """What was recorded in one phase after the other."""
    return np.concatenate([np.asarray(of(phase.record)) for phase in phases], axis=1)


def at(kind: str, moment: int) -> Callable[[str], Callable]:
    """`at(kind, moment)(variable)(results)`: a number per seed at that moment of the trajectory."""
    return lambda variable: lambda results: results[{"kind": kind}][variable].isel(moment=moment)


PLACES = {
    "untrained": at(FA, 0),
    "noise": at(NOISE, SNAPSHOTS - 1),
    "data": at(FA, -1),
    "noise, then data": at(NOISE, -1),
    "data, then noise": at(REVERSED, -1),
}
"""Where the weights are: before all, after one phase, after both."""


SUBJECTS = {
    "untrained": "Before training",
    "noise": "After noise",
    "data": "After data",
    "noise, then data": "After noise and then data",
    "data, then noise": "After data and then noise",
}


def closer(identity: str, near: str, far: str, variable: str) -> Claim:
    """One place is closer to the feedback than another."""
    then, otherwise = SUBJECTS[near], SUBJECTS[far].lower()
    return FAMILY.claim(
        identity,
        f"{then} the read-out's weights are closer to the feedback than {otherwise} (by {variable}).",
        Paired("less"),
        {place: PLACES[place](variable) for place in (near, far)},
        EFFECTS[variable],
    )


def unchanged(identity: str, variable: str) -> Claim:
    """Noise after data leaves the read-out's weights as near to the feedback as they were."""
    change = difference(PLACES["data, then noise"](variable), PLACES["data"](variable))
    return FAMILY.claim(
        identity,
        "Noise after data does not bring the read-out's weights closer to the feedback or away from it "
        f"(by {variable}).",
        EquivalentToValue(0.0),
        {"change by noise after data": change},
        EFFECTS[variable],
    )


def move(results, kind: str, start: int, stop: int) -> Any:
    """How the read-out's weights moved between two moments: seed x weight."""
    weights = results[{"kind": kind}]["weights"]
    return weights.isel(moment=stop) - weights.isel(moment=start)


def length(kind: str, start: int, stop: int) -> Sample:
    """How far they moved, a number per seed."""
    return lambda results: (move(results, kind, start, stop) ** 2).sum("weight") ** 0.5


def apart(identity: str, sentence: str, moves: Sequence[tuple[str, int, int]]) -> Claim:
    """Two moves have different directions."""

    def between(results) -> Any:
        first, second = (move(results, *where) for where in moves)
        return first.isel(weight=0, drop=True).copy(data=np.asarray(angle(first.values, second.values)))

    return FAMILY.claim(
        identity, sentence, AgainstValue(DIRECTION, "greater"), {"angle between the moves": between}, TURN
    )


LAST = SNAPSHOTS - 1
CLAIMS = (
    apart("2d.1", "Noise and data move random weights in different directions.", [(NOISE, 0, LAST), (FA, 0, LAST)]),
    closer("2e.1", "noise", "untrained", "distance"),
    closer("2e.2", "data", "untrained", "distance"),
    closer("2e.3", "data", "noise", "angle"),
    closer("2e.4", "data", "noise", "distance"),
    closer("2e.5", "noise, then data", "data", "distance"),
    apart(
        "2f.1",
        "Noise after data moves the weights in another direction than the data did.",
        [(REVERSED, 0, LAST), (REVERSED, SNAPSHOTS, -1)],
    ),
    closer("2g.1", "noise, then data", "data, then noise", "angle"),
    unchanged("2g.2", "angle"),
    FAMILY.claim(
        "2g.3",
        "Noise moves the read-out's weights less after data than before it.",
        Paired("less"),
        {REVERSED: length(REVERSED, SNAPSHOTS, -1), NOISE: length(NOISE, 0, LAST)},
        LENGTH,
    ),
    closer("2g.4", "noise, then data", "noise", "angle"),
    closer("2g.5", "noise, then data", "noise", "distance"),
    closer("2g.6", "noise, then data", "data, then noise", "distance"),
    unchanged("2g.7", "distance"),
)


def picture(results):
    """The trajectories through one plane, and how near to the feedback they come."""
    there = [kind for kind in PHASES if {"kind": kind} in results]
    weights = {("", kind): [results[{"kind": kind}]["weights"]] for kind in there}
    feedback = results[{"kind": there[0]}]["feedback"]
    plane = charts.Trajectories.of(PHASES, weights, feedback)

    def ends(variable: str, what: str) -> Any:
        groups = {}
        for name, kind in zip(PLACES, (FA, NOISE, FA, NOISE, REVERSED), strict=True):
            try:
                groups[name] = {kind: np.asarray(PLACES[name](variable)(results))}
            except KeyError:
                continue
        return charts.points(f"2e, g · {what.partition(' (')[0]}", groups, x=what)

    return charts.Picture(
        caption="The trajectory of the read-out's weights through noise and data, and through data and noise, in the "
        "plane of its two principal components, and how near to the feedback it comes.",
        all_panels=[
            ends("angle", "angle to the feedback (degrees)"),
            plane.panel("2d · noise (dotted), then data", [FA, NOISE, MIRROR]) if plane else None,
            plane.panel("2f · the other order: data, then noise (dotted)", [NOISE, REVERSED]) if plane else None,
            ends("distance", "distance to the feedback"),
        ],
        kinds=list(PHASES),
        controls=plane.controls() if plane else [],
    )


EXPERIMENTS = (
    Experiment(
        id="fig2-order",
        paper=True,
        where="Figure 2d-g",
        title="The order of noise and data",
        run=run,
        cells=[{"kind": kind} for kind in PHASES],
        options=USUAL,
        datasets=("mnist",),
        claims=CLAIMS,
        picture=picture,
        kinds=(Kind(REVERSED, "feedback alignment from random weights, noise afterwards", **STYLES["purple"]),),
    ),
)
