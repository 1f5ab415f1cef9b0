"""The page: one HTML file that holds everything it shows and asks the network for nothing."""

import base64
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import jinja2
from markupsafe import Markup

from prenoise.progress import duration
from prenoise.study.claims import MARKS, Outcome, Verdict
from prenoise.study.claims.tables import difference, p_value
from prenoise.study.kinds import Kind
from prenoise.study.report import renderer
from prenoise.study.report.contents import Contents, Section, tally, tally_in_words
from prenoise.study.report.looks import looks
from prenoise.study.report.picture import Panel, Picture, Slider, in_html
from prenoise.study.report.raw_points import raw_points
from prenoise.study.report.sheet import swatch

BANNERS = {
    "smoke": "A smoke run: everything ran for seconds on scikit-learn's digits, to show that it works. What stands "
    "here says nothing of the paper's claims.",
    "quick": "A quick run: fewer seeds and epochs than the paper's protocol. It shows that things work, not what is "
    "true; for that, run --size paper.",
}
MOST_BYTES = 3_400_000
"""Of all charts together, so that a page stays below 5 MB with the scripts that draw them and its tables."""
MOST_NUMBERS = 100
"""Values of a sample that its table lists one by one."""
_MINUS = "\N{MINUS SIGN}"


@dataclass(frozen=True)
class Drawn:
    """A panel as it is on the page, and what it is drawn from; empty where it had to be left out."""

    name: str
    panel: Panel
    spec: Markup


def page(contents: Contents, *, live: str = "") -> str:
    """The HTML of a report. With `live`, its tag, it looks every few seconds whether there is one of another tag."""
    return _with_figures(
        "report.html.j2",
        contents,
        live=live,
        groups=_groups(contents.sections),
        trial=contents.size in BANNERS,
        banner=BANNERS.get(contents.size, ""),
        computing=duration(contents.seconds),
    )


def trial_page(contents: Contents, groups: Mapping[str, Mapping[str, Verdict]], words: Mapping[str, str]) -> str:
    """The HTML of a trial of a user's model: its figure, and a row for each verdict under what it was compared to.

    `groups` has the verdicts by that and by what was measured; `words` say of each outcome what it is for noise.
    """
    return _with_figures("trial.html.j2", contents, groups=groups, words=words)


def _with_figures(template: str, contents: Contents, *, live: str = "", **values: Any) -> str:
    drawn = panels_of(contents.sections)
    pictures = [section.picture for section in contents.sections if section.picture]
    colours = {kind.colour for picture in pictures for kind in looks(_kinds(picture))}
    return _render(
        template,
        live=live,
        contents=contents,
        drawn=drawn,
        dark=Markup("\n".join(map(_in_the_dark, sorted(colours)))),
        scripts=[_vega(), _text("page.js")] if any(drawn.values()) else [_text("page.js")],
        **values,
    )


def message_page(title: str, sentence: str, *, live: str) -> str:
    """A live page with one sentence, for as long as there is nothing to show."""
    return _render("message.html.j2", live=live, title=title, sentence=sentence, scripts=[_text("page.js")])


def panels_of(sections: Sequence[Section], most_bytes: int = MOST_BYTES) -> dict[str, list[Drawn]]:
    """The panels of every section by its id. The largest are drawn in short, or left out, until all fit together."""
    panels: dict[str, tuple[Picture, Panel, str]] = {}
    for section in sections:
        if section.picture:
            for number, (panel, spec) in enumerate(zip(section.picture.panels, section.picture.specs, strict=True)):
                panels[f"{section.id}-{number}"] = section.picture, panel, spec
    while sum(len(spec) for _, _, spec in panels.values()) > most_bytes:
        name = max(panels, key=lambda name: len(panels[name][2]))
        picture, panel, _ = panels[name]
        if panel.data.raw_rows:
            panel = panel.in_short()
            panels[name] = picture, panel, in_html(picture.on_page(panel))
        else:
            panels[name] = picture, panel, ""
    return {
        section.id: [
            Drawn(name, panel, Markup(spec))
            for name, (_, panel, spec) in panels.items()
            if name.rpartition("-")[0] == section.id
        ]
        for section in sections
    }


