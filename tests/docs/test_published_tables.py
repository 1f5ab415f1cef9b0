"""Verdicts as published: tables of Markdown, and points."""

import csv
import io
import sys
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from prenoise.study.claims import Claim, GapClosed, Paired, Trend, judge_all

claim_of = partial(Claim, smallest=0.1, why="made up")

sys.path.insert(0, str(Path(__file__).parents[2] / "docs/publish"))
tables = __import__("tables")


def spread(mean, width=0.01):
    return mean + width * np.array([-1.2, -0.4, 0.1, 0.3, 1.2])


LOW = spread(0.66, 0.05)
CLAIMS = [
    (
        claim_of("2b.1", "Faster.", Paired("greater"), lambda r: r, smallest=0.01, unit="area", paper=True),
        (spread(0.82), LOW),
    ),
    (
        claim_of("2b.2", "Comparable.", GapClosed(0.5), lambda r: r, smallest=0.01, unit="area", paper=True),
        (LOW + 0.17, LOW, LOW + spread(0.2)),
    ),
    (
        claim_of("1e", "It | falls.", Trend("falls"), lambda r: r, smallest=1.0, unit="degrees"),
        (np.arange(3), spread(80, 1)[:, None] - 9 * np.arange(3)),
    ),
    (claim_of("9z", "Nobody ran it.", Paired("less"), lambda r: r, smallest=0.1), "no data"),
    (claim_of("9y", "Nothing.", Paired("less"), lambda r: r, smallest=0.1), (spread(1.0, 0.001), np.ones(5))),
]


def all_verdicts():
    return judge_all(CLAIMS)


def test_a_row_says_what_the_verdict_says():
    rows = [dict(zip(tables.COLUMNS, row, strict=True)) for row in tables.table(all_verdicts())]
    faster, closed, *_, lost, nothing = rows
    assert faster["verdict"] == "✓ reproduced"
    assert faster["difference [95 % interval]"].startswith("0.16 [0.1")
    assert faster["difference [95 % interval]"].endswith("] area")
    assert faster["smallest that matters"] == "0.01 area"
    assert closed["difference [95 % interval]"].endswith("] of the gap")
    assert faster["power if true / if not"].endswith(f", {all_verdicts()[0].needed} seeds needed")
    assert list(lost.values()) == ["9z", "Nobody ran it.", "\N{EN DASH} not run", "", "0.1", "", "", "", "", ""]
    assert nothing["verdict"] == "○ no effect"


def test_a_p_value_of_nothing_is_shown_as_a_bound():
    claim = claim_of("x", "", Paired("greater"), lambda runs: (np.arange(4) + 1.0, np.arange(4)))
    assert tables.table(judge_all([(claim, {})]), ["p", "Cohen's d", "n"]) == [("< 1e-15", "", "4")]


def test_markdown_states_the_reason_of_what_is_not_reproduced():
    text = tables.to_markdown(all_verdicts())
    lines = text.splitlines()
    assert [line.count(" | ") for line in lines[: len(CLAIMS) + 2]] == [len(tables.COLUMNS) - 1] * (len(CLAIMS) + 2)
    assert "It \\| falls." in text
    assert "- **9z**, not run: no data." in lines
    assert "2b.1**" not in text


def test_points_have_a_column_per_seed_and_a_row_per_sample():
    rows = list(csv.DictReader(io.StringIO(tables.to_points({"unit": all_verdicts()}))))
    assert [(row["claim"], row["sample"]) for row in rows[:5]] == [
        ("2b.1", "first"), ("2b.1", "second"), ("2b.2", "x"), ("2b.2", "low"), ("2b.2", "high"),
    ]  # fmt: skip
    assert [float(rows[1][f"seed {seed}"]) for seed in range(5)] == pytest.approx(list(LOW), rel=1e-8)
    assert [row["seed 2"] for row in rows if row["sample"] == "Kendall's tau"] == ["-1"]
