"""How the benchmarks take turns and judge."""

from benchmarks.rounds import in_turns, ratios
from benchmarks.targets import Target


def test_every_contender_takes_every_place_once():
    order = []
    turns = {name: lambda name=name: float(len(order.append(name) or order)) for name in "abc"}
    found = in_turns(turns, rounds=3, say=lambda _: None)
    assert "".join(order) == "abcbcacab"
    assert found == {"a": [1, 6, 8], "b": [2, 4, 9], "c": [3, 5, 7]}


def test_ratios_of_rounds_do_not_see_the_drift_of_both():
    assert ratios([2, 4, 8], [1, 2, 4]) == [2, 2, 2]


def test_a_target_is_met_from_its_own_side():
    assert Target("times as fast", 2, 2.1).verdict == "met"
    assert Target("times as fast", 2, 1.9).verdict == "**not met**"
    assert Target("seconds", 2, 1.9, below=True).verdict == "met"
    assert Target("seconds", 2, 2.1, below=True).verdict == "**not met**"
    assert Target("seconds", 2, None).verdict == "not measured"
