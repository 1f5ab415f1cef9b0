"""What a long trial found, for the guide: as JSON in docs, and as a table between the marks of a page."""

import json
import os
import re
import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from prenoise import atomic
from prenoise.study.lab.environment import describe_environment

DOCS = Path(__file__).parents[3] / "docs"


def conditions(seconds: float) -> dict[str, Any]:
    """The day, how long it took, and on what."""
    about = describe_environment()
    return {
        "day": time.strftime("%Y-%m-%d"),
        "minutes": round(seconds / 60, 1),
        "cores": os.cpu_count(),
        "busy": round(os.getloadavg()[2], 1),
        "system": f"{about['system']} {about['machine']}, Python {about['python']}",
        "versions": about["versions"],
    }


def sentence(name: str, found: Mapping[str, Any]) -> str:
    """The conditions in words, and where the figures are stored."""
    versions = ", ".join(f"{name} {version}" for name, version in found["versions"].items())
    return (
        f"On {found['day']}, in {found['minutes']:g} minutes, with {found['cores']} cores, for which "
        f"{found['busy']:g} processes asked at its end on average; {found['system']}, {versions}. "
        f"As JSON: [{name}.json]({name}.json)."
    )


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """The first column is text, the others numbers."""
    lines = [head, [":---", *["---:"] * (len(head) - 1)], *rows]
    return "\n".join(f"| {' | '.join(map(str, line))} |" for line in lines)


def renewed(page: str, name: str, text: str) -> str:
    """The page with another text between the marks `<!--{name}-->` and `<!--/-->`."""
    marked = re.compile(rf"(<!--\{{{name}\}}-->).*?(<!--/-->)", re.DOTALL)
    assert marked.search(page), f"the page has no place for {name}"
    return marked.sub(lambda found: f"{found[1]}\n{text}\n{found[2]}", page)


def write(name: str, found: Mapping[str, Any], page: Path, text: str) -> None:
    """The findings as JSON beside the page, and their text in it."""
    atomic.write(page.with_name(f"{name}.json"), (json.dumps(found, indent=1, ensure_ascii=False) + "\n").encode())
    atomic.write(page, renewed(page.read_text("utf-8"), name, text).encode())
