"""The pictures that scripts draw: of the idea, the one that moves, and figures for light and dark pages."""

import re
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "docs/publish"))
concept, moving, screen = (__import__(name) for name in ("concept", "moving", "screen"))

CURVES = [
    moving.Curve("slow", "#111111", [0, 10, 20, 40], [0.1, 0.2, 0.3, 0.9], 90.0),
    moving.Curve("soon", "#222222", [0, 10, 20, 40], [0.1, 0.8, 0.9, 0.9], 30.0),
    moving.Curve("no feedback", "#333333", [0, 10, 20, 40], [0.1, 0.5, 0.6, 0.9], None),
]


def test_the_picture_of_the_idea_is_what_its_script_draws():
    assert (ROOT / "docs/concept.svg").read_text("utf-8") == concept.picture()


@pytest.mark.parametrize("name", ["concept", "moving"])
def test_a_picture_is_one_small_file_for_light_and_dark_that_asks_for_nothing(name):
    text = (ROOT / f"docs/{name}.svg").read_text("utf-8")
    ElementTree.fromstring(text)
    assert len(text) < 20_000
    assert "prefers-color-scheme: dark" in text
    assert set(re.findall(r"https?://[^\"]*", text)) == {"http://www.w3.org/2000/svg"}


def test_curves_end_where_the_numbers_do_and_the_first_twenty_epochs_are_shown():
    drawing = moving.picture(CURVES, 5)
    paths = dict(re.findall(r'class="curve" pathLength="1" stroke="(#\d+)" d="M([^"]*)"', drawing))
    for curve in CURVES:
        points = [tuple(map(float, point.split())) for point in paths[curve.colour].split("L")]
        assert len(points) == 3
        assert points[-1] == pytest.approx(
            (moving.LEFT + moving.WIDE, moving.TOP + moving.HIGH * (1 - curve.accuracy[2])), abs=0.1
        )


def test_a_hand_stands_at_the_angle_and_there_is_none_where_nothing_comes_through_feedback():
    hands = re.findall(r'class="hand" x1="(\d+)" y1="(\d+)" x2="([\d.]+)" y2="([\d.]+)"', moving.picture(CURVES, 5))
    right, turned = (tuple(map(float, hand)) for hand in hands)
    assert right[3] == pytest.approx(right[1], abs=0.1)  # 90 degrees: flat
    assert (turned[2] - turned[0]) / (turned[1] - turned[3]) == pytest.approx(3**-0.5, abs=0.01)  # the tangent of 30


def test_the_legend_begins_with_what_learned_soonest():
    assert re.findall(r">(slow|soon|no feedback)<", moving.picture(CURVES, 5)) == ["soon", "no feedback", "slow"]


def test_nothing_moves_for_readers_who_ask_for_less_motion():
    style = moving.STYLE
    allowed = style.index("@media (prefers-reduced-motion: no-preference)")
    assert "animation" not in style[:allowed]
    assert "infinite" not in style


def test_a_drawing_for_print_becomes_one_that_follows_the_page():
    drawing = f'<svg width="1">{screen.BACKGROUND}<text fill="{screen.SOFT}"/><g stroke="{screen.INK}"/></svg>'
    shown = screen.for_screens(drawing)
    assert 'class="soft"' in shown
    assert 'stroke="currentColor"' in shown
    assert screen.BACKGROUND not in shown
    ElementTree.fromstring(shown)


def test_clip_paths_are_counted_from_one_whatever_was_drawn_before():
    parts = '<g clip-path="url(#p{0}c4)"/><clipPath id="p{0}c4"/>'
    drawn = [screen.for_screens(f"<svg>{screen.BACKGROUND}{parts.format(number)}</svg>") for number in (3, 11)]
    assert drawn[0] == drawn[1]
    assert "url(#clip1)" in drawn[0]
