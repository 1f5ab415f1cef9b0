"""The trajectory of the read-out's weights in the plane in which they travel most, the feedback marked by a star.

Every seed has a plane of its own. Its origin is the random network all kinds start from, and the feedback lies to the
upper right, so that the trajectories of several seeds may be seen together. Both axes have the same scale: distances
may be compared in any direction. A trajectory is dotted where the network learns from noise.
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import altair as alt
import numpy as np

from prenoise.measures import principal_basis
from prenoise.study.report.looks import COLOUR, INK, SHAPE, numbers
from prenoise.study.report.numbers import counted, finite, short
from prenoise.study.report.picture import SHOWN, Choice, Panel, Slider
from prenoise.study.report.tables import Tables

if TYPE_CHECKING:
    import xarray

TRAVELLED, SEED, LIMITS = "travelled", "seed_shown", "limits_of_seed"
STEPS = 20
MOST_SEEDS = 20
_WIDTH = 300
_OF_SEED = f"datum.seed == {SEED}"


class Trajectories:
    """The trajectories of several kinds through one plane per seed, on one task or several."""

    def __init__(self, phases: Mapping[str, Sequence[str]]) -> None:
        self.phases = phases
        """What each kind learns from, one after the other: its trajectory is as long in each."""
        self.rows: list[dict[str, Any]] = []
        self.feedback: list[dict[str, Any]] = []
        self.seeds: list[int] = []
        self.seeds_in_all = 0

    @classmethod
    def of(
        cls,
        phases: Mapping[str, Sequence[str]],
        weights: "Mapping[tuple[str, str], Sequence[xarray.DataArray]]",
        feedback: "xarray.DataArray",
    ) -> "Trajectories | None":
        """From the weights (seed x moment x weight) of each (task, kind), in parts that follow one another.

        `phases` says what each kind learns from, `feedback` is seed x weight. Seeds for which any part is missing are
        left out, and of many only the first are drawn; without any seed there is nothing to draw.
        """
        found = cls(phases)
        arrays = [part for parts in weights.values() for part in parts] + [feedback]
        for seed in sorted(set.intersection(*({int(seed) for seed in array["seed"].values} for array in arrays))):
            own = {
                name: np.concatenate([finite(part.sel(seed=seed).values, 2) for part in parts])
                for name, parts in weights.items()
            }
            if not any(np.isnan(trajectory).any() for trajectory in own.values()):
                found.seeds_in_all += 1
                if len(found.seeds) < MOST_SEEDS:
                    found.add(seed, own, finite(feedback.sel(seed=seed).values, 1))
        return found if found.seeds else None

    def add(self, seed: int, weights: Mapping[tuple[str, str], np.ndarray], feedback: np.ndarray) -> None:
        """The weights (moment x weight) of one seed by (task, kind), and the feedback; a plane for all of them."""
        basis = principal_basis([np.asarray(of_kind, np.float32) for of_kind in weights.values()])
        start = np.asarray(basis.project(np.asarray(next(iter(weights.values()))[:1], np.float32)))[0]
        goal = np.asarray(basis.project(np.asarray(feedback, np.float32)[None]))[0] - start
        turn = np.where(goal < 0, -1.0, 1.0)
        share = [f"{value:.0%}" for value in np.asarray(basis.explained).tolist()] + ["0%"]
        self.seeds.append(seed)
        self.feedback.append(
            {"seed": seed, "name": "feedback"}
            | {"x": short(turn[0] * goal[0]), "y": short(turn[1] * goal[1])}
            | {"along": f"first principal component ({share[0]} of variance)"}
            | {"across": f"second ({share[1]} of variance)"}
        )
        for (task, kind), of_kind in weights.items():
            points = turn * (np.asarray(basis.project(np.asarray(of_kind, np.float32))) - start)
            ahead = np.diff(points, axis=0, append=points[-1:])
            for step, ((x, y), (dx, dy)) in enumerate(zip(points, ahead, strict=True)):
                row = {"seed": seed, "task": task, "kind": kind, "x": short(x), "y": short(y)}
                row |= {"share": round(step / max(len(points) - 1, 1), 3)}
                row |= {"phase": self.phases[kind][step * len(self.phases[kind]) // len(points)]}
                if step % 4 == 1 and float(np.hypot(dx, dy)) > 0:
                    row |= {"heading": round(float(np.degrees(np.arctan2(dx, dy))))}
                self.rows.append(row)

    def panel(self, title: str, kinds: Sequence[str], task: str = "", **size: Any) -> Panel | None:
        """The trajectories of some kinds on one task."""
        rows = [row for row in self.rows if row["task"] == task and row["kind"] in kinds]
        if not rows:
            return None
        limits, height = self._limits()
        data = Tables()
        position = _position()
        lines = data.chart(rows, main=True).transform_filter(SHOWN).encode(**position, color=COLOUR)
        mark = data.chart(self.feedback).transform_filter(_OF_SEED)
        star = mark.encode(**position).mark_point(shape=_STAR, filled=True, size=150, opacity=1, color=INK)
        name = mark.encode(**position).mark_text(dx=8, dy=-10, align="right", baseline="bottom").encode(text="name:N")
        note = f"{counted(len(self.seeds), 'seed')}, one of them full and the others faint"
        if self.seeds_in_all > len(self.seeds):
            note += f"; {self.seeds_in_all - len(self.seeds):,} more are not drawn"
        usual: dict[str, Any] = {"width": _WIDTH, "height": height, "fixed": True, "least": 220}
        return Panel(
            title,
            alt.layer(*_drawn(lines), star, name, *_axis_titles(mark)),
            data,
            {seed: self._said(title, rows, seed) for seed in self.seeds},
            note,
            follows=SEED,
            looks_up={LIMITS: limits},
            **usual | size,
        )

    def controls(self) -> list[Slider | Choice]:
        """How far along their trajectories the networks are, and which seed."""
        steps = [f"{step / STEPS:.0%} of the trajectory" for step in range(STEPS + 1)]
        return [
            Slider(TRAVELLED, "Travelled", steps),
            Choice(SEED, "Seed", {f"seed {seed}": seed for seed in self.seeds}),
        ]

    def _limits(self) -> tuple[dict[str, Any], int]:
        """What each seed's panel shows, and a height at which most seeds fill it."""
        boxes = {}
        for seed in self.seeds:
            own = [row for row in (*self.rows, *self.feedback) if row["seed"] == seed]
            places = np.array([[row["x"], row["y"]] for row in own], float)
            boxes[seed] = places.min(axis=0), places.max(axis=0)
        aspects = [float((high - low)[1] / max((high - low)[0], 1e-12)) for low, high in boxes.values()]
        height = round(_WIDTH * float(np.clip(np.median(aspects), 0.6, 1.0)))
        limits = {}
        for seed, (low, high) in boxes.items():
            scale = 1.16 * max((high - low)[0] / _WIDTH, (high - low)[1] / height) or 1.0
            half = scale * np.array([_WIDTH, height]) / 2
            left, bottom = (low + high) / 2 - half
            right, top = (low + high) / 2 + half
            ends = {"left": left, "right": right, "bottom": bottom, "top": top}
            limits[str(seed)] = {side: short(end) for side, end in ends.items()}
        return limits, height

    def _said(self, title: str, rows: Sequence[Mapping[str, Any]], seed: int) -> str:
        """A panel in words for one seed."""
        mark = next(row for row in self.feedback if row["seed"] == seed)
        closer = []
        for kind in dict.fromkeys(row["kind"] for row in rows):
            own = [row for row in rows if row["kind"] == kind and row["seed"] == seed]
            far = [float(np.hypot(row["x"] - mark["x"], row["y"] - mark["y"])) for row in own]
            closer.append(f"{kind} from {far[0]:.2g} to {far[-1]:.2g}")
        return (
            f"{title}: trajectories of the read-out's weights, seed {seed}, along the {mark['along']} and the "
            f"{mark['across']}. Distance to the feedback in this plane: {'; '.join(closer)}."
        )


