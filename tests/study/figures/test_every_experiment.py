"""Every experiment, as small as it can be: every array it records, every claim, every picture."""

import json

import numpy as np
import pytest

from prenoise.study import lab, reproduction
from prenoise.study.claims import Outcome
from prenoise.study.figures import chosen, experiments
from prenoise.study.lab.netcdf import as_dataset, encode
from prenoise.study.report import figures

TINY = {
    "examples": 64,
    "epochs": 40,
    "noise_examples": 640,
    "long_noise_examples": 1_280,
    "amounts": [0, 640, 1_280],
    "bound": 64_000,
}
NOT_SO_TINY = ("no measurement after", "no network that practised on", "no seed has all the values")
"""Why a claim cannot be judged in so small a size, or when few cells stand in for all depths."""


@pytest.fixture(scope="module", params=list(experiments()))
def folder(request, tmp_path_factory):
    """The first two cells and the last are computed, and stand in for all others."""
    experiment = experiments()[request.param]
    asked = reproduction.plan(chosen([experiment.id]), "smoke", seeds=2, width=2, fetch=None)
    folder = tmp_path_factory.mktemp(experiment.id)
    asked.save(folder)
    jobs = asked.jobs(asked.parts[0])
    options = {name: TINY.get(name, usual) for name, usual in experiment.options["smoke"].items()}
    given = {name: jobs[0].arguments[name] for name in ("data", "scaling")}
    few = [jobs[number] for number in sorted({0, min(1, len(jobs) - 1), len(jobs) - 1})]
    computed = [experiment.run(seeds=[0, 1], **job.condition, **options, **given) for job in few]
    store = lab.Store(folder)
    for number, job in enumerate(jobs):
        arrays = computed[number % len(computed)]
        store.write(job, encode(job, as_dataset(job, arrays), {"device": "cpu"}, 1.0))
    return folder


def test_every_number_is_there_for_every_seed(folder):
    for job in (job for part in reproduction.recall(folder).parts for job in reproduction.recall(folder).jobs(part)):
        for name, array in lab.Store(folder).read(job).data_vars.items():
            assert "seed" not in array.dims or array.sizes["seed"] == 2
            assert array.dtype.kind in "OU" or np.isfinite(array).all(), name


def test_every_claim_is_judged(folder):
    verdicts = reproduction.verdicts(folder)
    silent = [verdict for verdict in verdicts if verdict.outcome is Outcome.NOT_RUN]
    assert len(silent) < len(verdicts)
    assert not [v for v in silent if not any(reason in v.reason for reason in NOT_SO_TINY)]


def test_the_picture_is_drawn(folder):
    part = reproduction.recall(folder).parts[0]
    found = reproduction.results(folder, reproduction.recall(folder), part)
    picture = experiments()[part.experiment].picture(found)
    assert picture.panels
    assert all(json.loads(spec) for spec in picture.specs)
    assert figures.draw(picture, "svg").startswith(b"<svg")
