"""No result on a page was typed by hand: numbers come from templates, or belong to the protocol."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
GENERATED = {"benchmarks.md"}
"""Pages that a command of their own writes."""
PAGES = [
    path
    for path in (
        ROOT / "README.md",
        *sorted((ROOT / "docs/publish").glob("*.md")),
        *sorted((ROOT / "docs").glob("*.md")),
    )
    if path.name not in GENERATED
]
NOT_PROSE = re.compile(
    r"^```.*?^```$"  # code
    r"|<!--\{[^{}]+\}-->.*?<!--/-->"  # numbers that a template wrote
    r"|<[^>]+>|\]\([^)]*\)|`[^`]*`|\{[^{}]*\}"  # tags, links, names, places of a template
    r"|\b(?:Section|Figures?|Appendix|Table|Algorithm|version|CIFAR|arXiv)[- ][\w.-]+"
    r"|\b(?:\d[a-z]|B\d[a-z]|T1|C\d)(?:[-.][\w-]+)*\b"  # claims
    r"|^\d\.(?= )|\[\d\. ",  # members of a list
    re.MULTILINE | re.DOTALL,
)
NUMBER = re.compile(r"(?<![\w.,])\d[\d,]*(?:\.\d+)*(?:e-?\d+)?")
PROTOCOL = {
    *map(str, range(11)),
    *(
        "64",
        "100",
        "500",
        "784",
        "1e-4",
        "1e-3",
        "500,000",
        "1,000",
        "1,600",
        "5,000",
    ),  # networks, rates, batches, examples
    *("90", "95", "0.05"),  # chance in degrees; the level of tests and intervals
    *("8,000", "2,000", "10,000", "255", "256"),  # sizes of data sets, the range of a pixel
    *("1.3", "162,500"),  # when noise pretraining ends by itself
    *("45", "200", "3.25", "20"),  # minutes of a lesson, steps on the playground, inches of a picture
    *("1994", "2016", "2019", "2021", "2023", "2024", "2025"),  # years
    *("3.11", "3.14", "30"),  # versions; the most packages the method may bring
}
"""Whole numbers and constants that are chosen, not found."""


def typed(page: str) -> list[str]:
    """The numbers on a page that no template wrote and no protocol has."""
    found = (number.rstrip(",.") for number in NUMBER.findall(NOT_PROSE.sub(" ", page)))
    return [number for number in found if number not in PROTOCOL]


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_no_number_on_a_page_was_typed_by_hand(path):
    assert typed(path.read_text("utf-8")) == []


def test_a_typed_result_is_found_and_a_marked_one_is_not():
    assert typed("It gains 0.805 of area, 89 % of it early.") == ["0.805", "89"]
    assert typed("It gains <!--{2b.1:difference}-->0.805<!--/--> with `rate=0.3` in Figure 2b-g, claim 2b.17.") == []
    assert typed("Ten thousand, 10,001.") == ["10,001"]
