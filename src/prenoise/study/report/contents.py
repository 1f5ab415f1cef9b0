"""What a folder holds, read once: experiments with their verdicts, what is missing, and how it all was made."""

import hashlib
import json
import math
import re
import warnings
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from prenoise.errors import UserError
from prenoise.study import demo, reproduction
from prenoise.study.claims import Claim, Verdict, judge_all
from prenoise.study.experiment import Experiment
from prenoise.study.figures import experiments
from prenoise.study.lab import AmbiguousResults, DamagedFile, Store, open_results
from prenoise.study.report import trained
from prenoise.study.report.reading import counted

if TYPE_CHECKING:
    import xarray

    from prenoise.study.report.picture import Picture

_WHOLE = ("catalogue", "embedded")


@dataclass(frozen=True)
class Section:
    """One experiment as the page shows it."""

    experiment: Experiment
    results: "xarray.Dataset | None"
    verdicts: Sequence[Verdict] = ()
    finished: int = 0
    planned: int = 0
    """Runs asked for; 0 where nobody wrote that down."""
    broken: Sequence[str] = ()
    """Files that did not read back whole, and why."""
    not_run: str = ""
    data: Sequence[str] = ()
    stand_ins: Sequence[str] = ()
    """Data that is not the catalogue's."""
    hashes: Sequence[tuple[str, str]] = ()
    seeds: int = 0
    picture: "Picture | None" = None
    """The figure, if there are results and anything to draw."""

    @property
    def status(self) -> list[str]:
        """What is not as it should be, in sentences."""
        said = []
        if self.not_run:
            said.append(f"Not run: {self.not_run}")
        elif self.finished < self.planned:
            said.append(
                f"{self.finished} of {counted(self.planned, 'run')} finished: what is missing has failed or has not "
                "been run yet. Start the same command again to run it; finished runs are kept."
            )
        said += [f"A broken file counts as absent: {problem}." for problem in self.broken]
        said += [f"Stand-in data: {text}." for text in self.stand_ins]
        return said


@dataclass(frozen=True)
class Contents:
    """Everything a page is made from."""

    title: str
    sections: Sequence[Section]
    command: str = ""
    size: str = ""
    scaling: str = ""
    environments: Sequence[dict[str, Any]] = field(default_factory=list)
    seconds: float = 0.0
    """Of computing, all runs together."""

    @property
    def verdicts(self) -> list[Verdict]:
        return [verdict for section in self.sections for verdict in section.verdicts]


Known = dict[str, tuple[str, Section]]
"""Sections read before, by experiment, with the state of the files they were read from."""


def read(folder: Path, known: Known | None = None) -> Contents:
    """What `prenoise reproduce`, `train` and `demo` left in a folder.

    Given what is `known`, only experiments with new files are read again, and `known` is brought up to date.
    """
    if not folder.is_dir():
        raise UserError(f"there is no folder {folder}")
    known = {} if known is None else known
    sections, asked = [], None
    if (folder / reproduction.RECORD).exists():
        asked = reproduction.recall(folder)
        sections += [
            _remembered(known, folder, part.experiment, partial(_of_part, folder, asked, part), part)
            for part in asked.parts
        ]
    stored = Store(folder).experiments()
    sections += [
        _remembered(known, folder, other.id, partial(_alone, folder, other))
        for other in (demo.DEMO, trained.TRAINED)
        if other.id in stored
    ]
    if not sections:
        raise UserError(
            f"{folder} holds no results: make some with prenoise reproduce, prenoise demo or prenoise train DATASET, "
            f"each with --out {folder}"
        )
    sections = _judged(sections)
    texts = {
        text for section in sections if section.results is not None for text in section.results.attrs["environments"]
    }
    return Contents(
        title="What the runs say of the paper's claims" if asked else sections[0].experiment.title,
        sections=sections,
        command=asked.command if asked else "",
        size=asked.size if asked else "",
        scaling=asked.scaling if asked else "",
        environments=[json.loads(text) for text in sorted(texts)],
        seconds=math.fsum(_seconds(section.results) for section in sections if section.results is not None),
    )


