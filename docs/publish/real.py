"""What noise pretraining did to real networks, as tables of Markdown: a row per network, a column per measure."""

from collections import Counter
from collections.abc import Iterable, Sequence

from tables import markdown_table

from prenoise.study.claims import Outcome, Verdict
from prenoise.study.claims.tables import difference
from prenoise.study.kinds import AFTER_MIRROR, AFTER_NOISE, FROM_ZERO, RANDOM

WORDS = {
    Outcome.REPRODUCED: "better",
    Outcome.NO_EFFECT: "no different",
    Outcome.CONTRADICTED: "worse",
    Outcome.INCONCLUSIVE: "undecided",
}
"""What an outcome means where the claim is that the first is better."""

AGAINST = {
    "noise": "After noise, compared to random weights",
    "zero": "After noise, compared to a read-out of zero",
    "mirror": "After mirrored noise, compared to noise",
    "mirror-zero": "After mirrored noise, compared to a read-out of zero",
    "tempered": "After noise, compared to temperature scaling",
    "smoothed": "After noise, compared to label smoothing",
}
"""What is compared, by its name in the claims `warm-up.NETWORK.WEIGHTS.RULE.COMPARED.MEASURE`."""

STARTS = (RANDOM, AFTER_NOISE, FROM_ZERO, AFTER_MIRROR)
"""What a network was before data, column by column of the accuracies."""

NOT_RUN = "No runs are stored."


def real_networks(verdicts: Iterable[Verdict]) -> str:
    """The accuracies of the experiment `warm-up`, then every comparison that was run, counted and shown."""
    found = [one for one in verdicts if one.id.startswith("warm-up.") and one.outcome in WORDS]
    if not found:
        return NOT_RUN
    parts = ["### Test accuracy in the end", "The mean over seeds.", _accuracies(found)]
    parts += [
        part
        for name, title in AGAINST.items()
        if (chosen := [one for one in found if one.id.split(".")[4] == name])
        for part in (f"### {title}", _counted(chosen), _table(chosen))
    ]
    return "\n\n".join(part.strip() for part in parts)


def _accuracies(verdicts: Sequence[Verdict]) -> str:
    """A row for each network and rule, a column for each start."""
    rows: dict[str, dict[str, str]] = {}
    for one in verdicts:
        if _measure(one) == "accuracy":
            known = {group.label: f"{group.mean:.1%}" for group in one.groups}
            rows.setdefault(one.family.partition(", ")[2], {}).update(known)
    return markdown_table(
        ["", *STARTS], [[name, *(row.get(start, "") for start in STARTS)] for name, row in rows.items()]
    )


def _counted(verdicts: Sequence[Verdict]) -> str:
    number = Counter(WORDS[one.outcome] for one in verdicts)
    said = ", ".join(f"{number[word]} {word}" for word in WORDS.values() if number[word])
    seeds = sorted({one.n for one in verdicts if one.n})
    return f"{said} (n = {' or '.join(map(str, seeds))})."


def _table(verdicts: Sequence[Verdict]) -> str:
    """A row for each network, a column for each measure: the word, and the difference with its interval."""
    rows: dict[str, dict[str, str]] = {}
    for one in verdicts:
        rows.setdefault(one.family.partition(", ")[2], {})[_measure(one)] = f"{WORDS[one.outcome]}, {difference(one)}"
    measures = list(dict.fromkeys(_measure(one) for one in verdicts))
    return markdown_table(
        ["", *measures], [[name, *(row.get(each, "") for each in measures)] for name, row in rows.items()]
    )


def _measure(verdict: Verdict) -> str:
    return verdict.id.split(".")[5].replace("-", " ")
