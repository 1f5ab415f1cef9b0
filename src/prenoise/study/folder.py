"""What a folder of results holds, read for a report: every experiment there, with its picture and its verdicts.

One odd file must not take the rest down: an experiment that cannot be read, drawn or judged says so in a sentence.
"""

import hashlib
import json
import math
import re
import warnings
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

from prenoise.errors import UserError
from prenoise.study import demo, reproduction, trained
from prenoise.study.claims import Claim, Verdict, judge_all
from prenoise.study.experiment import Experiment
from prenoise.study.figures import experiments
from prenoise.study.lab import DamagedFile, Store, open_results
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
    makers += [
        (other.id, "", partial(_alone, folder, other)) for other in (demo.DEMO, trained.TRAINED) if other.id in stored
    ]
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
    return Contents(
        title="What the runs say of the paper's claims" if asked else sections[0].title,
        sections=sections,
        command=asked.command if asked else "",
        size=asked.size if asked else "",
        scaling=asked.scaling if asked else "",
        environments=[json.loads(text) for text in sorted({t for section in sections for t in section.environments})],
    )


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
    used = part.data.values()
    experiment, planned = experiments()[part.experiment], len(asked.jobs(part))
    read = _read(folder, experiment, lambda: reproduction.results(folder, asked, part))
    finished, notices = read.section.finished, []
    if part.not_run:
        notices.append(f"Not run: {part.not_run}")
    elif finished < planned:
        notices.append(
            f"{finished} of {counted(planned, 'run')} finished: what is missing has failed or has not been run yet. "
            "Start the same command again to run it; finished runs are kept."
        )
    stand_ins = dict.fromkeys(one["description"] for one in used if one["source"] not in _WHOLE)
    section = replace(
        read.section,
        planned=planned,
        notices=[*notices, *read.section.notices, *(f"Stand-in data: {text}." for text in stand_ins)],
        data=list(dict.fromkeys(one["description"] for one in used)),
        hashes=list(dict.fromkeys((one["name"], one["hash"]) for one in used)),
        seeds=read.section.seeds or range(part.seeds),
    )
    return replace(read, section=section, results=part.not_run or read.results)


def _alone(folder: Path, experiment: Experiment) -> _Read:
    """Results that no reproduction asked for."""
    return _read(folder, experiment, lambda: open_results(folder, experiment.id))


def _read(folder: Path, experiment: Experiment, open_them: Callable[[], Any]) -> _Read:
    """An experiment's results, read and drawn as far as that goes."""
    section = Section(id=experiment.id, title=experiment.title, where=experiment.where, paper=experiment.paper)
    picture, results = None, None
    with _damaged(folder) as notices:
        try:
            results = open_them()
            if results is not None:
                section = replace(section, **_described(results))
        except Exception as problem:  # the files come from elsewhere, whatever they hold: the other sections stand
            notices.append(
                f"Not shown, because its results do not fit together ({_text(problem)}){_odd(folder, experiment.id)}."
            )
            results = None
        try:
            picture = _picture(experiment, results)
        except Exception as problem:
            notices.append(f"Not drawn ({_text(problem)}){_odd(folder, experiment.id)}.")
    section = replace(section, picture=picture, notices=notices)
    return _Read(section, experiment.claims, reproduction.UNFINISHED if results is None else results)


def _picture(experiment: Experiment, results: Any) -> Picture | None:
    if results is None or experiment.picture is None:
        return None
    picture = experiment.picture(results)
    return picture if picture.panels and picture.specs else None


def _described(results: Any) -> dict[str, Any]:
    """How many runs there are, of which seeds, and how they were computed."""
    seconds = dict(
        zip(results["job"].values.ravel().tolist(), results["job_seconds"].values.ravel().tolist(), strict=True)
    )
    seconds.pop("", None)
    return {
        "finished": len(seconds),
        "seeds": results["seed"].values.tolist(),
        "seconds": math.fsum(seconds.values()),
        "environments": [json.dumps(dict(json.loads(text))) for text in results.attrs["environments"]],
    }


def _is_json(text: Any) -> bool:
    try:
        return isinstance(json.loads(text), dict)
    except (TypeError, ValueError):
        return False


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
        return f"the results are not such as the claim can be judged by ({_text(problem)})"
    return results


def _odd(folder: Path, experiment: str) -> str:
    """Which files of an experiment are not like the others, as the end of a sentence."""
    like: dict[str, Counter[tuple[Any, ...]]] = {}
    shapes: dict[str, dict[str, tuple[Any, ...]]] = {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DamagedFile)
        for job, dataset in Store(folder).results(experiment):
            own: dict[str, tuple[Any, ...]] = {
                str(name): (array.dims, array.dtype.kind) for name, array in dataset.data_vars.items()
            }
            own["seconds"] = (type(dataset.attrs.get("seconds")).__name__,)
            own["environment"] = (_is_json(dataset.attrs.get("environment")),)
            shapes[f"{experiment}/{job.identity}.nc"] = own
            for name, shape in own.items():
                like.setdefault(name, Counter())[shape] += 1
    usual = {name: counts.most_common(1)[0][0] for name, counts in like.items()}
    odd = [file for file, own in shapes.items() if any(own[name] != usual[name] for name in own) or len(own) == 2]
    named = odd or (list(shapes) if len(shapes) <= MOST_NAMED else [])
    if not named:
        return f": its files are in {experiment}/"
    more = f" and {len(named) - MOST_NAMED} more" if len(named) > MOST_NAMED else ""
    return f": look at {', '.join(named[:MOST_NAMED])}{more}"


def _text(problem: Exception) -> str:
    """What an error says, in one line of bounded length."""
    said = " ".join(f"{type(problem).__name__}: {problem}".split())
    return said if len(said) <= 200 else f"{said[:199]}…"


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
