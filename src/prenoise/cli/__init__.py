"""The command line: parses, calls, prints. Nothing heavy is imported before a command needs it."""

import os
import sys
from typing import Annotated, Any, NoReturn

import typer
from typer.core import TyperGroup

from prenoise.cli import claims, data, demo, measure, playground, pretrain, report, reproduce, rules, train, trial
from prenoise.cli.needs import OF_THE_STUDY, need_study
from prenoise.errors import DivergedError, UserError
from prenoise.study.lab.environment import kept_programs


class _Commands(TyperGroup):
    """Says what typer would leave unsaid: that a command needs the study, or that it was interrupted."""

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        name, command, rest = super().resolve_command(ctx, args)
        if name in OF_THE_STUDY and "--help" not in rest and not ctx.resilient_parsing:
            need_study()
        return name, command, rest

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
app.command()(claims.claims)
app.command()(report.report)
app.command()(report.watch)
app.command()(trial.trial)
app.command()(playground.playground)
app.add_typer(data.app, name="data")


def _print_version(asked: bool) -> bool:
    if asked:
        from prenoise import __version__

        print(f"prenoise {__version__}")
        raise typer.Exit
    return asked


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
    except OSError as error:
        _stop(f"{error.filename}: {error.strerror}" if error.filename else str(error), 2)
    except DivergedError as error:
        _stop(str(error), 1)


def _stop(sentence: str, code: int) -> NoReturn:
    print(f"prenoise: {sentence}", file=sys.stderr)
    sys.exit(code)
