"""The runs in one folder of `prenoise reproduce`, as they are published."""

import json
import sys
from pathlib import Path

from published import Part, Published

from prenoise.study import reproduction
from prenoise.study.folder import read
from prenoise.study.report.contents import Section
from prenoise.study.report.picture import Picture


def read_runs(folder: Path) -> tuple[Published, dict[str, Picture]]:
    """What a folder holds of the experiments that were asked for, and their pictures; nothing of who or where.

    Experiments whose runs are not all there are left out, and printed.
    """
    asked = reproduction.recall(folder)
    sections = {section.id: section for section in read(folder).sections}
    parts = {part.experiment: _part(part, sections[part.experiment]) for part in asked.parts}
    for name, part in [*parts.items()]:
        if part.runs < part.runs_planned:
            print(f"{name} is left out: {part.runs} of {part.runs_planned} runs are there", file=sys.stderr)
            del parts[name]
    verdicts = {name: sections[name].verdicts for name in parts}
    pictures = {name: picture for name in parts if (picture := sections[name].picture)}
    return Published(asked.size, asked.scaling, parts, verdicts), pictures


def _part(part: reproduction.Part, section: Section) -> Part:
    picture = section.picture
    return Part(
        runs=section.finished,
        runs_planned=section.planned,
        not_run=part.not_run,
        seeds=list(section.seeds) if section.finished else [],
        seeds_together=part.width,
        data=part.data,
        seconds=round(section.seconds),
        environments=[json.loads(text) for text in section.environments],
        notices=list(section.notices),
        caption=" ".join([picture.caption, *picture.notes]) if picture else "",
    )
