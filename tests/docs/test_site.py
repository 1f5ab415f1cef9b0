"""The guide as a site: built without a warning, readable in light and dark, and its code runs when it is copied."""

import subprocess
import sys
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from prenoise.study.figures import experiments

ROOT = Path(__file__).parents[2]


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_arguments):
        """Say nothing."""


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """The folder of the built site; a warning is an error."""
    pytest.importorskip("mkdocs", reason="the site is built where the `docs` group is installed")
    target = tmp_path_factory.mktemp("guide") / "site"
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--config-file", ROOT / "mkdocs.yml"]
    built = subprocess.run([*command, "--site-dir", target], capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stderr
    return target


@pytest.fixture
def opened(site, browser):
    """`opened(page, scheme)`: a page of the site in a browser; it asks nobody but the site for anything."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=site))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    context = browser.new_context()
    address, asked = f"http://127.0.0.1:{server.server_port}", []

    def opened(name, scheme="light"):
        page = context.new_page()
        page.emulate_media(color_scheme=scheme)
        page.on("request", lambda request: asked.append(request.url))
        page.goto(f"{address}/{name}")
        assert [url for url in asked if not url.startswith((address, "data:", "blob:"))] == []
        return page

    yield opened
    context.close()
    server.shutdown()
    server.server_close()


def test_formulas_figures_and_names_are_pages(site):
    method = (site / "method" / "index.html").read_text("utf-8")
    assert "<math" in method
    assert "arithmatex" not in method
    for name in experiments():
        assert "smallest effect that matters" in (site / "results" / name / "index.html").read_text("utf-8")
    assert "<blockquote>" not in (site / "api" / "index.html").read_text("utf-8")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", ["index.html", "mirrored-noise/", "comparison/"])
def test_everything_can_be_read(name, scheme, opened):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe is not installed").Axe()
    rules = {"runOnly": {"type": "rule", "values": ["color-contrast", "link-in-text-block", "image-alt"]}}
    found = axe.run(opened(name, scheme), options=rules).response["violations"]
    assert [(one["id"], node["target"]) for one in found for node in one["nodes"]] == []


def test_what_the_copy_button_gives_is_code_without_prompts_and_answers(opened):
    page = opened("index.html")
    code = page.locator("pre code", has_text="bool(pretraining.loss").first
    text = code.evaluate("code => { code.setAttribute('data-md-copying', ''); return code.innerText }")
    assert text.startswith("bool(pretraining")
    assert ">>>" not in text
    assert "True" not in text


WORDS = ["backprop", "credit assignment", "weight transport", "biological plausibility"]
WORDS += ["feedback alignment", "weight mirror", "initialization", "Hebbian", "generalization"]
WORDS += ["meta-learning", "random labels", "local learning rule", "overfitting", "neuromorphic", "zero initialization"]


def test_search_finds_the_words_of_the_field(opened):
    page, lost = opened("index.html"), []
    for words in WORDS:
        page.locator("input.md-search__input").fill(words)
        page.locator("input.md-search__input").press("End")  # the page waits for a key
        page.wait_for_timeout(900)
        found = page.locator(".md-search-result__item").all_inner_texts()
        if all("Missing:" in text for text in found):
            lost.append(words)
    assert lost == []


@pytest.mark.parametrize("name", ["method/", "results/fig2/", "install/"])
def test_no_page_is_wider_than_a_phone(name, opened):
    page = opened(name)
    page.set_viewport_size({"width": 390, "height": 844})
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
