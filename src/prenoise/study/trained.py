"""Single runs of `prenoise train`: kept like any other result, and drawn side by side."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import altair as alt
import numpy as np
from jax.tree_util import Partial

from prenoise.history import History
from prenoise.loading import load
from prenoise.measures import accuracy, alignment
from prenoise.network import Network
from prenoise.optimisers import adam
from prenoise.rules import Rule
from prenoise.study.experiment import SIZES, Experiment
from prenoise.study.given import Given
from prenoise.study.lab import keep
from prenoise.study.report.looks import numbers
from prenoise.study.report.numbers import short, thinned
from prenoise.study.report.picture import Panel, Picture
from prenoise.study.report.tables import Tables
from prenoise.training import train
from prenoise.weights_file import load_network

if TYPE_CHECKING:
    from prenoise.study.lab import Results


def last_angle(network: Network, rule: str | Rule) -> Any:
    """Mean angle of the last hidden layer, in degrees."""
    return alignment(network, rule)[-1].mean()


def run(given: Given) -> Mapping[str, Any]:
    """Train again as a kept run was trained: the same data, rule and layers, from its weights file or at random."""
    examples, test = load(given.dataset, scaling=given.scaling)
    block = given.random(given.layers, rule=given.rule)
    if given.weights:
        import jax

        network, _made_by = load_network(Path(given.weights))
        block = jax.tree.map(lambda leaf: np.stack([leaf] * len(given.seeds)), network)
    record = {"accuracy": Partial(accuracy, examples=test), "angle": Partial(last_angle, rule=given.rule)}
    _trained, history = train(
        block,
        examples,
        key=given.keys.order,
        epochs=given.epochs,
        batch=given.batch,
        rule=given.rule,
        optimiser=adam(given.rate),
        record=record,
    )
    return curves(history)


def curves(history: History) -> dict[str, Any]:
    """The named arrays of a run that recorded accuracy and angle, with an axis of seeds."""

    def of(values: Any) -> np.ndarray:
        return np.atleast_2d(np.asarray(values))

    return {
        "accuracy": (("seed", "epoch"), of(history.record["accuracy"])),
        "loss": (("seed", "epoch"), of(history.loss), {"units": "nats"}),
        "angle": (("seed", "epoch"), of(history.record["angle"]), {"units": "degrees"}),
        "epoch": (("epoch",), np.asarray(history.at)),
    }


def keep_training(folder: Path, condition: Mapping[str, Any], *, seed: int, history: History, seconds: float) -> Path:
    """Keep the curves of one run in `folder`, where `prenoise report` finds them.

    `condition` says what was trained: dataset, content (its hash), rule, start (in words), weights (a file, or empty),
    layers, epochs, batch, rate and scaling. `history` is that of the run, with accuracy and
    angle in its record; `seconds` is how long it took. The same run again replaces itself.
    """
    return keep(
        folder, TRAINED.id, TRAINED.function, condition=condition, seeds=[seed], arrays=curves(history), seconds=seconds
    )


def picture(results: "Results") -> Picture:
    """Test accuracy, loss and angles of every run, named by what sets it apart from the others."""
    runs = {name: results[cell] for name, cell in _named(results.cells).items()}

    def panel(title: str, variable: str, y: str, percent: bool = False) -> Panel:
        rows, said = [], []
        for name, found in runs.items():
            epochs = np.asarray(found["epoch"], float)
            for seed, values in zip(found["seed"].values, found[variable].values, strict=True):
                label = f"{name}, seed {seed}" if name else f"seed {seed}"
                rows += [{"run": label, "x": short(epochs[i]), "y": short(values[i])} for i in thinned(len(values))]
                said.append(f"{label} goes from {values[0]:.3g} to {values[-1]:.3g}")
        data = Tables()
        chart = (
            data.chart(rows, main=True)
            .mark_line(strokeWidth=1.8, point=alt.OverlayMarkDef(size=90, opacity=0))
            .encode(
                x=alt.X("x:Q", title="epochs of training", scale=alt.Scale(nice=False), axis=alt.Axis(format=".4~s")),
                y=alt.Y("y:Q", title=y, scale=alt.Scale(zero=False), axis=numbers(percent)),
                color=alt.Color(
                    "run:N",
                    scale=alt.Scale(range=_COLOURS),
                    legend=alt.Legend(title=None, orient="bottom", columns=1, labelLimit=300),
                ),
                tooltip=[alt.Tooltip("run:N"), alt.Tooltip("x:Q", title="epochs"), alt.Tooltip("y:Q", title=y)],
            )
        )
        return Panel(title, chart, data, f"{title}: {'; '.join(said)}.", width=300)

    return Picture(
        caption="Every run in this folder, measured on the test examples after each epoch.",
        all_panels=[
            panel("Test accuracy", "accuracy", "test accuracy", percent=True),
            panel("Loss on the training batches", "loss", "loss (nats)"),
            panel("Angle between forward weights and feedback, last hidden layer", "angle", "angle (degrees)"),
        ],
    )


_COLOURS = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00", "#7F7F7F"]


def _named(cells: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """The conditions, each under what sets it apart from the others."""
    differing = [name for name in cells[0] if name != "content" and len({str(cell.get(name)) for cell in cells}) > 1]
    return {", ".join(f"{name} {cell.get(name)}" for name in differing): cell for cell in cells}


TRAINED = Experiment(
    id="train",
    where="prenoise train",
    title="Single runs on data",
    run=run,
    options={size: {} for size in SIZES},
    picture=picture,
)
"""What `prenoise train --out` keeps. Its conditions are those that people trained in."""
