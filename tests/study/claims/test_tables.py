"""Verdicts as text."""

import csv
import io
import json
from functools import partial

import numpy as np
import pytest
from typer.testing import CliRunner

from prenoise.cli import app
from prenoise.study import reproduction
from prenoise.study.claims import Claim, GapClosed, Outcome, Paired, Trend, Verdict, judge_all
from prenoise.study.claims.tables import counts, difference, p_value, power, to_csv, to_json

claim_of = partial(Claim, smallest=0.1, why="made up")


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


def test_numbers_say_what_the_verdict_says():
    faster, closed, _falls, lost, nothing = all_verdicts()
    assert difference(faster) == f"0.16 [{faster.low:.3g}, {faster.high:.3g}] area"
    assert difference(closed).endswith("] of the gap")
    assert power(faster).endswith(f", {faster.needed} seeds needed")
    assert (difference(lost), power(lost), p_value(lost.p)) == ("", "", "")
    assert nothing.outcome is Outcome.NO_EFFECT


def test_a_p_value_of_nothing_is_shown_as_a_bound():
    assert (p_value(0.0), p_value(0.01234)) == ("< 1e-15", "0.012")


def test_the_papers_claims_and_ours_are_counted_apart():
    found = counts(all_verdicts())
    assert found["the paper's"] == {Outcome.REPRODUCED: 2}
    assert found["ours"] == {Outcome.REPRODUCED: 1, Outcome.NOT_RUN: 1, Outcome.NO_EFFECT: 1}
    assert list(counts(all_verdicts()[:2])) == ["the paper's"]


def test_json_is_rounded_and_reads_back():
    text = to_json(all_verdicts())
    stored = json.loads(text)
    assert len(text.splitlines()) == len(CLAIMS) + 2
    assert to_json(map(Verdict.from_dict, stored)) == text
    assert stored[0]["difference"] == float(f"{all_verdicts()[0].difference:.6g}")
    assert len(stored[0]["groups"][1]["points"]) == 5


def test_csv_has_a_row_per_verdict():
    rows = list(csv.DictReader(io.StringIO(to_csv(all_verdicts()))))
    assert [row["id"] for row in rows] == [claim.id for claim, _ in CLAIMS]
    assert float(rows[0]["low"]) == pytest.approx(all_verdicts()[0].low, rel=1e-5)
    assert (rows[3]["p"], rows[3]["outcome"], rows[3]["n"]) == ("", "not run", "0")


@pytest.fixture
def folder(monkeypatch, tmp_path):
    monkeypatch.setattr(reproduction, "verdicts", lambda folder, tell: all_verdicts())
    monkeypatch.setattr(reproduction, "recall", lambda folder: reproduction.Reproduction("smoke", "unit", ()))
    monkeypatch.setenv("COLUMNS", "80")
    return str(tmp_path)


def test_the_command_counts_first_and_fits_a_terminal(folder):
    shown = CliRunner().invoke(app, ["claims", folder]).stdout
    assert shown.index("the paper's (2)") < shown.index("ours (3)") < shown.index("✓ reproduced  2b.1")
    assert max(map(len, shown.splitlines()[1:])) <= 80
    assert "smoke run shows that things work" in shown


def test_the_command_shows_one_outcome_or_one_side_alone(folder):
    def ids(*options):
        return [one["id"] for one in json.loads(CliRunner().invoke(app, ["claims", folder, "--json", *options]).stdout)]

    assert ids() == [claim.id for claim, _ in CLAIMS]
    assert ids("--only", "no effect") == ["9y"]
    assert ids("--only", "no effect", "--only", "not run") == ["9z", "9y"]
    assert ids("--paper") == ["2b.1", "2b.2"]
    assert ids("--ours", "--only", "reproduced") == ["1e"]
    wrong = CliRunner().invoke(app, ["claims", folder, "--only", "true"])
    assert "there is no outcome 'true'" in str(wrong.exception)
