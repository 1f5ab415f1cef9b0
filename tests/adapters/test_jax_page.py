"""What the page on JAX tells a user to do, done."""

import doctest
from pathlib import Path

import pytest


def test_every_line_of_the_page_does_what_it_says():
    pytest.importorskip("flax", reason="Flax is not installed: the page on one's own model in JAX is not tried")
    flags = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
    page = Path(__file__).parents[2] / "docs/your-own-model-jax.md"
    found = doctest.testfile(str(page), module_relative=False, optionflags=flags)
    assert found.attempted > 15
    assert found.failed == 0
