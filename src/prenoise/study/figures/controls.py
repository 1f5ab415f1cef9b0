"""What does noise add? Noise pretraining taken apart, beside controls that see no noise, in many settings."""

from collections.abc import Mapping
from typing import Any

import jax
import numpy as np
from jax.tree_util import Partial

from prenoise.measures import mean_loss
from prenoise.optimisers import adam
from prenoise.paper import PAPER
from prenoise.study import charts
from prenoise.study.claims import AgainstValue, Claim
from prenoise.study.experiment import Experiment
from prenoise.study.figures.parts_of_noise import OWN
from prenoise.study.given import Given
from prenoise.study.kinds import BP, COMPARED, FA, NOISE, ZERO
from prenoise.study.measured import early_and_late, learned, weight_ranks
from prenoise.study.recipes import LOSS, SMALL_ACCURACY, SMALL_AREA, Effect, Numbers, compared, stated

ALL_KINDS = (*COMPARED, *(kind.name for kind in OWN))
SETTINGS: dict[str, dict[str, Any]] = {
    "digits": {"dataset": "digits", "examples": 0, "depth": 1},
    "MNIST, 1,000": {"dataset": "mnist", "examples": 1_000, "depth": 1},
    "MNIST, 1,000, 2 hidden": {"dataset": "mnist", "examples": 1_000, "depth": 2},
    "MNIST, 1,000, 4 hidden": {"dataset": "mnist", "examples": 1_000, "depth": 4},
    "MNIST, 5,000, 2 hidden": {"dataset": "mnist", "examples": 5_000, "depth": 2},
    "MNIST, 60,000": {"dataset": "mnist", "examples": 0, "depth": 1},
    "Fashion-MNIST, 5,000": {"dataset": "fashion-mnist", "examples": 5_000, "depth": 1},
    "CIFAR-10, 5,000": {"dataset": "cifar10", "examples": 5_000, "depth": 1},
}
TUNED = ("MNIST, 1,000", "MNIST, 5,000, 2 hidden")
RATES = (3e-5, 1e-4, 3e-4, 1e-3, 3e-3)
HELD_OUT = 0.2
"""The share of the training set on which the rate is chosen."""
GAIN = Effect(0.1, "of noise's gain", "a tenth of what noise gives")


