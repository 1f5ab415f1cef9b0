"""Table 1 of the paper's published version: final test accuracy on five data sets, with two to five layers.

The published text says that networks learn faster after noise and reach a higher accuracy. Its protocol is taken to be
that of the other figures.
"""

from collections.abc import Mapping
from typing import Any

from prenoise.paper import PAPER
from prenoise.study import charts
from prenoise.study.experiment import Experiment
from prenoise.study.given import Given
from prenoise.study.kinds import COMPARED
from prenoise.study.measured import early_and_late, learned
from prenoise.study.panels import by_kind, over
from prenoise.study.recipes import ACCURACY, SHARE, SMALL_ACCURACY, Effect, Family, numbers

DATASETS = {
    "mnist": "MNIST",
    "fashion-mnist": "Fashion-MNIST",
    "cifar10": "CIFAR-10",
    "cifar100": "CIFAR-100",
    "stl10": "STL-10",
}
HIDDEN = (1, 2, 3, 4)
"""Hidden layers of two- to five-layer networks."""
FAMILY = Family("table 1", paper=True)


def run(given: Given) -> Mapping[str, Any]:
    """Test accuracy along training, and at its end."""
    examples, test = given.data(given.dataset)
    start, _noise = given.start(given.sizes([100] * given.hidden, given.dataset))
    at = early_and_late(given.epochs)
    return learned(given, start, examples, test, at=at)[-1]


def final(dataset: str, hidden: int) -> Any:
    """Final test accuracy of each kind."""
    return numbers("final_accuracy", dataset=dataset, hidden=hidden)


def effect(dataset: str) -> Effect:
    """Where test sets and training sets are large, smaller effects can be told."""
    return ACCURACY if dataset in ("mnist", "fashion-mnist") else SMALL_ACCURACY


ELSEWHERE = {("mnist", 1), ("mnist", 2), ("cifar10", 1)}
"""Networks whose final accuracy has a claim beside their learning curves, with more seeds: 2b.3, B3b.3 and B4b.3."""
CLAIMS = (
    *(
        FAMILY.compared(
            f"T1.{dataset}.{hidden + 1}",
            f"On {name}, a network of {hidden + 1} layers ends more accurate after noise pretraining.",
            final(dataset, hidden),
            effect(dataset),
        )
        for dataset, name in DATASETS.items()
        for hidden in HIDDEN
        if (dataset, hidden) not in ELSEWHERE
    ),
    *(
        claim
        for dataset, name in DATASETS.items()
        for claim in FAMILY.ours.controls(
            f"T1.{dataset}",
            f"On {name} with two layers",
            final(dataset, 1),
            effect(dataset),
            better="ends more accurate",
        )
    ),
    *(
        FAMILY.ours.comparable(
            f"T1.{dataset}.bp",
            f"On {name} with two layers, noise pretraining closes at least {SHARE:.0%} of the gap in final accuracy "
            "between feedback alignment and backpropagation.",
            final(dataset, 1),
            effect(dataset),
        )
        for dataset, name in DATASETS.items()
    ),
)


def picture(results):
    """Final accuracy by the number of layers, one panel per data set."""
    layers = [hidden + 1 for hidden in HIDDEN]
    panels = [
        charts.lines_by(
            name,
            layers,
            over(results, "final_accuracy", "hidden", HIDDEN, dataset=dataset),
            x="layers",
            y="final test accuracy",
            percent=True,
        )
        for dataset, name in DATASETS.items()
    ]
    two = {name: by_kind(results, "final_accuracy", dataset=dataset, hidden=1) for dataset, name in DATASETS.items()}
    return charts.Picture(
        caption="Final test accuracy of networks of two to five layers. Data sets that were not at hand are left out.",
        all_panels=[charts.points("Two layers", two, x="final test accuracy", percent=True), *panels],
        kinds=COMPARED,
    )


EXPERIMENTS = (
    Experiment(
        id="table1",
        paper=True,
        where="Table 1",
        title="Final accuracy on five data sets, two to five layers",
        run=run,
        cells=[
            {"kind": kind, "dataset": dataset, "hidden": hidden}
            for dataset in DATASETS
            for hidden in HIDDEN
            for kind in COMPARED
        ],
        options={
            "smoke": {"epochs": 20, "noise_examples": 64_000},
            "quick": {"epochs": 5, "noise_examples": 128_000},
            "paper": {"epochs": PAPER.epochs, "noise_examples": PAPER.noise_examples},
        },
        datasets=tuple(DATASETS),
        claims=CLAIMS,
        picture=picture,
        seeds={"smoke": 3, "quick": 3, "paper": 4},
    ),
)
