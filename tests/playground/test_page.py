"""The playground in a browser: every control, every stop of the tour, by keyboard, on a phone, with the network off."""

import re
import time

import pytest

STOPS = 6


@pytest.fixture
def open_page(browser, build):
    """A function that opens the playground. At the end nothing may have been said on the console, nothing asked for."""
    pages = []

    def open_page(address="", *, width=1280, scheme="light", motion="reduce", allow=()):
        context = browser.new_context(
            viewport={"width": width, "height": 900},
            color_scheme=scheme,
            reduced_motion=motion,
            offline=True,
            permissions=list(allow),
        )
        page = context.new_page()
        page.said = []
        page.on("console", lambda message: page.said.append(message.text))
        page.on("pageerror", lambda error: page.said.append(str(error)))
        page.on("request", lambda request: page.said.append(request.url) if request.url.startswith("http") else None)
        page.goto(build.BUILT.as_uri() + address)
        until(page, "document.querySelectorAll('#cards .card b').length > 0")
        pages.append(page)
        return page

    yield open_page
    said = [page.said for page in pages]
    for page in pages:
        page.context.close()
    assert said == [[]] * len(said)


def until(page, condition, patience=40):
    """Wait for a condition; the page's own policy forbids Playwright's way to."""
    end = time.monotonic() + patience
    while not page.evaluate(condition):
        assert time.monotonic() < end, condition
        time.sleep(0.05)


def run(page, state="reached"):
    """Press Play and wait."""
    page.click("#play")
    until(page, f"document.documentElement.dataset.state === '{state}'")


def card(page, kind):
    """Angle, loss and score on the card of a kind."""
    return page.locator(f".card.kind-{kind} dd").all_inner_texts()


def number(text):
    return float(re.sub(r"[^\d.]", "", text))


def address(page):
    return page.evaluate("location.hash")


def test_the_tour_goes_from_start_to_end(open_page):
    page = open_page()
    page.select_option("#set-pace", "fast")
    titles = []
    for stop in range(1, STOPS + 1):
        titles.append(page.inner_text("#stop-title"))
        assert page.locator("#stops [aria-current]").inner_text() == str(stop)
        page.select_option("#set-pace", "fast")
        run(page)
        assert "done" in page.inner_text("#words")
        if stop == 1:
            assert number(card(page, "fa")[2]) < number(card(page, "bp")[2])
        if stop == 2:
            assert number(card(page, "noise")[0]) < number(card(page, "fa")[0]) - 8
        if stop == 3:
            assert number(card(page, "noise")[0]) > 85
        if stop == 4:
            assert number(card(page, "zero")[2]) > number(card(page, "fa")[2])
        if stop == 5:
            assert number(card(page, "mirror")[0]) < 45
        if stop == STOPS:
            assert page.locator("#cards .card").count() == 5
        page.click("#next")
    assert titles == [
        "What is the problem?",
        "Watch it align",
        "Too much noise",
        "What a zero read-out does",
        "Fifty steps through a mirror",
        "Now digits",
    ]
    assert not page.is_visible("#tour")
    page.click("#begin")
    assert page.inner_text("#stop-title") == titles[0]


def test_play_pause_step_and_reset(open_page):
    page = open_page("#stop=2&pace=slow", motion="no-preference")
    assert page.inner_text("#play") == "Play"
    run(page, "running")
    until(page, "parseInt(document.getElementById('where').textContent) > 0")
    page.click("#play")
    until(page, "document.documentElement.dataset.state === 'waiting'")
    before = number(page.inner_text("#where").partition(" of ")[0])
    page.click("#step")
    until(page, f"document.getElementById('where').textContent.startsWith('{before + 64:,.0f} of')")
    assert "paused" in page.inner_text("#words")
    page.click("#reset")
    until(page, "document.getElementById('where').textContent.startsWith('0 of')")


SLIDERS = {
    "amount": ("ArrowRight", "256000"),
    "scale": ("ArrowRight", "2"),
    "width": ("ArrowLeft", "16"),
    "depth": ("ArrowRight", "2"),
    "epochs": ("ArrowLeft", "10"),
}
CHOICES = {"distribution": "uniform", "rule": "dfa", "rate": "0.003", "goal": "noise", "pace": "slow"}


def test_every_slider_is_moved_by_keyboard_and_written_into_the_address(open_page):
    page = open_page("#width=8&stop=0")
    page.click("#defaults")
    for name, (key, value) in SLIDERS.items():
        page.focus(f"#set-{name}")
        page.keyboard.press(key)
        assert address(page) == f"#{name}={value}&stop=0"
        assert page.get_attribute(f"#set-{name}", "aria-valuetext") == page.inner_text(f"output[for=set-{name}]")
        page.click("#defaults")
        assert address(page) == "#stop=0"


