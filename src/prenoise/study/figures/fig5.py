"""Figure 5: practice on noise readies a network for tasks it knows nothing of."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import numpy as np
from jax.tree_util import Partial

from prenoise.measures import accuracy, area_under_curve, meta_loss
from prenoise.measures.meta import Shots
from prenoise.noise import Noise
from prenoise.paper import PAPER
from prenoise.study.cells import cell
from prenoise.study.claims import Claim, Paired, Trend
from prenoise.study.experiment import Experiment
from prenoise.study.figures.fig2 import WAY
from prenoise.study.kinds import FA, NOISE_FA, fresh, keys, practised
from prenoise.study.tasks import task
from prenoise.training import pretrain, train

HIDDEN = [100, 100]
TASKS = ("mnist", "fashion-mnist", "kmnist")
NAMES = {"mnist": "MNIST", "fashion-mnist": "Fashion-MNIST", "kmnist": "KMNIST"}
MOMENTS = 21
SNAPSHOTS = 11
QUERIES = 100
"""Examples of each class by which an adapted network is judged."""


def run_meta(
    seeds: Sequence[int], *, noise_examples: int, queries: int, data: Mapping[str, Any], scaling: Any, **_: Any
) -> Mapping[str, Any]:
    """The meta-loss along practice on noise, over all tasks and on each."""
    shots = [_shots(name, scaling, queries, **data[name]) for name in TASKS]
    key = keys(seeds)
    network = fresh([shots[0].support.inputs.shape[1], *HIDDEN, 10], key)
    record = {name: Partial(meta_loss, tasks=[few]) for name, few in zip(TASKS, shots, strict=True)}
    _trained, history = pretrain(
        network,
        Noise(),
        key=key.noise,
        examples=noise_examples,
        record=record,
        at=np.linspace(0, noise_examples, MOMENTS),
    )
    of_task = np.stack([np.asarray(history.record[name]) for name in TASKS], axis=-1)
    return {
        "meta_loss": (("seed", "moment"), of_task.mean(axis=-1), {"units": "nats"}),
        "task_loss": (("seed", "moment", "task"), of_task, {"units": "nats"}),
        "noise_seen": (("moment",), history.at, {"units": "examples"}),
        "task": (("task",), np.array(TASKS)),
    }


@cache
def _shots(role: str, scaling: Any, queries: int, *, name: str, hash: str) -> Shots:
    """The same few examples for every network."""
    learn_from, _test = task(role, {role: {"name": name, "hash": hash}}, scaling)
    return Shots.of(learn_from, key=TASKS.index(role), queries=queries)


def run_adaptation(
    seeds: Sequence[int],
    network: str,
    learned: str,
    *,
    epochs: int,
    noise_examples: int,
    data: Mapping[str, Any],
    scaling: Any,
    **_: Any,
) -> Mapping[str, Any]:
    """Learning curve on one task, and the way of the read-out's weights."""
    learn_from, test = task(learned, data, scaling)
    key = keys(seeds)
    start = fresh([test.raw.shape[1], *HIDDEN, 10], key)
    practice = None
    if network == NOISE_FA:
        start, practice = practised(start, key, noise_examples, WAY)
    trained, history = train(
        start,
        learn_from,
        key=key.order,
        epochs=epochs,
        record={"accuracy": Partial(accuracy, examples=test), **WAY},
    )
    curve, way = history.record["accuracy"], np.asarray(history.record["weights"])
    moments = np.linspace(0, len(history.at) - 1, SNAPSHOTS).round().astype(int)
    result: dict[str, Any] = {
        "accuracy": (("seed", "epoch"), np.asarray(curve)),
        "area": (("seed",), np.asarray(area_under_curve(curve, history.at)), {"units": "accuracy"}),
        "epoch": (("epoch",), history.at),
        "distance": (("seed", "epoch"), np.asarray(history.record["distance"])),
        "angle": (("seed", "epoch"), np.asarray(history.record["angle"][-1]), {"units": "degrees"}),
        "path_length": (("seed",), np.linalg.norm(np.diff(way, axis=1), axis=2).sum(axis=1)),
        "way_weights": (("seed", "snapshot", "weight"), way[:, moments]),
        "feedback": (("seed", "weight"), np.asarray(trained.feedback[-1]).reshape(len(seeds), -1)),
    }
    if practice is not None:
        result["practice_weights"] = (("seed", "practice_moment", "weight"), np.asarray(practice.record["weights"]))
    return result


CLOSER_BEFORE = Claim(
    "5b.1",
    "Before any task the read-out's weights are closer to the feedback after practice on noise.",
    Paired("less"),
    lambda results: tuple(cell(results, "angle", network=kind, learned=TASKS[0])[:, 0] for kind in (NOISE_FA, FA)),
    unit="degrees",
    labels=(NOISE_FA, FA),
)
"""Before a task a network does not know which it will be."""


def adaptation_claims(number: int, learned: str) -> tuple[Claim, ...]:
    """Figures 5b and 5c on one task."""

    def of(variable: str, network: str, results) -> np.ndarray:
        return cell(results, variable, network=network, learned=learned)

    return (
        Claim(
            f"5b.{number + 1}",
            f"Adapting to {NAMES[learned]}, the read-out's weights travel a shorter way after practice on noise.",
            Paired("less"),
            lambda results: (of("path_length", NOISE_FA, results), of("path_length", FA, results)),
            family="5b shorter",
            unit="length of the way",
            labels=(NOISE_FA, FA),
        ),
        Claim(
            f"5c.{number}",
            f"{NAMES[learned]} is learned faster after practice on noise.",
            Paired("greater"),
            lambda results: (of("area", NOISE_FA, results), of("area", FA, results)),
            family="5c",
            unit="area under the curve",
            labels=(NOISE_FA, FA),
        ),
    )


