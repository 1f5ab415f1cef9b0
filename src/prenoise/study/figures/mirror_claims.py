"""What is said of mirrored noise: the settings, the numbers of a kind in each, and the claims on them."""

from typing import Any

from prenoise.paper import PAPER
from prenoise.study.claims import AgainstValue, Claim, Equivalent
from prenoise.study.kinds import MIRROR, NOISE, ZERO
from prenoise.study.recipes import ANGLE, SMALL_AREA, Effect, Family, Numbers, of_kinds, sample

FEEDBACK_ONLY, THROUGHOUT, KOLEN_POLLACK = "FA, feedback mirrored", "mirrored throughout", "FA + Kolen-Pollack noise"
RATE = "data at a rate of {:g}"
SETTINGS: dict[str, dict[str, Any]] = {
    "MNIST, 1,000": {},
    "MNIST, 5,000, 2 hidden": {"examples": 5_000, "depth": 2},
    "MNIST, 5,000, 4 hidden": {"examples": 5_000, "depth": 4},
    "MNIST, 5,000, 8 hidden": {"examples": 5_000, "depth": 8},
    "Fashion-MNIST, 5,000": {"dataset": "fashion-mnist", "examples": 5_000},
    "KMNIST, 5,000": {"dataset": "kmnist", "examples": 5_000},
    "CIFAR-10, 5,000": {"dataset": "cifar10", "examples": 5_000},
    RATE.format(3e-4): {"examples": 5_000, "depth": 2, "rate": 3e-4},
    RATE.format(1e-3): {"examples": 5_000, "depth": 2, "rate": 1e-3},
}
USUAL = {
    "dataset": "mnist",
    "examples": 1_000,
    "depth": 1,
    "rate": PAPER.rate,
    "noise": 0,
    "mirror_rate": 0.0,
    "stop": "",
}
"""A setting that says nothing else; noise and mirror rate of 0 stand for those of the size and the rule."""
AMOUNTS = (640, 3_200, 16_000, 64_000, 500_000)
MIRROR_RATES = (1e-3, 1e-2, 1e-1, 3e-1)
FEW = (3_200, 1e-1)
"""Fifty steps of noise at a high rate of the mirror."""
DRIFT = Effect(5.0, "degrees", "an eighteenth of a right angle")
FAMILY = Family("mirror")


def cell(kind: str, setting: str = "MNIST, 1,000", **change: Any) -> dict[str, Any]:
    """The condition of a kind in a setting."""
    return {"kind": kind, **USUAL, **SETTINGS[setting], **change}


def of_setting(setting: str, variable: str = "area") -> Numbers:
    """A number per seed of each kind."""
    return lambda results, kind: results[cell(kind, setting)][variable]


def few(results, kind: str) -> Any:
    """The area of each kind on MNIST with 1,000 examples, mirrored noise with few of them."""
    change = {"noise": FEW[0], "mirror_rate": FEW[1]} if kind == MIRROR else {}
    return results[cell(kind, **change)]["area"]


def claims_of(number: int, setting: str) -> tuple[Claim, ...]:
    """Mirrored noise against the others in one setting."""
    of = of_setting(setting)
    pairs = (
        ("noise", NOISE, "plain noise"),
        ("zero", ZERO, "a read-out of zero without noise"),
        ("feedback", FEEDBACK_ONLY, "its feedback alone"),
        ("kp", KOLEN_POLLACK, "noise by the rule of Kolen and Pollack"),
    )
    return (
        *(
            FAMILY.compared(
                f"mirror.{name}.{number}",
                f"{setting}: feedback alignment learns faster after mirrored noise than with {what}.",
                of,
                SMALL_AREA,
                kinds=(MIRROR, second),
            )
            for name, second, what in pairs
        ),
        FAMILY.comparable(
            f"mirror.bp.{number}",
            f"{setting}: mirrored noise closes at least 80 % of the gap in speed to backpropagation.",
            of,
            SMALL_AREA,
            kind=MIRROR,
        ),
        FAMILY.claim(
            f"mirror.lasts.{number}",
            f"{setting}: the mirrored feedback lasts, at the end of training the mean angle is below 30 degrees.",
            AgainstValue(30.0, "less"),
            of_kinds(of_setting(setting, "final_angle"), [MIRROR]),
            DRIFT,
        ),
        FAMILY.claim(
            f"mirror.throughout.{number}",
            f"{setting}: mirroring on data too makes no difference to the speed.",
            Equivalent(),
            of_kinds(of, [THROUGHOUT, MIRROR]),
            SMALL_AREA,
        ),
    )


CLAIMS = (
    *(claim for number, setting in enumerate(SETTINGS, 1) for claim in claims_of(number, setting)),
    FAMILY.comparable(
        "mirror.few",
        "MNIST, 1,000: fifty steps of noise at a mirror rate of 0.1 close at least 80 % of the gap to backpropagation.",
        few,
        SMALL_AREA,
        kind=MIRROR,
    ),
    FAMILY.claim(
        "mirror.stop",
        "MNIST, 1,000: mirrored noise that stops when aligned leaves the angle no larger than all of the noise does.",
        Equivalent(),
        {
            "stops when aligned": sample("start_angle", **cell(MIRROR, stop="aligned")),
            MIRROR: sample("start_angle", **cell(MIRROR)),
        },
        ANGLE,
    ),
)
