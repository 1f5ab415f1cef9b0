"""What `pyproject.toml` asks for, as lines that pip reads: `python tools/requirements.py [--lowest] NAME...`.

A NAME is an extra, a dependency group, or `build`; what the method itself needs always comes with it. With `--lowest`
every line is pinned to its lower bound, and an extra that pip cannot choose a build for (`torch`, `cuda`) is left out.
"""

import argparse
import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[1]
CHOSEN_BY_THE_USER = ("torch", "cuda")
"""Extras with a build for each kind of machine: `constraints-torch.txt` pins the one that tests run with."""


def requirements(names: list[str], pyproject: dict) -> list[str]:
    """The requirements of the method and of these extras and groups, without those on prenoise itself, sorted."""
    project, groups = pyproject["project"], pyproject["dependency-groups"]
    parts = project["optional-dependencies"] | groups | {"build": [*pyproject["build-system"]["requires"], "editables"]}
    found = set(project["dependencies"])
    waiting = list(names)
    while waiting:
        for line in parts[waiting.pop()]:
            if isinstance(line, dict):
                waiting.append(line["include-group"])
            elif inner := re.fullmatch(r"prenoise\[(.*)\]", line):
                waiting += [name for name in inner[1].split(",") if name not in CHOSEN_BY_THE_USER]
            else:
                found.add(line)
    return sorted(found)


def lowest(line: str) -> str:
    """The requirement pinned to its lower bound.

    >>> lowest("mkdocstrings[python]>=1.0")
    'mkdocstrings==1.0'
    """
    name, bound = re.fullmatch(r"([\w.-]+)(?:\[\w+\])?>=([\w.]+)", line).groups()
    return f"{name}=={bound}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME")
    parser.add_argument("--lowest", action="store_true", help="pin each to its lower bound")
    options = parser.parse_args()
    lines = requirements(options.names, tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8")))
    print("\n".join(map(lowest, lines) if options.lowest else lines))


if __name__ == "__main__":
    main()
