"""`prenoise claims`: what the runs in a folder say of every claim."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from prenoise.cli import options
from prenoise.errors import UserError
from prenoise.progress import progress

if TYPE_CHECKING:
    from prenoise.study.claims import Verdict

OUTCOMES = ("reproduced", "no effect", "contradicted", "inconclusive", "not run")
COLOURS: dict[str, str] = dict(zip(OUTCOMES, ("green", "blue", "red", "yellow", "bright_black"), strict=True))


def claims(
    folder: Annotated[Path, typer.Argument(help="What prenoise reproduce wrote.")],
    as_json: options.Json = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print the verdicts as CSV on stdout.")] = False,
    only: Annotated[
        list[str] | None, typer.Option(help=f"Show one outcome alone: {', '.join(OUTCOMES)}.", show_default=False)
    ] = None,
    whose: Annotated[
        bool | None, typer.Option("--paper/--ours", help="The paper's claims alone, or ours.", show_default="both")
    ] = None,
    of: Annotated[
        list[str] | None,
        typer.Option(
            help="The claims of one experiment alone.",
            show_default=False,
            autocompletion=options.completed(options.experiments),
        ),
    ] = None,
) -> None:
    """Judge the claims by the runs in a folder, the paper's and ours apart.

    Example: prenoise claims results --only contradicted
    """
    from prenoise.study import reproduction
    from prenoise.study.claims.tables import to_csv, to_json
    from prenoise.study.figures import chosen

    if unknown := set(only or ()) - set(OUTCOMES):
        raise UserError(f"there is no outcome {sorted(unknown)[0]!r}: expected some of {', '.join(OUTCOMES)}")
    asked = {claim.id for one in chosen(of) for claim in one.claims} if of else None
    with progress("reading the runs") as tell:
        verdicts = reproduction.verdicts(folder, tell)
    verdicts = [verdict for verdict in verdicts if whose in (None, verdict.paper)]
    verdicts = [verdict for verdict in verdicts if asked is None or verdict.id in asked]
    shown = [verdict for verdict in verdicts if not only or verdict.outcome in only]
    if as_json or as_csv:
        print(to_json(shown) if as_json else to_csv(shown), end="")
        return

    from rich.console import Console

    size = reproduction.recall(folder).size
    console = Console(highlight=False)
    console.print(f"{size} reproduction in {folder}", style="bold")
    for part in (*_counts(verdicts), *_lines(shown)):
        console.print(part)
    if size != "paper":
        console.print(f"\nA {size} run shows that things work, not what is true: for that, --size paper.")


def _counts(verdicts: "Iterable[Verdict]") -> Iterator[Any]:
    """A table of how many claims have which outcome."""
    from rich.table import Table
    from rich.text import Text

    from prenoise.study.claims import Outcome
    from prenoise.study.claims.tables import counts

    counted = Table(box=None, padding=(0, 2, 0, 0))
    counted.add_column("claims")
    for outcome in Outcome:
        counted.add_column(Text(outcome, COLOURS[outcome]), justify="right")
    for name, found in counts(verdicts).items():
        counted.add_row(f"{name} ({sum(found.values())})", *(str(found[outcome] or "") for outcome in Outcome))
    yield counted


def _lines(verdicts: "list[Verdict]") -> Iterator[Any]:
    """A few lines per claim, the paper's before ours, by experiment: its verdict, its statement, its numbers."""
    from rich.padding import Padding
    from rich.text import Text

    from prenoise.study.claims import MARKS
    from prenoise.study.claims.tables import WHOSE, difference, p_value, power
    from prenoise.study.figures import experiments

    places = {claim.id: f"{one.where or one.id}: {one.title}" for one in experiments().values() for claim in one.claims}
    for paper, name in WHOSE.items():
        chosen = [verdict for verdict in verdicts if verdict.paper is paper]
        if chosen:
            yield Text(f"\n{name}", "bold")
        place = ""
        for verdict in chosen:
            if (found := places.get(verdict.id, "")) != place:
                place = found
                yield Text(f"\n{place}", "underline")
            head = Text.assemble(
                (f"{MARKS[verdict.outcome]} {verdict.outcome}", COLOURS[verdict.outcome]), f"  {verdict.id}"
            )
            facts = {
                "": difference(verdict),
                "p = ": p_value(verdict.p_holm),
                "n = ": str(verdict.n or ""),
                "power ": power(verdict) if verdict.outcome == "inconclusive" else "",
            }
            numbers = ", ".join(f"{label}{fact}" for label, fact in facts.items() if fact)
            why = "" if verdict.outcome == "reproduced" else f"{verdict.reason[:1].upper()}{verdict.reason[1:]}."
            yield head
            yield Padding(Text("\n".join(filter(None, [verdict.sentence, numbers, why]))), (0, 0, 0, 2))
