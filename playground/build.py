"""Makes the playground one file that needs nothing else: src/prenoise/playground.html.

`make playground` does, after a change of anything in this folder.

There is no toolchain to install. Every JavaScript module becomes a function that hands back what it exports, after
those it imports from; nothing is renamed or minified, so what runs in the browser is what stands in the files.
"""

import base64
import hashlib
import re
from pathlib import Path

import numpy as np

from prenoise import data

SOURCE = Path(__file__).parent
BUILT = SOURCE.parent / "src" / "prenoise" / "playground.html"
IMPORT = re.compile(r'^import \{([^}]*)\} from "(\.[^"]+)";\n', re.MULTILINE)
EXPORT = re.compile(r"^export (?=(?:async )?(?:function|const) (\w+))", re.MULTILINE)
LEVELS, RADIX, FIRST = 17, 71, ord("0")
"""Of a pixel; and of a character, of which two hold three pixels. None of them can end or open a tag."""


def html() -> str:
    """The whole page. Its policy allows this one script and style and the worker made from it, and no request."""
    style, program = (SOURCE / "style.css").read_text("utf-8"), bundled(SOURCE / "main.js")
    images, learned = digits()
    policy = (
        f"default-src 'none'; script-src '{fingerprint(program)}'; style-src '{fingerprint(style)}'; "
        "worker-src blob:; base-uri 'none'; form-action 'none'"
    )
    filled = {"policy": policy, "style": style, "program": program, "digits": images, "learned": str(learned)}
    template = (SOURCE / "page.html").read_text("utf-8")
    return re.sub(r"\{\{ (\w+) \}\}", lambda place: filled[place[1]], template)


def bundled(main: Path) -> str:
    """The program that begins with this module, all modules in one text."""
    parts: dict[Path, str] = {}

    def add(module: Path) -> None:
        if module in parts:
            return
        text = module.read_text("utf-8")
        for names, found in IMPORT.findall(text):
            other = (module.parent / found).resolve()
            add(other)
            if missing := set(re.findall(r"\w+", names)) - set(EXPORT.findall(other.read_text("utf-8"))):
                raise SystemExit(f"{module} imports {missing} from {other}, which does not export it")
        parts[module] = wrapped(module, text)

    add(main.resolve())
    return "\n" + "\n".join(parts.values())


def wrapped(module: Path, text: str) -> str:
    """A module as a function: its imports are taken from the functions of other modules, its exports handed back."""
    body = IMPORT.sub(lambda found: f"const {{{found[1]}}} = {name_of(module.parent / found[2])};\n", text)
    exported = EXPORT.findall(body)
    body = EXPORT.sub("", body)
    if foreign := re.search(r"^(?:import|export)\b.*", body, re.MULTILINE):
        raise SystemExit(
            f"{module}: found {foreign[0]!r}; expected named imports and exports of functions and constants"
        )
    return f"const {name_of(module)} = (() => {{\n{body}\nreturn {{ {', '.join(exported)} }};\n}})();\n"


def name_of(module: Path) -> str:
    """`page/line_chart.js` as a name of its own: `page_line_chart`."""
    return re.sub(r"\W", "_", module.resolve().relative_to(SOURCE.resolve()).with_suffix("").as_posix())


def digits() -> tuple[str, int]:
    """The images, then the labels, as text; and how many of them, from the first, are there to learn from."""
    found = data.load("digits")
    pixels = np.concatenate([found.x_train, found.x_test]).reshape(-1, 3).astype(int)
    numbers = pixels @ [LEVELS**2, LEVELS, 1]
    images = "".join(chr(FIRST + number // RADIX) + chr(FIRST + number % RADIX) for number in numbers)
    return f"{images} {''.join(map(str, [*found.y_train, *found.y_test]))}", len(found.x_train)


def fingerprint(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


if __name__ == "__main__":
    BUILT.write_text(html(), encoding="utf-8")
    print(f"{BUILT}: {BUILT.stat().st_size:,} bytes")
