"""A folder as `prenoise reproduce` leaves it, with made-up numbers in place of hours of training."""

import numpy as np

from prenoise.study import reproduction
from prenoise.study.figures import chosen
from prenoise.study.kinds import MIRROR, NOISE
from prenoise.study.lab import Store
from prenoise.study.lab.environment import describe_environment
from prenoise.study.lab.netcdf import as_dataset, encode

SEEDS = 4


def reproduce(folder, ids=None, *, size="smoke", command="prenoise reproduce --size smoke", keep=lambda job: True):
    """Write the record and the result files of the jobs that `keep` names."""
    asked = reproduction.plan(chosen(ids), size, seeds=SEEDS, width=SEEDS, fetch=None, command=command)
    reproduction.remember(folder, asked)
    for part in asked.parts:
        for job in filter(keep, asked.jobs(part)):
            write(folder, job)
    return asked


def write(folder, job):
    """The result file of one job."""
    rng = np.random.default_rng(list(job.identity.encode()))
    arrays = ARRAYS[job.experiment](rng, **job.condition)
    payload = encode(job, as_dataset(job, arrays), describe_environment(), 1.5)
    return Store(folder).write(job, payload, job.source)


def falling(rng, start, end, steps, *own):
    """Curves of all seeds from near `start` to near `end`."""
    way = np.linspace(start, end, steps).reshape(1, steps, *[1] * len(own))
    return (way * rng.normal(1, 0.02, (SEEDS, 1, *own))).astype(np.float32)


def _noise(rng, **_):
    return {
        "loss": (("seed", "moment"), falling(rng, 2.9, 2.32, 41)),
        "angle": (("seed", "moment", "neuron"), falling(rng, 90, 75, 41, 30)),
        "noise_seen": (("moment",), np.linspace(0, 64_000, 41)),
    }


def _learning(rng, kind, **_):
    best = 0.9 if kind in (NOISE, MIRROR) else 0.8
    return {
        "accuracy": (("seed", "epoch"), falling(rng, 0.1, best, 31)),
        "area": (("seed",), rng.normal(best - 0.1, 0.01, SEEDS)),
        "final_accuracy": (("seed",), rng.normal(best, 0.01, SEEDS)),
        "angle": (("seed", "epoch", "hidden_layer"), falling(rng, 90, 80, 31, 2)),
        "loss": (("seed", "epoch"), falling(rng, 2.3, 0.3, 31)),
        "epoch": (("epoch",), np.arange(31.0)),
    }


def _order(rng, kind):
    phases = 1 if kind == "FA" else 2
    return {
        "angle": (("seed", "moment"), falling(rng, 90, 80, 11 * phases)),
        "distance": (("seed", "moment"), falling(rng, 6, 5, 11 * phases)),
        "weights": (("seed", "moment", "weight"), falling(rng, 1, 2, 11 * phases, 20)),
        "feedback": (("seed", "weight"), rng.normal(2, 0.1, (SEEDS, 20))),
    }


def _before_data(rng, kind):
    chances = rng.dirichlet(np.ones(10), (SEEDS, 50)).astype(np.float32)
    values = {f"singular_values_{n}": (("seed", f"order_{n}"), falling(rng, 3, 1, 12)) for n in (1, 2, 3)}
    along = {
        "rank_on_noise": (("seed", "moment", "layer"), falling(rng, 60, 50, 11, 3)),
        "noise_seen": (("moment",), np.linspace(0, 64_000, 11)),
    }
    return (values | (along if kind in (NOISE, MIRROR) else {})) | {
        "probability": (("seed", "example", "class"), chances),
        "from_chance": (("seed",), rng.normal(0.2, 0.01, SEEDS)),
        "rank": (("seed", "layer"), falling(rng, 60, 50, 3)),
    }


def _with_data(rng, depth=2, **_):
    like = np.abs(rng.normal(0.5, 0.2, (SEEDS, 12, 12))).clip(0, 1).astype(np.float32)
    return {
        "train_loss": (("seed", "epoch"), falling(rng, 2.3, 0.1, 26)),
        "error": (("seed", "epoch"), falling(rng, 0.1, 0.6, 26)),
        "mean_error": (("seed",), rng.normal(0.4, 0.01, SEEDS)),
        "generalisation_error": (("seed",), rng.normal(0.5, 0.01, SEEDS)),
        "epoch": (("epoch",), np.linspace(0, 25, 26)),
        "gram": (("seed", "neuron", "other_neuron"), (like + like.transpose(0, 2, 1)) / 2),
        "gram_rank": (("seed", "hidden_layer"), falling(rng, 14, 6, depth)),
        "last_gram_rank": (("seed",), rng.normal(6, 0.5, SEEDS)),
        "weight_rank": (("seed", "layer"), falling(rng, 60, 9, depth + 1)),
    }


def _shifted(rng, **_):
    strengths = {
        name: (("seed", f"{name}_strength"), falling(rng, 0.9, 0.5, 5)) for name in ("translate", "rotate", "scale")
    }
    image = rng.integers(0, 256, (8, 8)).astype(np.uint8)
    return strengths | {
        "accuracy": (("seed",), rng.normal(0.95, 0.01, SEEDS)),
        "usps": (("seed", "frame"), falling(rng, 0.7, 0.6, 2)),
        "digit": (("row", "column"), image),
        "usps_digit": (("usps_row", "usps_column"), image),
    }


def _meta(rng, kind):
    along = {
        "on_noise": (("seed", "moment", "task"), falling(rng, 2.5, 1.5, 21, 3)),
        "noise_seen": (("moment",), np.linspace(0, 64_000, 21)),
    }
    return {"meta_loss": (("seed",), rng.normal(1.5, 0.05, SEEDS))} | (along if kind in (NOISE, MIRROR) else {})


def _adaptation(rng, kind, **_):
    weights = {"weights_on_noise": (("seed", "noise_moment", "weight"), falling(rng, 0.5, 1, 11, 20))}
    return (
        (weights if kind in (NOISE, MIRROR) else {})
        | _learning(rng, kind)
        | {
            "length": (("seed",), rng.normal(5, 0.2, SEEDS)),
            "weights": (("seed", "snapshot", "weight"), falling(rng, 1, 2, 11, 20)),
            "feedback": (("seed", "weight"), rng.normal(2, 0.1, (SEEDS, 20))),
        }
    )


ARRAYS = {
    "fig1": _noise,
    "fig2": _learning,
    "figB3": _learning,
    "figB4": _learning,
    "table1": _learning,
    "demo": _learning,
    "fig2-order": _order,
    "fig3": _before_data,
    "fig3-sizes": _with_data,
    "fig3-depths": _with_data,
    "fig4": _shifted,
    "fig5": _meta,
    "fig5-tasks": _adaptation,
}
