"""Vega in a process of its own: it may run out of memory there, and what asked for a drawing goes on.

`vl-convert` runs the same Vega as the page, without a browser or a network. Where memory is short it ends its process.
"""

import os
import pickle
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, cast

from prenoise.errors import UserError

DOTS_PER_INCH = 300


def svg(spec: str) -> str:
    """A Vega-Lite specification drawn."""
    import vl_convert

    return vl_convert.vegalite_to_svg(spec)


def pdf(drawing: str) -> bytes:
    """An SVG drawing, a point where it has a pixel, with the fonts it uses inside."""
    import vl_convert

    return vl_convert.svg_to_pdf(drawing)


def png(drawing: str) -> bytes:
    """An SVG drawing in points as an image of 300 dots per inch."""
    import vl_convert

    return vl_convert.svg_to_png(drawing, scale=DOTS_PER_INCH / 72)


def scripts() -> str:
    """Vega, Vega-Lite and their embedding, as they come with vl-convert."""
    import vl_convert

    return cast(Any, vl_convert).javascript_bundle()


@contextmanager
def process() -> Iterator[Callable[..., Any]]:
    """A function to call the functions of this file with: `ask(svg, spec)`.

    What asks is not imported anew in that process, so that a script needs no guard around what it does.
    """
    command = [sys.executable, "-P", "-c", f"from {__name__} import answer; answer()"]
    found = os.pathsep.join(map(os.path.abspath, sys.path))
    pipes: Any = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
    drawing: Any
    with subprocess.Popen(command, env=os.environ | {"PYTHONPATH": found}, **pipes) as drawing:

        def ask(function: Callable[..., Any], *arguments: Any) -> Any:
            try:
                pickle.dump((function, arguments), drawing.stdin)  # pyrefly: ignore[bad-argument-type]
                drawing.stdin.flush()  # pyrefly: ignore[missing-attribute]
                answered = pickle.load(drawing.stdout)  # pyrefly: ignore[bad-argument-type]
            except (EOFError, OSError):
                raise UserError(
                    "found no drawing, because the process that draws was ended, most likely for want of memory: give "
                    "it 1 GB, and no limit on addresses (ulimit -v), of which it reserves far more than it uses"
                ) from None
            if isinstance(answered, Exception):
                raise answered
            return answered

        yield ask


def answer() -> None:
    """What the process does: call what it is asked to, until nothing is asked."""
    while True:
        try:
            function, arguments = pickle.load(sys.stdin.buffer)
        except EOFError:
            return
        try:
            answered = function(*arguments)
        except Exception as error:  # which is for what asked
            answered = error
        pickle.dump(answered, sys.stdout.buffer)
        sys.stdout.buffer.flush()
