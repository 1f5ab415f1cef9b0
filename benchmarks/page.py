"""The page of the guide from the numbers: `python -m benchmarks.page [FOLDER]`, also after every run."""

import json
import sys
from pathlib import Path
from typing import Any

from benchmarks import figure, possible
from benchmarks.markdown import paragraphs, table
from benchmarks.sections import SECTIONS
from prenoise import atomic

NAME = "benchmarks"
HEAD = """# Benchmarks

Measured by `make bench`, which writes this page and [its numbers](benchmarks.json) anew on any machine."""


def page(stored: dict[str, Any]) -> str:
    sections = stored["sections"]
    found = {name: section["found"] for name, section in sections.items() if "skipped" not in section["found"]}
    shares = possible.rows(found)
    return paragraphs(
        HEAD,
        "**Of a run with `--fast`, which shows that everything works: the numbers mean nothing.**" * stored["fast"],
        _machine(stored),
        paragraphs("## Found, and possible", table(["", "found", "at best", "which is", "share"], shares))
        if shares
        else "",
        f"![Time of an epoch by contender]({NAME}.svg)" if "learning" in sections else "",
        *(
            paragraphs(
                f"## {section.TITLE}",
                section.describe(sections[name]["found"]) if name in sections else "Not measured yet.",
            )
            for name, section in SECTIONS.items()
        ),
    )


def _machine(stored: dict[str, Any]) -> str:
    machine = stored["machine"]
    versions = ", ".join(f"{name} {version}" for name, version in machine["versions"].items())
    days = sorted({section["day"] for section in stored["sections"].values()})
    busiest = max((section["busy_before"] for section in stored["sections"].values()), default=0)
    minutes = sum(section["seconds"] for section in stored["sections"].values()) / 60
    return (
        f"{machine['processor']}, {machine['cores']} cores, {machine['memory_gb']} GB of memory, {machine['system']} "
        f"{machine['machine']}, Python {machine['python']}, {versions}. Measured on {' and '.join(days)} in "
        f"{minutes:.0f} minutes; before its sections at most {busiest:g} processes wanted a core (mean of a minute, "
        "the section before included)."
    )


def write(folder: Path) -> None:
    """The page and its figure beside the JSON."""
    stored = json.loads((folder / f"{NAME}.json").read_text("utf-8"))
    if "learning" in stored["sections"]:
        atomic.write(folder / f"{NAME}.svg", figure.svg(stored["sections"]["learning"]["found"]))
    atomic.write(folder / f"{NAME}.md", (page(stored) + "\n").encode())


if __name__ == "__main__":
    write(Path(sys.argv[1] if len(sys.argv) > 1 else "docs"))
