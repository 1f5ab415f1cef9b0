"""How the benchmarks take turns, and what they hold their numbers against."""

from benchmarks.rounds import in_turns, ratios

from benchmarks import possible


def test_every_contender_takes_every_place_once():
    order = []
    turns = {name: lambda name=name: float(len(order.append(name) or order)) for name in "abc"}
    found = in_turns(turns, rounds=3, say=lambda _: None)
    assert "".join(order) == "abcbcacab"
    assert found == {"a": [1, 6, 8], "b": [2, 4, 9], "c": [3, 5, 7]}


def test_ratios_of_rounds_do_not_see_the_drift_of_both():
    assert ratios([2, 4, 8], [1, 2, 4]) == [2, 2, 2]


LIMIT = {
    "numpy_flops": [1e11],
    "jax_flops": [1e11],
    "all_cores_flops": [1.8e11],
    "cached_bytes": [2_226_280 / 20e-6],
    "step_s": [300e-6],
    "in_shape_s": [220e-6],
}


def test_a_step_is_held_against_its_products_in_their_shapes_and_the_traffic_of_adam():
    (row,) = possible.rows({"limit": LIMIT})
    assert row[:3] == ["a step on data", "300 µs", "240 µs"]
    assert row[-1] == "0.80"


def test_more_workers_are_held_against_all_cores_together():
    learning = {"others": {"lab_1": [3.0], "lab_2": [2.0]}}
    assert possible.rows({"limit": LIMIT, "learning": learning})[-1][1:] == [
        "1.50",
        "1.80",
        "large products on all cores",
        "0.83",
    ]


def test_what_was_not_measured_has_no_row():
    assert possible.rows({}) == []
