"""Figures for print: as wide as asked for, with letters of 7 to 9 points, and their fonts inside."""

import re
import shlex
import subprocess
import sys

import made_up
import pytest

from prenoise.errors import UserError
from prenoise.study import folder as results
from prenoise.study.report import figures
from prenoise.study.report.contents import Contents
from prenoise.study.report.sheet import POINTS


def of(found, *ids):
    return Contents(title="", sections=[section for section in found.sections if section.id in ids])


@pytest.fixture(scope="module")
def written(found, tmp_path_factory):
    shares = []
    folder = tmp_path_factory.mktemp("figures")
    paths = figures.write(of(found, "fig2"), folder, inches=3.25, progress=shares.append)
    assert shares == sorted(shares)
    assert shares[-1] == 1
    return {path.name: path for path in paths}


def test_every_figure_and_each_of_its_panels_comes_as_svg_pdf_and_png(written, found):
    (section,) = of(found, "fig2").sections
    names = ["fig2", *(f"fig2-{number}" for number in range(1, len(section.picture.panels) + 1))]
    assert list(written) == [f"{name}.{kind}" for name in names for kind in ("svg", "pdf", "png")]
    assert written["fig2.pdf"].read_bytes().startswith(b"%PDF-")
    assert written["fig2.png"].read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize("inches", [2.0, 3.25, 5.5, 7.0])
def test_a_figure_is_as_wide_as_asked_for_and_its_letters_have_seven_to_nine_points(found, inches):
    (section,) = of(found, "fig2").sections
    text = figures.draw(section.picture, "svg", inches=inches).decode()
    assert float(re.search(r'width="([\d.]+)in"', text)[1]) == pytest.approx(inches, abs=0.001)
    sizes = {float(size) * POINTS for size in re.findall(r'font-size="([\d.]+)px"', text)}
    assert 7 <= min(sizes) <= max(sizes) <= 9
    scales = [float(scale) for scale in re.findall(r"scale\(([\d.]+)\)", text)]
    assert min(scales) * min(sizes) > 6.4


def test_a_pdf_is_as_wide_in_points_and_holds_its_fonts(written):
    content = written["fig2.pdf"].read_bytes()
    assert float(re.search(rb"/MediaBox\s*\[0 0 ([\d.]+)", content)[1]) == pytest.approx(3.25 * 72, abs=0.1)
    assert b"/FontFile" in content


def test_clip_paths_of_panels_do_not_get_into_each_others_way(written):
    text = written["fig2.svg"].read_text()
    names = re.findall(r'<clipPath id="([^"]+)"', text)
    assert len(names) == len(set(names)) > 1
    assert set(re.findall(r"url\(#([^)]+)\)", text)) <= set(names)
    assert "currentColor" not in text


def test_the_same_runs_give_the_same_figures(folder, found):
    one, other = (
        figures.draw(of(made, "fig3-depths").sections[0].picture, "svg") for made in (found, results.read(folder))
    )
    assert one == other


@pytest.mark.parametrize(("text", "inches"), [("column", 3.25), ("page", 7.0), ("5.5", 5.5)])
def test_a_width_is_a_name_or_inches(text, inches):
    assert figures.width_of(text) == inches


@pytest.mark.parametrize("text", ["wide", "0", "-3", "nan", "1e9", ""])
def test_a_width_that_is_none_is_refused_in_a_sentence(text):
    with pytest.raises(UserError, match="expected column, page, or inches between 2 and 20"):
        figures.width_of(text)


@pytest.mark.skipif(sys.platform != "linux", reason="limits of address space are Linux's")
def test_too_little_memory_is_said_in_a_sentence(tmp_path):
    made_up.reproduce(tmp_path / "runs", ["fig5"])
    command = (
        f"ulimit -v {4 * 2**20}; exec {shlex.quote(sys.executable)} -m prenoise report {tmp_path / 'runs'} --figures"
    )
    done = subprocess.run(["sh", "-c", command], check=False, capture_output=True, text=True, timeout=300)
    if done.returncode:
        assert "most likely for want of memory" in done.stderr
    assert len(done.stderr.splitlines()) < 12
    assert "Traceback" not in done.stderr
