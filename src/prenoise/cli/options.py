"""Options that several commands share, each written once."""

from collections.abc import Callable, Iterable
from enum import StrEnum
from pathlib import Path
from shutil import get_terminal_size
from textwrap import fill
from typing import Annotated

import typer


def completed(names: Callable[[], Iterable[str]]) -> Callable[[str], list[str]]:
    """What a shell offers when a name is begun: those of the names that begin so."""

    def complete(incomplete: str) -> list[str]:
        return [name for name in names() if name.startswith(incomplete)]

    return complete


def rules() -> Iterable[str]:
    """The names of the rules."""
    from prenoise.rules import RULES

    return RULES


def data_sets() -> Iterable[str]:
    """The names of the data sets."""
    from prenoise import data

    return data.CATALOG | data.added()


def experiments() -> Iterable[str]:
    """The ids of the experiments."""
    from prenoise.study.figures import experiments

    return experiments()


Seed = Annotated[int, typer.Option(min=0, max=2**31 - 1, help="Everything random follows from it.")]
Json = Annotated[bool, typer.Option("--json", help="Print the result as JSON on stdout, and nothing else there.")]
DataDir = Annotated[
    Path | None, typer.Option(envvar="PRENOISE_DATA", help="Folder of the data sets.", show_default=False)
]
Rate = Annotated[float, typer.Option(help="Learning rate of Adam.")]
Batch = Annotated[int, typer.Option(min=1, help="Examples in a batch.")]
RuleName = Annotated[
    str, typer.Option("--rule", help="How errors travel back: see prenoise rules.", autocompletion=completed(rules))
]


class Scale(StrEnum):
    """How raw inputs become numbers for the network."""

    standardise = "standardise"
    unit = "unit"
    signed = "signed"


Scaling = Annotated[Scale, typer.Option(help="How raw inputs are scaled.")]


def positive(rate: float) -> float:
    """Check a learning rate."""
    if not 0 < rate < float("inf"):
        raise typer.BadParameter(f"the learning rate is {rate}: expected a number above 0", param_hint="--rate")
    return rate


def sizes(text: str) -> tuple[int, ...]:
    """`784,100,10` as numbers."""
    try:
        numbers = tuple(int(part) for part in text.split(","))
    except ValueError:
        numbers = ()
    if not numbers or min(numbers) < 1:
        raise typer.BadParameter(f"found {text!r}: expected whole numbers from 1 with commas between, as in 784,100,10")
    return numbers


def in_columns(head: str, text: str) -> str:
    """A line of a list, its text wrapped beside its head to the width of the terminal."""
    width = max(get_terminal_size().columns, len(head) + 24)
    return fill(head + text, width, subsequent_indent=" " * len(head), break_on_hyphens=False)
