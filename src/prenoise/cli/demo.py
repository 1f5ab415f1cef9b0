"""`prenoise demo`: see the effect, and its controls, in half a minute."""

import json
from pathlib import Path
from typing import Annotated

import typer

from prenoise import atomic
from prenoise.cli import options
from prenoise.progress import view


def demo(
    seeds: Annotated[int, typer.Option(min=2, max=100, help="Networks of each kind.")] = 5,
    out: Annotated[Path, typer.Option(help="Folder for the runs, the report and the picture.")] = Path("prenoise-demo"),
    as_json: options.Json = False,
) -> None:
    """Train five kinds of network on the embedded digits: what noise pretraining changes, and what else does.

    Example: prenoise demo --seeds 10 --out demo
    """
    out.mkdir(parents=True, exist_ok=True)
    atomic.check(out / "demo.png")

    from prenoise.study import lab, reproduction
    from prenoise.study.figures import chosen
    from prenoise.study.figures.demo import sentences, table

    demo = chosen(["demo"])
    asked = reproduction.plan(demo, "smoke", seeds=seeds, width=seeds, fetch=None, command="prenoise demo")
    (part,) = asked.parts
    reproduction.remember(out, asked)
    outcome = lab.run(asked.jobs(part), lab.Store(out), again=True, progress=view("runs"))
    results = reproduction.results(out, asked, part)
    if outcome.exit_code or results is None:
        print(outcome)
        raise typer.Exit(outcome.exit_code or 1)
    picture, report = _drawn(out)
    said, found = sentences(results), table(results)
    if as_json:
        kinds = {kind: {name: values.tolist() for name, values in of.items()} for kind, of in found.items()}
        files = {"picture": str(picture), "report": str(report)}
        print(json.dumps({"seeds": list(range(seeds)), "kinds": kinds, "said": said, **files}))
        return
    _print(found, seeds)
    print("\n".join(said))
    print(
        f"The report is in {report}, its picture in {picture}. Next: prenoise --help, or `import prenoise` in Python."
    )


def _drawn(out: Path) -> tuple[Path, Path]:
    """Write the picture and the report, and return where they are."""
    from prenoise.study import folder
    from prenoise.study.report import figures, page

    contents = folder.read(out)
    atomic.write(out / "report.html", page.page(contents).encode())
    (shown,) = (section for section in contents.sections if section.id == "demo")
    if shown.picture is not None:
        atomic.write(out / "demo.png", figures.draw(shown.picture, "png"))
    return out / "demo.png", out / "report.html"


def _print(found: dict, seeds: int) -> None:
    """The table, and what the kinds mean."""
    from rich.console import Console
    from rich.table import Table

    from prenoise.study.kinds import KINDS

    table = Table(title=f"scikit-learn's digits, 1,437 to learn from, mean and deviation over {seeds} seeds")
    table.add_column("kind")
    for name in next(iter(found.values())):
        table.add_column(name, justify="right")
    for kind, columns in found.items():
        cells = []
        for name, values in columns.items():
            places = 1 if "degrees" in name else 3
            cells.append(f"{values.mean():.{places}f} ± {values.std(ddof=1):.{places}f}")
            if "degrees" in name and KINDS[kind].rule == "bp":
                cells[-1] = "no feedback"
        table.add_row(kind, *cells)
    console = Console()
    console.print(table)
    for kind in found:
        console.print(f"{kind}: {KINDS[kind].meaning}", highlight=False)
