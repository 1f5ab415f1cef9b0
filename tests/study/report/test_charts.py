"""Charts: what they share, and what they do with what is missing, odd or unknown."""

import json

import numpy as np
import pytest
import xarray

from prenoise.study.kinds import BP, FA, KINDS
from prenoise.study.report.curves import curves
from prenoise.study.report.lines import lines_by
from prenoise.study.report.looks import looks
from prenoise.study.report.picture import Choice, Picture, Slider
from prenoise.study.report.points import points
from prenoise.study.report.trajectories import MOST_SEEDS, Trajectories

AT = np.arange(5.0)
RISING = np.linspace(0.1, 0.9, 5)[None] * np.array([[1.0], [0.9]])


def channels(part, name):
    """Every such channel of a specification."""
    if isinstance(part, list):
        return [found for inner in part for found in channels(inner, name)]
    if not isinstance(part, dict):
        return []
    own = [part[name]] if isinstance(part.get(name), dict) else []
    return own + [found for inner in part.values() for found in channels(inner, name)]


@pytest.mark.parametrize(("start", "end", "side"), [(90.0, 70.0, "right"), (70.0, 90.0, "left")])
def test_the_name_of_a_level_stands_where_the_curves_are_far_from_it(start, end, side):
    panel = curves("angle", AT, {FA: np.linspace(start, end, 5)[None]}, x="x", y="y", level=(90.0, "chance"))
    (marks,) = (layer["layer"] for layer in panel.chart.to_dict()["layer"] if "layer" in layer)
    assert [mark["mark"].get("align") for mark in marks] == [None, side]


def test_kinds_look_as_the_table_says_in_every_channel():
    panel = curves("c", AT, {FA: RISING, BP: RISING}, x="x", y="y")
    spec = Picture("", [panel], kinds=[FA, BP]).spec(panel)
    colours = channels(spec, "color")
    assert colours
    for channel in colours:
        assert channel["scale"] == {"domain": [FA, BP], "range": [KINDS[FA].colour, KINDS[BP].colour]}
    assert channels(spec, "strokeDash")[0]["scale"]["range"] == [list(KINDS[FA].dash), list(KINDS[BP].dash)]


def test_a_kind_that_no_table_knows_is_drawn_with_a_look_of_its_own():
    panel = points("p", {"g": {"mine": RISING[0], "yours": RISING[0], FA: RISING[0]}}, x="x")
    scale = channels(Picture("", [panel], kinds=["mine"]).spec(panel), "color")[0]["scale"]
    assert scale["domain"] == ["mine", "yours", FA]
    assert len(set(scale["range"])) == 3
    assert [kind.meaning for kind in looks(["mine"])] == [""]


def test_compared_panels_have_one_axis():
    one = curves("1", AT, {FA: RISING}, x="x", y="y", same_y="accuracy")
    other = curves("2", AT, {FA: RISING / 2}, x="x", y="y", same_y="accuracy")
    alone = curves("3", AT, {FA: RISING}, x="x", y="y")
    picture = Picture("", [one, other, alone])
    limits = [channels(picture.spec(panel), "y")[0]["scale"] for panel in picture.panels]
    assert limits[0] == limits[1]
    assert (limits[0]["domainMin"], limits[0]["domainMax"]) == (pytest.approx(0.045), pytest.approx(0.9))
    assert "domainMin" not in limits[2]


def test_what_is_missing_or_infinite_is_left_out():
    values = RISING.copy()
    values[0, 2], values[1, 2], values[1, 4] = np.nan, np.inf, -np.inf
    for panel in (
        curves("c", AT, {FA: values}, x="x", y="y"),
        lines_by("l", AT.tolist(), {FA: values}, x="x", y="y"),
        points("p", {"g": {FA: values[1]}}, x="x"),
    ):
        text = Picture("", [panel]).specs[0]
        assert "Infinity" not in text
        assert "NaN" not in text
    means = next(rows for rows in curves("c", AT, {FA: values}, x="x", y="y").data.values() if "mean" in rows[0])
    assert {row["x"]: row["n"] for row in means} == {0: 2, 1: 2, 3: 2, 4: 1}
    assert curves("c", AT, {FA: np.full((2, 5), np.nan)}, x="x", y="y") is None


@pytest.mark.parametrize("odd", [np.array([["a", "b"]]), np.zeros((2, 3, 4)), np.zeros(3)])
def test_an_array_that_is_not_such_as_the_chart_draws_is_named(odd):
    with pytest.raises(ValueError, match="expected numbers with 2 axes"):
        curves("c", AT, {FA: odd}, x="x", y="y")