def picture_of_meta(results):
    """The meta-loss along practice on noise, over all tasks and on each."""
    from prenoise.study.kinds import PRETRAINED as PRACTISED
    from prenoise.study.report.curves import curves
    from prenoise.study.report.picture import Picture
    from prenoise.study.report.reading import axis, one

    meta, of_task = one(results, "meta_loss"), one(results, "task_loss")
    each = {} if of_task is None else {name: of_task[..., place] for place, name in enumerate(results["task"].values)}
    titles = {"all tasks": meta} | {NAMES[str(name)]: values for name, values in each.items()}
    return Picture(
        caption="The loss that is left after ten steps of learning a task from few examples, before, while and after "
        "a network practises on noise.",
        all_panels=[
            curves(
                f"5a · meta-loss, {name}",
                axis(results, "noise_seen"),
                {PRACTISED: values},
                x="examples of noise",
                y="meta-loss (nats)",
            )
            for name, values in titles.items()
            if values is not None
        ],
        kinds=[PRACTISED],
        columns=4,
    )


def picture_of_tasks(results):
    """The way of the read-out's weights on every task, and how fast each is learned."""
    from prenoise.study.report.curves import curves
    from prenoise.study.report.picture import Picture
    from prenoise.study.report.points import points
    from prenoise.study.report.reading import axis, by_kind, per_seed
    from prenoise.study.report.trajectories import Trajectories

    kinds = [FA, NOISE_FA]
    of = {
        name: {task: by_kind(results, name, kinds, learned=task) for task in TASKS}
        for name in ("way_weights", "accuracy", "angle", "path_length")
    }
    parts, feedback = {}, None
    for learned, there in of["way_weights"].items():
        for kind in there:
            where = {"network": kind, "learned": learned}
            names = ["practice_weights", "way_weights"] if kind == NOISE_FA else ["way_weights"]
            parts[learned, kind] = [per_seed(results, name, **where) for name in names]
            feedback = per_seed(results, "feedback", **where)
    ways = Trajectories.of({FA: ["data"], NOISE_FA: ["noise", "data"]}, parts, feedback) if parts else None
    distance = {NAMES[task]: {kind: a[:, 0] for kind, a in there.items()} for task, there in of["angle"].items()}
    length = {NAMES[task]: there for task, there in of["path_length"].items()}
    return Picture(
        caption="Before a task the practised network's weights are closer to the feedback (5b), and it learns each "
        "task faster (5c).",
        all_panels=[
            *(
                ways.panel(f"5b · way of the weights, {NAMES[task]} (dotted: noise)", kinds, task) if ways else None
                for task in TASKS
            ),
            *(
                curves(
                    f"5c · test accuracy, {NAMES[task]}",
                    axis(results, "epoch"),
                    there,
                    x="epochs of training",
                    y="test accuracy",
                    percent=True,
                    settled=True,
                )
                for task, there in of["accuracy"].items()
            ),
            points("5b · angle to the feedback before the task", distance, x="angle (degrees)"),
            points("5b · length of the way during the task", length, x="length of the way"),
        ],
        kinds=kinds,
        controls=ways.controls() if ways else [],
    )


EXPERIMENTS = (
    Experiment(
        id="fig5",
        paper=True,
        where="Figure 5a",
        title="The meta-loss falls while a network practises on noise",
        run=run_meta,
        cells=[{}],
        options={
            "smoke": {"noise_examples": 64_000, "queries": 10},
            "quick": {"noise_examples": 256_000, "queries": QUERIES},
            "paper": {"noise_examples": PAPER.noise_examples, "queries": QUERIES},
        },
        datasets=TASKS,
        claims=(
            Claim(
                "5a.1",
                "The meta-loss over MNIST, Fashion-MNIST and KMNIST is lower after practice on noise than before.",
                Paired("less"),
                lambda results: (cell(results, "meta_loss")[:, -1], cell(results, "meta_loss")[:, 0]),
                unit="nats",
                labels=("noise-pretrained", "untrained"),
            ),
            Claim(
                "5a.2",
                "The meta-loss falls steadily during practice on noise (Kendall's tau beyond 0.8).",
                Trend("falls", steady=0.8),
                lambda results: (np.arange(MOMENTS), cell(results, "meta_loss")),
                unit="nats",
                labels=("untrained", "noise-pretrained"),
            ),
        ),
        picture=picture_of_meta,
    ),
    Experiment(
        id="fig5-tasks",
        paper=True,
        where="Figure 5b-c",
        title="Practice on noise makes every task faster to learn",
        run=run_adaptation,
        cells=[{"network": kind, "learned": learned} for learned in TASKS for kind in (FA, NOISE_FA)],
        options={
            "smoke": {"epochs": 30, "noise_examples": 64_000},
            "quick": {"epochs": 10, "noise_examples": 256_000},
            "paper": {"epochs": PAPER.epochs, "noise_examples": PAPER.noise_examples},
        },
        datasets=TASKS,
        claims=(
            CLOSER_BEFORE,
            *(claim for number, learned in enumerate(TASKS, 1) for claim in adaptation_claims(number, learned)),
        ),
        picture=picture_of_tasks,
    ),
)
