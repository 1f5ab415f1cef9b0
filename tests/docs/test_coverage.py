"""The page that maps the paper's sentences to claims knows every claim, and no other."""

import re
from pathlib import Path

import pytest

from prenoise.study.figures import experiments

PAGE = (Path(__file__).parents[2] / "docs/coverage.md").read_text("utf-8")
ID = re.compile(r"\b(?:\d[a-z]|B\d[a-z]|T1)(?:\.[a-z0-9-]+)+\b")
CLAIMS = [claim for experiment in experiments().values() for claim in experiment.claims]


def named() -> set[str]:
    """Every id of a claim in the second column of a table."""
    return {
        name for line in PAGE.splitlines() if line.startswith("| ") for name in ID.findall(line.rsplit(" | ", 1)[1])
    }


def test_every_claim_of_the_paper_is_on_the_page():
    paper = {claim.id for claim in CLAIMS if claim.paper}
    if not paper:
        pytest.skip("no claim says yet whose it is")
    assert named() == paper


def test_ids_are_unique():
    assert len({claim.id for claim in CLAIMS}) == len(CLAIMS)
