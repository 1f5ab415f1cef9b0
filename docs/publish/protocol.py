"""The protocol of an experiment as Markdown, written from the experiment itself: what is run, recorded and tested."""

import sys
from collections.abc import Iterable, Sequence
from typing import Any

from tables import markdown_table

from prenoise.study.claims import Claim
from prenoise.study.experiment import Experiment
from prenoise.study.kinds import KINDS

SIZES = {
    "smoke": "every experiment runs on the embedded digits",
    "quick": "a first look",
    "paper": "the full protocol",
}


def heading(experiment: Experiment) -> str:
    """Where the paper has it, and its topic or question."""
    return f"{experiment.where}: {experiment.title}" if experiment.where else experiment.title


def protocol(experiment: Experiment) -> str:
    """What is run, what is recorded, on what data, under which conditions and sizes, and how claims are tested."""
    _headline, _, rest = (sys.modules[experiment.run.__module__].__doc__ or "").strip().partition("\n")
    sets = ", ".join(experiment.datasets) or "none: noise alone"
    options = [name for name in experiment.options["paper"] if name != "dataset"]
    parts = [
        rest.strip(),
        f"```sh\nprenoise reproduce {experiment.id} --size quick --out results\n```",
        f"**Recorded.** {(experiment.run.__doc__ or '').strip()}",
        f"**Data.** {sets}.",
        f"**Conditions.** {len(experiment.cells)}, each with every seed.",
        folded("All conditions", _table(list(experiment.cells[0]), [cell.values() for cell in experiment.cells])),
        legend({cell["kind"] for cell in experiment.cells if "kind" in cell}),
        "**Sizes.**",
        _table(
            ["size", "seeds", *options],
            [
                [f"`{size}`, {what}", experiment.seeds[size], *map(experiment.options[size].get, options)]
                for size, what in SIZES.items()
            ],
        ),
        f"**Tests.** {len(experiment.claims)} claims; the paper states {sum(one.paper for one in experiment.claims)}.",
        folded(
            "Every claim with its test, and the smallest effect that matters",
            _table(
                ["claim", "statement", "test", "smallest effect that matters"],
                [
                    [claim.id, claim.sentence, tested(claim), f"{claim.smallest:g} {claim.unit}: {claim.why}"]
                    for claim in experiment.claims
                ],
            ),
        ),
    ]
    return "\n\n".join(part.strip() for part in parts if part.strip())


def folded(title: str, text: str) -> str:
    """A text that opens at a click, on the site and in the repository; nothing without text."""
    return f'<details markdown="1">\n<summary>{title}</summary>\n\n{text.strip()}\n\n</details>' if text else ""


def legend(kinds: set[str]) -> str:
    """What the names of the kinds of network mean."""
    return "\n".join(f"- {kind.name}: {kind.meaning}." for kind in KINDS.values() if kind.name in kinds)


def tested(claim: Claim) -> str:
    """The test, and which way the difference must go."""
    direction = getattr(claim.test, "direction", "")
    return claim.test.name + (f": {direction}" if direction else "")


def _table(columns: Sequence[str], rows: Iterable[Iterable[Any]]) -> str:
    words = [[_text(value).replace("_", " ") for value in row] for row in rows]
    return markdown_table([column.replace("_", " ") for column in columns], words) if columns else ""


def _text(value: Any) -> str:
    if isinstance(value, list | tuple):
        return ", ".join(map(_text, value))
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else str(value)