def test_every_chart_says_how_many_seeds_it_shows():
    assert curves("c", AT, {FA: RISING, BP: RISING[:1]}, x="x", y="y").note.startswith("n = 1 to 2 seeds per kind")
    assert points("p", {"g": {FA: RISING[0]}}, x="x").note.startswith("n = 5 seeds; dot: a seed")
    assert lines_by("l", AT.tolist(), {FA: RISING}, x="x", y="y").note.startswith("n = 2 seeds; dot: a seed")


def test_controls_stand_beside_the_panels_they_move_and_nowhere_else():
    moved = curves("moved", AT, {1: {FA: RISING}, 2: {FA: RISING / 2}}, x="moment", y="y", choice="moment")
    still = curves("the moment", AT, {FA: RISING}, x="moment", y="datum.moment")
    controls = [Choice("moment", "When", {"early": 1, "late": 2}, chosen="late"), Slider("other", "Other", ["a", "b"])]
    picture = Picture("", [moved, still], controls=controls)
    assert picture.controls_of(moved) == controls[:1]
    assert picture.controls_of(still) == []
    assert {param["name"] for param in picture.parameters(still)} == {"hidden", "line_per_seed"}
    assert moved.words(controls) == moved.says[2] != moved.says[1]


def test_tables_come_back_whole_from_their_columns():
    panel = curves("c", AT, {FA: RISING, BP: RISING}, x="x", y="y")

    def rows(table):
        columns = {
            name: values if how == "each" else [value for value, times in values for _ in range(times)]
            for name, (how, *values) in table.items()
        }
        return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]

    assert {name: rows(table) for name, table in panel.data.columns().items()} == dict(panel.data)


def weights(seeds, moments=6, size=8):
    rng = np.random.default_rng(1)
    start = rng.normal(size=(seeds, 1, size))
    walk = np.concatenate([start, start + rng.normal(size=(seeds, moments - 1, size)).cumsum(1)], axis=1)
    return xarray.DataArray(walk, dims=("seed", "moment", "weight"), coords={"seed": range(seeds)})


def trajectories(seeds):
    feedback = weights(seeds)[:, -1] * 2
    return Trajectories.of({FA: ["noise", "data"]}, {("", FA): [weights(seeds)]}, feedback)


def test_trajectories_start_at_the_origin_and_have_the_feedback_to_their_upper_right():
    found = trajectories(4)
    starts = [(row["x"], row["y"]) for row in found.rows if row["share"] == 0]
    np.testing.assert_allclose(starts, 0, atol=1e-5)
    assert all(mark["x"] >= 0 and mark["y"] >= 0 for mark in found.feedback)


def test_trajectories_say_what_share_of_the_variance_their_axes_hold_for_the_seed_shown():
    found = trajectories(3)
    points_of = weights(3).values[1]
    spread = np.linalg.svd(points_of - points_of.mean(axis=0), compute_uv=False) ** 2
    assert f"({spread[0] / spread.sum():.0%} of variance)" in found.feedback[1]["along"]
    assert f"({spread[1] / spread.sum():.0%} of variance)" in found.feedback[1]["across"]
    panel = found.panel("t", [FA])
    assert panel.says.keys() == {0, 1, 2}
    assert all(f"seed {seed}, along the {found.feedback[seed]['along']}" in panel.says[seed] for seed in panel.says)


def test_trajectories_are_shown_within_the_limits_of_their_own_seed_and_to_scale():
    found = trajectories(5)
    panel = found.panel("t", [FA])
    (limits,) = panel.looks_up.values()
    for seed in found.seeds:
        ends = limits[str(seed)]
        for row in (row for row in (*found.rows, *found.feedback) if row["seed"] == seed):
            assert ends["left"] < row["x"] < ends["right"]
            assert ends["bottom"] < row["y"] < ends["top"]
        wide, high = ends["right"] - ends["left"], ends["top"] - ends["bottom"]
        assert wide / panel.width == pytest.approx(high / panel.height, rel=0.01)


def test_of_many_trajectories_the_first_are_drawn_and_the_rest_counted():
    found = trajectories(MOST_SEEDS + 3)
    assert len(found.seeds) == MOST_SEEDS
    assert "3 more are not drawn" in found.panel("t", [FA]).note


def test_a_seed_without_all_its_weights_is_not_drawn():
    known = weights(3)
    known[1, 2, 0] = np.nan
    found = Trajectories.of({FA: ["data"]}, {("", FA): [known]}, known[:, -1])
    assert found.seeds == [0, 2]
    known[:] = np.nan
    assert Trajectories.of({FA: ["data"]}, {("", FA): [known]}, known[:, -1]) is None


def test_expressions_of_a_picture_are_json():
    found = trajectories(2)
    picture = Picture("", [found.panel("t", [FA])], kinds=[FA], controls=found.controls())
    assert {param["name"] for param in json.loads(picture.specs[0])["params"]} == {
        "hidden",
        "travelled",
        "seed_shown",
        "limits_of_seed",
    }
