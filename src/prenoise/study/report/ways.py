"""The way of the read-out's weights in the plane in which they travel most, the feedback marked.

Each network's way starts at a ring, arrows show where it goes, and a filled mark shows how far the slider has it. It is
dotted where the network learns from noise, and a full line where it learns from data. Both
axes have the same scale, so distances may be compared in any direction.
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import altair as alt
import jax.numpy as jnp
import numpy as np

from prenoise.measures import principal_basis
from prenoise.study.cells import cell
from prenoise.study.report.palette import INK, colour, numbers, shape
from prenoise.study.report.picture import SHOWN, Choice, Panel, Slider
from prenoise.study.report.reading import complete_columns, short
from prenoise.study.report.tables import Tables

if TYPE_CHECKING:
    import xarray

TRAVELLED, SEED = "travelled", "seed"
STEPS = 20
_SIDE = 270


class Ways:
    """The ways of several kinds of network through one plane a seed, on one task or several."""

    def __init__(self, phases: Mapping[str, Sequence[str]]) -> None:
        self.phases = phases
        """What each kind learns from, one after the other: its way is as long in each."""
        self.rows: list[dict[str, Any]] = []
        self.feedback: list[dict[str, Any]] = []
        self.seeds: list[int] = []
        self.explained: list[float] = []

    def add(self, seed: int, ways: Mapping[tuple[str, str], np.ndarray], feedback: np.ndarray) -> None:
        """The ways (moment x weight) of one seed by (task, kind); a plane for all of them."""
        basis = principal_basis([jnp.asarray(way, jnp.float32) for way in ways.values()])
        self.seeds.append(seed)
        self.explained.append(float(np.sum(basis.explained)))
        x, y = (float(value) for value in np.asarray(basis.project(jnp.asarray(feedback, jnp.float32)[None]))[0])
        self.feedback.append({"seed": seed, "x": short(x), "y": short(y), "name": "feedback"})
        for (task, kind), way in ways.items():
            points = np.asarray(basis.project(jnp.asarray(way, jnp.float32)))
            ahead = np.diff(points, axis=0, append=points[-1:])
            if len(points) > 1:
                ahead[-1] = ahead[-2]
            for step, ((x, y), (dx, dy)) in enumerate(zip(points, ahead, strict=True)):
                share = step / max(len(points) - 1, 1)
                arrow = step % 3 == 1 and float(np.hypot(dx, dy)) > 0
                self.rows.append(
                    {"seed": seed, "task": task, "kind": kind, "x": short(x), "y": short(y), "share": round(share, 3)}
                    | {"phase": self.phases[kind][step * len(self.phases[kind]) // len(points)]}
                    | ({"heading": round(float(np.degrees(np.arctan2(dx, dy))))} if arrow else {})
                    | ({"start": 1} if step == 0 else {})
                )

    @classmethod
    def of(
        cls,
        results: "xarray.Dataset",
        phases: Mapping[str, Sequence[str]],
        ways: Mapping[tuple[str, str], Sequence[tuple[str, dict]]],
    ) -> "Ways | None":
        """From results: for each (task, kind) the parts of its way, one after the other, as (variable, condition).

        Seeds for which any part is missing are left out; without any seed there is nothing to draw.
        """
        if not ways:
            return None
        try:
            parts = {
                name: np.concatenate(
                    [complete_columns(cell(results, variable, **where)) for variable, where in of_way], 1
                )
                for name, of_way in ways.items()
            }
            feedback = cell(results, "feedback", **next(iter(ways.values()))[0][1])
        except KeyError:
            return None
        found = cls(phases)
        for row, seed in enumerate(results["seed"].values):
            if not any(np.isnan(way[row]).any() for way in parts.values()):
                found.add(int(seed), {name: way[row] for name, way in parts.items()}, feedback[row])
        return found if found.seeds else None

    def panel(self, title: str, kinds: Sequence[str], task: str = "", **size: Any) -> Panel | None:
        """The ways on one task."""
        rows = [row for row in self.rows if row["task"] == task]
        kinds = [kind for kind in kinds if any(row["kind"] == kind for row in rows)]
        if not rows:
            return None
        data, of_seed = Tables(), f"datum.seed == {SEED}"
        position = self._position()
        way = data.chart(rows).transform_filter(of_seed).transform_filter(SHOWN)
        way = way.encode(**position, color=colour(kinds))
        feedback = data.chart(self.feedback).transform_filter(of_seed).encode(**position)
        star = feedback.mark_point(shape=_STAR, filled=True, size=160, opacity=1, color=INK)
        name = feedback.mark_text(dy=17, fontSize=11).encode(text="name:N")
        said = "; ".join(self._closer(rows, kind) for kind in kinds)
        return Panel(
            title,
            alt.layer(*_travelled(way, kinds), star, name),
            data,
            f"{title}: ways of the read-out's weights, seed {self.seeds[0]}, in two principal components that hold "
            f"{np.mean(self.explained):.0%} of their variance. Distance to the feedback in this plane: {said}.",
            **({"width": _SIDE, "height": _SIDE, "fixed": True} | size),
        )

    def controls(self) -> list[Slider | Choice]:
        """How far along their ways the networks are, and which seed."""
        steps = [f"{step / STEPS:.0%} of the way" for step in range(STEPS + 1)]
        return [
            Slider(TRAVELLED, "Travelled", steps),
            Choice(SEED, "Seed", {f"seed {seed}": seed for seed in self.seeds}),
        ]

    def _position(self) -> dict[str, Any]:
        """Both axes, equally long and with room for all seeds."""
        points = np.array([[row["x"], row["y"]] for row in (*self.rows, *self.feedback)], float)
        low, high = points.min(axis=0), points.max(axis=0)
        reach = 0.56 * float((high - low).max()) or 1.0
        x, y = (
            alt.Scale(domain=[short(middle - reach, 3), short(middle + reach, 3)], nice=False)
            for middle in (low + high) / 2
        )
        return {
            "x": alt.X("x:Q", title="first principal component", scale=x, axis=numbers(False)),
            "y": alt.Y("y:Q", title="second principal component", scale=y, axis=numbers(False)),
        }

    def _closer(self, rows: Sequence[Mapping[str, Any]], kind: str) -> str:
        own = [row for row in rows if row["kind"] == kind and row["seed"] == self.seeds[0]]
        goal = self.feedback[0]
        far = [float(np.hypot(row["x"] - goal["x"], row["y"] - goal["y"])) for row in own]
        return f"{kind} from {far[0]:.2g} to {far[-1]:.2g}"


def _travelled(way: alt.Chart, kinds: list[str]) -> list[alt.Chart]:
    """The whole way, faint; on it, as far as it is travelled, a line with arrows from a ring to a filled mark."""
    so_far = way.transform_filter(f"datum.share <= {TRAVELLED} / {STEPS} + 0.001")
    by_phase = alt.Scale(domain=["noise", "data"], range=[[2, 2], [1, 0]])
    heading = so_far.transform_filter("isValid(datum.heading)")
    start = so_far.transform_filter("datum.start == 1")
    last = so_far.transform_window(rank="row_number()", sort=[alt.SortField("share", "descending")], groupby=["kind"])
    tips = [
        alt.Tooltip("kind:N", title="network"),
        alt.Tooltip("share:Q", title="of its way", format=".0%"),
        alt.Tooltip("phase:N", title="learning from"),
    ]
    return [
        way.mark_line(strokeWidth=1, opacity=0.25).encode(order="share:Q"),
        so_far.mark_line(strokeWidth=2).encode(
            order="share:Q", strokeDash=alt.StrokeDash("phase:N", scale=by_phase, legend=None)
        ),
        heading.mark_point(shape="triangle", filled=True, size=70, opacity=1).encode(
            angle=alt.Angle("heading:Q", scale=None)
        ),
        start.mark_point(shape="circle", size=90, strokeWidth=2, opacity=1),
        last.transform_filter("datum.rank == 1")
        .mark_point(filled=True, size=110, opacity=1)
        .encode(shape=shape(kinds), tooltip=tips),
    ]


def _star() -> str:
    """A star with five points, as an SVG path."""
    turns = np.arange(10) * np.pi / 5
    reach = np.where(np.arange(10) % 2 == 0, 1.0, 0.42)
    corners = zip(reach * np.sin(turns), -reach * np.cos(turns), strict=True)
    return "M" + "L".join(f"{x:.3f},{y:.3f}" for x, y in corners) + "Z"


_STAR = _star()
