"""One file that holds all it needs, and text from data that stays text."""

import dataclasses
import json
import re

import numpy as np
import pytest

from prenoise.study import folder as results
from prenoise.study.claims import Group, Outcome
from prenoise.study.report import page
from prenoise.study.report.contents import Contents, Section, tally, tally_in_words
from prenoise.study.report.curves import curves
from prenoise.study.report.picture import MOST_RAW, Picture
from prenoise.study.report.points import points
from prenoise.study.report.raw_points import raw_points


def test_the_page_names_no_address_and_forbids_the_network(html):
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', html)[1]
    assert "default-src &#39;none&#39;" in policy
    assert "connect-src" not in policy
    assert "unsafe-eval" not in policy
    shell = re.sub(r"<script>.*?</script>", "", html, flags=re.DOTALL)
    assert not re.search(r"<(link|img|script|iframe)[^>]+(src|href)=.?https?:", shell)
    assert not re.search(r"url\(", shell)


def test_text_from_data_is_escaped(html):
    assert "--dataset &#39;&lt;b&gt;&amp;&#39;" in html
    assert "<b>&'" not in html


HOSTILE = "</script><script>alert(1)</script><img src=x onerror=alert(1)>\"'"


def test_hostile_names_stay_text_wherever_they_stand():
    values = np.arange(6.0).reshape(2, 3)
    picture = Picture(
        HOSTILE,
        [
            curves(HOSTILE, np.arange(3.0), {HOSTILE: values}, x=HOSTILE, y=HOSTILE),
            points(HOSTILE, {HOSTILE: {HOSTILE: values[0]}}, x=HOSTILE),
        ],
        kinds=[HOSTILE],
        notes=[HOSTILE],
        look_first=[HOSTILE],
    )
    section = Section(id="a", title=HOSTILE, where=HOSTILE, picture=picture, notices=[HOSTILE], data=[HOSTILE])
    html = page.page(Contents(title=HOSTILE, sections=[section], command=HOSTILE, environments=[{HOSTILE: HOSTILE}]))
    shell = html.replace(page._vega(), "")
    assert "alert" in shell
    assert "<img" not in shell
    assert "<script>alert" not in shell


def test_a_trial_says_so_at_the_top_and_its_verdicts_have_no_colours(html, found):
    assert "A smoke run" in html.split("<h2")[0]
    assert '<main id="content" class="trial">' in html
    whole = page.page(dataclasses.replace(found, size="paper"))
    assert '<main id="content">' in whole
    assert "A smoke run" not in whole


def test_figures_come_before_the_table_of_all_claims_and_after_the_summary(html):
    first, last = html.index('class="picture"'), html.rindex('class="picture"')
    assert html.index('class="summary"') < first
    assert last < html.index('id="claims"')


def test_the_papers_claims_and_others_are_counted_apart(found):
    verdicts = found.sections[0].verdicts
    mixed = [dataclasses.replace(verdict, paper=number < 3) for number, verdict in enumerate(verdicts)]
    sections = [dataclasses.replace(found.sections[0], verdicts=mixed)]
    groups = page._groups(sections)
    assert {name: len(of_group) for name, of_group in groups.items()} == {
        "The paper's claims": 3,
        "Our own claims": len(verdicts) - 3,
    }
    html = page.page(dataclasses.replace(found, sections=sections))
    assert html.index("The paper&#39;s claims") < html.index("Our own claims")


def test_every_claim_has_a_row_and_every_chart_words_and_a_note_of_its_seeds(html, found):
    assert html.count('<li data-outcome="') == len(found.verdicts) > 80
    assert html.count('class="points"') == len(found.verdicts)
    words = re.findall(r'class="chart" role="img" aria-label="([^"]*)"', html)
    assert len(words) > 40
    assert all(len(text) > 25 and "nan" not in text for text in words)


def test_the_words_of_a_section_are_computed_from_its_verdicts(found):
    verdicts = found.sections[0].verdicts
    counts = tally(verdicts)
    assert sum(counts.values()) == len(verdicts)
    sentence = tally_in_words(verdicts)
    assert sentence.startswith(f"Of {len(verdicts)} claims: ")
    assert all(f"{count} {outcome.value} (" in sentence for outcome, count in counts.items())
    assert list(counts) == [outcome for outcome in Outcome if outcome in counts]


def test_every_kind_has_its_mark_in_the_legend_and_its_colour_in_the_dark(html, found):
    for section in found.sections:
        for kind in section.picture.looks:
            assert kind.meaning, kind
            assert f'fill="{kind.colour}"' in page._swatch(kind)
            assert f'svg [stroke="{kind.colour}"] {{ stroke: light-dark({kind.colour}' in html


def test_specifications_are_json_that_cannot_end_their_element(html):
    for text in re.findall(r'<script type="application/json"[^>]*>(.*?)</script>', html, flags=re.DOTALL):
        assert "<" not in text
        json.loads(text)


def test_the_same_runs_give_the_same_page(folder, html):
    assert page.page(results.read(folder)) == html


def test_a_page_of_any_number_of_runs_stays_below_five_megabytes_and_says_what_is_left_out():
    rng = np.random.default_rng(0)
    at, values = np.arange(100.0), rng.random((400, 100))
    many = Picture("", [curves("many", at, {"a": values, "b": values}, x="x", y="y")])
    some = Picture("", [curves("some", at, {"a": values[:300]}, x="x", y="y")])
    sections = [Section(id=f"s{number}", title="t", picture=many if number % 9 else some) for number in range(400)]
    assert sum(len(section.picture.specs[0]) for section in sections) > 5_000_000
    html = page.page(Contents(title="many", sections=sections))
    assert len(html.encode()) < 5_000_000
    assert "single values are too many to draw here: only their summary is shown" in html


def test_the_largest_panels_are_drawn_in_short_first_and_left_out_last():
    values = np.random.default_rng(0).random((40, 31))
    panels = [curves(f"n {n}", np.arange(31.0), {"a": values[:n]}, x="x", y="y") for n in (2, 20, 40)]
    section = Section(id="s", title="t", picture=Picture("", panels))
    sizes = [len(spec) for spec in section.picture.specs]
    assert sizes == sorted(sizes)
    in_short = page.panels_of([section], sum(sizes) - 1)["s"]
    assert [drawn.panel.line_per_seed for drawn in in_short] == [True, True, False]
    nothing = page.panels_of([section], 0)["s"]
    assert not any(drawn.spec for drawn in nothing)


def test_a_panel_with_too_many_values_is_drawn_in_short():
    many = np.zeros(MOST_RAW + 1)
    (panel,) = Picture("", [points("p", {"group": {"a": many}}, x="x")]).panels
    assert panel.data.raw_rows == 0
    assert f"{MOST_RAW + 1:,} single values" in panel.note
    assert panel.data[panel.data.main][0]["n"] == MOST_RAW + 1


@pytest.mark.parametrize(("values", "dots"), [(60, 60), (61, 0)])
def test_a_sample_of_many_values_is_a_line_and_not_dots(values, dots):
    drawing = raw_points([Group.of("FA", np.arange(float(values)))], "")
    assert drawing.count("<circle") == dots
    assert f"of {values}" in drawing
