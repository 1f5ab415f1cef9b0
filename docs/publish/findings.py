"""Prose whose numbers are looked up: `{2b.1:difference}` in a text stands for what the stored verdict says.

A place names a claim, and what of its verdict: `outcome`, `difference`, `interval`, `low`, `high`, `p`, `n`,
`smallest`, `if_true`, `if_not`, `needed`, or the label of a sample, for its mean. `{the paper's:reproduced}` and
`{ours:all}` count.
A format may follow, as in `{2b.1:FA:.1%}`; without, numbers have three digits. `{2b.1@unit:difference}` asks the runs
with that scaling of the inputs, `{2b.1:difference}` those that are published first.

In a page a place stands in a comment and its number behind it, so that it can be renewed:
`<!--{2b.1:n}-->10<!--/-->`.
"""

import re
import sys
from collections.abc import Mapping, Sequence

from prenoise.study.claims import Outcome, Verdict
from prenoise.study.claims.tables import counts, difference

PLACE = re.compile(r"\{([^{}:@]+)(?:@([^{}:]+))?:([^{}:]+)(?::([^{}]+))?\}")
MARK = re.compile(r"(<!--(\{[^{}]+\})-->)(.*?)(<!--/-->)", re.DOTALL)
NOT_RUN = "(not run)"
HEADING = re.compile(rf"([^\s,]+) ({'|'.join(Outcome)})(?:, |$)")


class Numbers:
    """The verdicts of one or two scalings of the inputs, by the names that a text gives them."""

    def __init__(self, verdicts: Mapping[str, Sequence[Verdict]]) -> None:
        self._first = next(iter(verdicts))
        self._verdicts = {scaling: {one.id: one for one in found} for scaling, found in verdicts.items()}

    def outcome(self, claim: str) -> Outcome | None:
        """What the runs say of a claim, as in `2b.1` or `2b.1@unit`; None if they do not have it."""
        name, _, scaling = claim.partition("@")
        verdict = self._verdicts.get(scaling or self._first, {}).get(name)
        return verdict.outcome if verdict else None

    def at(self, place: re.Match[str]) -> str:
        """The number at a place, or NOT_RUN where there is none."""
        claim, scaling, what, style = place.groups()
        known = self._verdicts.get(scaling or self._first, {})
        if counted := counts(known.values()).get(claim):
            return str(sum(counted.values()) if what == "all" else counted[Outcome(what)])
        verdict = known.get(claim)
        value = _value(verdict, what) if verdict else None
        if value is None:
            return NOT_RUN
        return value if isinstance(value, str) else format(value, style or ("d" if isinstance(value, int) else ".3g"))

    def fill(self, text: str) -> str:
        """The text with its numbers."""
        return PLACE.sub(self.at, text)


def _value(verdict: Verdict, what: str) -> str | float | int | None:
    if what == "outcome":
        return str(verdict.outcome)
    if what == "interval":
        return difference(verdict) or None
    for group in verdict.groups:
        if group.label == what:
            return group.mean
    return getattr(verdict, what, None)


def renewed(page: str, numbers: Numbers, blocks: Mapping[str, str]) -> str:
    """The page with every marked number and block as the verdicts now have it; blocks of others stay as they are."""

    def new(mark: re.Match[str]) -> str:
        start, place, old, end = mark.groups()
        number = numbers.fill(place) if PLACE.fullmatch(place) else old
        return f"{start}{blocks.get(place[1:-1], number)}{end}"

    return MARK.sub(new, page)


def findings(template: str, numbers: Numbers, *, listed: bool = True) -> str:
    """The findings that hold: those whose headings say of every claim what the verdicts say.

    A section `### 2b.1 reproduced, 2b.1@unit no effect` is written for these outcomes, and left out where one is
    another, so that prose never says what the runs do not. Claims for whose outcomes nothing is written are printed.
    With `listed` each is an entry of a list that ends in its claims, else a paragraph.
    """
    written, missing = {}, {}
    for section in re.split(r"^### ", template, flags=re.MULTILINE)[1:]:
        heading, _, text = section.partition("\n")
        wanted = {claim: Outcome(outcome) for claim, outcome in HEADING.findall(heading)}
        if not wanted or ", ".join(f"{claim} {outcome}" for claim, outcome in wanted.items()) != heading:
            raise ValueError(f"found the heading {heading!r}: expected claims with outcomes, as in `2b.1 reproduced`")
        names, found = ", ".join(wanted), {claim: numbers.outcome(claim) for claim in wanted}
        filled = numbers.fill(text).strip()
        if found == wanted and NOT_RUN not in filled:
            written[names] = f"- {filled} *({names})*".replace("\n", "\n  ") if listed else filled
        elif not {None, Outcome.NOT_RUN} & set(found.values()):
            missing[names] = ", ".join(f"{claim} {outcome}" for claim, outcome in found.items())
    for names in sorted(missing.keys() - written.keys()):
        print(f"no finding is written for {missing[names]}", file=sys.stderr)
    return "\n\n".join(written.values())
