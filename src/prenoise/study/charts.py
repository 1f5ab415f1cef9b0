"""What figures are drawn with: the report's charts, imported when a picture is drawn and not before."""

# ruff: noqa: PLC0414 (names that type checkers are to see)
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from prenoise.study.report.curves import curves as curves
    from prenoise.study.report.gallery import gallery as gallery
    from prenoise.study.report.heatmap import heatmap as heatmap
    from prenoise.study.report.histogram import binned as binned
    from prenoise.study.report.histogram import histogram as histogram
    from prenoise.study.report.histogram import spread as spread
    from prenoise.study.report.intervals import intervals as intervals
    from prenoise.study.report.lines import lines_by as lines_by
    from prenoise.study.report.matrices import colour_bar as colour_bar
    from prenoise.study.report.matrices import matrices as matrices
    from prenoise.study.report.matrices import most_alike_first as most_alike_first
    from prenoise.study.report.picture import Choice as Choice
    from prenoise.study.report.picture import Panel as Panel
    from prenoise.study.report.picture import Picture as Picture
    from prenoise.study.report.picture import Slider as Slider
    from prenoise.study.report.points import points as points
    from prenoise.study.report.trajectories import Trajectories as Trajectories

_MODULES = {
    "curves": ["curves"],
    "gallery": ["gallery"],
    "heatmap": ["heatmap"],
    "histogram": ["binned", "histogram", "spread"],
    "intervals": ["intervals"],
    "lines": ["lines_by"],
    "matrices": ["colour_bar", "matrices", "most_alike_first"],
    "picture": ["Choice", "Panel", "Picture", "Slider"],
    "points": ["points"],
    "trajectories": ["Trajectories"],
}
_MODULE_OF = {name: module for module, names in _MODULES.items() for name in names}


def __getattr__(name: str) -> Any:
    if name not in _MODULE_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"prenoise.study.report.{_MODULE_OF[name]}"), name)
