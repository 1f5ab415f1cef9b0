"""Figure 1: trained on noise by feedback alignment, forward weights turn towards the feedback."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from prenoise.measures import alignment
from prenoise.noise import Noise
from prenoise.paper import PAPER
from prenoise.study import charts
from prenoise.study.claims import AgainstValue, Claim, EquivalentToValue, Paired
from prenoise.study.experiment import Experiment
from prenoise.study.given import Given
from prenoise.study.kinds import PRETRAINED, UNTRAINED
from prenoise.study.panels import labels, one
from prenoise.study.recipes import ANGLE, LOSS, stated

INPUTS = {
    "normal, mean 0, dev. 1": Noise(),
    "normal, mean 0, dev. 0.5": Noise(scale=0.5),
    "normal, mean 0, dev. 2": Noise(scale=2.0),
    "normal, mean 0.5, dev. 1": Noise(mean=0.5),
    "normal, mean 1, dev. 1": Noise(mean=1.0),
    "uniform, mean 0, dev. 1": Noise(distribution="uniform"),
    "uniform, mean 0.5, dev. 0.5": Noise(0.5, 0.5, "uniform"),
}
"""What the noise is drawn from; the first is the paper's."""
PLAIN = next(iter(INPUTS))
LONG = 10
"""So many times the paper's amount of noise, once: does the angle keep falling?"""
MOMENTS = 41


def angles(network) -> Any:
    """Angle of every neuron of the last hidden layer."""
    return alignment(network)[-1]


def run(given: Given) -> Mapping[str, Any]:
    """Loss on noise and the angle of every hidden neuron, along the noise."""
    examples = given.noise_examples * given.times
    network = given.random([given.inputs, *PAPER.hidden, given.classes])
    _trained, history = given.pretrain(
        network,
        INPUTS[given.noise],
        examples=examples,
        record={"angle": angles},
        at=np.linspace(0, examples, MOMENTS),
    )
    return {
        "loss": (("seed", "moment"), np.asarray(history.loss), {"units": "nats"}),
        "angle": (("seed", "moment", "neuron"), np.asarray(history.record["angle"]), {"units": "degrees"}),
        "noise_seen": (("moment",), np.asarray(history.at), {"units": "examples"}),
    }


def mean_angle(results, moment: int, noise: str = PLAIN, times: int = 1) -> Any:
    """Mean over neurons, a number per seed."""
    return results[{"noise": noise, "times": times}]["angle"].isel(moment=moment).mean("neuron")


