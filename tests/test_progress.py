"""What people see while something runs."""

import io
import shlex
import subprocess
import sys

from rich.console import Console

from prenoise.progress import Bar, Lines, Pace, view


def test_plain_lines_where_there_is_no_terminal(monkeypatch):
    monkeypatch.setattr(Lines, "EVERY", (0.0, 0.0))
    text = io.StringIO()
    shown = view("runs", Console(file=text))
    assert isinstance(shown, Lines)
    with shown:
        shown.update(1, 4, running=2, failed=0)
        shown.update(4, 4, running=0, failed=1)
        shown.update(0.5, 1.0)
    assert text.getvalue().splitlines() == [
        "runs: 1 of 4, 2 running, 0 failed",
        "runs: 4 of 4, 0 running, 1 failed",
        "runs: 50%",
    ]


def test_what_takes_no_time_says_nothing():
    text = io.StringIO()
    with view("runs", Console(file=text)) as shown:
        shown.update(1, 2)
    assert text.getvalue() == ""


def test_a_bar_in_a_terminal():
    text = io.StringIO()
    shown = view("[runs]", Console(file=text, force_terminal=True, width=100))
    assert isinstance(shown, Bar)
    with shown:
        shown.update(1, 4, running=2, failed=0)
        shown.say("something [with] brackets")
        shown.update(4, 4, running=0, failed=0)
    assert "something [with] brackets" in text.getvalue()
    assert "[runs]" in text.getvalue()
    assert "4 of 4" in text.getvalue()


def test_the_time_left_does_not_count_what_came_before_the_first_piece(monkeypatch):
    now = 0.0
    monkeypatch.setattr("time.monotonic", lambda: now)
    pace = Pace()
    assert pace.left(0, 10) == ""
    now = 600.0  # ten minutes of compiling
    assert pace.left(1, 10) == ""
    now = 602.0
    assert pace.left(2, 10) == "16s left"
    now = 604.0
    assert pace.left(10, 10) == ""


def test_a_closed_standard_error_ends_nothing():
    code = (
        "import sys, os; from prenoise.progress import Lines, progress; Lines.EVERY = 0.0, 0.0\n"
        "with progress('work') as tell:\n"
        "    tell(0.1); os.close(2); tell(0.5); sys.stderr.close(); tell(0.9)\n"
        "with progress('more') as tell: tell(0.5)\n"
        "print('done')"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stdout == "done\n"
    plain = "from prenoise.progress import progress\nwith progress('work') as tell: tell(0.5)\nprint('done')"
    without = ["sh", "-c", f'exec {shlex.quote(sys.executable)} -c "$0" 2>&-', plain]
    assert subprocess.run(without, capture_output=True, text=True, check=False).stdout == "done\n"
