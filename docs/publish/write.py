"""Writes what reproductions found into docs/results, and every number that a page takes from there.

The same runs give the same bytes.

    python docs/publish/write.py RUNS [OTHER]

RUNS is a folder of `prenoise reproduce`, OTHER one of the same size with another scaling of the inputs. Files in
docs/results that are not written are deleted. The findings come from docs/publish/findings.md, and
the advice of docs/when-to-use.md from when.md beside it. Figure 4 shows images of
the data sets: PRENOISE_DATA names their folder where it is not the usual one.
"""

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from findings import Numbers, findings, renewed
from pages import figure, full_tables, index, tally
from real import real_networks
from runs import Runs, provenance
from screen import for_screens
from tables import to_points

from prenoise import atomic
from prenoise.errors import UserError
from prenoise.study.claims import Verdict
from prenoise.study.claims.tables import json_lines
from prenoise.study.report import figures
from prenoise.study.report.picture import Picture

ROOT = Path(__file__).parents[2]
RESULTS = "docs/results"


def results(all_runs: Sequence[Runs], template: str) -> dict[str, str]:
    """The text of every file in docs/results, by its name."""
    verdicts = {runs.asked.scaling: runs.verdicts for runs in all_runs}
    texts = {
        "README.md": index(all_runs, findings(template, Numbers(verdicts))),
        "claims.md": full_tables(all_runs),
        "claims.json": json_lines({"inputs": name, **plain(one)} for name, found in verdicts.items() for one in found),
        "points.csv": to_points(verdicts),
        "provenance.json": json.dumps([provenance(runs) for runs in all_runs], indent=1, ensure_ascii=False) + "\n",
    }
    texts |= {f"{one.id}.md": figure(one, all_runs[0]) for one in all_runs[0].sections}
    return texts | {f"{one.id}.svg": drawn(one.picture) for one in all_runs[0].sections if one.picture}


def plain(verdict: Verdict) -> dict[str, Any]:
    """A verdict without its points, which stand in points.csv."""
    values = verdict.as_dict()
    groups = [{"label": group["label"], "mean": group["mean"]} for group in values["groups"]]
    return {name: value for name, value in values.items() if name not in ("seeds", "taus")} | {"groups": groups}


def published(text: str) -> dict[str, list[Verdict]]:
    """The verdicts in a text of claims.json, by the scaling of the inputs."""
    found: dict[str, list[Verdict]] = {}
    for values in json.loads(text):
        found.setdefault(values.pop("inputs"), []).append(Verdict.from_dict(values))
    return found


def drawn(picture: Picture) -> str:
    """A figure as SVG for light and dark pages."""
    return for_screens(figures.draw(picture, "svg").decode())


def prose(root: Path) -> list[Path]:
    """The pages that may hold marked numbers."""
    return [root / "README.md", *sorted((root / "docs").glob("*.md"))]


def write(folders: Sequence[Path], root: Path) -> None:
    """Everything, or nothing where something is wrong."""
    all_runs = [Runs.read(folder) for folder in folders]
    if len({(runs.asked.size, runs.asked.scaling) for runs in all_runs}) < len(all_runs) or (
        len({runs.asked.size for runs in all_runs}) > 1
    ):
        raise UserError("two folders are set side by side if they have one size and two scalings of the inputs")
    texts = results(all_runs, (root / "docs/publish/findings.md").read_text("utf-8"))
    numbers = Numbers(published(texts["claims.json"]))
    when = findings((root / "docs/publish/when.md").read_text("utf-8"), numbers, listed=False)
    pages = {path: path.read_text("utf-8") for path in prose(root) if path.exists()}
    blocks = {
        "tally": f"\n{tally(all_runs)}",
        "when": f"\n{when}\n",
        "real": f"\n{real_networks(all_runs[0].verdicts)}\n",
    }
    renew(root / RESULTS, texts)
    for path, text in pages.items():
        if (new := renewed(text, numbers, blocks)) != text:
            atomic.write(path, new.encode())


def renew(folder: Path, texts: Mapping[str, str]) -> None:
    """The folder with just these files."""
    for name, text in texts.items():
        atomic.write(folder / name, text.encode())
    for old in sorted(folder.rglob("*"), reverse=True):
        if old.is_dir() and not any(old.iterdir()):
            old.rmdir()
        elif old.is_file() and str(old.relative_to(folder)) not in texts:
            old.unlink()


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
