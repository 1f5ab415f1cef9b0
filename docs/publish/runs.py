"""The runs of one folder, and how they came about."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from prenoise.study import reproduction
from prenoise.study.claims import Verdict
from prenoise.study.figures import experiments
from prenoise.study.folder import read
from prenoise.study.report.contents import Section


class Runs(NamedTuple):
    """One reproduction: what was asked for, and what there is of it."""

    asked: reproduction.Reproduction
    sections: Sequence[Section]
    environments: Sequence[Mapping[str, Any]]

    @classmethod
    def read(cls, folder: Path) -> "Runs":
        """What a folder holds of the experiments that were asked for."""
        asked, found = reproduction.recall(folder), read(folder)
        return cls(asked, found.sections[: len(asked.parts)], found.environments)

    @property
    def verdicts(self) -> list[Verdict]:
        return [verdict for section in self.sections for verdict in section.verdicts]


def provenance(runs: Runs) -> dict[str, Any]:
    """Commands, versions, data, seeds and time; nothing of who or where."""
    parts = {
        part.experiment: {
            "runs": section.finished,
            "runs_planned": section.planned,
            "not_run": part.not_run,
            "seeds": list(section.seeds) if section.finished else [],
            "seeds_together": part.width,
            "data": part.data,
            "seconds": round(section.seconds),
        }
        for part, section in zip(runs.asked.parts, runs.sections, strict=True)
    }
    return {
        "commands": commands(runs.asked),
        "size": runs.asked.size,
        "scaling": runs.asked.scaling,
        "seconds": sum(part["seconds"] for part in parts.values()),
        "environments": runs.environments,
        "experiments": parts,
    }


def commands(asked: reproduction.Reproduction) -> list[str]:
    """What asks for these runs at once, however they were asked for: one command per number of seeds and data."""
    together: dict[str, list[str]] = defaultdict(list)
    for part in asked.parts:
        usual = experiments()[part.experiment].seeds[asked.size]
        options = "" if part.seeds == usual else f" --seeds {part.seeds}"
        for role, used in part.data.items():
            if used["source"] == "own file":
                options += f" --dataset {role}={used['description'].partition(' (')[0]}"
        together[options].append(part.experiment)
    return [
        f"prenoise reproduce {' '.join(ids)} --size {asked.size} --scaling {asked.scaling}{options}"
        for options, ids in together.items()
    ]
