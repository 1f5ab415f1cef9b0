"""Every experiment as small as it can be: a few of its conditions are computed and stand in for all others."""

from functools import cache

import pytest

from prenoise.study import lab, reproduction
from prenoise.study.figures import controls, experiments
from prenoise.study.given import Given
from prenoise.study.lab.netcdf import as_dataset, encode

TINY = {
    "examples": 64,
    "epochs": 25,
    "noise_examples": 640,
    "long_noise_examples": 1_280,
    "amounts": [0, 640, 1_280],
    "bound": 64_000,
    "phases": [0.25, 1.0],
    "width": 10,
}
SEEDS = 2


def reproduce(folder, ids, *, seeds=SEEDS, keep=lambda job: True, **options):
    """A reproduction of these experiments as the command leaves it, with the results of the jobs that `keep` names."""
    asked = reproduction.plan([experiments()[name] for name in ids], "smoke", seeds=seeds, width=seeds, fetch=None)
    reproduction.remember(folder, asked)
    for part in asked.parts:
        for job in filter(keep, asked.jobs(part)):
            store(folder, job)
    return asked


def store(folder, job):
    """The result of one job, or of one that stands in for it."""
    cells = representatives(job.experiment)

    def alike(cell):
        same = [name for name, value in cell.items() if job.condition.get(name) == value]
        tuned = (cell.get("rate") == "tuned") == (job.condition.get("rate") == "tuned")
        return tuned, "dataset" in same, "kind" in same, len(same), cells.index(cell)

    like = max(cells, key=alike)
    arrays = computed(job.experiment, cells.index(like), len(job.seeds), str(job.arguments["data"]))
    return lab.Store(folder).write(job, encode(job, as_dataset(job, arrays), {"device": "cpu"}, 1.0), job.source)


@cache
def representatives(experiment):
    """The first condition and the last, the last of the first two kinds, which have most layers, and one on MNIST."""
    cells = list(experiments()[experiment].cells)
    groups = {}
    for cell in cells:
        groups[cell.get("kind"), cell.get("rate") == "tuned"] = cell
    on_mnist = [cell for cell in cells if cell.get("dataset") == "mnist"]
    chosen = [cells[0], *list(groups.values())[:2], *on_mnist[:1], cells[-1]]
    return [cell for place, cell in enumerate(chosen) if cell not in chosen[:place]]


@cache
def computed(experiment, place, seeds, _data):
    """The arrays of one condition."""
    asked = reproduction.plan([experiments()[experiment]], "smoke", seeds=seeds, width=seeds, fetch=None)
    job = asked.jobs(asked.parts[0])[0]
    options = {name: TINY.get(name, usual) for name, usual in experiments()[experiment].options["smoke"].items()}
    cell = representatives(experiment)[place]
    small = {name: TINY[name] for name in cell if name in TINY and cell[name]}
    given = Given(range(seeds), {**options, **cell, **small}, data=job.arguments["data"])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(controls, "RATES", controls.RATES[1:3])  # each is a program of its own: two, to choose between
        return experiments()[experiment].run(given)
