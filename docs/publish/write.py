"""Writes what reproductions found into docs/results and the README: the same bytes from the same runs.

    python docs/publish/write.py RUNS [OTHER]

RUNS is a folder of `prenoise reproduce`, OTHER one of the same size with another scaling of the inputs. The paper's
experiments go to docs/results, those beyond it to docs/results/beyond; of a kind that was not run everything stays as
it is. All but `findings.md` is written here: that explains by hand every claim that is not reproduced, in a section
`### ID`. Figure 4 shows images of the data sets: PRENOISE_DATA names their folder where it is not the usual one.
"""

import argparse
import json
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from pages import full_tables, page, readme_section
from runs import Runs, provenance

from prenoise import atomic
from prenoise.errors import UserError
from prenoise.study.claims import Outcome, Verdict, to_json
from prenoise.study.experiment import Experiment
from prenoise.study.report import figures

ROOT = Path(__file__).parents[2]
RESULTS = "docs/results"


class Kind(NamedTuple):
    """The experiments of the paper, or those beyond it, and where they are published."""

    title: str
    folder: str
    start: str
    end: str
    chosen: Callable[[Experiment], bool]


PAPER = Kind(
    "What the runs say",
    RESULTS,
    "<!-- make results writes from here -->\n",
    "<!-- to here -->\n",
    lambda experiment: experiment.paper,
)
BEYOND = Kind(
    "Beyond the paper",
    f"{RESULTS}/beyond",
    "<!-- make results writes what is beyond the paper from here -->\n",
    "<!-- to here, what is beyond it -->\n",
    lambda experiment: not experiment.paper,
)


def files(kind: Kind, runs: Runs, other: Runs | None, findings: str) -> dict[str, str]:
    """The text of every file by its name."""
    check_explained(runs.verdicts, findings)
    texts = {"README.md": page(kind.title, runs, other, findings), "claims.md": full_tables(runs)}
    for suffix, one in [("", runs)] + ([(f"-{other.asked.scaling}", other)] if other else []):
        texts[f"claims{suffix}.json"] = to_json(one.verdicts)
        texts[f"provenance{suffix}.json"] = json.dumps(provenance(one), indent=1, ensure_ascii=False) + "\n"
    return texts | {f"{s.id}.svg": figures.draw(s.picture, "svg").decode() for s in runs.sections if s.picture}


def check_explained(verdicts: Sequence[Verdict], findings: str) -> None:
    """Every claim that is not reproduced is explained, and nothing is that is no claim."""
    explained = {name for line in re.findall(r"^### (.+)$", findings, re.MULTILINE) for name in line.split(", ")}
    silent = [v.id for v in verdicts if v.outcome is Outcome.CONTRADICTED and v.id not in explained]
    if silent:
        raise UserError(f"findings.md says nothing of {', '.join(silent)}, not reproduced: it needs a section `### ID`")
    if unknown := explained - {verdict.id for verdict in verdicts}:
        raise UserError(f"findings.md explains {', '.join(sorted(unknown))}: no claims of these runs")


def filled(readme: str, kind: Kind, verdicts: Sequence[Verdict], made: Mapping[str, Any]) -> str:
    """The README with a section renewed."""
    before, start, rest = readme.partition(kind.start)
    _, end, after = rest.partition(kind.end)
    if not end:
        raise UserError(f"the README lacks a line {kind.start.strip()} with a line {kind.end.strip()} below it")
    return f"{before}{start}{readme_section(verdicts, made, kind.folder)}{end}{after}"


def write(folders: Sequence[Path], root: Path) -> None:
    """Everything, or nothing where something is wrong."""
    read = [Runs.read(folder) for folder in folders]
    readme, texts = (root / "README.md").read_text("utf-8"), {}
    for kind in (PAPER, BEYOND):
        runs, *others = (one.those(kind.chosen) for one in read)
        if not runs.sections:
            continue
        other = next((one for one in others if one.sections), None)
        texts[kind] = files(kind, runs, other, (root / kind.folder / "findings.md").read_text("utf-8"))
        readme = filled(readme, kind, runs.verdicts, provenance(runs))
    for kind, contents in texts.items():
        for old in (root / kind.folder).glob("*.svg"):
            if old.name not in contents:
                old.unlink()
        for name, content in contents.items():
            atomic.write(root / kind.folder / name, content.encode())
    atomic.write(root / "README.md", readme.encode())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("runs", type=Path)
    parser.add_argument("other", type=Path, nargs="?")
    folders = [folder for folder in vars(parser.parse_args()).values() if folder]
    try:
        write(folders, ROOT)
    except UserError as error:
        sys.exit(f"{parser.prog}: {error}")


if __name__ == "__main__":
    main()
