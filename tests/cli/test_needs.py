"""The two floors: what the method alone does, and what a command says that needs the study."""

import subprocess
import sys
from importlib.metadata import PackageNotFoundError

import pytest
from typer.testing import CliRunner

from prenoise import __version__
from prenoise.cli import app, needs
from prenoise.errors import UserError

LINES = ['xarray>=2025 ; extra == "study"', "h5py ; extra == 'study'", "torch>=2 ; extra == 'torch'", "jax>=0.6"]


@pytest.fixture
def installed(monkeypatch):
    """A set of the names of what counts as installed."""
    names = {"jax"}

    def version(name):
        if name not in names:
            raise PackageNotFoundError(name)
        return "1"

    monkeypatch.setattr(needs, "requires", lambda package: LINES)
    monkeypatch.setattr(needs, "version", version)
    return names


def test_a_missing_study_is_named_in_one_sentence_with_the_way_to_get_it(installed):
    with pytest.raises(
        UserError, match=r'^this belongs to the study, and xarray, h5py .* pip install "prenoise\[study]"$'
    ):
        needs.need_study()
    installed.add("xarray")
    with pytest.raises(UserError, match="and h5py of its packages is not installed"):
        needs.need_study()


def test_with_the_study_installed_nothing_else_is_asked_for(installed):
    installed |= {"xarray", "h5py"}
    needs.need_study()


@pytest.mark.parametrize("command", sorted(needs.OF_THE_STUDY))
def test_a_command_of_the_study_stops_before_it_does_anything(installed, command, tmp_path):
    stopped = CliRunner().invoke(app, [command, str(tmp_path)])
    assert isinstance(stopped.exception, UserError)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("command", [*sorted(needs.OF_THE_STUDY), "train", "pretrain", "rules"])
def test_its_help_is_there_without_the_study(installed, command):
    assert CliRunner().invoke(app, [command, "--help"]).exit_code == 0


def test_a_command_of_the_method_asks_for_no_study(installed):
    assert CliRunner().invoke(app, ["rules"]).exit_code == 0


def test_the_version_is_the_installed_one():
    assert CliRunner().invoke(app, ["--version"]).stdout == f"prenoise {__version__}\n"


@pytest.mark.processes
def test_the_method_imports_nothing_of_the_study():
    code = (
        "import sys, prenoise; [getattr(prenoise, name) for name in prenoise.__all__ if name != 'Results'];"
        "print(*sorted({'xarray', 'dask', 'distributed', 'altair', 'h5py', 'jinja2', 'torch'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "\n"
