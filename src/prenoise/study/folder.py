"""What a folder of results holds, read for a report: every experiment there, with its picture and its verdicts.

One odd file must not take the rest down: an experiment that cannot be read, drawn or judged says so in a sentence.
"""

import hashlib
import json
import math
import warnings
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from prenoise.errors import UserError
from prenoise.study import reproduction, trained
from prenoise.study.claims import Claim, Verdict, judge_all
from prenoise.study.figures import experiments
from prenoise.study.lab import DamagedFile, Job, Results, Store
from prenoise.study.report.contents import Contents, Section
from prenoise.study.report.numbers import counted
from prenoise.study.report.picture import Picture

_WHOLE = ("catalogue", "embedded")
MOST_NAMED = 3

Draw = Callable[[Results], Picture]


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
    parts: dict[str, reproduction.Part | None] = {part.experiment: part for part in asked.parts} if asked else {}
    if trained.RUNS in Store(folder).experiments():
        parts[trained.RUNS] = None
    if not parts:
        raise UserError(
            f"{folder} holds no results: make some with prenoise reproduce, prenoise demo or prenoise train DATASET, "
            f"each with --out {folder}"
        )
    found = []
    for number, (name, part) in enumerate(parts.items(), 1):
        state = f"{_state(sorted((folder / name).glob('*.nc')))} {part}"
        if name not in known.sections or known.sections[name][0] != state:
            known.sections[name] = state, _of_part(folder, asked, part) if asked and part else _trained(folder)
        found.append(known.sections[name][1])
        progress(number / len(parts))
    sections = _judged(found)
    title = sections[0].title if len(sections) == 1 else "What the runs say"
    return Contents(
        title="What the runs say of the paper's claims" if any(section.paper for section in sections) else title,
        sections=sections,
        command=asked.command if asked else "",
        size=asked.size if asked and any(map(_has_sizes, asked.parts)) else "",
        scaling=asked.scaling if asked else "",
        environments=[json.loads(text) for text in sorted({t for section in sections for t in section.environments})],
    )


def _has_sizes(part: reproduction.Part) -> bool:
    """Whether the experiment is another one in each size, unlike the demo."""
    first, *others = experiments()[part.experiment].options.values()
    return any(other != first for other in others)


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
    used, jobs, experiment = part.data.values(), asked.jobs(part), experiments()[part.experiment]
    section = Section(id=experiment.id, title=experiment.title, where=experiment.where, paper=experiment.paper)
    read = _read(folder, section, experiment.picture, experiment.claims, jobs)
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
            *(f"Not run on {role}: its data were not found when these runs were asked for." for role in part.missing),
            *read.section.notices,
            *(f"Stand-in data: {text}." for text in stand_ins),
        ],
        data=list(dict.fromkeys(known["description"] for known in used)),
        hashes=list(dict.fromkeys((known["name"], known["hash"]) for known in used)),
        seeds=read.section.seeds or range(part.first_seed, part.first_seed + part.seeds),
    )
    return replace(read, section=section, results=part.not_run or read.results)


def _trained(folder: Path) -> _Read:
    """Single runs, which no reproduction asked for."""
    section = Section(id=trained.RUNS, title="Single runs on data", where="prenoise train")
    return _read(folder, section, trained.picture, (), [job for job, _ in Store(folder).results(trained.RUNS)])


def _read(folder: Path, section: Section, draw: Draw | None, claims: Sequence[Claim], jobs: Sequence[Job]) -> _Read:
    """The results of jobs in a section, read and drawn as far as that goes."""
    picture = None
    with _damaged(folder) as notices:
        results = Results(folder, jobs)
        section = replace(section, **_facts(results))
        notices += [f"{remark}." for remark in results.remarks]
        try:
            picture = _picture(draw, results)
        except Exception as problem:  # the files come from elsewhere, whatever they hold: the rest is to stand
            odd = _odd(Store(folder), results.jobs)
            notices.append(_not_drawn(section.id, problem, odd, results.jobs))
            with suppress(Exception):
                results = Results(folder, [job for job in results.jobs if job not in odd])
                picture = _picture(draw, results) if odd else None
    section = replace(section, picture=picture, notices=notices)
    return _Read(section, claims, results if results.jobs else reproduction.UNFINISHED)


def _picture(draw: Draw | None, results: Results) -> Picture | None:
    """The picture of the results, if there is anything in it."""
    picture = draw(results) if results.jobs and draw else None
    return picture if picture and picture.specs else None


def _facts(results: Results) -> dict[str, Any]:
    """How many runs there are, of which seeds, how long they took and what they were computed with."""
    computed = list(results.environments())
    return {
        "finished": len(computed),
        "seeds": sorted({seed for job in results.jobs for seed in job.seeds}),
        "seconds": math.fsum(seconds for seconds, _ in computed),
        "environments": list(dict.fromkeys(environment for _, environment in computed)),
    }


def _odd(store: Store, jobs: Sequence[Job]) -> list[Job]:
    """The jobs that lack an array most have, or have one along other axes or of another type than most that have it."""
    shapes = {
        job: {name: (dims, values.dtype.kind) for name, (dims, values, _) in found.arrays.items()}
        for job in jobs
        if (found := store.decoded(job)) is not None
    }
    counts = Counter(array for own in shapes.values() for array in own.items())
    having = Counter(name for own in shapes.values() for name in own)
    usual = {name for name, count in having.items() if count > len(shapes) / 2}
    return [
        job
        for job, own in shapes.items()
        if usual - own.keys() or any(counts[array] < having[array[0]] / 2 for array in own.items())
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
            said = str(warning.message).replace(f"{folder}/", "").replace(" is treated as absent", "")
            damaged.append(f"A broken file counts as absent: {said}.")
        else:
            warnings.warn_explicit(warning.message, warning.category, warning.filename, warning.lineno)
    damaged = list(dict.fromkeys(damaged))
    notices += damaged[:MOST_NAMED]
    if len(damaged) > MOST_NAMED:
        notices.append(f"{len(damaged) - MOST_NAMED} more broken files count as absent.")