def test_every_choice_is_written_into_the_address(open_page):
    page = open_page("#stop=0")
    for name, value in CHOICES.items():
        page.select_option(f"#set-{name}", value)
        assert address(page) == f"#{name}={value}&stop=0"
        page.click("#defaults")


def test_every_control_of_the_table_is_tried_here(javascript):
    controls = javascript('return (await load("page/state")).CONTROLS.map(({ name, type }) => [name, type]);')
    elsewhere = {"kinds", "seed", "look", "layer", "stop"}
    assert {name for name, _ in controls} == {*SLIDERS, *CHOICES, *elsewhere}
    assert {name for name, kind in controls if kind == "slider"} == set(SLIDERS)


def test_the_seed_changes_the_networks_and_a_wrong_one_is_not_taken(open_page):
    page = open_page("#stop=0")
    before = page.locator(".needles").first.get_attribute("d")
    page.fill("#set-seed", "7")
    page.keyboard.press("Enter")
    until(page, f"document.querySelector('.needles').getAttribute('d') !== {before!r}")
    assert address(page) == "#seed=7&stop=0"
    page.fill("#set-seed", "-3")
    page.keyboard.press("Enter")
    assert address(page) == "#stop=0"


def test_every_rule_and_depth_runs(open_page):
    page = open_page("#stop=0&width=8&amount=3200&epochs=5&pace=fast")
    for rule in ("bp", "dfa", "usf", "mirror", "fa"):
        for depth in (1, 3):
            page.evaluate(f"location.hash = 'stop=0&width=8&amount=3200&epochs=5&pace=fast&rule={rule}&depth={depth}'")
            until(page, f"document.querySelector('.card .title').textContent === '{rule.upper()}'")
            until(page, "document.documentElement.dataset.state === 'waiting'")
            run(page)
            assert 0 <= number(card(page, "noise")[0]) <= 180


def test_after_the_noise_one_goes_on_with_digits(open_page):
    page = open_page("#amount=3200&epochs=5&goal=noise&pace=fast&stop=0")
    run(page)
    angle = card(page, "noise")[0]
    assert page.inner_text("#play") == "Play again"
    page.select_option("#set-goal", "digits")
    until(page, "document.getElementById('play').textContent === 'Go on'")
    assert card(page, "noise")[0] == angle
    run(page)
    assert number(card(page, "noise")[2]) > 0


def test_a_network_that_joins_catches_up(open_page):
    page = open_page("#stop=0&amount=3200&epochs=5&pace=fast")
    run(page)
    alone = card(page, "noise")
    page.check("#set-kinds-mirror")
    until(page, "document.querySelectorAll('#cards .card').length === 3")
    assert number(card(page, "mirror")[0]) < 45
    assert card(page, "noise") == alone
    page.uncheck("#set-kinds-fa")
    until(page, "document.querySelectorAll('#cards .card').length === 2")
    assert address(page) == "#kinds=noise,mirror&amount=3200&epochs=5&pace=fast&stop=0"


def test_one_looks_inside_another_network_and_another_layer(open_page):
    page = open_page("#stop=0&depth=2")
    assert "the ten answers" in page.inner_text("#columns")
    page.select_option("#layer", "1")
    until(page, "document.getElementById('columns').textContent.includes('the 32 neurons of the next layer')")
    page.click(".card.kind-fa .look")
    until(page, "document.getElementById('inside-name').textContent === 'FA'")
    assert page.get_attribute(".card.kind-fa .look", "aria-pressed") == "true"
    assert address(page) == "#depth=2&look=fa&layer=1&stop=0"


def test_the_address_restores_the_state(open_page):
    wanted = "#kinds=noise,bp&amount=64000&distribution=uniform&scale=2&rule=usf&width=16&depth=2&seed=5&look=bp&stop=0"
    page = open_page(wanted)
    assert page.input_value("#set-rule") == "usf"
    assert page.input_value("#set-seed") == "5"
    assert page.inner_text("output[for=set-amount]") == "64,000"
    assert page.locator("#cards .title").all_inner_texts() == ["USF + noise", "BP"]
    page.select_option("#set-pace", "fast")
    page.select_option("#set-pace", "medium")
    assert address(page) == wanted
    again = open_page(wanted)
    assert again.locator(".needles").first.get_attribute("d") == page.locator(".needles").first.get_attribute("d")


def test_an_address_with_mistakes_is_read_as_far_as_it_makes_sense(open_page):
    page = open_page("#stop=0&width=33&rule=<b>&kinds=bp,none&depth=2&nothing=1")
    assert page.inner_text("output[for=set-width]") == "32"
    assert page.input_value("#set-rule") == "fa"
    assert page.inner_text("output[for=set-depth]") == "2"


