"""The results as Markdown: an index, a page per figure, the full tables, and the counts for the README."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence

from protocol import heading, protocol
from published import Part, Published
from tables import markdown_table, table, to_markdown

from prenoise.study.claims import Outcome, Verdict
from prenoise.study.claims.tables import counts
from prenoise.study.figures import experiments
from prenoise.study.report.page import BANNERS

DIFFERENCE = "difference [95 % interval]"
HOW_TO_READ = """\
Everything known of every claim is in [the full tables](claims.md); [coverage](../coverage.md) maps the paper's
sentences to claims; [what a verdict means](../reproduce.md#what-a-verdict-means) is in the guide. For programs there
is [claims.json](claims.json). [points.csv](points.csv) has the points behind it all, a row per sample of a claim and a
column per seed, and opens in any spreadsheet: [check a verdict](../check-a-verdict.md) recomputes them from it. How the
runs came about is in [provenance.json](provenance.json). One command takes stored runs into these three files, and
writes all pages from them."""


def index(everything: Sequence[Published], findings: str) -> str:
    """What the runs say at a glance: counts, findings, the figures, and what another scaling changes."""
    first, *others = everything
    return joined(
        "# What the runs say",
        tally(everything),
        *(summary(one) for one in everything),
        BANNERS.get(first.size, ""),
        "## Findings" if findings else "",
        findings,
        "## Figures",
        "A page each: the picture, its claims with their verdicts, and the protocol.",
        markdown_table(["figure", *Outcome], [_row(name, found) for name, found in first.judged.items()]),
        repeated(first.verdicts),
        *(part for other in others for part in of_scaling(first, other)),
        "## Behind it",
        HOW_TO_READ,
    )


def _row(name: str, verdicts: Iterable[Verdict]) -> list[str]:
    """A figure in the index: its page, and how many of its claims have which verdict."""
    found = Counter(verdict.outcome for verdict in verdicts)
    return [f"[{heading(experiments()[name])}]({name}.md)", *_numbers(found)]


def figure(name: str, of: Published) -> str:
    """The page of an experiment: its picture, its claims, the paper's first, and its protocol."""
    experiment, part = experiments()[name], of.parts[name]
    parts = [
        f"# {heading(experiment)}",
        f"A run of size `{of.size}`, inputs by `{of.scaling}`, {len(part.seeds)} seeds. "
        "[What all runs say](README.md).",
        BANNERS.get(of.size, ""),
        *part.notices,
    ]
    if part.caption:
        parts += [f"![{experiment.title}]({name}.svg)", part.caption]
    for paper, whose in ((True, "What the paper says"), (False, "What we ask")):
        if chosen := [verdict for verdict in of.judged[name] if verdict.paper is paper]:
            parts += [
                f"## {whose}",
                to_markdown(chosen, ("claim", "statement", "verdict", DIFFERENCE, "p (Holm)", "n")),
            ]
    return joined(*parts, "## Protocol", protocol(experiment))


def tally(everything: Sequence[Published]) -> str:
    """How many claims have which verdict: the paper's and ours, one scaling of the inputs below the other."""
    rows = [
        [
            f"{whose}, inputs by `{one.scaling}`, size `{one.size}`",
            str(sum(found.values())),
            *_numbers(found),
        ]
        for whose in ("the paper's", "ours")
        for one in everything
        if (found := counts(one.verdicts).get(whose))
    ]
    return joined(markdown_table(["claims", "in all", *Outcome], rows), left_out(everything[0]))


def summary(of: Published) -> str:
    """What was run."""
    made_on = (environment for part in of.parts.values() for environment in part.environments)
    devices = " and ".join(sorted({environment["device"].partition(":")[0] for environment in made_on}))
    return joined(
        f"Inputs by `{of.scaling}`: size `{of.size}`, {seeds_of(of.verdicts)} seeds, "
        f"{of.seconds / 3600:.1f} hours of computing, all runs together ({devices}).",
        *(f"Data in {'; '.join(where)}: {what}." for what, where in stand_ins(of.parts).items()),
        fewer_seeds(of),
    )


def left_out(of: Published) -> str:
    """Which experiments were not run, so that their claims are in no count."""
    missing = [f"`{one.id}`" for one in experiments().values() if one.claims and one.id not in of.parts]
    return f"Not run in these, and in no count: {', '.join(missing)}." if missing else ""


def fewer_seeds(of: Published) -> str:
    """Where fewer seeds were run than the protocol asks for."""
    few = [
        f"{place(name)} {len(part.seeds)} of {asked}"
        for name, part in of.parts.items()
        if not part.not_run and len(part.seeds) < (asked := experiments()[name].seeds[of.size])
    ]
    return f"Fewer seeds than the protocol asks for: {'; '.join(few)}." if few else ""


def full_tables(everything: Sequence[Published]) -> str:
    """Everything known of every claim, a table per figure and scaling of the inputs."""
    parts = [
        part
        for one in everything
        for name, verdicts in one.judged.items()
        if verdicts
        for part in (f"## {heading(experiments()[name])}, inputs by {one.scaling}", to_markdown(verdicts))
    ]
    return joined("# Every claim", "With figures: [what the runs say](README.md).", *parts)


def of_scaling(first: Published, other: Published) -> list[str]:
    """The claims on which the inputs' scaling has a say."""
    here, there = first.scaling, other.scaling
    others = {verdict.id: verdict for verdict in other.verdicts}
    both = [(one, others[one.id]) for one in first.verdicts if one.id in others]
    both = [pair for pair in both if Outcome.NOT_RUN not in (pair[0].outcome, pair[1].outcome)]
    changed = [pair for pair in both if pair[0].outcome != pair[1].outcome]
    columns = ("claim", "statement", "verdict", DIFFERENCE)
    rows = [(*table([one], columns)[0], *table([another], columns[2:])[0]) for one, another in changed]
    header = ("claim", "statement", here, f"{DIFFERENCE}, {here}", there, f"{DIFFERENCE}, {there}")
    return [
        f"## Inputs scaled by {here} and by {there}",
        f"Of {len(both)} claims that were run both ways, on {seeds_of(a for a, _ in both)} seeds with `{here}` and "
        f"{seeds_of(b for _, b in both)} with `{there}`, {len(changed)} have another verdict.",
        markdown_table(header, rows) if rows else "",
    ]


def repeated(verdicts: Iterable[Verdict]) -> str:
    """Which claims speak of the same numbers."""
    same: dict[tuple[tuple[str, ...], ...], list[str]] = defaultdict(list)
    for verdict in verdicts:
        if any(len(set(group.points)) > 1 for group in verdict.groups):  # five times 0 may be found twice
            seen = (tuple(f"{point:.4g}" for point in group.points) for group in verdict.groups)
            same[tuple(sorted(seen))].append(verdict.id)
    several = [" and ".join(names) for names in same.values() if len(names) > 1]
    return f"Each of these is counted, though they speak of the same numbers: {'; '.join(several)}." if several else ""


def seeds_of(verdicts: Iterable[Verdict]) -> str:
    """How many seeds verdicts rest on: 10, or 5 or 10."""
    return " or ".join(map(str, sorted({verdict.n for verdict in verdicts if verdict.n}))) or "no"


def stand_ins(parts: Mapping[str, Part]) -> dict[str, list[str]]:
    """Data that is not known to be the paper's, and the figures it is used in."""
    used_in: dict[str, list[str]] = defaultdict(list)
    for experiment, part in parts.items():
        for used in part.data.values():
            if used["source"] not in ("catalogue", "embedded"):
                used_in[used["description"]].append(place(experiment))
    return used_in


def place(experiment: str) -> str:
    """Where the paper has an experiment, or else what it is called here."""
    return experiments()[experiment].where or f"`{experiment}`"


def joined(*parts: str) -> str:
    """Paragraphs, tables and headings with an empty line between them."""
    return "\n\n".join(part.strip() for part in parts if part) + "\n"


def _numbers(found: Mapping[Outcome, int]) -> list[str]:
    return [str(found[outcome] or "") for outcome in Outcome]
