"""What is published is what the runs say, to the byte, and anyone can recompute it."""

import csv
import dataclasses
import json
import platform
import re
import shutil
import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest
from typer.testing import CliRunner

from prenoise.cli import app
from prenoise.errors import UserError
from prenoise.study import reproduction
from prenoise.study.claims import MARKS, Claim, Outcome, Paired, judge
from prenoise.study.figures import chosen, experiments

claim_of = partial(Claim, smallest=0.1, why="made up")

ROOT = Path(__file__).parents[2]
for place in ("docs/publish", "tests/study/report"):
    sys.path.insert(0, str(ROOT / place))
made_up, findings, written_from, write = (__import__(name) for name in ("made_up", "findings", "published", "write"))
CHECK = ROOT / "docs/check-a-verdict.md"


@pytest.fixture(scope="module")
def stored(tmp_path_factory):
    """Two made-up reproductions that differ in how inputs are scaled."""
    folders = [tmp_path_factory.mktemp(name) for name in ("standardise", "unit")]
    asked = made_up.reproduce(folders[0], ["fig1", "fig3", "fig4", "figB4"])
    other = dataclasses.replace(asked, scaling="unit")
    reproduction.remember(folders[1], other)
    for job in (job for part in other.parts for job in other.jobs(part)):
        made_up.write(folders[1], job)
    return folders


def published(folders, root):
    """The content of every file, by its path, in a project where results were published before."""
    (root / "docs/results/beyond").mkdir(parents=True)
    (root / "docs/results/beyond/claims.md").write_text("what stood there")
    (root / "docs/publish").mkdir()
    for template in ("findings.md", "when.md"):
        shutil.copy(ROOT / "docs/publish" / template, root / "docs/publish")
    (root / "README.md").write_text("# A\n\n<!--{tally}-->old<!--/-->\n\n<!--{4c.1:n}-->99<!--/--> seeds.\n", "utf-8")
    write.write(folders, root)
    return {str(path.relative_to(root)): path.read_bytes() for path in root.rglob("*") if path.is_file()}


@pytest.fixture(scope="module")
def project(stored, tmp_path_factory):
    root = tmp_path_factory.mktemp("project")
    return root, published(stored, root)


def test_the_same_runs_give_the_same_bytes(stored, project, tmp_path):
    assert published(stored, tmp_path) == project[1]


FIGURES = ("fig1", "fig3", "fig4", "figB4")


def links(page):
    return set(re.findall(r"\]\(([^)#]+?)(?:#[^)]*)?\)", page))


def test_every_figure_has_a_page_and_every_link_leads_to_what_is_written(project):
    there = {name.removeprefix("docs/results/") for name in project[1] if name.startswith("docs/results/")}
    files = {"README.md", "claims.md", "claims.json", "points.csv", "provenance.json"}
    assert there == files | {f"{name}.{kind}" for name in FIGURES for kind in ("md", "svg")}
    index = links(project[1]["docs/results/README.md"].decode())
    assert {f"{name}.md" for name in FIGURES} <= index
    for name in FIGURES:
        index |= links(project[1][f"docs/results/{name}.md"].decode())
    assert {link for link in index if not link.startswith("../")} <= there


def test_the_page_of_a_figure_shows_its_picture_its_verdicts_and_its_protocol(stored, project):
    for name in FIGURES:
        page = project[1][f"docs/results/{name}.md"].decode()
        assert f"]({name}.svg)" in page
        assert f"prenoise reproduce {name} " in page
        of = experiments()[name]
        verdicts = {one.id: one for one in reproduction.verdicts(stored[0])}
        for claim in of.claims:
            assert f"| {claim.id} | {claim.sentence} | {MARKS[verdicts[claim.id].outcome]} " in page
            assert f": {claim.why} |" in page


