"""The page: one HTML file that holds everything it shows and asks the network for nothing."""

import base64
import hashlib
from collections import Counter
from functools import cache
from importlib.resources import files
from typing import Any, cast

import jinja2
from markupsafe import Markup

from prenoise.study.claims import Outcome, Verdict
from prenoise.study.kinds import KINDS, kind_named
from prenoise.study.report.contents import Contents
from prenoise.study.report.picture import Choice, Slider
from prenoise.study.report.raw_points import raw_points

MARKS = {
    Outcome.REPRODUCED: "✓",
    Outcome.NOT_REPRODUCED: "✗",
    Outcome.INCONCLUSIVE: "?",
    Outcome.NOT_RUN: "\N{EN DASH}",
}
BANNERS = {
    "smoke": "A smoke run: everything ran for seconds on scikit-learn's digits, to show that it works. What stands "
    "here says nothing of the paper's claims.",
    "quick": "A quick run: fewer seeds and epochs than the paper's protocol. It shows that things work, not what is "
    "true; for that, run --size paper.",
}
_MINUS = "\N{MINUS SIGN}"
_SYMBOLS = {
    "circle": "M14,2.5a4.5,4.5 0 1,0 .01,0Z",
    "square": "M10,3h8v8h-8Z",
    "diamond": "M14,1.5l5,5.5l-5,5.5l-5,-5.5Z",
    "cross": "M12.5,2.5h3v3h3v3h-3v3h-3v-3h-3v-3h3Z",
    "triangle-up": "M14,2l5,9.5h-10Z",
    "triangle-down": "M14,12l5,-9.5h-10Z",
    "triangle-right": "M19,7l-9.5,5v-10Z",
}


def page(contents: Contents, *, live: str = "") -> str:
    """The HTML of a report. With `live`, its tag, it looks every few seconds whether there is one of another tag."""
    specs = {
        f"{section.experiment.id}-{number}": Markup(text)
        for section in contents.sections
        for number, text in enumerate(section.picture.specs if section.picture else ())
    }
    return _render(
        "report.html.j2",
        live=live,
        contents=contents,
        specs=specs,
        counts=Counter(verdict.outcome for verdict in contents.verdicts),
        outcomes=list(Outcome),
        banner=BANNERS.get(contents.size, ""),
        computing=_duration(contents.seconds),
        scripts=[_vega(), _text("page.js")] if specs else [_text("page.js")],
    )


def message_page(sentence: str, *, live: str) -> str:
    """A live page with one sentence, for as long as there is nothing to show."""
    return _render("message.html.j2", live=live, sentence=sentence, scripts=[_text("page.js")])


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
    environment.globals |= {
        "marks": MARKS,
        "names": {kind.name: kind.meaning for kind in KINDS.values()},
        "strip": lambda verdict: raw_points(verdict.groups, verdict.unit),
        "effect": _effect,
        "p_value": _p,
        "swatch": _swatch,
        "is_slider": lambda control: isinstance(control, Slider),
        "is_choice": lambda control: isinstance(control, Choice),
    }
    return environment


def _text(name: str) -> str:
    return (files("prenoise.study.report") / "templates" / name).read_text(encoding="utf-8")


@cache
def _vega() -> str:
    """Vega, Vega-Lite and their embedding, as they come with vl-convert."""
    import vl_convert

    return cast(Any, vl_convert).javascript_bundle().replace("</script", "<\\/script").replace("<!--", "\\x3c!--")


def _effect(verdict: Verdict) -> str:
    if verdict.difference is None:
        return ""
    interval = "" if verdict.low is None else f" [{verdict.low:.3g}, {verdict.high:.3g}]"
    return f"{verdict.difference:.3g}{interval}".replace("-", _MINUS)


def _p(p: float | None) -> str:
    if p is None:
        return ""
    return f"< 1e{_MINUS}15" if p < 1e-15 else f"{p:.2g}".replace("-", _MINUS)


def _duration(seconds: float) -> str:
    if seconds < 100:
        return f"{seconds:.0f} seconds"
    return f"{seconds / 60:.0f} minutes" if seconds < 6000 else f"{seconds / 3600:.1f} hours"


def _swatch(kind: str) -> Markup:
    """The line and mark of a kind, as in the charts."""
    look = kind_named(kind)
    dash = ",".join(map(str, look.dash)) if look.dash != (1, 0) else "none"
    return Markup(
        '<svg width="28" height="14" viewBox="0 0 28 14" aria-hidden="true"><path d="M0,7H28" stroke="{c}" '
        'stroke-width="2" stroke-dasharray="{d}"/><path d="{p}" fill="{c}"/></svg>'
    ).format(c=look.colour, d=dash, p=_SYMBOLS[look.shape])
