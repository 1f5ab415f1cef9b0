"""What the guide shows is what happens: its sessions, its commands, and the file it tells one to write, are run."""

import doctest
import importlib
import re
import shlex
import sys
import tomllib
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
import typer
import yaml
from typer.testing import CliRunner

import prenoise.study.figures
from prenoise.cli import app
from prenoise.study.lab.source import parsed

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = [
    *("index", "method", "mirrored-noise", "reproduce", "your-own-data", "read-the-results"),
    *("extending", "cite", "api"),
]
OPTIONS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE | doctest.IGNORE_EXCEPTION_DETAIL
BLOCK = re.compile(r"^```(\w*)[^\n]*\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def blocks(page: str, language: str) -> list[str]:
    """The text of all blocks of that language on a page."""
    return [text for name, text in BLOCK.findall((DOCS / f"{page}.md").read_text("utf-8")) if name == language]


def sessions(page: str) -> list[str]:
    return [text for text in blocks(page, "python") if text.startswith(">>> ")]


def commands() -> list[str]:
    """Every line of prenoise on any page or in the README."""
    texts = [path.read_text("utf-8") for path in [*sorted(DOCS.glob("*.md")), ROOT / "README.md"]]
    shown = [
        line for text in texts for name, block in BLOCK.findall(text) if name == "sh" for line in block.split("\n")
    ]
    return sorted({line.partition("#")[0].strip() for line in shown if line.startswith("prenoise ")})


def called(line: str) -> str:
    """What a line of a page prints."""
    run = CliRunner().invoke(app, shlex.split(line)[1:], catch_exceptions=False)
    assert run.exit_code == 0, run.output
    return run.stdout


@pytest.fixture
def before(request, tmp_path):
    """What a page says has been run before its sessions."""
    if request.param == "read-the-results":
        (command,) = blocks(request.param, "sh")
        called(f"{command.strip()} --workers 0")
    return request.param


@pytest.mark.parametrize("before", [page for page in PAGES if sessions(page)], indirect=True, ids=str)
def test_sessions_of_a_page_give_what_it_says(before):
    session = doctest.DocTestParser().get_doctest("\n".join(sessions(before)), {}, f"{before}.md", None, None)
    said: list[str] = []
    assert doctest.DocTestRunner(optionflags=OPTIONS).run(session, out=said.append).failed == 0, "".join(said)


@pytest.mark.parametrize("line", commands())
def test_a_command_that_a_page_shows_is_understood(line):
    name, *arguments = (word.strip("[]") for word in shlex.split(line))
    command: Any = typer.main.get_command(app)
    while hasattr(command, "commands"):
        name = arguments.pop(0)
        command = command.commands[name]
    command.make_context(name, arguments)


def test_the_package_that_the_guide_writes_adds_a_rule_a_kind_a_data_set_and_an_experiment(tmp_path, monkeypatch):
    (source,) = [text for text in blocks("extending", "python") if not text.startswith(">>> ")]
    (project,) = blocks("extending", "toml")
    points = tomllib.loads(project)["project"]["entry-points"]
    (tmp_path / "wider.py").write_text(source, "utf-8")
    info = tmp_path / "wider-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: wider\nVersion: 1.0\n")
    lines = [f"[{group}]\n" + "".join(f"{n} = {to}\n" for n, to in named.items()) for group, named in points.items()]
    (info / "entry_points.txt").write_text("".join(lines))
    monkeypatch.syspath_prepend(tmp_path)
    importlib.invalidate_caches()
    prenoise.study.figures.experiments.cache_clear()
    claims = {claim.id for claim in prenoise.study.figures.experiments()["rules"].claims}
    try:
        assert prenoise.rules.named("half").meaning.startswith("half of what travels back")
        assert len(prenoise.load("stripes")[0]) == 300
        assert prenoise.study.figures.experiments()["widths"].paper is False
        assert not [claim for claim in claims if "half" in claim]
        (block,) = [text for text in blocks("extending", "sh") if "reproduce" in text]
        run, judge = block.strip().split("\n")
        called(f"{run} --workers 0 --seeds 3")
        assert called(f"{judge} --csv").count("half a read-out makes learning faster") == 2
        assert "report" in called("prenoise report widths")
    finally:
        sys.modules.pop("wider", None)
        prenoise.study.kinds.KINDS.pop("FA, half a read-out", None)
        prenoise.study.figures.experiments.cache_clear()


def test_the_page_of_names_lists_what_is_there_and_all_that_prenoise_gives():
    page, listed = (DOCS / "api.md").read_text("utf-8"), set()
    for name, members in re.findall(
        r"^::: ([\w.]+)(?:\n    options:\n      members:((?:.|\n        )*))?", page, re.MULTILINE
    ):
        module, names = parsed(name), set(re.findall(r"\w+", members))
        assert module, f"there is no module {name}"
        assert names <= {*module.defined, *module.imported}, name
        listed |= names
    assert {name for name in prenoise.__all__ if callable(getattr(prenoise, name))} <= listed


def test_every_page_of_the_guide_is_in_the_menu_and_every_link_leads_somewhere():
    menu = (ROOT / "mkdocs.yml").read_text("utf-8")
    for page in DOCS.glob("*.md"):
        assert f": {page.name}\n" in menu
        for target in re.findall(r"\]\(([^)#]+)", page.read_text("utf-8")):
            if "://" not in target and not target.startswith("playground/"):
                assert (page.parent / target).exists(), f"{page.name}: {target}"


def test_the_citation_names_this_release_or_the_one_that_is_next():
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text("utf-8"))
    number, development, _ = version("prenoise").partition(".dev")
    assert citation["version"] == number or development
    assert f"## {citation['version']}" in (ROOT / "CHANGELOG.md").read_text("utf-8")
