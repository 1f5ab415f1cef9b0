"""What strangers meet first: the page on a package index, the addresses, how to cite, and what may be used how."""

import re
import subprocess
import sys
import tomllib
from html.parser import HTMLParser
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
SOURCE = PYPROJECT["project"]["urls"]["Source"]
ADDRESSED = (
    *("docs/cite.md", "docs/comparison.md", "docs/mirrored-noise.md"),
    *("docs/notebooks/first_steps.ipynb", "docs/notebooks/your_own_model.ipynb"),
)
RAW = SOURCE.replace("github.com", "raw.githubusercontent.com") + "/HEAD/"

pytestmark = pytest.mark.skipif(not (ROOT / ".github").is_dir(), reason="an unpacked sdist has no furniture")


class Links(HTMLParser):
    """Every address that a page names, and every place within it that one can go to."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.links, self.pictures, self.places = [], [], set()
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        attributes = dict(attrs)
        self.links += [attributes["href"]] if tag == "a" and attributes.get("href") else []
        self.pictures += [attributes["src"]] if tag == "img" else []
        self.places |= {attributes.get("id"), attributes.get("name")}


@pytest.fixture(scope="module")
def page():
    """The README as a package index shows it: from the metadata, rendered and cleaned as the index does."""
    markdown = pytest.importorskip("readme_renderer.markdown", reason="readme-renderer is not installed")
    pytest.importorskip("hatch_fancy_pypi_readme", reason="what builds the package is not installed")
    command = [sys.executable, "-m", "hatchling", "metadata", "readme"]
    text = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True, encoding="utf-8").stdout
    html = markdown.render(text)
    assert html, "the index would show plain text"
    return Links(html)


def test_every_link_of_the_page_leads_somewhere(page):
    assert page.links
    for link in page.links:
        if link.startswith("#"):
            assert link[1:] in page.places or f"user-content-{link[1:]}" in page.places, link
        else:
            assert link.startswith("https://"), link
        if link.startswith(SOURCE + "/blob/"):
            assert (ROOT / link.removeprefix(SOURCE + "/blob/HEAD/").partition("#")[0]).exists(), link


def test_every_picture_of_the_page_is_in_the_repository(page):
    for picture in page.pictures:
        assert picture.startswith(RAW), picture
        assert (ROOT / picture.removeprefix(RAW)).is_file(), picture


def test_the_addresses_are_everywhere_the_same():
    """One account publishes the project: whoever replaces OWNER by it in one file and not in another sees it here."""
    owner = SOURCE.split("/")[3]
    for name in ("pyproject.toml", "CITATION.cff", "conda/recipe.yaml", "mkdocs.yml", *ADDRESSED):
        text = (ROOT / name).read_text("utf-8")
        owners = re.findall(r"(?:github|githubusercontent)\.com/([\w.-]+)/prenoise|https://([\w-]+)\.github\.io", text)
        assert {first or second for first, second in owners} == {owner}, name


@pytest.fixture(scope="module")
def citation():
    yaml = pytest.importorskip("yaml", reason="PyYAML is not installed")
    return yaml.safe_load((ROOT / "CITATION.cff").read_text("utf-8"))


def bibtex(kind: str, key: str, **fields: object) -> str:
    width = max(map(len, fields))
    return (
        f"@{kind}{{{key},\n"
        + ",\n".join(f"  {name:<{width}} = {{{value}}}" for name, value in fields.items() if value is not None)
        + "\n}"
    )


def test_the_guide_cites_as_the_citation_file_does(citation):
    paper = citation["preferred-citation"]
    authors = [f"{author['family-names']}, {author['given-names']}" for author in paper["authors"]]
    shown = (ROOT / "docs" / "cite.md").read_text("utf-8")
    assert (
        bibtex(
            "inproceedings",
            "cheon2024pretraining",
            title=paper["title"],
            author=" and ".join(authors),
            booktitle=paper["collection-title"],
            volume=paper["volume"],
            year=paper["year"],
            url=paper["url"],
        )
        in shown
    )
    assert (
        bibtex(
            "software",
            "prenoise",
            title=citation["title"],
            author=f"{{{citation['authors'][0]['name']}}}",
            version=citation["version"],
            year=citation["date-released"].year,
            url=citation["repository-code"],
        )
        in shown
    )


def test_the_recipe_for_conda_needs_what_the_package_needs():
    yaml = pytest.importorskip("yaml", reason="PyYAML is not installed")
    recipe = yaml.safe_load((ROOT / "conda" / "recipe.yaml").read_text("utf-8"))
    needed = {line.replace(" ", "") for line in recipe["requirements"]["run"]}
    assert needed == {*PYPROJECT["project"]["dependencies"], "python" + PYPROJECT["project"]["requires-python"]}


def test_the_lowest_versions_are_those_that_pyproject_states():
    sys.path.insert(0, str(ROOT / "tools"))
    try:
        from requirements import lowest, requirements
    finally:
        sys.path.pop(0)
    stated = map(lowest, requirements(["all"], PYPROJECT))
    assert (ROOT / "constraints-lowest.txt").read_text("utf-8").splitlines()[1:] == list(stated)


def test_every_pinned_version_has_a_hash():
    text = (ROOT / "constraints.txt").read_text("utf-8").replace("\\\n", " ")
    pins = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    assert len(pins) > 100
    assert all(re.fullmatch(r"[\w.-]+==\S+( +--hash=sha256:[0-9a-f]{64})+", pin.strip()) for pin in pins)


def test_what_is_asked_for_is_pinned():
    sys.path.insert(0, str(ROOT / "tools"))
    try:
        from requirements import requirements
    finally:
        sys.path.pop(0)
    pinned = set(re.findall(r"^([\w.-]+)==", (ROOT / "constraints.txt").read_text("utf-8"), re.MULTILINE))
    asked = {re.match(r"[\w.-]+", line)[0].lower() for line in requirements(["all", "dev", "build"], PYPROJECT)}
    assert asked <= pinned


def test_the_linter_before_a_commit_is_the_pinned_one():
    pinned = re.search(r"^ruff==(\S+)", (ROOT / "constraints.txt").read_text("utf-8"), re.MULTILINE)[1]
    assert f"rev: v{pinned}\n" in (ROOT / ".pre-commit-config.yaml").read_text("utf-8")


@pytest.mark.parametrize("path", sorted((ROOT / ".github").rglob("*.yml")), ids=lambda path: path.stem)
def test_the_furniture_is_yaml(path):
    yaml = pytest.importorskip("yaml", reason="PyYAML is not installed")
    assert yaml.safe_load(path.read_text("utf-8"))
