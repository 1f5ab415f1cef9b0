"""The published results are what the runs say, to the byte, and the README says the same."""

import dataclasses
import json
import platform
import re
import sys
from pathlib import Path

import pytest

from prenoise.errors import UserError
from prenoise.study import reproduction
from prenoise.study.claims import Outcome, Verdict

ROOT = Path(__file__).parents[2]
for place in ("docs/publish", "tests/study/report"):
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
    silent = [verdict.id for verdict in runs.verdicts if verdict.outcome is Outcome.CONTRADICTED]
    assert silent
    return f"## Findings\n\n### {', '.join(silent)}\n\nThe numbers are made up.\n"


def published(folders, root, findings, beyond=""):
    """The content of every file, by its path."""
    for folder, text in (("docs/results", findings), ("docs/results/beyond", beyond)):
        (root / folder).mkdir(parents=True)
        (root / folder / "findings.md").write_text(text)
    (root / "README.md").write_text((ROOT / "README.md").read_text("utf-8"), "utf-8")
    write.write(folders, root)
    return {str(path.relative_to(root)): path.read_bytes() for path in root.rglob("*") if path.is_file()}


def test_the_same_runs_give_the_same_bytes(stored, findings, tmp_path):
    first, second = (published(stored, tmp_path / name, findings) for name in ("first", "second"))
    assert first == second
    there = {name.removeprefix("docs/results/") for name in first}
    assert {"README.md", "claims.md", "claims.json", "claims-unit.json", "figB4.svg", "fig4.svg"} < there
    page = first["docs/results/README.md"].decode()
    assert "The numbers are made up." in page
    assert "## Inputs scaled by standardise and by unit" in page
    assert set(re.findall(r"\]\((.+?)\)", page)) < there
    verdicts = {one["id"]: one["outcome"] for one in json.loads(first["docs/results/claims.json"])}
    assert verdicts == {verdict.id: str(verdict.outcome) for verdict in reproduction.verdicts(stored[0])}
    assert all(f"| {name} |" in page for name in verdicts)


def test_what_is_beyond_the_paper_is_published_apart(stored, tmp_path):
    made_up.reproduce(tmp_path / "runs", ["stop-rule"])
    written = published([tmp_path / "runs"], tmp_path / "project", "what stood there", "## Findings\n")
    assert written["docs/results/findings.md"] == b"what stood there"
    new = {name for name in written if name.startswith("docs/results/")}
    assert new == {
        "docs/results/findings.md",
        *(f"docs/results/beyond/{name}" for name in ("README.md", "findings.md", "claims.md", "claims.json")),
        *(f"docs/results/beyond/{name}" for name in ("provenance.json", "stop-rule.svg")),
    }
    old, readme = (ROOT / "README.md").read_text("utf-8"), written["README.md"].decode()
    assert readme.partition(write.BEYOND.start)[0] == old.partition(write.BEYOND.start)[0]
    assert "| stop.spent |" in readme.partition(write.BEYOND.start)[2]


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
    assert {path.name for path in (tmp_path / "out").rglob("*.*")} == {"findings.md", "README.md"}
    with pytest.raises(UserError, match="9z"):
        write.check_explained(runs.verdicts, f"{findings}\n### 9z\n\nWhat is that?\n")


def test_runs_of_one_scaling_are_not_set_side_by_side(runs, findings):
    with pytest.raises(UserError, match="two scalings"):
        write.files(write.PAPER, runs, runs, findings)


@pytest.mark.parametrize("kind", [write.PAPER, write.BEYOND], ids=["paper", "beyond"])
def test_the_readme_says_what_the_published_results_say(kind):
    folder = ROOT / kind.folder
    if not (folder / "claims.json").exists():
        pytest.skip("no results are published yet: `make results` does it")
    verdicts = [Verdict.from_dict(one) for one in json.loads((folder / "claims.json").read_text("utf-8"))]
    made = json.loads((folder / "provenance.json").read_text("utf-8"))
    readme = (ROOT / "README.md").read_text("utf-8")
    assert write.filled(readme, kind, verdicts, made) == readme
    write.check_explained(verdicts, (folder / "findings.md").read_text("utf-8"))
