"""The page on real networks says of each comparison what its verdict says."""

import sys
from pathlib import Path

import numpy as np

from prenoise.study.claims import judge_all
from prenoise.study.figures import experiments

sys.path.insert(0, str(Path(__file__).parents[2] / "docs/publish"))
from real import NOT_RUN, real_networks

CLAIMS = {claim.id: claim for claim in experiments()["warm-up"].claims}


def found(*ids, gain):
    """Verdicts of claims whose first kind has that `gain` over the second."""
    from dataclasses import replace

    points = np.linspace(0.3, 0.31, 8)
    samples = (points + gain * np.linspace(0.99, 1.01, 8), points)
    return judge_all((replace(CLAIMS[one], samples=lambda _: samples), None) for one in ids)


def test_each_comparison_is_counted_and_stands_in_its_networks_row_by_measure():
    verdicts = found("warm-up.mlp.he.fa.noise.accuracy", "warm-up.resnet.he.fa.noise.accuracy", gain=0.2)
    verdicts += found("warm-up.mlp.he.fa.noise.log-loss", gain=0.3)
    text = real_networks(verdicts)
    assert "### After noise, compared to random weights" in text
    assert "2 better, 1 worse (n = 8)." in text
    means, row = (line for line in text.splitlines() if line.startswith("| MLP, He's weights, by feedback alignment"))
    assert "| 30.5% | 50.5% |" in means, "from random weights, and after noise"
    assert "better, 0.2 [" in row.split("|")[2]
    assert "worse, 0.3 [" in row.split("|")[3]
    assert "a read-out of zero" not in text, "what has no verdict is left out"


def test_every_claim_of_the_experiment_has_a_place():
    text = real_networks(found(*CLAIMS, gain=0.0))
    assert text.count("no different, ") == len(CLAIMS)


def test_without_runs_the_page_says_so():
    assert real_networks([]) == NOT_RUN
