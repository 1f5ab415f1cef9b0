"""The published results are what the runs say, to the byte, and the README says the same."""

import dataclasses
import json
import platform
import re
import sys
from pathlib import Path

import pytest

from prenoise import reproduction
from prenoise.claims import Outcome, Verdict
from prenoise.errors import UserError

ROOT = Path(__file__).parents[2]
for place in ("docs/publish", "tests/report"):
    sys.path.insert(0, str(ROOT / place))
made_up, pages, write = (__import__(name) for name in ("made_up", "pages", "write"))


@pytest.fixture(scope="module")
def stored(tmp_path_factory):
    """Two made-up reproductions that differ in how inputs are scaled."""
    folders = [tmp_path_factory.mktemp(name) for name in ("standardise", "unit")]
    asked = made_up.reproduce(folders[0], ["figB4", "fig4"])
    other = dataclasses.replace(asked, scaling="unit")
    other.save(folders[1])
    for job in (job for part in other.parts for job in other.jobs(part)):
        made_up.write(folders[1], job)
    return folders


@pytest.fixture(scope="module")
def runs(stored):
    """The first of them, read."""
    return write.Runs.read(stored[0])


@pytest.fixture(scope="module")
def findings(runs):
    """Something on all that is not reproduced."""
    silent = [verdict.id for verdict in runs.verdicts if verdict.outcome is Outcome.NOT_REPRODUCED]
    assert silent
    return f"## Findings\n\n### {', '.join(silent)}\n\nThe numbers are made up.\n"


def published(folders, out, findings):
    """The content of every file, by name, with the README beside."""
    out.mkdir()
    (out / "findings.md").write_text(findings)
    readme = out / "of the project.md"
    readme.write_text((ROOT / "README.md").read_text("utf-8"), "utf-8")
    write.write(folders, out, readme)
    return {path.name: path.read_bytes() for path in out.iterdir()}


def test_the_same_runs_give_the_same_bytes(stored, findings, tmp_path):
    first, second = (published(stored, tmp_path / name, findings) for name in ("first", "second"))
    assert first == second
    assert {"README.md", "claims.md", "claims.json", "claims-unit.json", "figB4.svg", "fig4.svg"} < set(first)
    page = first["README.md"].decode()
    assert "The numbers are made up." in page
    assert "## Inputs scaled by standardise and by unit" in page
    assert set(re.findall(r"\]\((.+?)\)", page)) < set(first)
    verdicts = {one["id"]: one["outcome"] for one in json.loads(first["claims.json"])}
    assert verdicts == {verdict.id: str(verdict.outcome) for verdict in reproduction.verdicts(stored[0])}
    assert all(f"| {name} |" in page for name in verdicts)


def test_provenance_names_the_runs_and_nobody(stored, runs):
    made = pages.provenance(runs)
    assert made["commands"] == ["prenoise reproduce figB4 fig4 --size smoke --scaling standardise --seeds 4"]
    assert {name: part["seconds"] for name, part in made["experiments"].items()} == {"figB4": 4, "fig4": 3}
    assert made["experiments"]["fig4"]["seeds"] == [0, 1, 2, 3]
    assert made["environments"][0]["versions"]["prenoise"]
    assert not [secret for secret in (str(stored[0]), str(Path.home()), platform.node()) if secret in json.dumps(made)]


def test_what_is_not_reproduced_must_be_explained_and_nothing_else(stored, runs, findings, tmp_path):
    with pytest.raises(UserError, match="says nothing of"):
        published(stored[:1], tmp_path / "out", "## Findings\n")
    assert {path.name for path in (tmp_path / "out").iterdir()} == {"findings.md", "of the project.md"}
    with pytest.raises(UserError, match="9z"):
        write.check_explained(runs.verdicts, f"{findings}\n### 9z\n\nWhat is that?\n")


def test_runs_of_one_scaling_are_not_set_side_by_side(runs, findings):
    with pytest.raises(UserError, match="two scalings"):
        write.files(runs, runs, findings)


def test_the_readme_says_what_the_published_results_say():
    folder = ROOT / "docs" / "results"
    if not (folder / "claims.json").exists():
        pytest.skip("no results are published yet: `make results` does it")
    verdicts = [Verdict.from_dict(one) for one in json.loads((folder / "claims.json").read_text("utf-8"))]
    made = json.loads((folder / "provenance.json").read_text("utf-8"))
    readme = (ROOT / "README.md").read_text("utf-8")
    assert write.filled(readme, pages.readme_section(verdicts, made)) == readme
    write.check_explained(verdicts, (folder / "findings.md").read_text("utf-8"))
