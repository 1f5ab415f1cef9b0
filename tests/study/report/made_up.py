"""A folder as `prenoise reproduce` leaves it, with made-up numbers in place of hours of training."""

import numpy as np

from prenoise.study import reproduction
from prenoise.study.figures import chosen
from prenoise.study.kinds import DATA_THEN_NOISE, NOISE_FA
from prenoise.study.lab import Store
from prenoise.study.lab.environment import describe_environment
from prenoise.study.lab.netcdf import as_dataset, encode

SEEDS = 4


def reproduce(folder, ids=None, *, size="smoke", command="prenoise reproduce --size smoke", keep=lambda job: True):
    """Write the record and the result files of the jobs that `keep` names."""
    asked = reproduction.plan(chosen(ids), size, seeds=SEEDS, width=SEEDS, fetch=None, command=command)
    asked.save(folder)
    for part in asked.parts:
        for job in filter(keep, asked.jobs(part)):
            write(folder, job)
    return asked


def write(folder, job):
    """The result file of one job."""
    rng = np.random.default_rng(list(job.identity.encode()))
    module, function = job.function.rpartition(".")[2].split(":")
    arrays = _ARRAYS[module if function == "run" else function]
    payload = encode(job, as_dataset(job, arrays(rng, **job.condition)), describe_environment(), 1.5)
    return Store(folder).write(job, payload)


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


def _learning(rng, network, **_):
    phases = 2 if network in (NOISE_FA, DATA_THEN_NOISE) else 1
    best = 0.9 if network == NOISE_FA else 0.8
    return {
        "accuracy": (("seed", "epoch"), falling(rng, 0.1, best, 31)),
        "area": (("seed",), rng.normal(best - 0.1, 0.01, SEEDS)),
        "angle": (("seed", "epoch", "layer"), falling(rng, 90, 80, 31, 2)),
        "loss": (("seed", "epoch"), falling(rng, 2.3, 0.3, 31)),
        "epoch": (("epoch",), np.arange(31.0)),
        "way_angle": (("seed", "moment"), falling(rng, 90, 80, 11 * phases)),
        "way_distance": (("seed", "moment"), falling(rng, 6, 5, 11 * phases)),
        "way_weights": (("seed", "moment", "weight"), falling(rng, 1, 2, 11 * phases, 20)),
        "feedback": (("seed", "weight"), rng.normal(2, 0.1, (SEEDS, 20))),
    }


def _before_data(rng, **_):
    chances = rng.dirichlet(np.ones(10), (SEEDS, 2, 50)).astype(np.float32)
    values = {f"singular_values_{n}": (("seed", "state", f"order_{n}"), falling(rng, 3, 1, 2, 8)) for n in (1, 2, 3)}
    return values | {
        "probability": (("seed", "state", "example", "class"), chances),
        "confidence": (("seed", "state"), falling(rng, 0.3, 0.12, 2)),
        "rank": (("seed", "moment", "layer"), falling(rng, 60, 50, 11, 3)),
        "noise_seen": (("moment",), np.linspace(0, 64_000, 11)),
    }


def _with_data(rng, depth, **_):
    like = np.abs(rng.normal(0.5, 0.2, (SEEDS, 12, 12))).clip(0, 1).astype(np.float32)
    return {
        "train_loss": (("seed", "epoch"), falling(rng, 2.3, 0.1, 26)),
        "test_loss": (("seed", "epoch"), falling(rng, 2.4, 0.6, 26)),
        "generalisation_error": (("seed",), rng.normal(0.5, 0.01, SEEDS)),
        "epoch": (("epoch",), np.linspace(0, 25, 26)),
        "gram": (("seed", "neuron", "other_neuron"), (like + like.transpose(0, 2, 1)) / 2),
        "gram_rank": (("seed", "hidden_layer"), falling(rng, 14, 6, depth)),
        "last_gram_rank": (("seed",), rng.normal(6, 0.5, SEEDS)),
        "weight_rank": (("seed", "layer"), falling(rng, 60, 9, depth + 1)),
        "hidden_layer": (("hidden_layer",), np.arange(1, depth + 1)),
        "layer": (("layer",), np.arange(1, depth + 2)),
    }


def _shifted(rng, **_):
    from prenoise.study.figures.fig4 import FRAMES, STRENGTHS, UNITS

    result = {
        "accuracy": (("seed",), rng.normal(0.9, 0.01, SEEDS)),
        "usps": (("seed", "frame"), rng.normal(0.6, 0.02, (SEEDS, 2))),
        "frame": (("frame",), np.array(FRAMES)),
    }
    for kind, strengths in STRENGTHS.items():
        result[kind] = (("seed", f"{kind}_strength"), falling(rng, 0.8, 0.2, 5))
        result[f"{kind}_strength"] = ((f"{kind}_strength",), np.array(strengths), {"units": UNITS[kind]})
    return result


def _meta(rng, **_):
    from prenoise.study.figures.fig5 import TASKS

    return {
        "meta_loss": (("seed", "moment"), falling(rng, 2.6, 2.0, 21)),
        "task_loss": (("seed", "moment", "task"), falling(rng, 2.6, 2.0, 21, 3)),
        "noise_seen": (("moment",), np.linspace(0, 64_000, 21)),
        "task": (("task",), np.array(TASKS)),
    }


def _adaptation(rng, network, **_):
    learning = _learning(rng, "FA")
    result = {name: learning[name] for name in ("accuracy", "area", "epoch", "feedback")} | {
        "distance": (("seed", "epoch"), falling(rng, 6, 5, 31)),
        "angle": (("seed", "epoch"), falling(rng, 90, 80, 31)),
        "path_length": (("seed",), rng.normal(2, 0.1, SEEDS)),
        "way_weights": (("seed", "snapshot", "weight"), falling(rng, 1, 2, 11, 20)),
    }
    if network == NOISE_FA:
        result["practice_weights"] = (("seed", "practice_moment", "weight"), falling(rng, 1, 1.2, 11, 20))
    return result


def _stop_rule(rng, **_):
    return {
        "angle": (("seed", "noise"), falling(rng, 90, 75, 101)),
        "noise": (("noise",), np.linspace(0, 64_000, 101)),
        "angle_stopped": (("seed",), rng.normal(80, 0.1, SEEDS)),
        "stopped_at": (("seed",), rng.choice(np.linspace(32_000, 64_000, 51), SEEDS)),
        "spent": (("seed",), rng.normal(0.6, 0.02, SEEDS)),
        "lost": (("seed",), rng.normal(0.02, 0.002, SEEDS)),
        "lost_at_the_bound": (("seed",), rng.normal(0.2, 0.02, SEEDS)),
    }


_ARRAYS = {
    "fig1": _noise,
    "fig2": _learning,
    "run_before_data": _before_data,
    "run_with_data": _with_data,
    "fig4": _shifted,
    "stop_rule": _stop_rule,
    "run_meta": _meta,
    "run_adaptation": _adaptation,
}
