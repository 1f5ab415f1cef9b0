"""What figures share in their claims: how kinds are compared, and which effects matter."""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from prenoise.paper import PAPER
from prenoise.study.claims import Claim, GapClosed, Paired, Test
from prenoise.study.experiment import SizeName
from prenoise.study.kinds import BP, FA, MIRROR, NOISE, ZERO

if TYPE_CHECKING:
    import xarray

    from prenoise.study.lab.results import Results

ALL = 0
"""Stands for the whole training set, where a condition says how many examples are learned from."""
SHARE = 0.8
"""The share of the gap between feedback alignment and backpropagation that must be closed to be called comparable."""


USUAL: Mapping[SizeName, Mapping[str, Any]] = {
    "smoke": {"epochs": 30, "noise_examples": 64_000},
    "quick": {"epochs": 10, "noise_examples": 256_000},
    "paper": {"epochs": PAPER.epochs, "noise_examples": PAPER.noise_examples},
}
"""The options of most figures."""
MANY: Mapping[SizeName, Mapping[str, Any]] = {
    "smoke": {"epochs": 20, "noise_examples": 64_000},
    "quick": {"epochs": 20, "noise_examples": 128_000},
    "paper": USUAL["paper"],
}
"""Those of experiments with many conditions."""


class Effect(NamedTuple):
    """The smallest effect that matters, its unit, and why it is that."""

    smallest: float
    unit: str
    why: str


AREA = Effect(0.002, "area under the curve", "two test images in a thousand at every epoch")
SMALL_AREA = Effect(0.01, "area under the curve", "one test image in a hundred at every epoch")
"""On small training sets, where seeds differ more."""
ACCURACY = Effect(0.002, "accuracy", "two test images in a thousand")
SMALL_ACCURACY = Effect(0.01, "accuracy", "one test image in a hundred")
USPS = Effect(0.02, "accuracy", "two images of USPS in a hundred")
ANGLE = Effect(2.0, "degrees", "two degrees from chance change the cosine by 0.03")
DISTANCE = Effect(0.1, "distance", "a sixtieth of the distance between random weights and feedback")
LENGTH = Effect(0.1, "length of the trajectory", "a sixtieth of the distance between random weights and feedback")
LOSS = Effect(0.05, "nats", "a fiftieth of the loss at chance")
META_LOSS = Effect(0.2, "nats", "a tenth of the loss at chance")
RANK = Effect(1.0, "dimensions", "a matrix cannot gain or lose less than one dimension")
PROBABILITY = Effect(0.02, "probability", "two percent of confidence")

Direction = Literal["greater", "less"]
Numbers = Callable[["Results", str], Any]
"""`numbers(results, kind)`: a number per seed."""


def numbers(variable: str, reduce: Callable[["xarray.DataArray"], Any] | None = None, **condition: Any) -> Numbers:
    """The variable of each kind in one condition; `reduce` makes a number per seed of it."""

    def of_kind(results: "Results", kind: str) -> Any:
        array = results[{"kind": kind, **condition}][variable]
        return reduce(array) if reduce else array

    return of_kind


def mean_of(parts: Sequence[Numbers]) -> Numbers:
    """The mean over several conditions, as data sets or depths."""
    return lambda results, kind: sum(part(results, kind) for part in parts) / len(parts)


def stated(
    identity: str,
    sentence: str,
    test: Test,
    samples: Callable[["Results"], Any],
    effect: Effect,
    *,
    labels: tuple[str, ...],
    family: str,
    paper: bool = False,
) -> Claim:
    """A claim whose smallest effect, unit and reason are those of `effect`; the rest is `Claim`'s."""
    return Claim(
        identity,
        sentence,
        test,
        samples,
        smallest=effect.smallest,
        why=effect.why,
        unit=effect.unit,
        family=family,
        labels=labels,
        paper=paper,
    )


def compared(
    identity: str,
    sentence: str,
    of: Numbers,
    effect: Effect,
    *,
    first: str = NOISE,
    second: str = FA,
    direction: Direction = "greater",
    family: str,
    paper: bool = False,
) -> Claim:
    """The first kind has greater (or less) numbers than the second, seed by seed."""

    def samples(results: "Results") -> tuple[Any, Any]:
        return of(results, first), of(results, second)

    test = Paired(direction)
    return stated(identity, sentence, test, samples, effect, labels=(first, second), family=family, paper=paper)


def comparable(
    identity: str, sentence: str, of: Numbers, effect: Effect, *, kind: str = NOISE, family: str, paper: bool = False
) -> Claim:
    """The kind closes most of the gap between feedback alignment and backpropagation."""

    def samples(results: "Results") -> tuple[Any, Any, Any]:
        return of(results, kind), of(results, FA), of(results, BP)

    test = GapClosed(SHARE)
    return stated(identity, sentence, test, samples, effect, labels=(kind, FA, BP), family=family, paper=paper)


def controls(
    prefix: str,
    where: str,
    of: Numbers,
    effect: Effect,
    *,
    better: str,
    direction: Direction = "greater",
    family: str,
    kinds: Sequence[str] = (FA, NOISE, ZERO, MIRROR),
) -> tuple[Claim, ...]:
    """What a read-out of zero gives without noise, what noise adds to that, and what mirrored noise adds to noise.

    `where` begins the sentence, as in `On MNIST`; `better` says what is compared, as in `learns faster`. `kinds` are
    the untreated one, that after noise, that from a read-out of zero, and that after mirrored noise where there is one.
    """
    untreated, noise, zero, *mirror = kinds
    pairs = [
        ("zero", "with a read-out of zero and no noise, the network", zero, untreated, "from random weights"),
        ("adds", "after noise pretraining, the network", noise, zero, "with a read-out of zero and no noise"),
        *(("mirror", "after mirrored noise, the network", kind, noise, "after plain noise") for kind in mirror),
    ]
    return tuple(
        compared(
            f"{prefix}.{name}",
            f"{where}, {subject} {better} than {other}.",
            of,
            effect,
            first=first,
            second=second,
            direction=direction,
            family=family,
        )
        for name, subject, first, second, other in pairs
    )


def learning_claims(
    prefix: str,
    where: str,
    of: Numbers,
    effect: Effect = AREA,
    *,
    figure: str,
    paper: bool,
    to_bp: bool | None = None,
) -> tuple[Claim, ...]:
    """Speed of learning in one setting: noise against none, against backpropagation, and both controls.

    `paper` says whether the first two are the paper's statements, and `to_bp` whether the second is where the first is;
    the controls never are.
    """
    ours = f"{figure}, ours"
    family = figure if paper else ours
    to_bp = paper if to_bp is None else to_bp
    return (
        compared(
            f"{prefix}.1",
            f"{where}, feedback alignment learns faster after noise pretraining than from random weights.",
            of,
            effect,
            family=family,
            paper=paper,
        ),
        comparable(
            f"{prefix}.2",
            f"{where}, noise pretraining makes feedback alignment comparable to backpropagation: it closes at least "
            f"{SHARE:.0%} of the gap in speed, the area under the curve.",
            of,
            effect,
            family=figure if to_bp else ours,
            paper=to_bp,
        ),
        *controls(prefix, where, of, effect, better="learns faster", family=ours),
        comparable(
            f"{prefix}.mirror-bp",
            f"{where}, mirrored noise closes at least {SHARE:.0%} of the gap in speed to backpropagation.",
            of,
            effect,
            kind=MIRROR,
            family=ours,
        ),
    )
