"""What a folder of results holds, read for a report: every experiment there, with its picture and its verdicts.

One odd file must not take the rest down: an experiment that cannot be read, drawn or judged says so in a sentence.
"""

import hashlib
import json
import math
import re
import warnings
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

from prenoise.errors import UserError
from prenoise.study import reproduction, trained
from prenoise.study.claims import Claim, Verdict, judge_all
from prenoise.study.experiment import Experiment
from prenoise.study.figures import experiments
from prenoise.study.lab import DamagedFile, Job, Results, Store
from prenoise.study.report.contents import Contents, Section
from prenoise.study.report.numbers import counted
from prenoise.study.report.picture import Picture

_WHOLE = ("catalogue", "embedded")
MOST_NAMED = 3


@dataclass
class Known:
    """Sections read before, so that a page that is made again reads only what is new."""

    sections: dict[str, tuple[str, "_Read"]] = field(default_factory=dict)


@dataclass(frozen=True)
class _Read:
    section: Section
    claims: Sequence[Claim]
    results: Any
    """What the claims are judged by, or a sentence that says why there is nothing."""


def read(folder: Path, known: Known | None = None, progress: Callable[[float], None] = lambda _: None) -> Contents:
    """What `prenoise reproduce`, `train` and `demo` left in a folder.

    Given what is `known`, only experiments with new files are read again. `progress` is told the share that is read.
    """
    if not folder.is_dir():
        raise UserError(f"there is no folder {folder}: name one that prenoise reproduce, demo or train wrote")
    known = known or Known()
    asked = reproduction.recall(folder) if (folder / reproduction.RECORD).exists() else None
    stored = set(Store(folder).experiments())
    makers: list[tuple[str, str, Callable[[], _Read]]] = []
    if asked:
        makers += [(part.experiment, repr(part), partial(_of_part, folder, asked, part)) for part in asked.parts]
    if trained.TRAINED.id in stored:
        makers.append((trained.TRAINED.id, "", partial(_alone, folder, trained.TRAINED)))
    if not makers:
        raise UserError(
            f"{folder} holds no results: make some with prenoise reproduce, prenoise demo or prenoise train DATASET, "
            f"each with --out {folder}"
        )
    found = []
    for number, (name, part, make) in enumerate(makers, 1):
        state = f"{_state(sorted((folder / name).glob('*.nc')))} {part}"
        if name not in known.sections or known.sections[name][0] != state:
            known.sections[name] = state, make()
        found.append(known.sections[name][1])
        progress(number / len(makers))
    sections = _judged(found)
    of_paper = any(section.paper for section in sections)
    return Contents(
        title="What the runs say of the paper's claims" if of_paper else _title(sections),
        sections=sections,
        command=asked.command if asked else "",
        size=asked.size if asked and any(_has_sizes(part) for part in asked.parts) else "",
        scaling=asked.scaling if asked else "",
        environments=[json.loads(text) for text in sorted({t for section in sections for t in section.environments})],
    )


def _title(sections: Sequence[Section]) -> str:
    return sections[0].title if len(sections) == 1 else "What the runs say"


def _has_sizes(part: reproduction.Part) -> bool:
    """Whether the experiment is another one in each size, unlike the demo."""
    options = list(experiments()[part.experiment].options.values())
    return any(other != options[0] for other in options)


def state_of(folder: Path) -> str:
    """Changes whenever a result comes, goes or changes, or others are asked for."""
    return _state([*sorted(folder.glob("*/*.nc")), folder / reproduction.RECORD])


def _state(paths: Sequence[Path]) -> str:
    files = []
    for path in paths:
        with suppress(OSError):
            state = path.stat()
            files.append(f"{path.name} {state.st_mtime_ns} {state.st_size}")
    return hashlib.sha256("\n".join(files).encode()).hexdigest()[:32]


def _of_part(folder: Path, asked: reproduction.Reproduction, part: reproduction.Part) -> _Read:
    used, jobs = part.data.values(), asked.jobs(part)
    read = _read(folder, experiments()[part.experiment], jobs)
    notices = []
    if part.not_run:
        notices.append(f"Not run: {part.not_run}")
    elif read.section.finished < len(jobs):
        notices.append(
            f"{read.section.finished} of {counted(len(jobs), 'run')} finished: what is missing has failed or has not "
            "been run yet. Start the same command again to run it; finished runs are kept."
        )
    stand_ins = dict.fromkeys(known["description"] for known in used if known["source"] not in _WHOLE)
    section = replace(
        read.section,
        planned=len(jobs),
        notices=[
            *notices,
            *(f"Not run on {role}: {why}" for role, why in part.missing.items()),
            *read.section.notices,
            *(f"Stand-in data: {text}." for text in stand_ins),
        ],
        data=list(dict.fromkeys(known["description"] for known in used)),
        hashes=list(dict.fromkeys((known["name"], known["hash"]) for known in used)),
        seeds=read.section.seeds or range(part.first_seed, part.first_seed + part.seeds),
    )
    return replace(read, section=section, results=part.not_run or read.results)


def _alone(folder: Path, experiment: Experiment) -> _Read:
    """Results that no reproduction asked for."""
    return _read(folder, experiment, [job for job, _ in Store(folder).results(experiment.id)])


