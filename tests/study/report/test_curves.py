"""Curves, and a level whose name keeps out of their way."""

import numpy as np
import pytest

from prenoise.study.kinds import FA
from prenoise.study.report.curves import curves


@pytest.mark.parametrize(("start", "end", "side"), [(90.0, 70.0, "right"), (70.0, 90.0, "left")])
def test_the_name_of_a_level_stands_where_the_curves_are_far_from_it(start, end, side):
    at = np.arange(5.0)
    panel = curves("angle", at, {FA: np.linspace(start, end, 5)[None]}, x="x", y="y", level=(90.0, "chance"))
    (marks,) = (layer["layer"] for layer in panel.chart.to_dict()["layer"] if "layer" in layer)
    assert [mark["mark"].get("align") for mark in marks] == [None, side]
