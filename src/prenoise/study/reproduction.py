"""A reproduction: chosen experiments in one size, their jobs, and the folder that remembers what was asked for."""

import json
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from prenoise import atomic, data
from prenoise.errors import UserError
from prenoise.examples import Scaling
from prenoise.study.claims import Verdict, judge_all
from prenoise.study.experiment import Experiment, SizeName
from prenoise.study.figures import experiments
from prenoise.study.lab import Job, Store, open_results, seed_blocks
from prenoise.study.tasks import STAND_INS, located

if TYPE_CHECKING:
    import xarray

RECORD = "reproduction.json"
UNFINISHED = "none of its runs is finished: start the same prenoise reproduce again"


@dataclass(frozen=True)
class Part:
    """One experiment of a reproduction: how it is run, or why it is not."""

    experiment: str
    seeds: int
    data: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """For each set the paper names: the name and content hash of what is used, and what to say of it."""
    width: int = 1
    """Seeds computed together."""
    not_run: str = ""
    """Why, in a sentence; empty if it is run."""


@dataclass(frozen=True)
class Reproduction:
    """What was asked for in one folder."""

    size: SizeName
    scaling: Scaling
    parts: tuple[Part, ...]
    command: str = ""
    """What asked for it; where several commands did, a line each."""

    def jobs(self, part: Part) -> list[Job]:
        """The jobs of one experiment; none if it is not run."""
        if part.not_run:
            return []
        experiment = experiments()[part.experiment]
        identity_of_data = {role: {"name": used["name"], "hash": used["hash"]} for role, used in part.data.items()}
        return [
            Job(
                experiment.function,
                arguments={**experiment.options[self.size], "scaling": self.scaling, "data": identity_of_data},
                experiment=experiment.id,
                condition=condition,
                seeds=block,
                size=self.size,
            )
            for block in seed_blocks(range(part.seeds), part.width)
            for condition in experiment.cells
        ]

    def save(self, folder: Path) -> None:
        """Remember what was asked for, and nothing else: see `merged`."""
        folder.mkdir(parents=True, exist_ok=True)
        content = asdict(self)
        atomic.write(folder / RECORD, (json.dumps(content, indent=1) + "\n").encode())


def recall(folder: Path) -> Reproduction:
    """What was asked for in a folder."""
    path = folder / RECORD
    try:
        content = json.loads(path.read_text())
        parts = tuple(Part(**part) for part in content.pop("parts"))
        found = Reproduction(parts=parts, **content)
        unknown = {part.experiment for part in parts} - set(experiments())
    except FileNotFoundError:
        raise UserError(f"{folder} holds no reproduction: make one with prenoise reproduce --out {folder}") from None
    except (ValueError, TypeError, KeyError, AttributeError, UnicodeDecodeError) as error:
        raise UserError(f"{path} is damaged ({error}): run prenoise reproduce again, finished runs are kept") from None
    if unknown:
        raise UserError(f"{path} names unknown experiments {sorted(unknown)}: was it made by another version?")
    return found


def merged(old: Reproduction, new: Reproduction, folder: Path) -> Reproduction:
    """What a folder remembers once `new` is asked for in it: of an experiment asked for again only what is new.

    An experiment that has runs keeps them when its data cannot be found any more. A folder holds one size and scaling.
    """
    if (old.size, old.scaling) != (new.size, new.scaling):
        raise UserError(
            f"{folder} holds a {old.size} reproduction with {old.scaling} inputs: choose another folder for "
            f"{new.size} with {new.scaling}"
        )
    parts = {part.experiment: part for part in old.parts}
    for part in new.parts:
        if part.experiment not in parts or not part.not_run:
            parts[part.experiment] = part
    ordered = tuple(parts[name] for name in experiments() if name in parts)
    commands = dict.fromkeys([*old.command.splitlines(), *new.command.splitlines()])
    return Reproduction(new.size, new.scaling, ordered, "\n".join(commands))


def plan(
    chosen: Sequence[Experiment],
    size: SizeName,
    *,
    scaling: Scaling = "standardise",
    seeds: int | None = None,
    width: int = 1,
    stand_ins: Mapping[str, str] | None = None,
    fetch: Callable[[str], Any] | None = data.fetch,
    command: str = "",
) -> Reproduction:
    """Find the data of every experiment, fetching what is not there; without it the experiment is not run.

    `stand_ins` names a user's own file for a data set. Nothing is ever replaced by anything else, except that `smoke`
    runs on the embedded digits throughout.
    """
    os.environ[STAND_INS] = json.dumps({name: str(Path(path).resolve()) for name, path in (stand_ins or {}).items()})
    located.cache_clear()
    parts = []
    for experiment in chosen:
        count = experiment.seeds[size] if seeds is None else seeds
        used, missing = {}, ""
        for role, name in experiment.dataset_names(size).items():
            try:
                found = _obtained(name, fetch)
            except data.DataError as error:
                missing = str(error)
                break
            used[role] = {
                "name": name,
                "hash": found.content_hash,
                "source": found.source,
                "description": found.description,
            }
        parts.append(Part(experiment.id, count, {} if missing else used, width, missing))
    return Reproduction(size, scaling, tuple(parts), command)


_MISSING = ("not here", "in part")


def _obtained(name: str, fetch: Callable[[str], Any] | None) -> data.Dataset:
    try:
        return located(name)
    except data.DataError:
        if fetch is None or name not in data.CATALOG or data.find(data.CATALOG[name], None).state not in _MISSING:
            raise
        fetch(name)
        return located(name)


def results(folder: Path, reproduction: Reproduction, part: Part) -> "xarray.Dataset | None":
    """The arrays of one experiment, as far as they are there."""
    jobs = reproduction.jobs(part)
    store = Store(folder)
    if not any(store.path(job).exists() for job in jobs):
        return None
    try:
        return open_results(folder, part.experiment, jobs=jobs)
    except FileNotFoundError:  # what was there was damaged
        return None


def verdicts(folder: Path, tell: Callable[[float], None] = lambda _: None) -> list[Verdict]:
    """What the runs in a folder say of every claim of its experiments; `tell` hears how much of them is read."""
    reproduction = recall(folder)
    pairs = []
    for number, part in enumerate(reproduction.parts, 1):
        found = results(folder, reproduction, part)
        tell(number / len(reproduction.parts))
        why_not = part.not_run or UNFINISHED
        pairs += [(claim, why_not if found is None else found) for claim in experiments()[part.experiment].claims]
    return judge_all(pairs)
