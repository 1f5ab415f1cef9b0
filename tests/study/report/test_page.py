"""One file that holds all it needs, and text from data that stays text."""

import json
import re

import made_up

from prenoise.study.kinds import KINDS
from prenoise.study.report import contents, figures, page


def test_the_page_names_no_address_and_forbids_the_network(html):
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', html)[1]
    assert "default-src &#39;none&#39;" in policy
    assert "connect-src" not in policy
    assert "unsafe-eval" not in policy
    shell = re.sub(r"<script>.*?</script>", "", html, flags=re.DOTALL)
    assert not re.search(r"<(link|img|script|iframe)[^>]+(src|href)=.?https?:", shell)
    assert not re.search(r"url\(", shell)


def test_the_page_is_small(html):
    assert len(html.encode()) < 5e6


def test_text_from_data_is_escaped(html):
    assert "--dataset &#39;&lt;b&gt;&amp;&#39;" in html
    assert "<b>&'" not in html


def test_a_smoke_run_says_so_at_the_top(html):
    assert "A smoke run" in html.split("<h2")[0]


def test_every_claim_has_a_row_and_every_chart_words(html, found):
    assert html.count("<summary>") == len(found.verdicts) > 80
    assert html.count('class="points"') == len(found.verdicts)
    for words in re.findall(r'class="chart" role="img" aria-label="([^"]*)"', html):
        assert len(words) > 25
        assert "nan" not in words


def test_every_kind_has_its_mark_in_the_legend_and_its_colour_in_the_dark(html):
    for kind in KINDS:
        colour = KINDS[kind].colour
        assert f'fill="{colour}"' in page._swatch(kind)
        assert f'svg [fill="{colour}"]' in html
        assert f'svg [stroke="{colour}"]' in html


def test_specifications_are_json_that_cannot_end_their_element(html):
    for text in re.findall(r'<script type="application/json"[^>]*>(.*?)</script>', html, flags=re.DOTALL):
        assert "<" not in text
        json.loads(text)


def test_the_same_runs_give_the_same_page_and_the_same_figures(folder, html, found, tmp_path):
    again = contents.read(folder)
    assert page.page(again) == html
    one, other = (
        figures.draw(next(s for s in made.sections if s.experiment.id == "fig3-depths").picture, "svg")
        for made in (found, again)
    )
    assert one == other
    assert b"<svg" in one
    assert b"currentColor" not in one


def test_figures_come_as_svg_pdf_and_png(tmp_path):
    made_up.reproduce(tmp_path, ["fig5"])
    written = figures.write(contents.read(tmp_path), tmp_path / "figures")
    assert [path.name for path in written] == ["fig5.svg", "fig5.pdf", "fig5.png"]
    heads = [path.read_bytes()[:5] for path in written]
    assert heads[0].startswith(b"<svg")
    assert heads[1] == b"%PDF-"
    assert heads[2] == b"\x89PNG\r"
