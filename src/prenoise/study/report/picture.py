"""A picture: panels drawn from numbers, what one may choose in it, and what it says to those who cannot see it.

A panel is drawn twice from the same chart: alone and as wide as the screen has room for it on the page, and beside the
others of its picture, with one legend, in a file for print.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import altair as alt

from prenoise.study.kinds import kind_named
from prenoise.study.report.palette import CONFIG, colour, dash, shape
from prenoise.study.report.tables import Tables

HIDDEN, A_LINE_A_SEED = "hidden", "each_seed"
SHOWN = f"indexof({HIDDEN}, datum.kind) < 0"
"""Keeps the rows of the kinds that are shown."""


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
        return self.options[self.chosen] if self.chosen else next(iter(self.options.values()))

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
    says: str
    """The chart in words, with its main numbers."""
    width: int = 250
    height: int = 210
    fixed: bool = False
    """Whether the width is as given on the page too, because the shape matters."""
    seeds: bool = False
    """Whether it can show a line a seed."""


@dataclass(frozen=True)
class Picture:
    """The panels of one figure. Those for which there is nothing to draw yet are None and left out."""

    caption: str
    all_panels: Sequence[Panel | None]
    kinds: Sequence[str] = ()
    controls: Sequence[Slider | Choice] = ()
    columns: int = 3
    notes: Sequence[str] = ()
    """What else the reader must know, a sentence each."""

    @property
    def panels(self) -> list[Panel]:
        return [panel for panel in self.all_panels if panel is not None]

    @property
    def has_seeds(self) -> bool:
        return any(panel.seeds for panel in self.panels)

    @cached_property
    def specs(self) -> list[str]:
        """What the page draws each panel from, as JSON that may stand in HTML."""
        texts = (
            json.dumps(self.on_page(panel), separators=(",", ":"), ensure_ascii=False, allow_nan=False)
            for panel in self.panels
        )
        return [text.replace("<", "\\u003c") for text in texts]

    def parameters(self) -> list[dict[str, Any]]:
        """What the charts look up: hidden kinds, a line a seed, and the controls."""
        chosen = [(control.signal, control.value) for control in self.controls]
        return [{"name": name, "value": value} for name, value in [(HIDDEN, []), (A_LINE_A_SEED, False), *chosen]]

    def on_page(self, panel: Panel) -> dict[str, Any]:
        """The Vega-Lite specification of one panel alone."""
        spec = panel.chart.properties(height=panel.height).to_dict(validate=False)
        fit = {"width": panel.width} if panel.fixed else {"width": "container"}
        autosize = {} if panel.fixed else {"autosize": {"type": "fit-x", "contains": "padding"}}
        spec.pop("config", None)
        return (
            spec
            | fit
            | autosize
            | {"config": CONFIG, "params": self.parameters(), "datasets": dict(panel.data), "padding": _MARGIN}
        )

    def in_print(self) -> dict[str, Any]:
        """The Vega-Lite specification of all panels and the legend, for a file."""
        charts = [
            panel.chart.properties(
                width=panel.width, height=panel.height, title=alt.Title(wrapped(panel.title, panel.width + 40))
            )
            for panel in self.panels
        ]
        rows = [charts[start : start + self.columns] for start in range(0, len(charts), self.columns)]
        data = Tables()
        independent: dict[str, Any] = {"color": "independent", "strokeDash": "independent", "shape": "independent"}
        parts = [alt.hconcat(*row, spacing=30).resolve_scale(**independent) for row in rows]
        whole = alt.vconcat(*parts, self._key(data), spacing=24).resolve_scale(**independent)
        datasets = {name: rows for panel in self.panels for name, rows in panel.data.items()} | data
        look = {"config": CONFIG | {"background": "white"}, "params": self.parameters(), "padding": 8}
        return whole.to_dict(validate=False) | look | {"datasets": datasets}

    def _key(self, data: Tables) -> Any:
        """What the colours stand for, and what the controls of the page are set to in print."""
        rows = [
            {"kind": kind, "left": 0, "right": 28, "text": f"{kind}: {kind_named(kind).meaning}"} for kind in self.kinds
        ]
        shown = [f"{control.label}: {control.says}" for control in self.controls]
        rows += [{"kind": "", "text": f"Shown here. {'. '.join(shown)}."}] if shown else []
        kinds = list(self.kinds)
        base = data.chart(rows).encode(y=alt.Y("kind:N", sort=[*kinds, ""], axis=None))
        marks = base.transform_filter("isValid(datum.left)").encode(color=colour(kinds))

        def x(field: str | int) -> alt.X | alt.XDatum:
            scale = alt.Scale(domain=[0, 600], nice=False)
            return alt.X(field, scale=scale, axis=None) if isinstance(field, str) else alt.XDatum(field, scale=scale)

        line = marks.mark_rule(strokeWidth=2).encode(x=x("left:Q"), x2="right:Q", strokeDash=dash(kinds))
        point = marks.mark_point(filled=True, size=40, opacity=1).encode(x=x(14), shape=shape(kinds))
        text = base.mark_text(align="left", fontSize=11).encode(x=x(36), text="text:N")
        return alt.layer(line, point, text).properties(width=600, height=17 * len(rows))


def wrapped(text: str, width: int) -> list[str]:
    """A title in lines that fit above its panel."""
    lines = [""]
    for word in text.split():
        if lines[-1] and 6.3 * (len(lines[-1]) + 1 + len(word)) > width:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip()
    return lines
