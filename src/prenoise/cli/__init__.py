"""The command line: parses, calls, prints. Nothing heavy is imported before a command needs it."""

import os
import sys
from typing import Annotated, Any, NoReturn

import typer
from typer.core import TyperGroup

from prenoise.cli import data, demo, measure, playground, pretrain, report, reproduce, rules, train
from prenoise.errors import UserError
from prenoise.study.lab.environment import kept_programs


class _Commands(TyperGroup):
    """Says that a command was interrupted, which typer would leave unsaid."""

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt as interrupt:
            _stop(str(interrupt) or "interrupted", 130)


app = typer.Typer(
    cls=_Commands,
    help="Noise pretraining: teach a neural network on random noise before it sees any data.",
    epilog="Exit codes: 0 done, 1 something failed while running, 2 an error you can fix, 130 interrupted.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
app.command()(demo.demo)
app.command()(pretrain.pretrain)
app.command()(train.train)
app.command()(measure.measure)
app.command()(rules.rules)
app.command()(reproduce.reproduce)
app.command()(reproduce.claims)
app.command()(report.report)
app.command()(report.watch)
app.command()(playground.playground)
app.add_typer(data.app, name="data")


def _print_version(asked: bool) -> None:
    if asked:
        from prenoise import __version__

        print(f"prenoise {__version__}")
        raise typer.Exit


@app.callback()
def _before_any_command(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and stop.")
    ] = False,
) -> None:
    pass


def main() -> None:
    """Run a command. What the user can fix ends in one sentence and exit code 2, never in a traceback."""
    os.environ.update(kept_programs())
    try:
        app()
    except UserError as error:
        _stop(str(error), 2)
    except ModuleNotFoundError as error:
        extra = _extra_with(error.name or "")
        if extra is None:
            raise
        _stop(f'this command needs {error.name}, which is not installed: pip install "prenoise[{extra}]"', 2)
    except OSError as error:
        _stop(f"{error.filename}: {error.strerror}" if error.filename else str(error), 2)
    except ArithmeticError as error:
        _stop(str(error), 1)


def _extra_with(module: str) -> str | None:
    """The extra that brings a module, by what the installed package declares; None where it is in no extra."""
    from importlib.metadata import requires

    distribution = module.partition(".")[0].replace("_", "-").lower()
    for requirement in requires("prenoise") or ():
        needed, _, condition = requirement.partition(";")
        if distribution and needed.lower().startswith(distribution) and "extra ==" in condition:
            return condition.replace('"', "'").split("extra == '")[1].split("'")[0]
    return None


def _stop(sentence: str, code: int) -> NoReturn:
    print(f"prenoise: {sentence}", file=sys.stderr)
    sys.exit(code)
