"""Takes the runs of reproductions into docs/results, and writes every page and number that comes from there.

The same runs give the same bytes.

    python docs/publish/write.py [RUNS ...]

RUNS are folders of `prenoise reproduce`, of one size. What is published already of other experiments, or with another
scaling of the inputs, stays. Without RUNS all pages are written anew from what is published. The findings come from
docs/publish/findings.md, and the advice of docs/when-to-use.md from when.md beside it. Figure 4 shows images of the
data sets: PRENOISE_DATA names their folder where it is not the usual one.
"""

import argparse
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

from findings import Numbers, findings, renewed
from pages import figure, full_tables, index, tally
from published import FILES, Published, from_texts, read, to_texts, together
from real import real_networks
from runs import read_runs
from screen import for_screens

from prenoise import atomic
from prenoise.errors import UserError
from prenoise.study.report import figures
from prenoise.study.report.picture import Picture

ROOT = Path(__file__).parents[2]
RESULTS = "docs/results"


def drawn(picture: Picture) -> str:
    """A figure as SVG for light and dark pages."""
    return for_screens(figures.draw(picture, "svg").decode())


def numbers(everything: Sequence[Published]) -> Numbers:
    """What a text can ask for."""
    return Numbers({one.scaling: one.verdicts for one in everything})


def pages(everything: Sequence[Published], root: Path) -> dict[str, str]:
    """Every page that is written from what is published, by its path."""
    found = numbers(everything)
    templates = {name: (root / f"docs/publish/{name}.md").read_text("utf-8") for name in ("findings", "when")}
    blocks = {
        "tally": f"\n{tally(everything)}",
        "when": f"\n{findings(templates['when'], found, listed=False)}\n",
        "real": f"\n{real_networks(everything[0].verdicts)}\n",
    }
    prose = [root / "README.md", *sorted((root / "docs").glob("*.md"))]
    return {
        f"{RESULTS}/README.md": index(everything, findings(templates["findings"], found)),
        f"{RESULTS}/claims.md": full_tables(everything),
        **{f"{RESULTS}/{name}.md": figure(name, everything[0]) for name in everything[0].parts},
        **{
            str(path.relative_to(root)): renewed(path.read_text("utf-8"), found, blocks)
            for path in prose
            if path.exists()
        },
    }


def write(folders: Iterable[Path], root: Path) -> None:
    """Everything, or nothing where something is wrong."""
    runs = [read_runs(folder) for folder in folders]
    everything = together([*read(root / RESULTS), *(new for new, _ in runs)])
    if not everything:
        raise UserError(f"found no runs, and nothing in {root / RESULTS}: name a folder of prenoise reproduce")
    texts = to_texts(everything)
    everything = from_texts(texts)  # whoever writes the pages anew from the files finds the same
    first = everything[0]
    pictures = {name: each for new, drawings in runs if new.scaling == first.scaling for name, each in drawings.items()}
    files = {f"{RESULTS}/{name}": text for name, text in texts.items()}
    files |= {f"{RESULTS}/{name}.svg": drawn(picture) for name, picture in pictures.items()}
    files |= pages(everything, root)
    for name, text in files.items():
        path = root / name
        if not path.exists() or path.read_text("utf-8") != text:
            atomic.write(path, text.encode())
    kept = {*FILES, "README.md", "claims.md", *(f"{name}{kind}" for name in first.parts for kind in (".md", ".svg"))}
    remove(root / RESULTS, kept)


def remove(folder: Path, kept: set[str]) -> None:
    """All that is in a folder but these files."""
    for old in sorted(folder.rglob("*"), reverse=True):
        if old.is_dir() and not any(old.iterdir()):
            old.rmdir()
        elif old.is_file() and str(old.relative_to(folder)) not in kept:
            old.unlink()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("runs", type=Path, nargs="*")
    try:
        write(parser.parse_args().runs, ROOT)
    except UserError as error:
        sys.exit(f"{parser.prog}: {error}")


if __name__ == "__main__":
    main()