def test_the_index_and_the_list_of_claims_say_what_the_runs_say(stored, project):
    written = project[1]
    verdicts = {one["inputs"] + one["id"]: one["outcome"] for one in json.loads(written["docs/results/claims.json"])}
    for folder, scaling in zip(stored, ("standardise", "unit"), strict=True):
        for verdict in reproduction.verdicts(folder):
            assert verdicts[scaling + verdict.id] == verdict.outcome
    page = written["docs/results/README.md"].decode()
    assert "## Inputs scaled by standardise and by unit" in page
    for name in FIGURES:
        found = [
            one for one in reproduction.verdicts(stored[0]) if one.id in {c.id for c in experiments()[name].claims}
        ]
        (row,) = re.findall(rf"\]\({name}\.md\) \|(.*)\|$", page, re.MULTILINE)
        counts = [sum(one.outcome is outcome for one in found) for outcome in Outcome]
        assert [int(cell.strip() or 0) for cell in row.split("|")] == counts


def test_a_picture_follows_the_page_from_light_to_dark(project):
    drawing = project[1]["docs/results/fig1.svg"].decode()
    assert "prefers-color-scheme:dark" in drawing
    assert "currentColor" in drawing
    assert "#1b1f24" not in drawing.partition("</style>")[2]
    assert 'fill="#ffffff"/><' not in drawing


def test_the_tally_counts_the_papers_claims_and_ours_under_both_scalings(stored, project):
    rows = re.findall(
        r"^\| (the paper's|ours), inputs by `(\w+)`, size `\w+` \| (\d+) \|", project[1]["README.md"].decode(), re.M
    )
    for whose, scaling, count in rows:
        verdicts = reproduction.verdicts(stored[scaling == "unit"])
        assert int(count) == sum(one.paper is (whose == "the paper's") for one in verdicts)
    assert len({scaling for _, scaling, _ in rows}) == 2


def test_a_marked_number_on_a_page_is_renewed(project):
    assert f"<!--{{4c.1:n}}-->{made_up.SEEDS}<!--/--> seeds." in project[1]["README.md"].decode()


def recomputed(folder):
    """What the guide's script says of the results in a folder."""
    (script,) = re.findall(r"^```python title=.*?\n(.*?)^```$", CHECK.read_text("utf-8"), re.M | re.S)
    assert "prenoise" not in script
    command = [sys.executable, "-W", "ignore", "-c", script, str(folder)]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def test_any_verdict_can_be_recomputed_with_scipy_alone(project):
    count = len(json.loads(project[1]["docs/results/claims.json"]))
    assert recomputed(project[0] / "docs/results") == f"{count} verdicts recomputed\n"


def test_a_wrong_verdict_is_found_by_recomputing_it(project, tmp_path):
    shutil.copytree(project[0] / "docs/results", tmp_path, dirs_exist_ok=True)
    claims = json.loads((tmp_path / "claims.json").read_text("utf-8"))
    wrong = next(one for one in claims if one["outcome"] == "reproduced")
    wrong["outcome"] = "contradicted"
    (tmp_path / "claims.json").write_text(json.dumps(claims))
    assert f"{wrong['id']}: contradicted, but the points say reproduced" in recomputed(tmp_path)


