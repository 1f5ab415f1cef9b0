"""The command line: parses, calls, prints. Nothing heavy is imported before a command needs it."""

import os
import sys
from typing import Any, NoReturn

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
    help="Let a neural network practise on random noise before it sees any data.",
    epilog="Exit codes: 0 done, 1 something failed while running, 2 a mistake you can mend, 130 interrupted.",
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


def main() -> None:
    """Run a command. A user's mistake ends in one sentence and exit code 2, never in a traceback."""
    os.environ.update(kept_programs())
    try:
        app()
    except UserError as error:
        _stop(str(error), 2)
    except OSError as error:
        _stop(f"{error.filename}: {error.strerror}" if error.filename else str(error), 2)
    except ArithmeticError as error:
        _stop(str(error), 1)


def _stop(sentence: str, code: int) -> NoReturn:
    print(f"prenoise: {sentence}", file=sys.stderr)
    sys.exit(code)
