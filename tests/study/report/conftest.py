"""A made-up reproduction of everything and its page, and a browser without a network to look at it with."""

import sys
from pathlib import Path

import pytest

from prenoise.study import folder as results
from prenoise.study.report import page

sys.path.insert(0, str(Path(__file__).parent))
made_up = __import__("made_up")


@pytest.fixture(scope="session")
def folder(tmp_path_factory):
    """A smoke reproduction of every experiment, all runs finished."""
    folder = tmp_path_factory.mktemp("report") / "runs"
    made_up.reproduce(folder, command="prenoise reproduce --size smoke --dataset '<b>&'")
    return folder


@pytest.fixture(scope="session")
def found(folder):
    return results.read(folder)


@pytest.fixture(scope="session")
def html(found):
    return page.page(found)


@pytest.fixture(scope="session")
def file(html, tmp_path_factory):
    path = tmp_path_factory.mktemp("page") / "report.html"
    path.write_text(html, encoding="utf-8")
    return path
