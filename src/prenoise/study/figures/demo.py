"""The paper's main result and its controls on the embedded digits: five kinds side by side, over several seeds."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from prenoise.paper import PAPER
from prenoise.study import charts
from prenoise.study.experiment import DIGITS, Experiment
from prenoise.study.given import Given
from prenoise.study.kinds import BP, COMPARED, FA, MIRROR, NOISE, ZERO
from prenoise.study.measured import learned
from prenoise.study.panels import angles, areas, by_kind, labels, learning_curves
from prenoise.study.recipes import ANGLE, SMALL_AREA, Family, nth, numbers

if TYPE_CHECKING:
    from prenoise.study.lab.results import Results


FINAL_ANGLE = numbers("angle", nth(epoch=-1, hidden_layer=-1))
FAMILY = Family("demo, ours")


def run(given: Given) -> Mapping[str, Any]:
    """Learning curve and alignment on the digits."""
    examples, test = given.data()
    start, _noise = given.start(given.sizes(PAPER.hidden))
    return learned(given, start, examples, test)[-1]


def table(results: "Results") -> dict[str, dict[str, np.ndarray]]:
    """For each kind, what the demo shows of it: numbers per seed under their names."""
    columns = {"area under curve": numbers("area"), "final accuracy": numbers("final_accuracy")}
    columns["angle (degrees)"] = FINAL_ANGLE
    return {kind: {name: np.asarray(of(results, kind)) for name, of in columns.items()} for kind in COMPARED}


def sentences(results: "Results") -> list[str]:
    """What noise pretraining gives, what a read-out of zero gives for nothing, and what mirrored noise gives."""
    area = {kind: np.asarray(numbers("area")(results, kind)) for kind in COMPARED}

    def closed(kind: str) -> str:
        share = (area[kind] - area[FA]).mean() / (area[BP] - area[FA]).mean()
        return f"{share:.0%} of the gap to backpropagation"

    def better(kind: str, than: str) -> str:
        gain = area[kind] - area[than]
        verb = "raises" if gain.mean() >= 0 else "lowers"
        seeds = (gain * np.sign(gain.mean()) > 0).sum()
        return f"{verb} it by {abs(gain.mean()):.3f} ({seeds} of {len(gain)} seeds)"

    return [
        f"Noise pretraining: the area under the learning curve of feedback alignment is {area[FA].mean():.3f}; noise "
        f"pretraining {better(NOISE, FA)}, {closed(NOISE)}.",
        f"For nothing: a read-out of zero, without any noise, {better(ZERO, FA)}, {closed(ZERO)}.",
        f"Mirrored noise: noise pretraining with a weight mirror {better(MIRROR, FA)}, {closed(MIRROR)}.",
    ]


LOOK_FIRST = (
    "the first ten epochs of test accuracy, that is, not where the curves end but how soon they rise; and the read-out "
    "of zero, the control that has seen no noise.",
    "Noise is a stream of random images with random labels: there is nothing in it to learn.",
    "Feedback is the fixed random matrix that carries errors back in place of the transposed weights.",
    "The angle is the one between a neuron's outgoing weights and its feedback: at 90 degrees, errors tell a neuron "
    "nothing of what it should change; the smaller the angle, the more they tell.",
)


def picture(results: "Results"):
    """Accuracy and alignment over training, and the area under the curves."""
    return charts.Picture(
        look_first=LOOK_FIRST,
        caption="Five kinds learn scikit-learn's digits, 1,437 to learn from and 360 to test on; those of a seed start "
        "from the same random network and see the same data in the same order.",
        all_panels=[
            learning_curves("Test accuracy", results),
            angles(
                "Angle between forward weights and feedback",
                labels(results, "epoch"),
                {kind: values[..., -1] for kind, values in by_kind(results, "angle").items()},
                x="epochs of training",
            ),
            areas("Area under the curve", results, {"digits": {}}),
        ],
        kinds=COMPARED,
    )


OPTIONS = {"epochs": PAPER.epochs, "noise_examples": 250_000}
"""Half the paper's amount of noise, so that nobody waits."""

DEMO = Experiment(
    id="demo",
    where="prenoise demo",
    title="Noise pretraining and its controls on scikit-learn's digits",
    run=run,
    cells=[{"kind": kind} for kind in COMPARED],
    options=dict.fromkeys(("smoke", "quick", "paper"), OPTIONS),
    datasets=(DIGITS,),
    claims=(
        *FAMILY.learning("demo", "On the digits", numbers("area"), SMALL_AREA),
        FAMILY.compared(
            "demo.angle",
            "On the digits, the read-out's angle is smaller at the end after noise pretraining than without.",
            FINAL_ANGLE,
            ANGLE,
            direction="less",
        ),
    ),
    picture=picture,
    seeds=dict.fromkeys(("smoke", "quick", "paper"), 5),
)

EXPERIMENTS = (DEMO,)