def halves(results) -> tuple[Any, Any]:
    """What the second half of the noise takes from the angle, and what the first half did."""
    start, middle, end = (mean_angle(results, moment) for moment in (0, MOMENTS // 2, -1))
    return middle - end, start - middle


def falls(identity: str, sentence: str, noise: str, *, times: int = 1) -> Claim:
    """The angle after some noise is smaller than before it; after more noise, smaller than after the paper's amount."""
    before = 0 if times == 1 else -1
    return stated(
        identity,
        sentence,
        Paired("less"),
        lambda results: (mean_angle(results, -1, noise, times), mean_angle(results, before, noise)),
        ANGLE,
        labels=(PRETRAINED, UNTRAINED) if times == 1 else ("ten times the noise", PRETRAINED),
        family="figure 1",
        paper=True,
    )


CLAIMS = (
    stated(
        "1d.1",
        "The loss on noise falls although inputs and labels are unrelated.",
        Paired("less"),
        lambda results: tuple(results[{"noise": PLAIN, "times": 1}]["loss"].isel(moment=moment) for moment in (-1, 0)),
        LOSS,
        labels=(PRETRAINED, UNTRAINED),
        family="figure 1",
        paper=True,
    ),
    stated(
        "1e.1",
        "In an untrained network the angle between forward weights and feedback is 90 degrees.",
        EquivalentToValue(90.0),
        lambda results: mean_angle(results, 0),
        ANGLE,
        labels=(UNTRAINED,),
        family="figure 1",
        paper=True,
    ),
    falls("1e.2", "After noise pretraining the angle is smaller than in the untrained network.", PLAIN),
    falls("1e.3", "The angle falls on with more noise: ten times as much makes it smaller still.", PLAIN, times=LONG),
    stated(
        "1e.4",
        "The fall of the angle levels off: the second half of the noise brings less than the first.",
        Paired("less"),
        halves,
        ANGLE,
        labels=("second half", "first half"),
        family="figure 1",
        paper=True,
    ),
    stated(
        "1e.5",
        "Noise makes forward and backward weights nearly symmetric: the angle is below 45 degrees.",
        AgainstValue(45.0, "less"),
        lambda results: mean_angle(results, -1),
        ANGLE,
        labels=(PRETRAINED,),
        family="figure 1",
        paper=True,
    ),
    *(
        falls(f"1f.{number}", f"The angle falls on noise of another kind ({noise}).", noise)
        for number, noise in enumerate(list(INPUTS)[1:], 1)
    ),
)


def picture(results):
    """The loss on noise and the angles: along the noise, at any moment of it, and for every kind of noise."""
    seen, kinds = labels(results, "noise_seen", times=1), [UNTRAINED, PRETRAINED]
    found = {noise: one(results, "angle", noise=noise, times=1) for noise in INPUTS}
    angle = {noise: values for noise, values in found.items() if values is not None}
    loss = {noise: one(results, "loss", noise=noise, times=1) for noise in angle}
    shown, edges, always = range(0, len(seen), 2), np.arange(0, 181, 4), -1
    rows = []
    for noise, values in angle.items():
        rows += charts.binned(values[:, 0], edges, UNTRAINED, noise=noise, step=always)
        for step, moment in enumerate(shown):
            rows += charts.binned(values[:, moment], edges, PRETRAINED, noise=noise, step=step)
    ends = {noise: {UNTRAINED: values[:, 0], PRETRAINED: values[:, -1]} for noise, values in angle.items()}
    long = one(results, "angle", noise=PLAIN, times=LONG)
    common: dict[str, Any] = {"x": "examples of noise", "now": "2 * moment", "choice": "noise"}
    return charts.Picture(
        caption="Loss on noise (1d) and angles between forward weights and feedback (1e) while a network is trained on "
        "noise, for every kind of noise (1f).",
        all_panels=[
            charts.curves(
                "1d · loss on noise",
                seen,
                {noise: {PRETRAINED: values} for noise, values in loss.items()},
                y="loss (nats)",
                level=(float(np.log(10)), "ln 10, chance"),
                **common,
            ),
            charts.curves(
                "1e · mean angle between forward weights and feedback",
                seen,
                {noise: {PRETRAINED: values.mean(axis=2)} for noise, values in angle.items()},
                y="angle (degrees)",
                level=(90.0, "90, chance"),
                **common,
            ),
            charts.histogram(
                "1e · angles of all hidden neurons, all seeds",
                rows,
                kinds,
                x="angle (degrees)",
                y="share of neurons",
                keep=f"datum.noise == noise && (datum.step == {always} || datum.step == moment)",
                level=(90.0, "chance"),
                limits=(0, 180),
                note="all hidden neurons of all seeds together",
                says="1e, distribution of the angles over hidden neurons: "
                + "; ".join(f"{noise}: {charts.spread(states, 'degrees')}" for noise, states in list(ends.items())[:1]),
            ),
            charts.points(
                "1f · mean angle before and after, by kind of noise",
                {noise: {kind: there.mean(axis=1) for kind, there in states.items()} for noise, states in ends.items()},
                x="angle (degrees)",
                width=300,
            ),
            charts.curves(
                "1e · mean angle with ten times as much noise",
                labels(results, "noise_seen", times=LONG),
                {} if long is None else {PRETRAINED: long.mean(axis=2)},
                x="examples of noise",
                y="angle (degrees)",
                level=(90.0, "90, chance"),
            ),
        ],
        kinds=kinds,
        columns=2,
        controls=[
            charts.Slider("moment", "Noise seen", [f"{seen[moment]:,.0f} examples" for moment in shown]),
            charts.Choice("noise", "Noise drawn from", {noise: noise for noise in angle}),
        ]
        if angle
        else [],
    )


EXPERIMENTS = (
    Experiment(
        id="fig1",
        paper=True,
        where="Figure 1d-f",
        title="Alignment while a network is trained on noise",
        run=run,
        cells=[{"noise": noise, "times": 1} for noise in INPUTS] + [{"noise": PLAIN, "times": LONG}],
        options={
            "smoke": {"inputs": 64, "classes": 10, "noise_examples": 64_000},
            "quick": {"inputs": 784, "classes": 10, "noise_examples": 128_000},
            "paper": {"inputs": 784, "classes": 10, "noise_examples": PAPER.noise_examples},
        },
        claims=CLAIMS,
        picture=picture,
    ),
)
