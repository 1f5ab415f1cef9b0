"""What is published: every verdict, the points behind it, and how the runs came about, in three files of docs/results.

All pages are written from these three, so that one experiment can be run and published anew beside the others.
"""

import csv
import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from tables import to_points

from prenoise.errors import UserError
from prenoise.study.claims import Verdict
from prenoise.study.claims.tables import json_lines
from prenoise.study.figures import experiments

CLAIMS, POINTS, PROVENANCE = FILES = ("claims.json", "points.csv", "provenance.json")


@dataclass(frozen=True, kw_only=True)
class Part:
    """How the runs of one experiment came about, and what is said beside its picture."""

    runs: int
    runs_planned: int
    not_run: str
    seeds: Sequence[int]
    seeds_together: int
    data: Mapping[str, Mapping[str, str]]
    seconds: int
    """Of computing, all runs together."""
    environments: Sequence[Mapping[str, Any]]
    notices: Sequence[str]
    caption: str
    """Of the picture; empty where there is none."""


@dataclass(frozen=True)
class Published:
    """All that is published of one scaling of the inputs: for every experiment its part and its verdicts."""

    size: str
    scaling: str
    parts: Mapping[str, Part]
    judged: Mapping[str, Sequence[Verdict]]

    @property
    def verdicts(self) -> list[Verdict]:
        return [verdict for found in self.judged.values() for verdict in found]

    @property
    def commands(self) -> list[str]:
        """What asks for these runs at once, however they were asked for: one command per number of seeds and data."""
        together: dict[str, list[str]] = defaultdict(list)
        for name, part in self.parts.items():
            usual = experiments()[name].seeds[self.size]
            options = "" if len(part.seeds) in (0, usual) else f" --seeds {len(part.seeds)}"
            for role, used in part.data.items():
                if used["source"] == "own file":
                    options += f" --dataset {role}={used['description'].partition(' (')[0]}"
            together[options].append(name)
        return [
            f"prenoise reproduce {' '.join(names)} --size {self.size} --scaling {self.scaling}{options}"
            for options, names in together.items()
        ]

    @property
    def seconds(self) -> int:
        """Of computing, all runs together."""
        return sum(part.seconds for part in self.parts.values())

    def renewed(self, newer: "Published") -> "Published":
        """The same, with the experiments that have newer runs as these have them."""
        if newer.size != self.size:
            raise UserError(
                f"found runs of size {newer.size} beside published ones of size {self.size}: expected one size, so "
                "empty docs/results first"
            )
        fresh = {name for name, part in newer.parts.items() if part.runs or name not in self.parts}
        _check_families(self, newer, fresh)
        parts, judged = (
            {name: new[name] if name in fresh else old[name] for name in experiments() if name in fresh or name in old}
            for new, old in ((newer.parts, self.parts), (newer.judged, self.judged))
        )
        return replace(self, parts=parts, judged=judged)


def _check_families(old: Published, new: Published, fresh: set[str]) -> None:
    """Claims of one family are corrected together, so they are published together."""
    families = {verdict.family: name for name in fresh for verdict in new.judged[name]}
    for name, found in old.judged.items():
        for verdict in found:
            if name not in fresh and verdict.family in families:
                raise UserError(
                    f"{families[verdict.family]} and {name} have claims of the family {verdict.family!r}, which are "
                    "corrected together: run both into one folder"
                )


def to_texts(everything: Sequence[Published]) -> dict[str, str]:
    """The three files."""
    verdicts = {one.scaling: one.verdicts for one in everything}
    provenance = [
        {
            "commands": one.commands,
            "size": one.size,
            "scaling": one.scaling,
            "seconds": one.seconds,
            "experiments": {name: asdict(part) for name, part in one.parts.items()},
        }
        for one in everything
    ]
    return {
        CLAIMS: json_lines({"inputs": name, **_plain(one)} for name, found in verdicts.items() for one in found),
        POINTS: to_points(verdicts),
        PROVENANCE: json.dumps(provenance, indent=1, ensure_ascii=False) + "\n",
    }


def _plain(verdict: Verdict) -> dict[str, Any]:
    """A verdict without its points."""
    values = verdict.as_dict()
    groups = [{"label": group["label"], "mean": group["mean"]} for group in values["groups"]]
    return {name: value for name, value in values.items() if name not in ("seeds", "taus")} | {"groups": groups}


def from_texts(texts: Mapping[str, str]) -> list[Published]:
    """What the three files hold; nothing where they are not there."""
    if not texts.keys() >= {*FILES}:
        return []
    points = _points(texts[POINTS])
    verdicts: dict[str, dict[str, Verdict]] = defaultdict(dict)
    for values in json.loads(texts[CLAIMS]):
        scaling = values.pop("inputs")
        verdicts[scaling][values["id"]] = _with_points(Verdict.from_dict(values), points[scaling, values["id"]])
    return [
        Published(
            one["size"],
            one["scaling"],
            {name: Part(**one["experiments"][name]) for name in experiments() if name in one["experiments"]},
            {
                name: [found for claim in experiment.claims if (found := verdicts[one["scaling"]].get(claim.id))]
                for name, experiment in experiments().items()
                if name in one["experiments"]
            },
        )
        for one in json.loads(texts[PROVENANCE])
    ]


def _points(text: str) -> dict[tuple[str, str], list[dict[int, float]]]:
    """The samples of every claim in their order, each as a value per seed."""
    found: dict[tuple[str, str], list[dict[int, float]]] = defaultdict(list)
    for row in csv.DictReader(text.splitlines()):
        values = {int(name.removeprefix("seed ")): text for name, text in row.items() if name.startswith("seed ")}
        found[row["inputs"], row["claim"]].append({seed: float(text) for seed, text in values.items() if text})
    return found


def _with_points(verdict: Verdict, samples: Sequence[Mapping[int, float]]) -> Verdict:
    rows = [tuple(sample.values()) for sample in samples]
    groups = [replace(group, points=points) for group, points in zip(verdict.groups, rows, strict=False)]
    seeds = tuple(samples[0]) if samples else ()
    return replace(verdict, groups=tuple(groups), seeds=seeds, taus=(*rows[len(groups) :], ())[0])


def read(folder: Path) -> list[Published]:
    """What a folder of results holds."""
    return from_texts({name: (folder / name).read_text("utf-8") for name in FILES if (folder / name).exists()})


def together(everything: Iterable[Published]) -> list[Published]:
    """One of each scaling, what comes later renewing what came before; in an order that is always the same."""
    found: dict[str, Published] = {}
    for one in everything:
        found[one.scaling] = found[one.scaling].renewed(one) if one.scaling in found else one
    if len({one.size for one in found.values()}) > 1:
        raise UserError("found runs of several sizes: expected one, so empty docs/results first")
    return [found[scaling] for scaling in sorted(found)]
