"""The page in a real browser, from a file and with the network off."""

import threading
import time

import made_up
import pytest

from prenoise.study import folder as results
from prenoise.study.report.server import Server
from prenoise.study.report.watch import Watched


@pytest.fixture
def open_page(browser, file):
    """A function that opens the report and waits until every chart is drawn; nothing may be said on the console."""
    contexts = []

    def open_page(*, width=1280, scheme="light", wait=True):
        context = browser.new_context(
            viewport={"width": width, "height": 900}, color_scheme=scheme, offline=True, reduced_motion="reduce"
        )
        contexts.append(context)
        page = context.new_page()
        page.said = []
        page.on("console", lambda message: page.said.append(message.text))
        page.on("pageerror", lambda error: page.said.append(str(error)))
        page.on(
            "request",
            lambda request: (
                page.said.append(request.url)
                if "://" in request.url[:9] and not request.url.startswith("file:")
                else None
            ),
        )
        page.goto(file.as_uri())
        if wait:
            until(page, "[...document.querySelectorAll('.chart')].every(chart => chart.dataset.drawn)")
        return page

    yield open_page
    for context in contexts:
        context.close()


def until(page, condition, patience=60):
    """Wait for a condition; the page's own policy forbids Playwright's way to."""
    end = time.monotonic() + patience
    while not page.evaluate(condition):
        assert time.monotonic() < end, condition
        time.sleep(0.05)


def test_every_figure_is_drawn_without_a_word_on_the_console(open_page):
    page = open_page()
    states = page.eval_on_selector_all(".chart", "charts => charts.map(chart => chart.dataset.drawn)")
    assert len(states) > 40
    assert set(states) == {"yes"}
    empty = "charts => charts.filter(c => c.querySelectorAll('svg path, svg image, svg text').length < 5).length"
    assert page.eval_on_selector_all(".chart", empty) == 0
    assert page.said == []


def test_the_first_screen_is_there_within_two_seconds(open_page):
    page = open_page(wait=False)
    timing = "(({domContentLoadedEventEnd}) => domContentLoadedEventEnd)(performance.getEntriesByType('navigation')[0])"
    until(page, f"{timing} > 0")
    assert page.evaluate(timing) < 2000


def test_a_slider_stands_right_above_each_chart_it_moves_and_its_twins_follow(open_page):
    page = open_page()
    for figure in ("fig1", "fig2-order"):
        moved = page.locator(f"#{figure} .panel:has(input[type=range]) [data-spec]").first
        chart = moved.get_attribute("data-spec")
        panel = page.locator(".panel", has=page.locator(f"[data-spec='{chart}']"))
        slider, picture = panel.locator("input[type=range]"), f"[data-spec='{chart}'] svg"
        above = panel.locator(".chart").bounding_box()["y"] - slider.bounding_box()["y"]
        assert 0 < above < 90
        before = page.inner_html(picture)
        slider.focus()
        page.keyboard.press("Home")
        page.wait_for_timeout(300)
        assert page.inner_html(picture) != before
        values = "sliders => new Set(sliders.map(slider => slider.value + slider.getAttribute('aria-valuetext'))).size"
        assert page.eval_on_selector_all(f"#{figure} input[type=range]", values) == 1
    assert page.locator("#fig1 output").first.inner_text() == "0 examples"


def test_the_words_of_a_chart_follow_the_seed_that_is_chosen(open_page):
    page = open_page(wait=False)
    chart = page.locator("[data-spec='fig2-order-1']")
    assert "seed 0, along" in chart.get_attribute("aria-label")
    page.locator("#fig2-order select").first.select_option(label="seed 2")
    assert "seed 2, along" in chart.get_attribute("aria-label")
    assert set(page.eval_on_selector_all("#fig2-order select", "lists => lists.map(list => list.value)")) == {"2"}


def test_the_numbers_behind_a_panel_come_as_csv(open_page):
    page = open_page(wait=False)
    with page.expect_download() as download:
        page.click("[data-csv='fig2-0']")
    assert download.value.suggested_filename == "fig2-0.csv"
    header, *lines = download.value.path().read_text().splitlines()
    assert header == "kind,seed,x,y"
    assert len(lines) == 5 * made_up.SEEDS * 31
    assert lines[0].startswith("FA,0,0,")


def test_kinds_and_lines_per_seed_are_chosen(open_page):
    page = open_page()
    marks = "[data-spec='fig2-0'] svg path[stroke='#7F7F7F']"
    assert page.locator(marks).count() > 0
    page.uncheck("#fig2 [data-kind='BP']")
    page.wait_for_timeout(300)
    assert page.locator(marks).count() == 0
    lines = "[data-spec='fig2-0'] svg path[stroke='#0072B2']"
    before = page.locator(lines).count()
    page.check("#fig2 [data-seeds]")
    page.wait_for_timeout(300)
    assert page.locator(lines).count() == before + 4