def _groups(sections: Sequence[Section]) -> dict[str, list[Verdict]]:
    """The verdicts on the paper's claims, and those on ours."""
    verdicts = [verdict for section in sections for verdict in section.verdicts]
    groups = {
        "The paper's claims": [verdict for verdict in verdicts if verdict.paper],
        "Our own claims": [verdict for verdict in verdicts if not verdict.paper],
    }
    return {name: verdicts for name, verdicts in groups.items() if verdicts}


def _kinds(picture: Picture) -> list[str]:
    found = {
        str(row["kind"]) for panel in picture.panels for rows in panel.data.values() for row in rows if "kind" in row
    }
    return [*picture.kinds, *sorted(found)]


def _in_the_dark(colour: str) -> str:
    """A colour of a chart, a little brighter on a dark ground."""
    bright = f"light-dark({colour}, color-mix(in oklab, {colour} 78%, white))"
    return "".join(f'svg [{part}="{colour}"] {{ {part}: {bright}; }}' for part in ("fill", "stroke"))


def _render(template: str, *, live: str, scripts: list[str], **values: Any) -> str:
    hashes = [base64.b64encode(hashlib.sha256(script.encode()).digest()).decode() for script in scripts]
    policy = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; "
    policy += "script-src " + " ".join(f"'sha256-{value}'" for value in hashes)
    policy += "; connect-src 'self'" if live else ""
    return (
        _templates()
        .get_template(template)
        .render(
            policy=policy,
            live=live,
            style=Markup(_text("style.css")),
            scripts=[Markup(script) for script in scripts],
            **values,
        )
    )


@cache
def _templates() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("prenoise.study.report"), autoescape=True, trim_blocks=True, lstrip_blocks=True
    )
    environment.undefined = jinja2.StrictUndefined
    environment.globals |= {  # pyrefly: ignore[bad-assignment]
        "marks": MARKS,
        "outcomes": list(Outcome),
        "tally": tally,
        "tally_in_words": tally_in_words,
        "strip": lambda verdict: raw_points(verdict.groups, verdict.unit),
        "numbers": _numbers,
        "difference": lambda verdict: difference(verdict).replace("-", _MINUS),
        "p_value": lambda p: p_value(p).replace("-", _MINUS),
        "machine": _machine,
        "swatch": _swatch,
        "is_slider": lambda control: isinstance(control, Slider),
    }
    return environment


def _swatch(kind: Kind) -> Markup:
    """The line and mark of a kind for the legend."""
    return Markup(f'<svg width="28" height="14" viewBox="0 0 28 14" aria-hidden="true">{swatch(kind)}</svg>')


def _text(name: str) -> str:
    return (files("prenoise.study.report") / "templates" / name).read_text(encoding="utf-8")


@cache
def _vega() -> str:
    """What draws the charts in a browser."""
    with renderer.process() as ask:
        return ask(renderer.scripts).replace("</script", "<\\/script").replace("<!--", "\\x3c!--")


def _numbers(points: Sequence[float | int]) -> str:
    """The values of a sample, or so many of them."""
    shown = " ".join(f"{point:.4g}" for point in points[:MOST_NUMBERS]).replace("-", _MINUS)
    more = len(points) - MOST_NUMBERS
    return f"{shown} and {more:,} more" if more > 0 else shown


def _machine(environment: Mapping[str, Any]) -> str:
    """What runs were computed with, as far as their files say."""
    versions = environment.get("versions")
    parts = [
        str(environment.get("device", "")),
        f"Python {environment.get('python', '?')} on {environment.get('system', '?')} {environment.get('machine', '')}",
        ", ".join(f"{name} {version}" for name, version in versions.items()) if isinstance(versions, dict) else "",
    ]
    return "; ".join(part.strip() for part in parts if part.strip())