def test_a_smoke_run_is_published_and_recomputed(tmp_path):
    command = ["reproduce", "fig1", "--size", "smoke", "--seeds", "5", "--width", "5", "--workers", "0", "--offline"]
    done = CliRunner().invoke(app, [*command, "--out", str(tmp_path / "runs")], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    written = published([tmp_path / "runs"], tmp_path / "project")
    outcomes = {one["id"]: one["outcome"] for one in json.loads(written["docs/results/claims.json"])}
    assert {"reproduced", "no effect"} & set(outcomes.values())
    assert "A smoke run" in written["docs/results/README.md"].decode()
    assert recomputed(tmp_path / "project/docs/results") == f"{len(outcomes)} verdicts recomputed\n"


def test_points_are_as_many_as_the_seeds(project):
    rows = list(csv.DictReader(project[1]["docs/results/points.csv"].decode().splitlines()))
    verdicts = {(one["inputs"], one["id"]): one for one in json.loads(project[1]["docs/results/claims.json"])}
    for row in rows:
        assert (
            sum(bool(row[f"seed {seed}"]) for seed in range(made_up.SEEDS))
            == verdicts[row["inputs"], row["claim"]]["n"]
        )
    assert {(row["inputs"], row["claim"]) for row in rows} == {key for key, one in verdicts.items() if one["n"]}


def test_provenance_names_the_runs_and_nobody(stored, project):
    made = json.loads(project[1]["docs/results/provenance.json"])[0]
    assert made["commands"] == ["prenoise reproduce fig1 fig3 fig4 figB4 --size smoke --scaling standardise --seeds 4"]
    assert made["experiments"]["fig4"]["seeds"] == [0, 1, 2, 3]
    assert made["experiments"]["fig4"]["environments"][0]["versions"]["prenoise"]
    assert not [secret for secret in (str(stored[0]), str(Path.home()), platform.node()) if secret in json.dumps(made)]


def runs_of(folder, names, **changes):
    """The folder with a made-up reproduction of these experiments."""
    asked = reproduction.plan(chosen(names), "smoke", seeds=made_up.SEEDS, width=made_up.SEEDS, fetch=None, **changes)
    reproduction.remember(folder, asked)
    for job in (job for part in asked.parts for job in asked.jobs(part)):
        made_up.write(folder, job)
    return folder


def test_one_experiment_is_published_anew_beside_the_others(stored, project, tmp_path):
    shutil.copytree(project[0], tmp_path, dirs_exist_ok=True)
    write.write([runs_of(tmp_path / "runs", ["fig3", "figB3"], first_seed=50)], tmp_path)
    before, after = (
        {one.scaling: one for one in written_from.read(root / write.RESULTS)} for root in (project[0], tmp_path)
    )
    old, new = before["standardise"], after["standardise"]
    assert before["unit"] == after["unit"]
    assert [*new.parts] == ["fig1", "fig3", "fig4", "figB3", "figB4"]
    for name in ("fig1", "fig4", "figB4"):
        assert (new.parts[name], new.judged[name]) == (old.parts[name], old.judged[name])
    assert new.parts["fig3"].seeds == [50, 51, 52, 53] != old.parts["fig3"].seeds
    assert {one.seeds for one in new.judged["fig3"]} == {(50, 51, 52, 53)}
    assert (tmp_path / "docs/results/figB3.svg").exists()
    assert recomputed(tmp_path / "docs/results").endswith(" verdicts recomputed\n")


def test_written_anew_without_runs_the_pages_are_the_same(project, tmp_path):
    shutil.copytree(project[0], tmp_path, dirs_exist_ok=True)
    (tmp_path / "docs/results/fig1.md").unlink()
    write.write([], tmp_path)
    found = {str(path.relative_to(tmp_path)): path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    assert found == project[1]


def test_runs_that_are_not_there_replace_nothing(project, tmp_path, capsys):
    shutil.copytree(project[0], tmp_path, dirs_exist_ok=True)
    asked = made_up.reproduce(tmp_path / "made", ["fig1", "fig2"])
    reproduction.remember(tmp_path / "empty", asked)
    write.write([tmp_path / "empty"], tmp_path)
    before, after = (written_from.read(root / write.RESULTS) for root in (project[0], tmp_path))
    assert before == after
    assert "fig1 is left out: 0 of " in capsys.readouterr().err


def test_claims_that_are_corrected_together_are_published_together(tmp_path):
    root = tmp_path / "project"
    root.mkdir()
    published([runs_of(tmp_path / "one", ["fig5"])], root)
    stood = (root / "docs/results/claims.json").read_bytes()
    with pytest.raises(UserError, match=r"fig5-tasks and fig5 have claims of the family .* into one folder"):
        write.write([runs_of(tmp_path / "other", ["fig5-tasks"])], root)
    assert (root / "docs/results/claims.json").read_bytes() == stood
    write.write([runs_of(tmp_path / "both", ["fig5", "fig5-tasks"])], root)
    assert [*written_from.read(root / write.RESULTS)[0].parts] == ["fig5", "fig5-tasks"]


def test_results_of_two_sizes_are_not_set_side_by_side(project, tmp_path):
    shutil.copytree(project[0], tmp_path, dirs_exist_ok=True)
    runs = tmp_path / "runs"
    reproduction.remember(runs, dataclasses.replace(reproduction.recall(runs_of(tmp_path, ["fig1"])), size="quick"))
    with pytest.raises(UserError, match="size quick beside published ones of size smoke"):
        write.write([runs], tmp_path)


def test_without_any_results_it_says_what_to_name(tmp_path):
    with pytest.raises(UserError, match="name a folder of prenoise reproduce"):
        write.write([], tmp_path)


def verdicts(outcome):
    a = {"reproduced": 0.9, "no effect": 0.5, "contradicted": 0.1}[outcome]
    claim = claim_of("a", "", Paired("greater"), lambda s: s, smallest=0.01, labels=("new", "old"), paper=True)
    jitter = [-0.001, 0.0, 0.001]
    return [judge(claim, ([a + more for more in jitter], [0.5, 0.5, 0.5]))]


def test_prose_takes_its_numbers_from_the_verdicts():
    numbers = findings.Numbers({"unit": verdicts("reproduced"), "other": verdicts("contradicted")})
    text = "{a:difference} ({a:difference:.0%}), {a@other:outcome}, {a:new:.2f}, {a:n}, {the paper's:reproduced}"
    assert numbers.fill(text) == "0.4 (40%), contradicted, 0.90, 3, 1"
    assert numbers.fill("{b:p} {a:nonsense}") == "(not run) (not run)"


def test_a_finding_stands_only_where_its_outcomes_do(capsys):
    template = (
        "Words.\n\n### a reproduced\n\nUp by {a:difference}.\n\n### a contradicted\n\nDown.\n\n### b reproduced\n\nB.\n"
    )
    assert findings.findings(template, findings.Numbers({"unit": verdicts("reproduced")})) == "- Up by 0.4. *(a)*"
    assert findings.findings(template, findings.Numbers({"unit": verdicts("contradicted")})) == "- Down. *(a)*"
    both = findings.Numbers({"standardise": verdicts("reproduced"), "unit": verdicts("no effect")})
    assert findings.findings("### a reproduced, a@unit no effect\n\nHere alone.\n", both).startswith("- Here alone.")
    assert findings.findings("### a reproduced, a@unit reproduced\n\nIn both.\n", both) == ""
    assert findings.findings(template, findings.Numbers({"unit": verdicts("no effect")})) == ""
    assert "no finding is written for a no effect" in capsys.readouterr().err
    with pytest.raises(ValueError, match="claims with outcomes"):
        findings.findings("### a maybe\n\nText.\n", findings.Numbers({"unit": []}))


OF_A_VERDICT = ("difference", "interval", "low", "high", "n", "p", "smallest", "outcome")


@pytest.mark.parametrize("name", ["findings.md", "when.md"])
def test_the_findings_speak_of_claims_and_samples_that_there_are(name):
    from prenoise.study.figures import experiments

    known = {claim.id: claim for experiment in experiments().values() for claim in experiment.claims}
    template = (ROOT / "docs/publish" / name).read_text("utf-8")
    for section in template.split("\n### ")[1:]:
        heading, _, text = section.partition("\n")
        assert known.keys() >= {claim.partition("@")[0] for claim, _ in findings.HEADING.findall(heading)}
        for claim, _scaling, what, _style in findings.PLACE.findall(text):
            assert what in {*OF_A_VERDICT, *known[claim].labels}


def test_every_page_is_what_is_written_from_the_published_results():
    everything = written_from.read(ROOT / write.RESULTS)
    written = write.pages(everything, ROOT)
    assert {path for path, text in written.items() if (ROOT / path).read_text("utf-8") != text} == set()
    assert written_from.to_texts(everything) == {
        name: (ROOT / write.RESULTS / name).read_text("utf-8") for name in written_from.FILES
    }


def test_the_published_results_name_no_folder_of_a_machine():
    texts = {path.name: path.read_text("utf-8") for path in (ROOT / "docs/results").iterdir()}
    found = {
        name: re.findall(r"""(?<![\w.:/])/(?:home|root|tmp|mnt|work|Users)/\S*""", text) for name, text in texts.items()
    }
    assert not any(found.values()), found
