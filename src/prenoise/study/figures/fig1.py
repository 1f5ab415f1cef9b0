"""Figure 1: trained on noise by feedback alignment, forward weights turn towards the feedback."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from prenoise.measures import alignment
from prenoise.noise import Noise
from prenoise.paper import PAPER
from prenoise.study import charts, panels
from prenoise.study.claims import AgainstValue, Claim, EquivalentToValue, Paired
from prenoise.study.experiment import Experiment
from prenoise.study.given import Given
from prenoise.study.kinds import PRETRAINED, UNTRAINED
from prenoise.study.recipes import ANGLE, LOSS, Family, Sample, difference, nth, sample

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
FAMILY = Family("figure 1", paper=True)


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


def mean_angle(moment: int, noise: str = PLAIN, times: int = 1) -> Sample:
    """The mean angle over neurons."""
    return sample("angle", lambda angle: angle.isel(moment=moment).mean("neuron"), noise=noise, times=times)


def falls(identity: str, sentence: str, noise: str) -> Claim:
    """The angle after some noise is smaller than before it."""
    ends = {PRETRAINED: mean_angle(-1, noise), UNTRAINED: mean_angle(0, noise)}
    return FAMILY.claim(identity, sentence, Paired("less"), ends, ANGLE)


CLAIMS = (
    FAMILY.claim(
        "1d.1",
        "The loss on noise falls although inputs and labels are unrelated.",
        Paired("less"),
        {kind: sample("loss", nth(moment=n), noise=PLAIN, times=1) for kind, n in ((PRETRAINED, -1), (UNTRAINED, 0))},
        LOSS,
    ),
    FAMILY.claim(
        "1e.1",
        "In an untrained network the angle between forward weights and feedback is 90 degrees.",
        EquivalentToValue(90.0),
        {UNTRAINED: mean_angle(0)},
        ANGLE,
    ),
    falls("1e.2", "After noise pretraining the angle is smaller than in the untrained network.", PLAIN),
    FAMILY.claim(
        "1e.3",
        "The angle falls on with more noise: ten times as much makes it smaller still.",
        Paired("less"),
        {"ten times the noise": mean_angle(-1, times=LONG), PRETRAINED: mean_angle(-1)},
        ANGLE,
    ),
    FAMILY.claim(
        "1e.4",
        "The fall of the angle levels off: the second half of the noise brings less than the first.",
        Paired("less"),
        {
            "second half": difference(mean_angle(MOMENTS // 2), mean_angle(-1)),
            "first half": difference(mean_angle(0), mean_angle(MOMENTS // 2)),
        },
        ANGLE,
    ),
    FAMILY.claim(
        "1e.5",
        "Noise makes forward and backward weights nearly symmetric: the angle is below 45 degrees.",
        AgainstValue(45.0, "less"),
        {PRETRAINED: mean_angle(-1)},
        ANGLE,
    ),
    *(
        falls(f"1f.{number}", f"The angle falls on noise of another kind ({noise}).", noise)
        for number, noise in enumerate(list(INPUTS)[1:], 1)
    ),
)


def picture(results):
    """The loss on noise and the angles: along the noise, at any moment of it, and for every kind of noise."""
    seen, kinds = panels.labels(results, "noise_seen", times=1), [UNTRAINED, PRETRAINED]
    angle = panels.there(results, lambda results, noise: results[{"noise": noise, "times": 1}]["angle"], list(INPUTS))
    shown, edges, always = range(0, len(seen), 2), np.arange(0, 181, 4), -1
    rows = []
    for noise, values in angle.items():
        rows += charts.binned(values[:, 0], edges, UNTRAINED, noise=noise, step=always)
        for step, moment in enumerate(shown):
            rows += charts.binned(values[:, moment], edges, PRETRAINED, noise=noise, step=step)
    ends = {noise: {UNTRAINED: values[:, 0], PRETRAINED: values[:, -1]} for noise, values in angle.items()}
    long = panels.one(results, "angle", noise=PLAIN, times=LONG)
    common: dict[str, Any] = {"x": "examples of noise", "now": "2 * moment", "choice": "noise"}
    return charts.Picture(
        caption="Loss on noise (1d) and angles between forward weights and feedback (1e) while a network is trained on "
        "noise, for every kind of noise (1f).",
        all_panels=[
            charts.curves(
                "1d · loss on noise",
                seen,
                {noise: {PRETRAINED: panels.one(results, "loss", noise=noise, times=1)} for noise in angle},
                y="loss (nats)",
                level=(float(np.log(10)), "ln 10, chance"),
                **common,
            ),
            panels.angles(
                "1e · mean angle between forward weights and feedback",
                seen,
                {noise: {PRETRAINED: values.mean(axis=2)} for noise, values in angle.items()},
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
            panels.angles(
                "1e · mean angle with ten times as much noise",
                panels.labels(results, "noise_seen", times=LONG),
                {} if long is None else {PRETRAINED: long.mean(axis=2)},
                x="examples of noise",
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
