"""Single runs of `prenoise train`: their learning curves side by side."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from prenoise.study.experiment import Experiment

if TYPE_CHECKING:
    import xarray

    from prenoise.study.report.picture import Picture


def picture(results: "xarray.Dataset") -> "Picture":
    """Test accuracy, loss and angles of every run, named by what sets it apart from the others."""
    import altair as alt
    import numpy as np

    from prenoise.study.report.looks import numbers
    from prenoise.study.report.numbers import short, thinned
    from prenoise.study.report.picture import Panel, Picture
    from prenoise.study.report.tables import Tables

    epochs, names = np.asarray(results["epoch"].values, float), _names(results)

    def panel(title: str, variable: str, y: str, percent: bool = False) -> Panel:
        rows, said = [], []
        for place, name in enumerate(names):
            for seed, values in zip(results["seed"].values, results[variable].values[place], strict=True):
                there = values[~np.isnan(values)]
                if len(there):
                    label = f"{name}, seed {seed}" if name else f"seed {seed}"
                    rows += [{"run": label, "x": short(epochs[i]), "y": short(there[i])} for i in thinned(len(there))]
                    said.append(f"{label} goes from {there[0]:.3g} to {there[-1]:.3g}")
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


def _names(results: "xarray.Dataset") -> list[str]:
    """What sets each condition apart."""
    columns = {
        str(name): [str(value) for value in coordinate.values]
        for name, coordinate in results.coords.items()
        if coordinate.dims == ("condition",) and name not in ("condition", "content")
    }
    differing = [name for name, values in columns.items() if len(set(values)) > 1]
    return [
        ", ".join(f"{name} {columns[name][row]}" for name in differing) for row in range(results.sizes["condition"])
    ]


def _not_here(**_: Any) -> Mapping[str, Any]:
    raise NotImplementedError("single runs are made by prenoise train")


TRAINED = Experiment(
    id="train",
    where="prenoise train",
    title="Single runs on data",
    run=_not_here,
    cells=[],
    options={},
    picture=picture,
)
