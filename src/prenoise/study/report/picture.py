"""A picture: panels drawn from numbers, what one may choose in it, and what it says to those who cannot see it.

Charts leave open what panels share. Here they get it: the looks of kinds, one y-axis where panels are compared, and the
values of the controls that they look up. A panel is drawn alone on the page, and on a sheet for print.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from prenoise.study.kinds import Kind
from prenoise.study.report.looks import CONFIG, dressed, looks
from prenoise.study.report.tables import Tables

HIDDEN, LINE_PER_SEED = "hidden", "line_per_seed"
SHOWN = f"indexof({HIDDEN}, datum.kind) < 0"
"""Keeps the rows of the kinds that are shown."""
MOST_RAW = 12_000
"""Raw rows of a panel. Beyond it only their summary is drawn."""
_MARGIN = {"left": 4, "right": 16, "top": 6, "bottom": 4}
"""Room for labels that stand out at the ends of an axis."""


@dataclass(frozen=True)
class Slider:
    """A walk through time: `labels` says what each step is. It starts at the last."""

    signal: str
    label: str
    labels: Sequence[str]

    @property
    def value(self) -> int:
        return len(self.labels) - 1

    @property
    def says(self) -> str:
        """What it is set to."""
        return self.labels[-1]


@dataclass(frozen=True)
class Choice:
    """One of several, as the seed whose weights are shown."""

    signal: str
    label: str
    options: Mapping[str, Any]
    """What each is called, and the value it stands for."""
    chosen: str = ""
    """The one to start with; the first without."""

    @property
    def value(self) -> Any:
        return self.options[self.says]

    @property
    def says(self) -> str:
        """What it is set to."""
        return self.chosen or next(iter(self.options))


@dataclass(frozen=True)
class Panel:
    """One chart of a picture, without size, title or parameters."""

    title: str
    chart: Any
    data: Tables
    says: str | Mapping[Any, str]
    """The chart in words, with its main numbers; for each value of the choice `follows` where it has one."""
    note: str = ""
    """How many seeds, and what lines, dots and bands are."""
    width: int = 250
    height: int = 210
    fixed: bool = False
    """Whether its width and height are as given on the page too, because the shape matters."""
    least: int = 0
    """Pixels of width that it needs on paper where names stand beside it; its height is then as given."""
    line_per_seed: bool = False
    """Whether it can show a line per seed."""
    follows: str = ""
    """The choice its words follow."""
    extent: tuple[float | int, float | int] | None = None
    """Lowest and highest value along y."""
    same_y: str = ""
    """Panels of a picture with the same word here have the same y-axis."""
    looks_up: Mapping[str, Any] = field(default_factory=dict)
    """Constants that its expressions name."""

    @cached_property
    def spec(self) -> dict[str, Any]:
        """Its chart as plain values."""
        return {name: value for name, value in self.chart.to_dict(validate=False).items() if name != "config"}

    def uses(self, signal: str) -> bool:
        """Whether the chart looks a signal up."""
        name = re.compile(rf"(?<![\w.'\"]){re.escape(signal)}(?![\w'\"])")
        return any(name.search(text) for text in _expressions(self.spec))

    def words(self, controls: "Sequence[Slider | Choice]") -> str:
        """The chart in words as its controls are set at first."""
        if isinstance(self.says, str):
            return self.says
        return self.says[next(control.value for control in controls if control.signal == self.follows)]

    def in_short(self) -> "Panel":
        """Without its raw rows, and saying so."""
        left_out = f"{self.data.raw_rows:,} single values are too many to draw here: only their summary is shown"
        note = f"{self.note}; {left_out}" if self.note else left_out
        return replace(self, data=self.data.without_raw(), note=note, line_per_seed=False)


def _expressions(part: Any) -> Iterator[str]:
    if isinstance(part, list):
        for inner in part:
            yield from _expressions(inner)
    elif isinstance(part, dict):
        for name, inner in part.items():
            if isinstance(inner, str) and name in ("filter", "expr", "calculate"):
                yield inner
            else:
                yield from _expressions(inner)


@dataclass(frozen=True)
class Picture:
    """The panels of one figure. Those for which there is nothing to draw yet are None and left out."""

    caption: str
    """What is drawn, never what comes out of it: that is for the claims."""
    all_panels: Sequence[Panel | None]
    kinds: Sequence[str] = ()
    controls: Sequence[Slider | Choice] = ()
    columns: int = 3
    notes: Sequence[str] = ()
    """What else the reader must know, a sentence each."""
    look_first: Sequence[str] = ()
    """What to look at first, in sentences above the panels."""

    @cached_property
    def panels(self) -> list[Panel]:
        there = [panel for panel in self.all_panels if panel is not None]
        return [panel.in_short() if panel.data.raw_rows > MOST_RAW else panel for panel in there]

    @cached_property
    def looks(self) -> list[Kind]:
        """The kinds of its legend as they are drawn."""
        return looks(self.kinds)

    def controls_of(self, panel: Panel) -> list[Slider | Choice]:
        """What moves a panel."""
        return [control for control in self.controls if panel.uses(control.signal)]

    def parameters(self, panel: Panel) -> list[dict[str, Any]]:
        """What a chart looks up: hidden kinds, a line per seed, and its controls."""
        values = {HIDDEN: [], LINE_PER_SEED: False, **panel.looks_up}
        values |= {control.signal: control.value for control in self.controls}
        return [{"name": name, "value": value} for name, value in values.items() if panel.uses(name)]

    def spec(self, panel: Panel) -> dict[str, Any]:
        """The Vega-Lite specification of a panel, without its size and its tables."""
        found = [row["kind"] for rows in panel.data.values() for row in rows if row.get("kind")]
        spec = dressed(panel.spec, looks([*self.kinds, *found]))
        if panel.same_y:
            extents = [other.extent for other in self.panels if other.same_y == panel.same_y and other.extent]
            limits = {"domainMin": min(low for low, _ in extents), "domainMax": max(high for _, high in extents)}
            _limit_y(spec, limits)
        return spec | {"config": CONFIG, "params": self.parameters(panel), "padding": _MARGIN}

    def on_page(self, panel: Panel) -> dict[str, Any]:
        """The specification of one panel for the page, its tables as columns."""
        size: dict[str, Any] = {"height": panel.height, "width": panel.width if panel.fixed else "container"}
        if not panel.fixed:
            size["autosize"] = {"type": "fit-x", "contains": "padding"}
        return self.spec(panel) | size | {"tables": panel.data.columns(), "main": panel.data.main}

    @cached_property
    def specs(self) -> list[str]:
        """What the page draws each panel from, as JSON that may stand in HTML."""
        return [in_html(self.on_page(panel)) for panel in self.panels]


def in_html(value: Any) -> str:
    """JSON that may stand inside an element of a page."""
    text = json.dumps(value, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return text.replace("<", "\\u003c")


def _limit_y(part: Any, limits: Mapping[str, float | int]) -> None:
    """Give every y-axis of a specification these limits."""
    if isinstance(part, list):
        for inner in part:
            _limit_y(inner, limits)
    elif isinstance(part, dict):
        if isinstance(y := part.get("y"), dict) and "scale" in y:
            y["scale"] = {name: value for name, value in y["scale"].items() if name != "domain"} | dict(limits)
        for inner in part.values():
            _limit_y(inner, limits)
