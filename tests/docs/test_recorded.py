"""The figures of long trials stand on their pages as they are stored."""

import json
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LAB = str(ROOT / "tests" / "study" / "lab")


@pytest.fixture
def trials(monkeypatch):
    """The modules that make the pages."""
    monkeypatch.syspath_prepend(LAB)
    import recorded
    import scale
    import torture

    return recorded, {"faults": torture, "scale": scale}


@pytest.mark.parametrize("name", ["faults", "scale"])
def test_a_page_has_the_stored_figures(trials, name):
    recorded, made_by = trials
    module = made_by[name]
    found = stored(module.PAGE.with_name(f"{name}.json"))
    page = module.PAGE.read_text("utf-8")
    assert recorded.renewed(page, name, module.text(found)) == page


def stored(path):
    if not path.exists():
        pytest.skip(f"no {path.name}: the trial has not been run")
    return json.loads(path.read_text("utf-8"))


def test_nothing_was_lost():
    found = stored(ROOT / "docs" / "faults.json")
    assert [row["lost"] for row in found["rows"]] == [0] * len(found["rows"])
    assert sum(row["trials"] for row in found["rows"]) > 20_000
