"""What is said of the controls: the settings, the numbers of a kind in each, and the claims on them."""

from typing import Any

import numpy as np

from prenoise.study.claims import Claim, GapClosed
from prenoise.study.claims.statistics import fieller
from prenoise.study.figures.parts_of_noise import OWN
from prenoise.study.kinds import BP, COMPARED, FA, NOISE, ZERO
from prenoise.study.recipes import (
    LOSS,
    PROBABILITY,
    SHARE,
    SMALL_ACCURACY,
    SMALL_AREA,
    USPS,
    Direction,
    Effect,
    Family,
    Numbers,
    of_kinds,
)

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
TOLD_APART = Effect(0.02, "AUROC", "two pairs in a hundred told apart that were not")
FAMILY, BEYOND = Family("controls"), Family("controls, other data and confidence")


def cell(kind: str, setting: str, rate: str = "paper's") -> dict[str, Any]:
    """The condition of a kind in a setting."""
    return {"kind": kind, "setting": setting, "rate": rate, **SETTINGS[setting]}


def of_setting(setting: str, variable: str = "area", rate: str = "paper's") -> Numbers:
    """A number per seed of each kind."""
    return lambda results, kind: results[cell(kind, setting, rate)][variable]


def share(x: Any, low: Any, high: Any) -> tuple[float, float, float]:
    """How much of a gap is closed, with its interval; not a number where there is no gap to speak of."""
    closed, gap = np.asarray(x - low, float), np.asarray(high - low, float)
    least, most = fieller(closed, gap)
    return (float(closed.mean() / gap.mean()) if np.isfinite(least) else least), least, most


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

    def adds(
        family: Family, name: str, sentence: str, of: Numbers, effect: Effect, direction: Direction = "greater"
    ) -> Claim:
        identity = f"controls.{name}.{number}"
        sentence = f"{setting}: {sentence}"
        return family.compared(identity, sentence, of, effect, kinds=(NOISE, ZERO), direction=direction)

    def of(variable: str) -> Numbers:
        return of_setting(setting, variable)

    return (
        FAMILY.claim(
            f"controls.share.{number}",
            f"{setting}: a read-out of zero without noise has at least {SHARE:.0%} of what noise gives in speed.",
            GapClosed(SHARE),
            of_kinds(of("area"), [ZERO, FA, NOISE]),
            SMALL_AREA,
        ),
        adds(FAMILY, "speed", "noise makes learning faster than a read-out of zero.", of("area"), SMALL_AREA),
        adds(
            FAMILY,
            "accuracy",
            "noise ends more accurate than a read-out of zero.",
            of("final_accuracy"),
            SMALL_ACCURACY,
        ),
        adds(
            FAMILY,
            "error",
            "at equal training loss the generalisation error is smaller after noise than from a read-out of zero.",
            error_at_equal_loss(setting),
            LOSS,
            "less",
        ),
        adds(
            BEYOND,
            "moved",
            "on moved images networks are more accurate after noise than from a read-out of zero.",
            of("moved"),
            SMALL_ACCURACY,
        ),
        *(
            [
                adds(
                    BEYOND,
                    "usps",
                    "on USPS networks are more accurate after noise than from a read-out of zero.",
                    of("usps"),
                    USPS,
                )
            ]
            if SETTINGS[setting]["dataset"] == "mnist"
            else []
        ),
        adds(
            BEYOND,
            "calibration",
            "the calibration error is smaller after noise than from a read-out of zero.",
            of("calibration_error"),
            PROBABILITY,
            "less",
        ),
        adds(
            BEYOND,
            "foreign",
            "confidence tells random pixels apart better after noise than from a read-out of zero.",
            of("foreign"),
            TOLD_APART,
        ),
    )


def part(identity: str, sentence: str, first: str, second: str) -> Claim:
    """One part of noise pretraining against another, on MNIST with 1,000 examples."""
    of = of_setting("MNIST, 1,000")
    name = f"controls.part.{identity}"
    return FAMILY.compared(name, f"MNIST, 1,000: {sentence}", of, SMALL_AREA, kinds=(first, second))


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
        FAMILY.compared(
            f"controls.tuned.{number}.{name}",
            f"{setting}, the rate chosen for each kind on held-out data: {sentence}",
            of_setting(setting, rate="tuned"),
            SMALL_AREA,
            kinds=(first, second),
        )
        for number, setting in enumerate(TUNED, 1)
        for name, first, second, sentence in (
            ("noise", NOISE, FA, "feedback alignment learns faster after noise."),
            ("adds", NOISE, ZERO, "noise makes learning faster than a read-out of zero."),
        )
    ),
)
