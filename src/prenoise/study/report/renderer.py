"""Vega in a process of its own: it may run out of memory there, and what asked for a drawing goes on.

`vl-convert` runs the same Vega as the page, without a browser or a network. Where memory is short it ends its process.
"""

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from multiprocessing import get_context
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


def _quiet() -> None:
    """What Vega's engine prints as it ends for want of memory helps nobody."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)


@contextmanager
def process() -> Iterator[Callable[..., Any]]:
    """A function to call the functions of this file with: `ask(svg, spec)`."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn"), initializer=_quiet) as pool:

        def ask(function: Callable[..., Any], *arguments: Any) -> Any:
            try:
                return pool.submit(function, *arguments).result()
            except BrokenProcessPool:
                raise UserError(
                    "found no drawing, because the process that draws was ended, most likely for want of memory: give "
                    "it 1 GB, and no limit on addresses (ulimit -v), of which it reserves far more than it uses"
                ) from None

        yield ask