def run(given: Given) -> Mapping[str, Any]:
    """Learning in one setting: speed, final accuracy, losses, angle and rank; at the paper's rate, or at the best."""
    everything, test = given.data(given.dataset)
    examples = given.subset(everything, given.examples)
    start, _noise = given.start(given.sizes([100] * given.depth, given.dataset))
    few_steps = given.examples or len(everything) < 10_000
    epochs = given.epochs if few_steps else max(given.epochs // 10, 1)
    at = early_and_late(epochs)
    if given.rate != "tuned":
        record = {"train": Partial(mean_loss, examples=examples), "test": Partial(mean_loss, examples=test)}
        trained, history, arrays = learned(given, start, examples, test, record=record, epochs=epochs, at=at)
        losses = {name: np.asarray(history.record[name]) for name in ("train", "test")}
        return arrays | {
            "train_loss": (("seed", "epoch"), losses["train"], {"units": "nats"}),
            "error": (("seed", "epoch"), losses["test"] - losses["train"], {"units": "nats"}),
            "first_rank": (("seed",), np.asarray(jax.vmap(weight_ranks)(trained)[0])),
        }
    learn_from, validation = given.split(everything, given.examples, HELD_OUT)
    chosen, found = [], []
    for rate in RATES:
        tried = {"optimiser": adam(rate), "epochs": epochs, "at": at}
        chosen.append(learned(given, start, learn_from, validation, **tried)[-1]["area"][1])
        found.append(learned(given, start, examples, test, **tried)[-1])
    best, seeds = np.argmax(chosen, axis=0), range(len(given.seeds))
    return {
        name: (("seed",), np.array([found[rate][name][1][seed] for seed, rate in zip(seeds, best, strict=True)]))
        for name in ("area", "final_accuracy")
    } | {"best_rate": (("seed",), np.array(RATES)[best])}


def cell(kind: str, setting: str, rate: str = "paper's") -> dict[str, Any]:
    """The condition of a kind in a setting."""
    return {"kind": kind, "setting": setting, "rate": rate, **SETTINGS[setting]}


def of_setting(setting: str, variable: str = "area", rate: str = "paper's") -> Numbers:
    """A number per seed of each kind."""
    return lambda results, kind: results[cell(kind, setting, rate)][variable]


def share_of_gain(results, kind: str, setting: str) -> Any:
    """Of what noise gives to feedback alignment in this setting, the share that another kind has; per seed."""
    of = of_setting(setting)
    return (of(results, kind) - of(results, FA)) / (of(results, NOISE) - of(results, FA))


def error_at_equal_loss(setting: str) -> Numbers:
    """The generalisation error of a kind when its training loss is as low as the slowest kind's at its end."""

    def of_kind(results, kind: str) -> Any:
        parts = {name: results[cell(name, setting)] for name in COMPARED}
        level = np.max([np.asarray(part["train_loss"])[:, -1] for part in parts.values()], axis=0)
        losses, errors = (np.asarray(parts[kind][name]) for name in ("train_loss", "error"))
        found = [np.interp(-goal, -loss, error) for goal, loss, error in zip(level, losses, errors, strict=True)]
        return parts[kind]["area"].copy(data=np.array(found))

    return of_kind


def claims_of(number: int, setting: str) -> tuple[Claim, ...]:
    """What the zero read-out gives in a setting, and what noise adds to it."""

    def adds(name: str, sentence: str, of: Numbers, effect: Effect, direction: Any = "greater") -> Claim:
        return compared(
            f"controls.{name}.{number}",
            f"{setting}: {sentence}",
            of,
            effect,
            first=NOISE,
            second=ZERO,
            direction=direction,
            family="controls",
        )

    return (
        stated(
            f"controls.share.{number}",
            f"{setting}: a read-out of zero without noise has more than 80 % of what noise gives in speed.",
            AgainstValue(0.8, "greater"),
            lambda results: share_of_gain(results, ZERO, setting),
            GAIN,
            labels=(ZERO,),
            family="controls",
        ),
        adds("speed", "noise makes learning faster than a read-out of zero.", of_setting(setting), SMALL_AREA),
        adds(
            "accuracy",
            "noise ends more accurate than a read-out of zero.",
            of_setting(setting, "final_accuracy"),
            SMALL_ACCURACY,
        ),
        adds(
            "error",
            "at equal training loss the generalisation error is smaller after noise than from a read-out of zero.",
            error_at_equal_loss(setting),
            LOSS,
            "less",
        ),
    )


def part(identity: str, sentence: str, first: str, second: str) -> Claim:
    """One part of noise pretraining against another, on MNIST with 1,000 examples."""
    of = of_setting("MNIST, 1,000")
    name = f"controls.part.{identity}"
    return compared(name, f"MNIST, 1,000: {sentence}", of, SMALL_AREA, first=first, second=second, family="controls")


CLAIMS = (
    *(claim for number, setting in enumerate(SETTINGS, 1) for claim in claims_of(number, setting)),
    part("turned", "turning the read-out back to chance after noise slows learning.", NOISE, "read-out turned back"),
    part("shrunk", "noise is faster than a read-out as small as noise makes it.", NOISE, "read-out shrunk"),
    part(
        "readout",
        "the read-out of noise gives more than its first layers.",
        "read-out of noise",
        "first layers of noise",
    ),
    part(
        "zeroed", "a read-out of zero after noise is faster than one without noise.", "zero read-out after noise", ZERO
    ),
    part("parallel", "a read-out along the feedback is faster than a random one.", "read-out along feedback", FA),
    part("bp", "noise makes backpropagation faster too.", "BP + noise", BP),
    *(
        compared(
            f"controls.tuned.{number}.{name}",
            f"{setting}, the rate chosen for each kind on held-out data: {sentence}",
            of_setting(setting, rate="tuned"),
            SMALL_AREA,
            first=first,
            second=second,
            family="controls",
        )
        for number, setting in enumerate(TUNED, 1)
        for name, first, second, sentence in (
            ("noise", NOISE, FA, "feedback alignment learns faster after noise."),
            ("adds", NOISE, ZERO, "noise makes learning faster than a read-out of zero."),
        )
    ),
)


def picture(results):
    """Above all the share of noise's gain that each kind has; then speed and accuracy, setting by setting."""

    def found(of: Any, kinds: Any, settings: Any = SETTINGS) -> dict[str, dict[str, Any]]:
        groups: dict[str, dict[str, Any]] = {setting: {} for setting in settings}
        for setting in settings:
            for kind in kinds:
                try:
                    groups[setting][kind] = np.asarray(of(setting, kind))
                except KeyError:
                    continue
        return groups

    without = [kind for kind in ALL_KINDS if kind not in (FA, NOISE)]
    shares = found(lambda setting, kind: share_of_gain(results, kind, setting), without)
    x = "area under the curve of test accuracy"
    return charts.Picture(
        caption="Noise pretraining taken apart. The first panel has the share of what noise gives to feedback "
        "alignment that each kind has: 0 is FA, 100 % is FA + noise.",
        all_panels=[
            charts.points("Share of noise's gain in speed", shares, x="of noise's gain", percent=True, width=420),
            *(
                charts.points(
                    f"Speed: {setting}",
                    {kind: {kind: values} for kind, values in of_kind.items()},
                    x=x,
                )
                for setting, of_kind in found(lambda s, kind: of_setting(s)(results, kind), ALL_KINDS).items()
            ),
            charts.points(
                "Final accuracy",
                found(lambda setting, kind: of_setting(setting, "final_accuracy")(results, kind), COMPARED),
                x="test accuracy",
                percent=True,
            ),
            charts.points(
                "Speed at the rate that is best for each kind",
                found(lambda setting, kind: of_setting(setting, rate="tuned")(results, kind), COMPARED, TUNED),
                x=x,
            ),
        ],
        kinds=ALL_KINDS,
        columns=2,
    )


EXPERIMENTS = (
    Experiment(
        id="controls",
        title="What does noise add?",
        run=run,
        cells=[
            *(cell(kind, setting) for setting in SETTINGS for kind in ALL_KINDS),
            *(cell(kind, setting, "tuned") for setting in TUNED for kind in COMPARED),
        ],
        options={
            "smoke": {"epochs": 20, "noise_examples": 64_000},
            "quick": {"epochs": 20, "noise_examples": 128_000},
            "paper": {"epochs": PAPER.epochs, "noise_examples": PAPER.noise_examples},
        },
        datasets=("digits", "mnist", "fashion-mnist", "cifar10"),
        claims=CLAIMS,
        picture=picture,
        seeds={"smoke": 3, "quick": 3, "paper": 8},
        kinds=OWN,
    ),
)
