"""What `--help` shows works: its examples run one after the other, names are completed, and JSON is JSON."""

import json
import re
import shlex

import pytest
import typer
from typer.testing import CliRunner

from prenoise.cli import app, options
from prenoise.data import CATALOG
from prenoise.rules import RULES
from prenoise.study.figures import experiments

NOT_RUN = {"prenoise watch": "ends with Ctrl-C", "prenoise data fetch": "downloads", "prenoise trial": "needs a script"}


def commands(group=None, before="prenoise"):
    """Every command with its whole name, in the order of the help."""
    for name, command in (group or typer.main.get_command(app)).commands.items():
        if hasattr(command, "commands"):
            yield from commands(command, f"{before} {name}")
        else:
            yield f"{before} {name}", command


@pytest.mark.parametrize("name", [name for name, _ in commands()])
def test_every_command_shows_one_example_of_itself(name):
    (example,) = re.findall(r"Example: (.*)", dict(commands())[name].help)
    assert example == name or example.startswith(f"{name} ")


def test_the_examples_run_in_their_order_in_one_folder():
    for name, command in commands():
        if name not in NOT_RUN:
            (example,) = re.findall(r"Example: (.*)", command.help)
            done = CliRunner().invoke(app, shlex.split(example)[1:], catch_exceptions=False)
            assert done.exit_code == 0, f"{example}\n{done.stderr}"


@pytest.mark.parametrize("name", sorted({name for name, _ in commands()} - {"prenoise watch"}))
def test_every_command_that_prints_a_result_has_json(name):
    assert "--json" in {flag for parameter in dict(commands())[name].params for flag in parameter.opts}


@pytest.mark.parametrize(
    ("words", "first"),
    [
        ("rules --json", {"name": "bp"}),
        ("reproduce --list --json", {"id": "fig1", "paper": True}),
        ("reproduce noise-budget --list --json", {"id": "noise-budget", "where": "", "paper": False}),
        ("data fetch digits --json", {"name": "digits", "files": []}),
    ],
)
def test_a_list_as_json_names_what_there_is(words, first):
    shown = json.loads(CliRunner().invoke(app, words.split(), catch_exceptions=False).stdout)
    assert shown[0].items() >= first.items()


@pytest.mark.parametrize(("names", "known"), [(options.rules, RULES), (options.data_sets, CATALOG)])
def test_a_name_that_is_begun_is_completed(names, known):
    some = next(iter(known))
    complete = options.completed(names)
    assert some in complete(some[:2])
    assert complete("no-such-name") == []
    assert set(complete("")) >= set(known)


def test_experiments_are_completed():
    assert options.completed(options.experiments)("fig2") == [name for name in experiments() if name.startswith("fig2")]


@pytest.mark.parametrize("command", ["rules", "reproduce --list", "data list"])
def test_a_list_fits_a_terminal_of_80_columns(command, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    said = CliRunner().invoke(app, command.split()).stdout
    assert max(map(len, said.splitlines())) <= 80
