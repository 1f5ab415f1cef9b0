"""A page for every figure, written from the experiments themselves when the site is built."""

import sys
from itertools import groupby

from mkdocs.structure.files import File

from prenoise.study.figures import experiments
from prenoise.study.kinds import KINDS

SIZES = {
    "smoke": "every experiment runs on the embedded digits",
    "quick": "a first look",
    "paper": "the full protocol",
}


def pages():
    """The text of every page, by the figure: `fig3` has the experiments of `fig3.py` and of any `fig3_*.py`."""
    of_figure = groupby(experiments().values(), key=lambda experiment: file_of(experiment).partition("_")[0])
    return {figure: page(list(found)) for figure, found in of_figure}


def file_of(experiment):
    return experiment.run.__module__.rpartition(".")[2]


def page(found):
    """The first file's headline is the title; every file begins with what it says of itself."""
    parts, files = [], set()
    for experiment in found:
        if (name := file_of(experiment)) not in files:
            headline, _, rest = sys.modules[experiment.run.__module__].__doc__.strip().partition("\n")
            parts += [headline if files else f"# {headline.rstrip('.')}", rest.strip()]
            files.add(name)
        parts.append(section(experiment))
    return "\n\n".join(part for part in parts if part) + "\n"


def section(experiment):
    """One experiment: what is run, what is recorded, what is claimed and how it is tested."""
    sets = ", ".join(experiment.datasets) or "none: noise alone"
    options = [name for name in experiment.options["paper"] if name != "dataset"]
    return "\n\n".join(
        [
            f"## {experiment.where}: {experiment.title}" if experiment.where else f"## {experiment.title}",
            f"```sh\nprenoise reproduce {experiment.id} --size quick --out results\n```",
            f"**Recorded.** {experiment.run.__doc__.strip()}",
            f"**Data.** {sets}.",
            f"**Conditions.** {len(experiment.cells)}, each with every seed.",
            table(list(experiment.cells[0]), [cell.values() for cell in experiment.cells]),
            legend({cell["kind"] for cell in experiment.cells if "kind" in cell}),
            "**Sizes.**",
            table(
                ["size", "seeds", *options],
                [
                    [f"`{size}`, {what}", experiment.seeds[size], *map(experiment.options[size].get, options)]
                    for size, what in SIZES.items()
                ],
            ),
            f"**Claims.** {len(experiment.claims)}; the paper states {sum(one.paper for one in experiment.claims)}.",
            table(
                ["claim", "statement", "test", "smallest effect that matters"],
                [
                    [claim.id, claim.sentence, described(claim), f"{claim.smallest:g} {claim.unit}: {claim.why}"]
                    for claim in experiment.claims
                ],
            ),
        ]
    )


def legend(kinds):
    """What the names of the kinds of network mean."""
    return "\n".join(f"- {kind.name}: {kind.meaning}." for kind in KINDS.values() if kind.name in kinds)


def described(claim):
    """The test, and which way the difference must go."""
    direction = getattr(claim.test, "direction", "")
    return claim.test.name + (f": {direction}" if direction else "")


def table(columns, rows):
    if not columns:
        return ""
    lines = [columns, ["---"] * len(columns), *([text(value) for value in row] for row in rows)]
    return "\n".join("| " + " | ".join(line).replace("_", " ") + " |" for line in lines)


def text(value):
    if isinstance(value, list | tuple):
        return ", ".join(map(text, value))
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else str(value)


def on_files(files, config):
    for name, content in pages().items():
        files.append(File.generated(config, f"figures/{name}.md", content=content))
    return files
