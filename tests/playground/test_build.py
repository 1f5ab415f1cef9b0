"""The page that is shipped is the one its sources make: small, whole and silent."""

import json
import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from prenoise.cli import app


def test_the_shipped_page_is_up_to_date_with_its_sources(build):
    assert build.BUILT.read_text("utf-8") == build.html(), "run make playground"


def test_the_page_is_small_and_names_no_address_outside(build):
    page = build.html()
    assert len(page.encode()) < 300_000
    assert set(re.findall(r"https?://[^\"'\s]+", page)) == {"http://www.w3.org/2000/svg"}
    assert "default-src 'none'" in page
    assert "unsafe" not in page


def test_a_name_that_a_module_does_not_export_is_found_when_it_is_built(build, tmp_path, monkeypatch):
    monkeypatch.setattr(build, "SOURCE", tmp_path)
    (tmp_path / "main.js").write_text('import { absent } from "./other.js";\n')
    (tmp_path / "other.js").write_text("export const present = 1;\n")
    with pytest.raises(SystemExit, match="absent"):
        build.bundled(tmp_path / "main.js")


def test_the_command_writes_the_page(build, tmp_path):
    run = CliRunner().invoke(app, ["playground", "lesson.html"], catch_exceptions=False)
    assert run.stdout == "The playground is in lesson.html: open it in a browser.\n"
    assert (tmp_path / "lesson.html").read_bytes() == build.BUILT.read_bytes()


def test_the_command_says_as_json_where_the_page_is():
    run = CliRunner().invoke(app, ["playground", "--json"], catch_exceptions=False)
    assert json.loads(run.stdout) == {"playground": "playground.html"}


def test_every_link_of_the_guide_into_the_playground_names_a_state(javascript):
    pages = (Path(__file__).parents[2] / "docs").glob("*.md")
    links = [link for page in pages for link in re.findall(r"live\.html(#[^)\"\s]+)", page.read_text("utf-8"))]
    code = """
    const { fromAddress, toAddress } = await load("page/state");
    return given.links.map((link) => toAddress(fromAddress(link)));
    """
    assert len(links) > 10
    assert javascript(code, links=links) == links
