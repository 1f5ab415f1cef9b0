"""Does noise pretraining help a model of yours? One call that trains it with and without, and says so.

The same model is trained from its initial weights as they are, from these pretrained on noise, and from these with a
read-out of zeros, which costs nothing: with the same optimiser, budget and order of examples, for several seeds.
"""

from collections.abc import Callable, Iterable, Mapping
from contextlib import nullcontext
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, Literal

import numpy as np

from prenoise.adapters.starts import NOISE, PLAIN, STARTS, ZERO
from prenoise.adapters.warmup import Progress
from prenoise.errors import UserError
from prenoise.progress import progress as shown
from prenoise.study.trial_runs import Kept, course_of


@dataclass(frozen=True)
class Measure:
    """A number by which starts are compared."""

    name: str
    words: str
    better: Literal["greater", "less"]
    smallest: float
    why: str


MEASURES = {
    measure.name: measure
    for measure in (
        Measure("accuracy", "is more accurate", "greater", 0.01, "one test example in a hundred"),
        Measure("speed", "learns faster", "greater", 0.01, "one example in a hundred, all along the training"),
        Measure("calibration_error", "is better calibrated", "less", 0.01, "one part in a hundred of confidence"),
        Measure("log_loss", "has a lower log loss", "less", 0.02, "two parts in a hundred of a probability"),
        Measure("foreign", "tells foreign inputs better", "greater", 0.02, "two pairs in a hundred told apart"),
    )
}
"""What is measured on the test set: at the end, but for speed, the mean accuracy over the training."""


@dataclass(frozen=True)
class Trial:
    """What came of it: for each start and each measure the numbers of all seeds."""

    seeds: tuple[int, ...]
    numbers: Mapping[str, Mapping[str, np.ndarray]]

    def verdicts(self) -> list[Any]:
        """The study's verdict on each measure: of noise against none, and of noise against a zero read-out."""
        from prenoise.study.claims import Claim, Paired, judge_all

        claims = [
            Claim(
                id=f"{measure.name} against {other}",
                sentence=f"{_SUBJECT} {measure.words} {_AGAINST[other]}",
                test=Paired(measure.better),
                samples=lambda runs, name=measure.name, other=other: (runs[NOISE][name], runs[other][name]),
                smallest=measure.smallest,
                why=measure.why,
                family=f"compared to {_COMPARED[other]}",
                labels=(NOISE, other),
            )
            for other in (PLAIN, ZERO)
            for measure in MEASURES.values()
            if measure.name in self.numbers[PLAIN]
        ]
        return judge_all((claim, self.numbers) for claim in claims)

    def table(self) -> str:
        """A row for each measure: mean and standard deviation over the seeds from every start."""
        rows: list[tuple[str, ...]] = [("", *STARTS)]
        for name in self.numbers[PLAIN]:
            rows.append((name.replace("_", " "), *(_spread(self.numbers[start][name]) for start in STARTS)))
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        return "\n".join("  ".join(map(str.ljust, row, widths)).rstrip() for row in rows)

    @property
    def verdict(self) -> str:
        """Whether noise pretraining helped, in a sentence or two."""
        against: dict[str, dict[str, list[str]]] = {PLAIN: {}, ZERO: {}}
        for verdict in self.verdicts():
            name, _, other = verdict.id.partition(" against ")
            against[other].setdefault(str(verdict.outcome), []).append(name.replace("_", " "))
        sentences = [
            f"Noise pretraining, compared to {_COMPARED[other]}: "
            + "; ".join(f"{_OUTCOMES[o]} {', '.join(n)}" for o, n in found.items())
            for other, found in against.items()
        ]
        if lost := ", ".join(f"{start} {seeds}" for start, seeds in self.diverged().items()):
            sentences.append(f"Numbers that are not finite, as where training diverges, are left out: seeds {lost}")
        return "\n".join(sentences)

    def diverged(self) -> dict[str, list[int]]:
        """The seeds whose numbers are not all finite, of every start that has any."""
        found = {start: np.isfinite(np.stack([*numbers.values()])) for start, numbers in self.numbers.items()}
        lost = {start: np.flatnonzero(~np.all(finite, axis=0)) for start, finite in found.items()}
        return {start: [self.seeds[place] for place in places] for start, places in lost.items() if len(places)}

    def page(self, title: str = "Does noise pretraining help this model?") -> str:
        """A page in HTML with every seed's numbers drawn and every verdict, as text to write to a file."""
        from prenoise.study import charts, kinds
        from prenoise.study.report.contents import Contents, Section
        from prenoise.study.report.page import trial_page

        plain = replace(kinds.KINDS[kinds.RANDOM], name=PLAIN, meaning="from its initial weights")
        kinds.add_kinds([plain])
        picture = charts.Picture(
            caption="Every seed, trained from each start.",
            all_panels=[
                charts.points(words, {"": {start: self.numbers[start][name] for start in STARTS}}, x=words)
                for name, words in self._measured().items()
            ],
            kinds=STARTS,
        )
        groups: dict[str, dict[str, Any]] = {}
        for verdict in self.verdicts():
            name, _, other = verdict.id.partition(" against ")
            row = replace(verdict, id=verdict.id.replace(" ", "-"))  # no spaces in links
            groups.setdefault(f"Noise pretraining, compared to {_COMPARED[other]}", {})[self._measured()[name]] = row
        section = Section(id="trial", title=title, picture=picture, seeds=self.seeds, notices=self.verdict.splitlines())
        words = {outcome: word.removesuffix(" in") for outcome, word in _OUTCOMES.items()}
        return trial_page(Contents(title=title, sections=[section]), groups, words)

    def _measured(self) -> dict[str, str]:
        """What was measured, and how it is written."""
        return {name: name.replace("_", " ") for name in self.numbers[PLAIN]}

    def __str__(self) -> str:
        return f"{self.table()}\n\n{self.verdict}\n(means and deviations of {len(self.seeds)} seeds)"