def test_a_claim_opens_by_keyboard_and_says_why(open_page):
    page = open_page(wait=False)
    row = page.locator("ul.claims > li").first
    assert not row.locator(".more").is_visible()
    row.locator("summary").focus()
    page.keyboard.press("Enter")
    assert row.locator(".more").is_visible()
    assert "Why" in row.locator(".more").inner_text()


def test_a_tile_shows_only_its_verdicts_and_a_link_to_a_hidden_claim_shows_it(open_page):
    page = open_page(wait=False)
    shown = "rows => new Set(rows.filter(row => !row.hidden).map(row => row.dataset.outcome)).size"
    page.click(".tile.reproduced")
    assert page.eval_on_selector_all("ul.claims > li", shown) == 1
    hidden = page.eval_on_selector("ul.claims > li[hidden]", "row => row.id")
    page.evaluate(f"location.hash = {hidden!r}")
    page.wait_for_timeout(200)
    assert page.locator(f"[id='{hidden}'] .more").is_visible()


def test_on_paper_charts_are_drawn_for_their_column_and_the_legend_says_what_is_shown(open_page):
    page = open_page(width=640)
    page.uncheck("#fig2 [data-kind='BP']")
    page.emulate_media(media="print")
    wide = "charts => charts.filter(c => c.querySelector('svg').getAttribute('width') > 345).length"
    assert page.eval_on_selector_all(".panel:not(.fixed) .chart", wide) > 10
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert page.eval_on_selector_all(".panel:not(.fixed) .chart", wide) == 0
    assert page.locator("#fig2 .kind").filter(visible=True).all_inner_texts()[0].startswith("FA")
    assert not page.locator("#fig2 .kind", has_text="BP").is_visible()
    page.emulate_media(media="screen")
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert page.eval_on_selector_all(".panel:not(.fixed) .chart", wide) > 10


def test_values_show_when_pointed_at(open_page):
    page = open_page()
    chart = page.locator("[data-spec='fig3-0']")
    chart.scroll_into_view_if_needed()
    chart.locator("svg .mark-rect path").first.hover()
    page.wait_for_timeout(300)
    assert "share" in page.inner_text("#vg-tooltip-element")


def test_dark_is_dark_and_the_button_turns_it(open_page):
    page = open_page(scheme="dark", wait=False)
    ground = "getComputedStyle(document.body).backgroundColor"
    dark = page.evaluate(ground)
    assert dark == "rgb(20, 23, 27)"
    page.click("#theme")
    assert page.evaluate(ground) == dark
    page.click("#theme")
    assert page.evaluate(ground) == "rgb(255, 255, 255)"


@pytest.mark.parametrize("width", [390, 820])
def test_a_narrow_screen_needs_no_scrolling_sideways(open_page, width):
    page = open_page(width=width)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    too_wide = (
        f"all => all.filter(e => e.getBoundingClientRect().right > {width} + 1).map(e => e.outerHTML.slice(0, 80))"
    )
    assert page.eval_on_selector_all(".chart svg, summary > *, .controls *, .moves *, .overview *", too_wide) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_no_serious_fault(open_page, scheme):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe-playwright-python is not installed")
    page = open_page(scheme=scheme)
    found = axe.Axe().run(page).response["violations"]
    serious = [
        (fault["id"], [node["html"][:120] for node in fault["nodes"][:3]])
        for fault in found
        if fault["impact"] in ("serious", "critical")
    ]
    assert serious == []


def test_a_watched_page_shows_what_came_in_while_it_was_sent(browser, tmp_path):
    def answer(route):
        if route.request.method == "HEAD" and not any(tmp_path.iterdir()) and server.watched.newest().tag != "reading":
            made_up.reproduce(tmp_path, ["fig5"])
        route.continue_()

    known = results.Known()
    server = Server(Watched(lambda: results.state_of(tmp_path), lambda: results.read(tmp_path, known)), 0)
    thread = threading.Thread(target=server.serve)
    thread.start()
    with browser.new_context() as context:
        try:
            page = context.new_page()
            page.route("**/*", answer)
            page.goto(server.address)
            page.get_by_text("Nothing to show yet").wait_for(timeout=60_000)
            page.get_by_text("Figure 5a").first.wait_for(timeout=60_000)
        finally:
            server.stop()
            thread.join()
