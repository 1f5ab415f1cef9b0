"""Figure 5b-c: learning each of three tasks, and the trajectory of the read-out's weights meanwhile."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from prenoise.study import charts
from prenoise.study.claims import Claim
from prenoise.study.experiment import Experiment
from prenoise.study.figures.fig5 import FAMILY, HIDDEN, TASKS
from prenoise.study.given import Given
from prenoise.study.kinds import COMPARED, FA, MIRROR, NOISE, ZERO
from prenoise.study.measured import TRAJECTORY, learned
from prenoise.study.panels import by_kind, learning_curves
from prenoise.study.recipes import ANGLE, LENGTH, USUAL, nth, numbers

SNAPSHOTS = 11


def run(given: Given) -> Mapping[str, Any]:
    """Learning curve on one task, and the trajectory of the read-out's weights."""
    examples, test = given.data(given.task)
    start, noise = given.start(given.sizes(HIDDEN, given.task), record=TRAJECTORY)
    trained, history, arrays = learned(given, start, examples, test, record=TRAJECTORY)
    weights = np.asarray(history.record["weights"])
    moments = np.linspace(0, len(history.at) - 1, SNAPSHOTS).round().astype(int)
    result = arrays | {
        "length": (("seed",), np.linalg.norm(np.diff(weights, axis=1), axis=2).sum(axis=1)),
        "weights": (("seed", "snapshot", "weight"), weights[:, moments]),
        "feedback": (("seed", "weight"), np.asarray(trained.feedback[-1]).reshape(len(given.seeds), -1)),
    }
    if noise is not None:
        result["weights_on_noise"] = (("seed", "noise_moment", "weight"), np.asarray(noise.record["weights"]))
    return result


def claims_of(number: int, task: str, name: str) -> tuple[Claim, ...]:
    """Figures 5b and 5c on one task. Speed on MNIST with these layers is the statement B3b.1."""
    way = FAMILY.compared(
        f"5b.{number + 1}",
        f"Adapting to {name}, the read-out's weights travel a shorter way after noise pretraining.",
        numbers("length", task=task),
        LENGTH,
        direction="less",
    )
    if task == "mnist":
        return (way,)
    return way, *FAMILY.learning(f"5c.{task}", f"On {name}", numbers("area", task=task), to_bp=False)


CLAIMS = (
    FAMILY.compared(
        "5b.1",
        "Before any task the read-out's weights are closer to the feedback after noise pretraining.",
        numbers("angle", nth(epoch=0, hidden_layer=-1), task="mnist"),
        ANGLE,
        direction="less",
    ),
    *(claim for number, (task, name) in enumerate(TASKS.items(), 1) for claim in claims_of(number, task, name)),
)


def picture(results):
    """The trajectory of the read-out's weights on every task, and how fast each is learned."""
    phases = {kind: ["noise", "data"] if kind in (NOISE, MIRROR) else ["data"] for kind in (FA, NOISE, ZERO)}
    weights, feedback = {}, None
    for task in TASKS:
        for kind in phases:
            if {"kind": kind, "task": task} in results:
                found = results[{"kind": kind, "task": task}]
                names = [name for name in ("weights_on_noise", "weights") if name in found]
                weights[task, kind], feedback = [found[name] for name in names], found["feedback"]
    plane = charts.Trajectories.of(phases, weights, feedback) if feedback is not None else None
    angles = {name: by_kind(results, "angle", task=task) for task, name in TASKS.items()}
    start = {name: {kind: values[:, 0, -1] for kind, values in there.items()} for name, there in angles.items()}
    return charts.Picture(
        caption="The trajectory of the read-out's weights on every task (5b), and how fast each is learned (5c).",
        all_panels=[
            *(
                plane.panel(f"5b · trajectory of the weights, {name} (dotted: noise)", list(phases), task)
                for task, name in TASKS.items()
                if plane
            ),
            *(learning_curves(f"5c · test accuracy, {name}", results, task=task) for task, name in TASKS.items()),
            charts.points("5b · angle to the feedback before the task", start, x="angle (degrees)"),
            charts.points(
                "5b · length of the trajectory during the task",
                {name: by_kind(results, "length", task=task) for task, name in TASKS.items()},
                x="length of the trajectory",
            ),
        ],
        kinds=COMPARED,
        controls=plane.controls() if plane else [],
    )


EXPERIMENTS = (
    Experiment(
        id="fig5-tasks",
        paper=True,
        where="Figure 5b-c",
        title="Adapting to three tasks",
        run=run,
        cells=[{"kind": kind, "task": task} for task in TASKS for kind in COMPARED],
        options=USUAL,
        datasets=tuple(TASKS),
        claims=CLAIMS,
        picture=picture,
    ),
)
