"""The paper's main result on the embedded digits: three ways to learn, side by side, over several seeds."""

import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, cast

import jax
import numpy as np
from jax.tree_util import Partial

from prenoise.loading import load
from prenoise.measures import accuracy, alignment, area_under_curve
from prenoise.network import Network
from prenoise.paper import PAPER
from prenoise.study.cells import cell
from prenoise.study.claims import Claim, Equivalent, Paired
from prenoise.study.experiment import Experiment
from prenoise.study.kinds import BP, FA, NOISE_FA, fresh, keys
from prenoise.training import pretrain, train

if TYPE_CHECKING:
    import xarray

    from prenoise.study.report.picture import Picture


class Outcome(NamedTuple):
    """How one kind of network learned: a row a seed, a column an epoch."""

    accuracy: np.ndarray
    alignment: np.ndarray
    """Mean over hidden neurons, in degrees."""
    area_under_curve: np.ndarray
    seconds: float


def run(seeds: Sequence[int], tell: Callable[[float], None]) -> tuple[np.ndarray, dict[str, Outcome]]:
    """The epochs, and for each kind of network what came out.

    The three networks of a seed start from the same forward and feedback weights and see the data in the same order.
    """
    train_examples, test_examples = load("digits")
    key = keys(seeds)
    untrained = fresh([train_examples.raw.shape[1], *PAPER.hidden, 10], key)

    phases = 4

    def part(phase: int) -> Callable[[float], None]:
        return lambda fraction: tell((phase + fraction) / phases)

    ready, _ = pretrain(untrained, key=key.noise, progress=part(0))
    starts = {FA: (untrained, "fa"), NOISE_FA: (ready, "fa"), BP: (untrained, "bp")}
    epochs, outcomes = np.empty(0), {}
    for phase, (kind, (network, rule)) in enumerate(starts.items(), 1):
        start = time.monotonic()
        _, history = train(
            network,
            train_examples,
            key=key.order,
            rule=rule,
            record={"accuracy": Partial(accuracy, examples=test_examples), "alignment": mean_alignment},
            progress=part(phase),
        )
        curve = history.record["accuracy"]
        epochs, area = history.at, area_under_curve(curve, history.at)
        measured = (np.asarray(values) for values in (curve, history.record["alignment"], area))
        outcomes[kind] = Outcome(*measured, seconds=time.monotonic() - start)
    return epochs, outcomes


def mean_alignment(network: Network) -> jax.Array:
    """Mean angle of the last hidden layer."""
    return alignment(network)[-1].mean()


def keep(folder: Path, seeds: Sequence[int], epochs: np.ndarray, outcomes: Mapping[str, Outcome]) -> None:
    """Store the curves where `prenoise report` finds them, in place of those of an earlier demo."""
    from prenoise.study import lab

    for earlier in (folder / DEMO.id).glob("*.nc"):
        earlier.unlink()

    for kind, outcome in outcomes.items():
        lab.keep(
            folder,
            DEMO.id,
            DEMO.function,
            condition={"network": kind},
            seeds=seeds,
            arrays={
                "accuracy": (("seed", "epoch"), outcome.accuracy),
                "angle": (("seed", "epoch"), outcome.alignment, {"units": "degrees"}),
                "area": (("seed",), outcome.area_under_curve, {"units": "accuracy"}),
                "epoch": (("epoch",), epochs),
            },
            seconds=outcome.seconds,
        )


def picture(results: "xarray.Dataset") -> "Picture":
    """Accuracy and alignment over training, and the area under the curves."""
    from prenoise.study.report.curves import curves
    from prenoise.study.report.picture import Picture
    from prenoise.study.report.points import points
    from prenoise.study.report.reading import axis, by_kind

    kinds, epochs = [FA, NOISE_FA, BP], axis(results, "epoch")
    return Picture(
        caption="Three networks of every seed learn scikit-learn's digits, 1,437 to learn from and 360 to test on, "
        "from the same weights and in the same order. Bands reach from the lowest to the highest seed.",
        all_panels=[
            curves(
                "Test accuracy",
                epochs,
                by_kind(results, "accuracy", kinds),
                x="epochs of training",
                y="test accuracy",
                percent=True,
            ),
            curves(
                "Angle between forward weights and feedback",
                epochs,
                by_kind(results, "angle", kinds),
                x="epochs of training",
                y="angle (degrees)",
                level=(90.0, "90, chance"),
            ),
            points(
                "Area under the curve, a point a seed",
                {"digits": by_kind(results, "area", kinds)},
                x="area under the curve of test accuracy",
            ),
        ],
        kinds=kinds,
    )


DEMO = Experiment(
    id="demo",
    where="prenoise demo",
    title="Practice on noise, then scikit-learn's digits",
    run=cast(Any, run),
    cells=[{"network": kind} for kind in (FA, NOISE_FA, BP)],
    options={},
    claims=(
        Claim(
            "demo.1",
            "Feedback alignment learns the digits faster after practice on noise than without.",
            Paired("greater"),
            lambda results: (cell(results, "area", network=NOISE_FA), cell(results, "area", network=FA)),
            unit="area under the curve",
            labels=(NOISE_FA, FA),
        ),
        Claim(
            "demo.2",
            "With practice on noise it learns them as fast as backpropagation (within 0.02).",
            Equivalent(),
            lambda results: (cell(results, "area", network=NOISE_FA), cell(results, "area", network=BP)),
            smallest=0.02,
            unit="area under the curve",
            labels=(NOISE_FA, BP),
        ),
        Claim(
            "demo.3",
            "At the end its forward weights are better aligned with the feedback.",
            Paired("less"),
            lambda results: (
                cell(results, "angle", network=NOISE_FA)[:, -1],
                cell(results, "angle", network=FA)[:, -1],
            ),
            unit="degrees",
            labels=(NOISE_FA, FA),
        ),
    ),
    picture=picture,
)