def _spread(numbers: np.ndarray) -> str:
    """Mean and standard deviation of those that are finite."""
    finite = numbers[np.isfinite(numbers)]
    return f"{finite.mean():.3f} ± {finite.std(ddof=1):.3f}" if len(finite) > 1 else "diverged"


_SUBJECT = "The model pretrained on noise"
_AGAINST = {PLAIN: "than the model as it is", ZERO: "than the model with a read-out of zeros"}
_COMPARED = {PLAIN: "none", ZERO: "a read-out of zeros"}
_OUTCOMES = {
    "reproduced": "better in",
    "contradicted": "worse in",
    "no effect": "no different in",
    "inconclusive": "undecided in",
    "not run": "not measured in",
}


def trial(
    make_model: Callable[..., Any],
    train_loader: Iterable[Any] | Callable[[Any], Iterable[Any]],
    test_loader: Iterable[Any],
    *,
    foreign_loader: Iterable[Any] | None = None,
    seeds: int | Iterable[int] = 5,
    path: str | Path | None = None,
    progress: Progress | Literal["bar"] | None = "bar",
    **options: Any,
) -> Trial:
    """Train a model of PyTorch, Equinox or Flax NNX as it is, after noise and with a zero read-out, and judge noise.

    - `make_model`: makes the model, with initial weights that PyTorch's random numbers decide. For Equinox and Flax it
      is a function of a key, which decides them.
    - `train_loader` and `test_loader`: batches in any of the forms that `calibration` of the framework's adapter takes.
      For Equinox and Flax the first may also be a function of a key that gives the batches of an epoch, in an order
      that the key decides; what is not a function is read as it is in every epoch. With a `foreign_loader`, of inputs
      of another kind, also how well the model's confidence tells them.
    - `seeds`: how many, or which.
    - `path`: a file in which every run is kept as soon as it is done; a call with the same file goes on from there.
    - `progress`: is told the fraction done; by default a bar on a terminal, and elsewhere a line now and then.
    - `options`: how it is trained: `epochs`; the `optimiser`, by default Adam, 1e-3; the `loss`; the `rule` to align
      the model with (by default as `make_model` made it); `noise`, the arguments of `warm_up` as a dict; `readout`, the
      name of the last layer; `looks`, how often accuracy is measured on the way. The optimiser, the loss, and in
      PyTorch `schedule`, `output` and `axis`, in Equinox and Flax `apply` and `trainable`, are as of the adapter's
      `warm_up`. What `apply` gives beside the scores, `(scores, model)`, is the model with the state it goes on with.
    """
    Course = course_of(make_model)
    try:
        course = Course(make_model, train_loader, test_loader, foreign_loader, **options)
    except TypeError as error:
        raise UserError(f"the options of the trial are wrong ({error}): see the names in help(trial)") from error
    numbers = tuple(range(seeds)) if isinstance(seeds, int) else tuple(seeds)
    if len(numbers) < 2:
        raise UserError(f"found {len(numbers)} seeds: expected two or more, or nothing can be said of chance")
    if not callable(train_loader) and not hasattr(train_loader, "__len__"):
        raise UserError(
            f"found a {type(train_loader).__name__}, whose batches come once: expected a loader with a length"
        )
    kept = Kept(None if path is None else Path(path), course)
    jobs = [(seed, start) for seed in numbers for start in STARTS]
    with shown("trial") if progress == "bar" else nullcontext(progress or (lambda fraction: None)) as tell:
        for done, (seed, start) in enumerate(jobs):
            if (seed, start) not in kept:
                within = partial(_within, tell, done, len(jobs))
                kept.add(seed, start, course.run(seed, start, within))
            tell((done + 1) / len(jobs))
    return Trial(numbers, {start: kept.of(numbers, start) for start in STARTS})


def _within(tell: Progress, done: int, jobs: int, fraction: float) -> None:
    tell((done + fraction) / jobs)
