"""What figures share in their claims: how kinds are compared, and which effects matter."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
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
Sample = Callable[["Results"], Any]
"""`sample(results)`: a number per seed."""
Numbers = Callable[["Results", str], Any]
"""`numbers(results, kind)`: a number per seed of each kind."""
Reduce = Callable[["xarray.DataArray"], Any]


def sample(variable: str, reduce: Reduce | None = None, **condition: Any) -> Sample:
    """The variable in one condition; `reduce` makes a number per seed of it."""

    def of(results: "Results") -> Any:
        array = results[condition][variable]
        return reduce(array) if reduce else array

    return of


def numbers(variable: str, reduce: Reduce | None = None, **condition: Any) -> Numbers:
    """The variable of each kind in one condition; see `sample`."""
    return lambda results, kind: sample(variable, reduce, kind=kind, **condition)(results)


def difference(first: Sample, second: Sample) -> Sample:
    """The first number less the second, per seed."""
    return lambda results: first(results) - second(results)


def at(**labels: float | int) -> Reduce:
    """Picks what was measured at a label along an axis, as `at(epoch=10)`; in a small size it may not be there."""

    def picked(array: "xarray.DataArray") -> Any:
        for axis, label in labels.items():
            if label not in array[axis].values:
                raise KeyError(f"no measurement at {axis} {label:,}")
        return array.sel(labels)

    return picked


def nth(**places: int) -> Reduce:
    """Picks what was measured at a place along an axis, counted from 0, as `nth(epoch=-1)` for the last epoch."""
    return lambda array: array.isel(places)


def mean_of(parts: Sequence[Numbers]) -> Numbers:
    """The mean over several conditions, as data sets or depths."""
    return lambda results, kind: sum(part(results, kind) for part in parts) / len(parts)


def of_kinds(of: Numbers, kinds: Sequence[str]) -> dict[str, Sample]:
    """The numbers of some kinds, as samples under the kinds' names."""
    return {kind: lambda results, kind=kind: of(results, kind) for kind in kinds}


@dataclass(frozen=True)
class Family:
    """Claims that are tested together and corrected for each other, and whether the paper states them.

    What its methods return are claims of the family. Each is given the claim's id, its sentence, what is measured, and
    the smallest effect that matters.
    """

    name: str
    paper: bool = False

    @property
    def ours(self) -> "Family":
        """The family of our claims beside those of the paper; a family of ours is that already."""
        return Family(f"{self.name}, ours") if self.paper else self

    def claim(self, identity: str, sentence: str, test: Test, samples: Mapping[str, Sample], effect: Effect) -> Claim:
        """What a test is to find; `samples` are what it tests, each under its name."""

        def members(results: "Results") -> Any:
            found = [of(results) for of in samples.values()]
            return tuple(found) if len(found) > 1 else found[0]

        return Claim(
            identity,
            sentence,
            test,
            members,
            labels=tuple(samples),
            family=self.name,
            paper=self.paper,
            **effect._asdict(),
        )

    def compared(
        self,
        identity: str,
        sentence: str,
        of: Numbers,
        effect: Effect,
        *,
        kinds: tuple[str, str] = (NOISE, FA),
        direction: Direction = "greater",
    ) -> Claim:
        """The first kind has greater (or less) numbers than the second, seed by seed."""
        return self.claim(identity, sentence, Paired(direction), of_kinds(of, kinds), effect)

    def comparable(self, identity: str, sentence: str, of: Numbers, effect: Effect, *, kind: str = NOISE) -> Claim:
        """The kind closes most of the gap between feedback alignment and backpropagation."""
        return self.claim(identity, sentence, GapClosed(SHARE), of_kinds(of, [kind, FA, BP]), effect)

    def controls(
        self,
        prefix: str,
        where: str,
        of: Numbers,
        effect: Effect,
        *,
        better: str,
        direction: Direction = "greater",
        kinds: Sequence[str] = (FA, NOISE, ZERO, MIRROR),
    ) -> tuple[Claim, ...]:
        """What a read-out of zero gives without noise, what noise adds to that, what mirrored noise adds to noise.

        `where` begins the sentence, as in `On MNIST`; `better` says what is compared, as in `learns faster`. `kinds`
        are the untreated one, that after noise, that from a read-out of zero, and that after mirrored noise where there
        is one.
        """
        untreated, noise, zero, *mirror = kinds
        pairs = [
            ("zero", "with a read-out of zero and no noise, the network", zero, untreated, "from random weights"),
            ("adds", "after noise pretraining, the network", noise, zero, "with a read-out of zero and no noise"),
            *(("mirror", "after mirrored noise, the network", kind, noise, "after plain noise") for kind in mirror),
        ]
        return tuple(
            self.compared(
                f"{prefix}.{name}",
                f"{where}, {subject} {better} than {other}.",
                of,
                effect,
                kinds=(first, second),
                direction=direction,
            )
            for name, subject, first, second, other in pairs
        )

    def learning(
        self, prefix: str, where: str, of: Numbers, effect: Effect = AREA, *, to_bp: bool = True
    ) -> tuple[Claim, ...]:
        """Speed of learning in one setting: noise against none, against backpropagation, and both controls.

        The first is of this family, and the second too if `to_bp`; the controls are always ours.
        """
        return (
            self.compared(
                f"{prefix}.1",
                f"{where}, feedback alignment learns faster after noise pretraining than from random weights.",
                of,
                effect,
            ),
            (self if to_bp else self.ours).comparable(
                f"{prefix}.2",
                f"{where}, noise pretraining makes feedback alignment comparable to backpropagation: it closes at "
                f"least {SHARE:.0%} of the gap in speed, the area under the curve.",
                of,
                effect,
            ),
            *self.ours.controls(prefix, where, of, effect, better="learns faster"),
            self.ours.comparable(
                f"{prefix}.mirror-bp",
                f"{where}, mirrored noise closes at least {SHARE:.0%} of the gap in speed to backpropagation.",
                of,
                effect,
                kind=MIRROR,
            ),
        )
