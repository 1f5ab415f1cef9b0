"""What the samples of a claim are, for those that do not say it themselves."""

import re

from prenoise.claims import Group, Verdict
from prenoise.experiments.kinds import BP, DATA_THEN_NOISE, FA, NOISE_FA
from prenoise.report.palette import PRACTISED, UNTRAINED

_UNNAMED = {("sample",), ("first", "second"), ("first", "last")}
_KNOWN: list[tuple[str, tuple[str, ...]]] = [
    (r"1e\.1|3b\.1", (UNTRAINED,)),
    (r"1[def]\..*|3b\.3|3[cd]\..*|5a\.1", (PRACTISED, UNTRAINED)),
    (r"3b\.2", (PRACTISED,)),
    (r"(2|B3|B4)b\.\d*[02468]", (NOISE_FA, BP)),
    (r"(2|B3|B4)c\.2", ("least gap", "no gap")),
    (r"2e\.[15]", (PRACTISED, UNTRAINED)),
    (r"2e\.[26]", (FA, UNTRAINED)),
    (r"2e\.[37]", (NOISE_FA, FA)),
    (r"2e\.[48]", (NOISE_FA, PRACTISED)),
    (r"2g\.1", (NOISE_FA, DATA_THEN_NOISE)),
    (r"2g\.2", (DATA_THEN_NOISE, FA)),
    (r"2g\.3", (DATA_THEN_NOISE, PRACTISED)),
]
"""By the claim's name; every other compares FA+N with FA."""


def samples(verdict: Verdict) -> list[tuple[str, Group]]:
    """The groups of raw points under names that stand in the legend where they can."""
    labels = tuple(group.label for group in verdict.groups)
    if labels == ("first", "last"):
        labels = ("start", "end")
    elif labels in _UNNAMED:
        known = (names for pattern, names in _KNOWN if re.fullmatch(pattern, verdict.id))
        names = next(known, (NOISE_FA, FA))
        labels = names if len(names) == len(labels) else labels
    return list(zip(labels, verdict.groups, strict=True))
