"""`prenoise demo`: see the effect in half a minute."""

import json
from pathlib import Path
from typing import Annotated

import typer

from prenoise import atomic
from prenoise.cli import options
from prenoise.progress import progress


def demo(
    seeds: Annotated[int, typer.Option(min=2, max=100, help="Networks of each kind.")] = 5,
    seed: options.Seed = 0,
    out: Annotated[Path, typer.Option(help="Folder for the report and the picture.")] = Path("prenoise-demo"),
    as_json: options.Json = False,
) -> None:
    """Train three kinds of network on the embedded digits and show what practice on noise changes.

    Example: prenoise demo --seeds 10 --out demo
    """
    out.mkdir(parents=True, exist_ok=True)
    picture = out / "demo.png"
    atomic.check(picture)

    import numpy as np

    from prenoise.study.demo import keep, run
    from prenoise.study.kinds import FA, KINDS, NOISE_FA

    with progress("training three kinds of network on digits") as tell:
        epochs, outcomes = run(range(seed, seed + seeds), tell)
    keep(out, range(seed, seed + seeds), epochs, outcomes)

    from prenoise.study import folder
    from prenoise.study.report import figures, page

    found = folder.read(out)
    report = out / "report.html"
    atomic.write(report, page.page(found).encode())
    (shown,) = (section for section in found.sections if section.id == "demo")
    if (drawn := shown.picture) is not None:
        atomic.write(picture, figures.draw(drawn, "png"))

    gain = outcomes[NOISE_FA].area_under_curve - outcomes[FA].area_under_curve
    sentence = (
        f"Practice on noise raised the area under the learning curve of feedback alignment in {(gain > 0).sum()} of "
        f"{seeds} seeds, by {gain.mean():.2f} on average."
    )
    columns = {
        "area under curve": [outcome.area_under_curve for outcome in outcomes.values()],
        "final accuracy": [outcome.accuracy[:, -1] for outcome in outcomes.values()],
        "alignment (degrees)": [outcome.alignment[:, -1] for outcome in outcomes.values()],
    }
    if as_json:
        result = {
            kind: {name: np.round(values[row], 6).tolist() for name, values in columns.items()}
            for row, kind in enumerate(outcomes)
        }
        print(
            json.dumps(
                {
                    "seeds": list(range(seed, seed + seeds)),
                    "kinds": result,
                    "seen": sentence,
                    "picture": str(picture),
                    "report": str(report),
                }
            )
        )
        return

    from rich.console import Console
    from rich.table import Table

    table = Table(title=f"scikit-learn's digits, 1,437 to learn from, mean and deviation over {seeds} seeds")
    table.add_column("network")
    for name in columns:
        table.add_column(name, justify="right")
    for row, kind in enumerate(outcomes):
        decimals = [3, 3, 1]
        table.add_row(
            kind,
            *(
                f"{values[row].mean():.{places}f} ± {values[row].std(ddof=1):.{places}f}"
                for values, places in zip(columns.values(), decimals, strict=True)
            ),
        )
    console = Console()
    console.print(table)
    for kind in outcomes:
        console.print(f"{kind}: {KINDS[kind].meaning}", highlight=False)
    print(sentence)
    print(
        f"The report is in {report}, its picture in {picture}. Next: prenoise --help, or `import prenoise` in Python."
    )
