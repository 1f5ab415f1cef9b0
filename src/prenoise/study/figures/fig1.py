"""Figure 1: trained on noise by feedback alignment, forward weights turn towards the feedback."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from prenoise.measures import alignment
from prenoise.noise import Noise
from prenoise.paper import PAPER
from prenoise.study.cells import cell
from prenoise.study.claims import Claim, EquivalentToValue, Paired, Trend
from prenoise.study.experiment import Experiment
from prenoise.study.kinds import fresh, keys
from prenoise.training import pretrain

PLAIN = {"mean": 0.0, "scale": 1.0, "distribution": "normal"}
INPUTS = [
    PLAIN,
    {"mean": 0.0, "scale": 0.5, "distribution": "normal"},
    {"mean": 0.0, "scale": 2.0, "distribution": "normal"},
    {"mean": 0.5, "scale": 1.0, "distribution": "normal"},
    {"mean": 1.0, "scale": 1.0, "distribution": "normal"},
    {"mean": 0.0, "scale": 1.0, "distribution": "uniform"},
    {"mean": 0.5, "scale": 0.5, "distribution": "uniform"},
]
MOMENTS = 41


def angles(network) -> Any:
    """Angle of every neuron of the last hidden layer."""
    return alignment(network)[-1]


def run(
    seeds: Sequence[int],
    mean: float,
    scale: float,
    distribution: Any,
    *,
    inputs: int,
    noise_examples: int,
    **_: Any,
) -> Mapping[str, Any]:
    """Loss on noise and the angle of every hidden neuron, along the way."""
    key = keys(seeds)
    network = fresh([inputs, *PAPER.hidden, 10], key)
    _trained, history = pretrain(
        network,
        Noise(mean, scale, distribution),
        key=key.noise,
        examples=noise_examples,
        record={"angle": angles},
        at=np.linspace(0, noise_examples, MOMENTS),
    )
    return {
        "loss": (("seed", "moment"), np.asarray(history.loss), {"units": "nats"}),
        "angle": (("seed", "moment", "neuron"), np.asarray(history.record["angle"]), {"units": "degrees"}),
        "noise_seen": (("moment",), history.at, {"units": "examples"}),
    }


def mean_angle(results, moment: int, **inputs: Any) -> np.ndarray:
    """Mean over neurons, a number a seed."""
    return cell(results, "angle", **inputs)[:, moment].mean(axis=1)


def falls_in(inputs: Mapping[str, Any], number: int) -> Claim:
    """The statement of Figure 1f for one kind of noise. That for the paper's own is 1e.2."""
    return Claim(
        f"1f.{number}",
        f"With {inputs['distribution']} noise of mean {inputs['mean']:g} and deviation {inputs['scale']:g}, "
        "the angle between forward and feedback weights falls.",
        Paired("less"),
        lambda results: (mean_angle(results, -1, **inputs), mean_angle(results, 0, **inputs)),
        family="1f",
        unit="degrees",
        labels=("noise-pretrained", "untrained"),
    )


CLAIMS = (
    Claim(
        "1d.1",
        "The loss on noise falls although inputs and labels are unrelated.",
        Paired("less"),
        lambda results: (cell(results, "loss", **PLAIN)[:, -1], cell(results, "loss", **PLAIN)[:, 0]),
        unit="nats",
        labels=("noise-pretrained", "untrained"),
    ),
    Claim(
        "1e.1",
        "In an untrained network the angle between forward and feedback weights is 90 degrees (within 2).",
        EquivalentToValue(90.0),
        lambda results: mean_angle(results, 0, **PLAIN),
        smallest=2.0,
        unit="degrees",
        labels=("untrained",),
    ),
    Claim(
        "1e.2",
        "After training on noise the angle is smaller than in the untrained network.",
        Paired("less"),
        lambda results: (mean_angle(results, -1, **PLAIN), mean_angle(results, 0, **PLAIN)),
        unit="degrees",
        labels=("noise-pretrained", "untrained"),
    ),
    Claim(
        "1e.3",
        "The angle falls steadily during training on noise (Kendall's tau beyond 0.8).",
        Trend("falls", steady=0.8),
        lambda results: (
            np.arange(cell(results, "angle", **PLAIN).shape[1]),
            cell(results, "angle", **PLAIN).mean(axis=2),
        ),
        unit="degrees",
        labels=("untrained", "noise-pretrained"),
    ),
    *(falls_in(inputs, number) for number, inputs in enumerate(INPUTS[1:], 1)),
)


