"""A reproduction: chosen experiments in one size, their jobs, and the folder that remembers what was asked for."""

import importlib.util
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from prenoise import atomic, data
from prenoise.errors import UserError
from prenoise.examples import Scaling
from prenoise.study.claims import Verdict, judge_all
from prenoise.study.experiment import Experiment, SizeName
from prenoise.study.figures import experiments
from prenoise.study.lab import WIDTH, Job, Results, Store, find_device, seed_blocks
from prenoise.study.tasks import located

RECORD = "reproduction.json"
UNFINISHED = "none of its runs is finished: start the same prenoise reproduce again"
COMPUTE = "prenoise.study.given:compute"
"""What a worker calls."""


@dataclass(frozen=True)
class Part:
    """One experiment of a reproduction: how it is run, or why it is not."""

    experiment: str
    seeds: int
    data: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """For each set it needs: the name and content hash of what is used, and what to say of it."""
    width: int = 1
    """Seeds computed together."""
    first_seed: int = 0
    not_run: str = ""
    """Why, in a sentence; empty if it is run."""
    missing: Mapping[str, str] = field(default_factory=dict)
    """The sets it is run without, and why they are not there: conditions that name one as `dataset` are left out."""


@dataclass(frozen=True)
class Reproduction:
    """What was asked for in one folder."""

    size: SizeName
    scaling: Scaling
    parts: tuple[Part, ...]
    command: str = ""
    """What asked for it; where several commands did, a line each."""

    def jobs(self, part: Part) -> list[Job]:
        """The jobs of one experiment, one per condition and block of seeds; none if it is not run."""
        if part.not_run:
            return []
        experiment = experiments()[part.experiment]
        arguments = {
            **experiment.options[self.size],
            "run": experiment.function,
            "scaling": self.scaling,
            "data": {role: {"name": used["name"], "hash": used["hash"]} for role, used in part.data.items()},
        }
        return [
            Job(
                COMPUTE,
                arguments=arguments,
                experiment=experiment.id,
                condition=condition,
                seeds=block,
                size=self.size,
                calls=(experiment.function,),
            )
            for block in seed_blocks(range(part.first_seed, part.first_seed + part.seeds), part.width)
            for condition in experiment.cells
            if condition.get("dataset") not in part.missing
        ]


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
        raise UserError(
            f"{path} names unknown experiments {sorted(unknown)}: expected those of this version and of installed "
            "packages, so install the package or version that made it"
        )
    return found


def remember(folder: Path, asked: Reproduction) -> Reproduction:
    """Write down what is asked for beside what was asked for before, and return both together.

    One process at a time: of two commands on one folder, both are remembered.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with atomic.locked(folder / RECORD):
        both = merged(recall(folder), asked, folder) if (folder / RECORD).exists() else asked
        atomic.write(folder / RECORD, (json.dumps(asdict(both), indent=1) + "\n").encode())
    return both


def recorded_width(folder: Path) -> int | None:
    """How many seeds are computed together in a folder, whatever the device: runs of another width are other runs."""
    parts = recall(folder).parts if (folder / RECORD).exists() else ()
    return parts[0].width if parts else None


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
    first_seed: int = 0,
    width: int | None = None,
    fetch: Callable[[str], Any] | None = data.fetch,
    command: str = "",
) -> Reproduction:
    """Find the data of every experiment, and the packages it needs; without them the experiment is not run.

    `chosen` are the experiments, `size` is theirs, `scaling` that of their inputs. `seeds` is how many of each
    condition are run, and `width` how many of them are computed together, as the size and the device have it where
    they are not said; `first_seed` moves all seeds on by as many. `fetch` is called with the name of a set that is not
    there. `command` is what people typed.

    Nothing is ever replaced by anything else, except that `smoke` runs on the embedded digits throughout.
    """
    width = WIDTH[find_device()] if width is None else width
    parts = []
    for experiment in chosen:
        used, missing = {}, {}
        for role, name in experiment.dataset_names(size).items():
            try:
                used[role] = _described(name, _obtained(name, fetch))
            except data.DataError as error:
                missing[role] = str(error)
        by_set = all("dataset" in condition for condition in experiment.cells)
        without = "" if not missing or (by_set and used) else next(iter(missing.values()))
        not_run = _lacking(experiment) or without
        parts.append(
            Part(
                experiment.id,
                experiment.seeds[size] if seeds is None else seeds,
                {} if not_run else used,
                width,
                experiment.first_seed + first_seed,
                not_run,
                {} if not_run else missing,
            )
        )
    return Reproduction(size, scaling, tuple(parts), command)


def _lacking(experiment: Experiment) -> str:
    """Which package of an experiment is not installed, in a sentence; empty if all are."""
    lacking = [name for name in experiment.needs if importlib.util.find_spec(name) is None]
    return f'it needs {lacking[0]}, which is not installed: pip install "prenoise[{lacking[0]}]"' if lacking else ""


def _described(name: str, found: data.Dataset) -> dict[str, str]:
    """What a record says of the data set of that name."""
    return {"name": name, "hash": found.content_hash, "source": found.source, "description": found.description}


_MISSING = ("not here", "in part")


def _obtained(name: str, fetch: Callable[[str], Any] | None) -> data.Dataset:
    try:
        return located(name)
    except data.DataError:
        if fetch is None or name not in data.CATALOG or data.find(data.CATALOG[name], None).state not in _MISSING:
            raise
        fetch(name)
        return located(name)


def results(folder: Path, reproduction: Reproduction, part: Part) -> Results | None:
    """The results of one experiment, as far as they are there."""
    found = Results(Store(folder), reproduction.jobs(part))
    return found if found.cells else None


def verdicts(folder: Path, progress: Callable[[float], None] = lambda _: None) -> list[Verdict]:
    """What the runs in a folder say of every claim of its experiments; `progress` is told how much of them is read."""
    reproduction = recall(folder)
    pairs = []
    for number, part in enumerate(reproduction.parts, 1):
        found = results(folder, reproduction, part)
        progress(number / len(reproduction.parts))
        why_not = part.not_run or UNFINISHED
        pairs += [(claim, why_not if found is None else found) for claim in experiments()[part.experiment].claims]
    return judge_all(pairs)