def _position() -> dict[str, Any]:
    """Both axes within the limits of the seed that is shown."""

    def scale(low: str, high: str) -> alt.Scale:
        ends = {f"domain{end}": alt.ExprRef(f"{LIMITS}[{SEED}].{side}") for end, side in (("Min", low), ("Max", high))}
        return alt.Scale(nice=False, zero=False, **ends)

    return {
        "x": alt.X("x:Q", title=None, scale=scale("left", "right"), axis=numbers(False)),
        "y": alt.Y("y:Q", title=None, scale=scale("bottom", "top"), axis=numbers(False)),
    }


def _axis_titles(mark: alt.Chart) -> list[alt.Chart]:
    """Titles that say how much of the variance of the seed shown lies along each axis."""
    along = mark.mark_text(fontSize=12, dy=30, align="center").encode(
        x=alt.value(alt.ExprRef("width / 2")), y=alt.value(alt.ExprRef("height")), text="along:N"
    )
    across = mark.mark_text(fontSize=12, dy=-38, align="center", angle=270).encode(
        x=alt.value(0), y=alt.value(alt.ExprRef("height / 2")), text="across:N"
    )
    return [along, across]


def _drawn(lines: alt.Chart) -> list[alt.Chart]:
    """The other seeds, very faint; the whole trajectory, faint; and on it, as far as it is travelled, a line."""
    others = lines.transform_filter(f"!({_OF_SEED})")
    whole = lines.transform_filter(_OF_SEED)
    so_far = whole.transform_filter(f"datum.share <= {TRAVELLED} / {STEPS} + 0.001")
    last = so_far.transform_window(rank="row_number()", sort=[alt.SortField("share", "descending")], groupby=["kind"])
    by_phase = alt.Scale(domain=["noise", "data"], range=[[2, 2], [1, 0]])
    tips = [
        alt.Tooltip("kind:N", title="kind"),
        alt.Tooltip("share:Q", title="of its trajectory", format=".0%"),
        alt.Tooltip("phase:N", title="learning from"),
    ]
    return [
        others.mark_line(strokeWidth=1, opacity=0.16, clip=True).encode(order="share:Q", detail="seed:N"),
        whole.mark_line(strokeWidth=1, opacity=0.35).encode(order="share:Q"),
        so_far.mark_line(strokeWidth=2).encode(
            order="share:Q", strokeDash=alt.StrokeDash("phase:N", scale=by_phase, legend=None)
        ),
        so_far.transform_filter("isValid(datum.heading)")
        .mark_point(shape="triangle", filled=True, size=60, opacity=1)
        .encode(angle=alt.Angle("heading:Q", scale=None)),
        so_far.transform_filter("datum.share == 0").mark_point(shape="circle", size=90, strokeWidth=2, opacity=1),
        last.transform_filter("datum.rank == 1")
        .mark_point(filled=True, size=90, opacity=1)
        .encode(shape=SHAPE, tooltip=tips),
    ]


def _star() -> str:
    """A star with five points, as an SVG path."""
    turns = np.arange(10) * np.pi / 5
    reach = np.where(np.arange(10) % 2 == 0, 1.0, 0.42)
    corners = zip(reach * np.sin(turns), -reach * np.cos(turns), strict=True)
    return "M" + "L".join(f"{x:.3f},{y:.3f}" for x, y in corners) + "Z"


_STAR = _star()