def described(inputs: Mapping[str, Any]) -> str:
    """The noise in a few words."""
    return f"{inputs['distribution']}, mean {inputs['mean']:g}, dev. {inputs['scale']:g}"


def picture(results):
    """The loss on noise and the angles: along the way, at any moment, and for every kind of noise."""
    from prenoise.study.kinds import PRETRAINED as PRACTISED
    from prenoise.study.kinds import UNTRAINED
    from prenoise.study.report.curves import curves
    from prenoise.study.report.histogram import binned, histogram, spread
    from prenoise.study.report.picture import Choice, Picture, Slider
    from prenoise.study.report.points import points
    from prenoise.study.report.reading import axis, one

    seen, kinds = axis(results, "noise_seen"), [UNTRAINED, PRACTISED]
    loss = {described(inputs): one(results, "loss", **inputs) for inputs in INPUTS}
    found = {described(inputs): one(results, "angle", **inputs) for inputs in INPUTS}
    angle = {name: values for name, values in found.items() if values is not None}
    shown, edges, always = range(0, len(seen), 2), np.arange(0, 181, 4), -1
    rows = []
    for name, values in angle.items():
        rows += binned(values[:, 0], edges, UNTRAINED, noise=name, step=always)
        for step, moment in enumerate(shown):
            rows += binned(values[:, moment], edges, PRACTISED, noise=name, step=step)
    ends = {name: {UNTRAINED: values[:, 0], PRACTISED: values[:, -1]} for name, values in angle.items()}
    noise = "examples of noise"
    return Picture(
        caption="Trained on noise, the loss falls (1d) and the angles between forward weights and feedback turn from "
        "90 degrees towards 0 (1e), whatever the noise is drawn from (1f). Bands reach from the lowest to the highest "
        "seed.",
        all_panels=[
            curves(
                "1d · loss on noise",
                seen,
                {name: {PRACTISED: values} for name, values in loss.items() if values is not None},
                x=noise,
                y="loss (nats)",
                level=(float(np.log(10)), "ln 10, chance"),
                now="2 * moment",
                choice="noise",
            ),
            curves(
                "1e · mean angle between forward weights and feedback",
                seen,
                {name: {PRACTISED: values.mean(axis=2)} for name, values in angle.items()},
                x=noise,
                y="angle (degrees)",
                level=(90.0, "90, chance"),
                now="2 * moment",
                choice="noise",
            ),
            histogram(
                "1e · angles of all hidden neurons, all seeds",
                rows,
                kinds,
                x="angle (degrees)",
                y="share of neurons",
                keep=f"datum.noise == noise && (datum.step == {always} || datum.step == moment)",
                level=(90.0, "chance"),
                limits=(0, 180),
                says="1e, distribution of the angles over hidden neurons: "
                + "; ".join(f"{name}: {spread(states, 'degrees')}" for name, states in list(ends.items())[:1]),
            ),
            points(
                "1f · mean angle before and after, by kind of noise",
                {name: {kind: there.mean(axis=1) for kind, there in states.items()} for name, states in ends.items()},
                x="angle (degrees)",
                width=300,
            ),
        ],
        kinds=kinds,
        columns=2,
        controls=[
            Slider("moment", "Noise seen", [f"{seen[moment]:,.0f} examples" for moment in shown]),
            Choice("noise", "Noise drawn from", {name: name for name in angle}),
        ]
        if angle
        else [],
    )


EXPERIMENTS = (
    Experiment(
        id="fig1",
        paper=True,
        where="Figure 1d-f",
        title="Weights align with the feedback while a network is trained on noise",
        run=run,
        cells=INPUTS,
        options={
            "smoke": {"inputs": 64, "noise_examples": 64_000},
            "quick": {"inputs": 784, "noise_examples": 128_000},
            "paper": {"inputs": 784, "noise_examples": PAPER.noise_examples},
        },
        claims=CLAIMS,
        picture=picture,
    ),
)
