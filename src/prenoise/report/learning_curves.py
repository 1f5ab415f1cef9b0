"""Learning curves: test accuracy and alignment over training, a line a kind of network, a band over its seeds."""

from collections.abc import Mapping

import altair as alt
import numpy as np
import pandas as pd

from prenoise.demo import Outcome
from prenoise.report.palette import COLOURS


def chart(epochs: np.ndarray, outcomes: Mapping[str, Outcome]) -> alt.TopLevelMixin:
    """Accuracy on the left, alignment on the right, with one legend."""
    table = pd.concat(
        pd.DataFrame(
            {
                "network": kind,
                "seed": np.repeat(np.arange(len(outcome.accuracy)), len(epochs)),
                "epoch": np.tile(epochs, len(outcome.accuracy)),
                "accuracy": outcome.accuracy.ravel(),
                "alignment": outcome.alignment.ravel(),
            }
        )
        for kind, outcome in outcomes.items()
    )
    colour = alt.Color("network:N", scale=alt.Scale(domain=list(COLOURS), range=list(COLOURS.values())), title=None)

    def panel(field: str, title: str, **axis):
        base = alt.Chart(table).encode(x=alt.X("epoch:Q", title="epochs of training"), color=colour)
        band = base.mark_area(opacity=0.2).encode(
            y=alt.Y(f"min({field}):Q", title=title, scale=alt.Scale(zero=False), **axis), y2=f"max({field}):Q"
        )
        line = base.mark_line(strokeWidth=2).encode(y=f"mean({field}):Q")
        return (band + line).properties(width=300, height=240)

    return (
        panel("accuracy", "test accuracy", axis=alt.Axis(format="%"))
        | panel("alignment", "angle between W and B (degrees)")
    ).configure_axis(labelFontSize=12, titleFontSize=12, grid=False)


def png(chart: alt.TopLevelMixin) -> bytes:
    """The chart as a picture, drawn here without a browser or a network."""
    import vl_convert

    return vl_convert.vegalite_to_png(chart.to_json(), scale=2)