def _read(folder: Path, experiment: Experiment, jobs: Sequence[Job]) -> _Read:
    """An experiment's results, read and drawn as far as that goes."""
    section = Section(id=experiment.id, title=experiment.title, where=experiment.where, paper=experiment.paper)
    results: Any = reproduction.UNFINISHED
    with _damaged(folder) as notices:
        found = Results(folder, jobs)
        section = replace(section, **_facts(folder, found))
        notices += [f"{remark}." for remark in found.remarks]
        try:
            results = _opened(folder, experiment, found.jobs)
            section = replace(section, picture=_picture(experiment, results))
        except Exception as problem:  # the files come from elsewhere, whatever they hold: the rest is to stand
            odd = _odd(Store(folder), found.jobs)
            notices.append(_not_drawn(experiment.id, problem, odd, found.jobs))
            with suppress(Exception):
                results = _opened(folder, experiment, [job for job in found.jobs if job not in odd])
                section = replace(section, picture=_picture(experiment, results) if odd else None)
    return _Read(replace(section, notices=notices), experiment.claims, results)


def _opened(folder: Path, experiment: Experiment, jobs: Sequence[Job]) -> Any:
    """The results of some jobs, as claims and pictures read them, or a sentence that there are none."""
    return Results(folder, jobs) if jobs else reproduction.UNFINISHED


def _picture(experiment: Experiment, results: Any) -> Picture | None:
    if isinstance(results, str) or experiment.picture is None:
        return None
    picture = experiment.picture(results)
    return picture if picture.specs else None


def _facts(folder: Path, results: Results) -> dict[str, Any]:
    """How many runs there are, of which seeds, how long they took and what they were computed with."""
    store, seconds, environments, finished = Store(folder), [], {}, 0
    for job in results.jobs:
        if (dataset := store.read(job)) is not None:
            finished += 1
            took, text = dataset.attrs.get("seconds"), str(dataset.attrs.get("environment"))
            seconds.append(took if isinstance(took, int | float) and math.isfinite(took) and took >= 0 else 0)
            environments[text] = None
    return {
        "finished": finished,
        "seeds": sorted({seed for job in results.jobs for seed in job.seeds}),
        "seconds": math.fsum(seconds),
        "environments": [text for text in environments if _is_description(text)],
    }


def _is_description(text: str) -> bool:
    try:
        return isinstance(json.loads(text), dict)
    except (ValueError, RecursionError):
        return False


def _odd(store: Store, jobs: Sequence[Job]) -> list[Job]:
    """The jobs whose arrays have axes, types or a number of entries other than most have."""
    shapes: dict[Job, dict[str, tuple[Any, ...]]] = {}
    usual: dict[str, Counter[tuple[Any, ...]]] = defaultdict(Counter)
    for job in jobs:
        if (dataset := store.read(job)) is not None:
            shapes[job] = {str(name): (array.dims, array.dtype.kind) for name, array in dataset.variables.items()}
            for name, shape in shapes[job].items():
                usual[name][shape] += 1
    common = {name for name, counts in usual.items() if counts.total() > len(shapes) / 2}
    return [
        job
        for job, own in shapes.items()
        if common - own.keys() or any(usual[name].most_common(1)[0][0] != shape for name, shape in own.items())
    ]


def _not_drawn(name: str, problem: Exception, odd: Sequence[Job], jobs: Sequence[Job]) -> str:
    """One sentence on results that cannot be shown as they are, with the files to look at."""
    said = " ".join(f"{type(problem).__name__}: {problem}".split())
    said = said if len(said) <= 200 else f"{said[:199]}…"
    files = [f"{name}/{job.identity}.nc" for job in odd or (jobs if len(jobs) <= MOST_NAMED else ())]
    if not files:
        return f"Its {counted(len(jobs), 'run')} in {name}/ cannot be drawn together ({said})."
    more = f" and {len(files) - MOST_NAMED} more" if len(files) > MOST_NAMED else ""
    what = "Left out, because its arrays are not those of the other runs" if odd else "Cannot be drawn"
    return f"{what} ({said}): {', '.join(files[:MOST_NAMED])}{more}."


def _judged(found: Sequence[_Read]) -> list[Section]:
    """The sections with their verdicts, corrected within families over all of them."""
    pairs = [(claim, read.results) for read in found for claim in read.claims]
    try:
        verdicts = judge_all(pairs)
    except Exception:
        verdicts = judge_all([(claim, _judgeable(claim, results)) for claim, results in pairs])
    of_claim: Iterator[Verdict] = iter(verdicts)
    return [replace(read.section, verdicts=[next(of_claim) for _ in read.claims]) for read in found]


def _judgeable(claim: Claim, results: Any) -> Any:
    """The results, or why a claim cannot be judged by them."""
    try:
        judge_all([(claim, results)])
    except Exception as problem:
        return f"the results are not such as the claim can be judged by ({type(problem).__name__}: {problem})"[:300]
    return results


@contextmanager
def _damaged(folder: Path) -> Iterator[list[str]]:
    """A list that gets, in the end, a sentence for damaged files; all other warnings go on."""
    notices: list[str] = []
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", DamagedFile)
        yield notices
    damaged = []
    for warning in caught:
        if issubclass(warning.category, DamagedFile):
            said = re.sub(r" is treated as absent", "", str(warning.message).replace(f"{folder}/", ""))
            damaged.append(f"A broken file counts as absent: {said}.")
        else:
            warnings.warn_explicit(warning.message, warning.category, warning.filename, warning.lineno)
    damaged = list(dict.fromkeys(damaged))
    notices += damaged[:MOST_NAMED]
    if len(damaged) > MOST_NAMED:
        notices.append(f"{len(damaged) - MOST_NAMED} more broken files count as absent.")
