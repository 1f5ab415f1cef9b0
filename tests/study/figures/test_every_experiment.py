"""Every experiment, as small as it can be: every array it records, every claim, every picture."""

import json
import sys
from pathlib import Path

import numpy as np
import pytest

from prenoise.study import lab, reproduction
from prenoise.study.claims import Outcome
from prenoise.study.figures import experiments
from prenoise.study.report import figures

sys.path.insert(0, str(Path(__file__).parents[1]))
tiny = __import__("tiny")

NOT_SO_TINY = ("no measurement at", "no seed has all the values")
"""Why a claim cannot be judged in so small a size."""


@pytest.fixture(scope="module", params=list(experiments()))
def folder(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp(request.param)
    asked = tiny.reproduce(folder, [request.param])
    if asked.parts[0].not_run:
        pytest.skip(asked.parts[0].not_run)
    return folder


def test_every_number_is_there_for_every_seed(folder):
    remembered = reproduction.recall(folder)
    for job in (job for part in remembered.parts for job in remembered.jobs(part)):
        for name, array in lab.Store(folder).read(job).data_vars.items():
            assert "seed" not in array.dims or array.sizes["seed"] == tiny.SEEDS
            assert array.dtype.kind in "OSU" or np.isfinite(array).all(), name


def test_every_claim_is_judged(folder):
    verdicts = reproduction.verdicts(folder)
    silent = [verdict for verdict in verdicts if verdict.outcome is Outcome.NOT_RUN]
    assert not verdicts or len(silent) < len(verdicts)
    assert not [v for v in silent if not any(reason in v.reason for reason in NOT_SO_TINY)]


def test_the_picture_is_drawn(folder):
    remembered = reproduction.recall(folder)
    found = reproduction.results(folder, remembered, remembered.parts[0])
    picture = experiments()[remembered.parts[0].experiment].picture(found)
    assert picture.panels
    assert all(json.loads(spec) for spec in picture.specs)
    assert figures.draw(picture, "svg").startswith(b"<svg")
