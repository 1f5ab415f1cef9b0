"""Single runs of `prenoise train`: kept like any other result, and drawn side by side."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from prenoise.history import History
from prenoise.measures import alignment
from prenoise.network import Network
from prenoise.rules import Rule
from prenoise.study import charts
from prenoise.study.lab import keep

if TYPE_CHECKING:
    from prenoise.study.lab import Results

RUNS = "train"
"""The folder of these results, as that of an experiment."""


def last_angle(network: Network, rule: str | Rule) -> Any:
    """Mean angle of the last hidden layer, in degrees."""
    return alignment(network, rule)[-1].mean()


def keep_training(folder: Path, condition: Mapping[str, Any], *, seed: int, history: History, seconds: float) -> Path:
    """Keep the curves of one run in `folder`, where `prenoise report` finds them.

    `condition` says what was trained: dataset, content (its hash), rule, start (in words), weights (a file, or empty),
    layers, epochs, batch, rate and scaling. `history` is that of the run, with accuracy and `last_angle` in its record;
    `seconds` is how long it took. The same run again replaces itself.
    """

    def of_seed(values: Any) -> np.ndarray:
        return np.asarray(values)[None]

    arrays = {
        "accuracy": (("seed", "epoch"), of_seed(history.record["accuracy"])),
        "loss": (("seed", "epoch"), of_seed(history.loss), {"units": "nats"}),
        "angle": (("seed", "epoch"), of_seed(history.record["angle"]), {"units": "degrees"}),
        "epoch": (("epoch",), np.asarray(history.at)),
    }
    made_by = "prenoise.training:train"
    return keep(folder, RUNS, made_by, condition=condition, seeds=[seed], arrays=arrays, seconds=seconds)


def picture(results: "Results") -> Any:
    """Test accuracy, loss and angles of every run, named by what sets it apart from the others."""
    runs = {
        ", ".join(filter(None, [name, f"seed {seed}"])): results[cell].sel(seed=seed)
        for name, cell in _named(results.cells).items()
        for seed in results[cell]["seed"].values
    }
    epochs = np.unique(np.concatenate([run["epoch"].values for run in runs.values()]))

    def panel(title: str, variable: str, y: str, percent: bool = False) -> Any:
        curves = {name: run[variable].reindex(epoch=epochs).values[None] for name, run in runs.items()}
        return charts.curves(title, epochs, curves, x="epochs of training", y=y, percent=percent, width=300)

    return charts.Picture(
        caption="Every run in this folder, measured on the test examples after each epoch.",
        all_panels=[
            panel("Test accuracy", "accuracy", "test accuracy", percent=True),
            panel("Loss on the training batches", "loss", "loss (nats)"),
            panel("Angle between forward weights and feedback, last hidden layer", "angle", "angle (degrees)"),
        ],
        kinds=list(runs),
    )


def _named(cells: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """The conditions, each under what sets it apart from the others."""
    differing = [name for name in cells[0] if name != "content" and len({str(cell.get(name)) for cell in cells}) > 1]
    return {", ".join(f"{name} {cell.get(name)}" for name in differing): cell for cell in cells}