def _remembered(
    known: Known, folder: Path, name: str, make: Callable[[], Section], part: reproduction.Part | None = None
) -> Section:
    state = f"{state_of(folder, name)} {part}"
    if name not in known or known[name][0] != state:
        known[name] = state, make()
    return known[name][1]


def state_of(folder: Path, experiment: str = "*") -> str:
    """Changes whenever a result of an experiment comes, goes or changes."""
    seen = []
    for path in sorted(folder.glob(f"{experiment}/*.nc")):
        with suppress(FileNotFoundError):
            state = path.stat()
            seen.append(f"{path.name} {state.st_mtime_ns} {state.st_size}")
    return hashlib.sha256("\n".join(seen).encode()).hexdigest()[:32]


def _of_part(folder: Path, asked: reproduction.Reproduction, part: reproduction.Part) -> Section:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", DamagedFile)
        results = reproduction.results(folder, asked, part)
    descriptions = [(used["source"] in _WHOLE, used["description"]) for used in part.data.values()]
    return Section(
        experiments()[part.experiment],
        results,
        finished=_finished(results),
        planned=len(asked.jobs(part)),
        broken=_broken(caught, folder),
        not_run=part.not_run,
        data=list(dict.fromkeys(text for _, text in descriptions)),
        stand_ins=list(dict.fromkeys(text for whole, text in descriptions if not whole)),
        hashes=list(dict.fromkeys((used["name"], used["hash"]) for used in part.data.values())),
        seeds=part.seeds,
        picture=_picture(experiments()[part.experiment], results),
    )


def _alone(folder: Path, experiment: Experiment) -> Section:
    """Results that no reproduction asked for."""
    problem = ""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", DamagedFile)
        try:
            results = open_results(folder, experiment.id)
        except (FileNotFoundError, AmbiguousResults) as error:
            results, problem = None, str(error).replace(f"{str(folder)!r}", "the folder")
    broken = _broken(caught, folder)
    return Section(
        experiment,
        results,
        finished=_finished(results),
        broken=broken,
        not_run="" if results is not None or broken else problem,
        seeds=results.sizes["seed"] if results is not None else 0,
        picture=_picture(experiment, results),
    )


def _judged(sections: Sequence[Section]) -> list[Section]:
    """The sections with their verdicts, corrected within families over all of them."""
    pairs: list[tuple[Claim, Any]] = []
    for section in sections:
        found = (section.not_run or reproduction.UNFINISHED) if section.results is None else section.results
        pairs += [(claim, found) for claim in section.experiment.claims]
    verdicts = iter(judge_all(pairs))
    return [replace(section, verdicts=[next(verdicts) for _ in section.experiment.claims]) for section in sections]


def _picture(experiment: Experiment, results: "xarray.Dataset | None") -> "Picture | None":
    if results is None or experiment.picture is None:
        return None
    picture = experiment.picture(results)
    return picture if picture.panels else None


def _finished(results: "xarray.Dataset | None") -> int:
    return 0 if results is None else len(set(results["job"].values.ravel()) - {""})


def _seconds(results: "xarray.Dataset") -> float:
    jobs, seconds = results["job"].values.ravel(), results["job_seconds"].values.ravel()
    return float(sum(dict(zip(jobs, seconds, strict=True)).get(job, 0.0) for job in set(jobs) - {""}))


def _broken(caught: list[warnings.WarningMessage], folder: Path) -> list[str]:
    """What was wrong with each damaged file, without the place of the folder."""
    found = []
    for warning in caught:
        if issubclass(warning.category, DamagedFile):
            text = re.sub(r" is treated as absent", "", str(warning.message).replace(f"{folder}/", ""))
            found.append(text)
        else:
            warnings.warn_explicit(warning.message, warning.category, warning.filename, warning.lineno)
    return list(dict.fromkeys(found))