def test_defaults_come_back(open_page):
    page = open_page("#stop=3&seed=9&width=8")
    page.click("#defaults")
    assert address(page) == "#stop=3"
    assert page.input_value("#set-seed") == "0"


def test_the_link_is_copied(open_page):
    page = open_page("#stop=0&seed=4", allow=["clipboard-read", "clipboard-write"])
    page.click("#link")
    until(page, "document.getElementById('copied').textContent !== ''")
    assert "link" in page.inner_text("#copied").lower()


def test_the_best_amount_of_noise_is_marked(open_page):
    page = open_page("#stop=2")
    until(page, "!document.querySelector('.stops-at').hidden")
    assert "stop here" in page.text_content("#noise-angle")
    page.select_option("#set-rule", "bp")
    until(page, "document.querySelector('.stops-at').hidden")


def test_a_drawn_digit_is_guessed_by_every_network(open_page):
    page = open_page("#stop=0&amount=3200&kinds=mirror,bp&pace=fast")
    run(page)
    page.locator("#pad").scroll_into_view_if_needed()
    box = page.locator("#pad").bounding_box()
    page.mouse.move(box["x"] + box["width"] * 0.5, box["y"] + 25)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.5, box["y"] + box["height"] - 25, steps=12)
    page.mouse.up()
    until(page, "[...document.querySelectorAll('.answer b')].every((cell) => cell.textContent === '1')")
    page.click("#clear")
    until(page, "[...document.querySelectorAll('.answer b')].every((cell) => !/[0-9]/.test(cell.textContent))")
    page.click("#example")
    until(page, "[...document.querySelectorAll('.answer b')].every((cell) => /[0-9]/.test(cell.textContent))")


def test_a_digit_is_drawn_by_keyboard(open_page):
    page = open_page("#stop=0&amount=3200&kinds=mirror&pace=fast")
    run(page)
    page.focus("#pad")
    page.keyboard.press("Space")
    for _ in range(9):
        page.keyboard.press("ArrowDown")
    until(page, "document.querySelector('.answer b').textContent === '1'")


def test_a_run_at_full_pace_says_how_fast_it_is(open_page):
    page = open_page("#stop=0&amount=512000&goal=noise&pace=fast")
    page.click("#play")
    until(page, "parseInt(document.getElementById('speed').textContent.replace(/[^0-9]/g, '')) > 0")


@pytest.mark.parametrize("address", ["", "#stop=6&pace=fast&epochs=5&amount=3200", "#stop=0&width=128&depth=3"])
def test_on_a_phone_nothing_scrolls_sideways(open_page, address):
    page = open_page(address, width=390)
    for width in (390, 320, 768):
        page.set_viewport_size({"width": width, "height": 844})
        page.wait_for_timeout(200)
        assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("address", ["#stop=2", "#stop=6&pace=fast&epochs=5&amount=3200"])
def test_axe_finds_nothing(open_page, scheme, address):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe is not installed")
    page = open_page(address, scheme=scheme)
    if "epochs" in address:
        run(page)
    found = axe.Axe().run(page)
    assert found.violations_count == 0, found.generate_report()


def test_what_happens_is_told_in_words_but_not_all_the_time(open_page):
    page = open_page("#stop=2&pace=medium", motion="no-preference")
    page.evaluate(
        "globalThis.told = 0; new MutationObserver(() => globalThis.told++).observe("
        "document.getElementById('words'), { childList: true, characterData: true, subtree: true })"
    )
    page.click("#play")
    page.wait_for_timeout(3000)
    assert 1 <= page.evaluate("told") <= 2
    assert page.get_attribute("#words", "aria-live") == "polite"
    page.click("#play")
    until(page, "/FA \\+ noise went from \\d+ to \\d+ degrees/.test(document.getElementById('words').textContent)")


def test_with_reduced_motion_few_frames_are_drawn(open_page):
    frames = {}
    for motion in ("reduce", "no-preference"):
        page = open_page("#stop=2&pace=fast&amount=1024000", motion=motion)
        page.evaluate(
            "globalThis.drawn = 0; globalThis.begun = performance.now();"
            "new MutationObserver(() => globalThis.drawn++).observe("
            "document.getElementById('where'), { childList: true, characterData: true, subtree: true })"
        )
        page.click("#play")
        page.wait_for_timeout(2000)
        drawn, milliseconds = page.evaluate("[drawn, performance.now() - begun]")
        frames[motion] = 1000 * drawn / milliseconds
    assert frames["reduce"] <= 2.6 < frames["no-preference"]
