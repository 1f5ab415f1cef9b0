"""This prenoise and an older one in the same rounds: `python -m benchmarks before --before FOLDER`."""

import os
import subprocess
import sys
import tempfile
import time
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.markdown import paragraphs, table
from benchmarks.processes import ROOT, Process, environment, fresh
from benchmarks.rounds import Say, in_turns, middle, ratios, spread
from benchmarks.startup import COMMANDS, MEANING

TITLE = "Before and now"
FOLDER = "PRENOISE_BEFORE"
"""The environment variable that names the checkout of the older version."""
STEPS = {"epoch": "a step on data", "pretrain": "a step on noise"}
STARTS = ("import", "import_all", "help", "first_step", "first_step_again")


def measure(fast: bool, say: Say) -> dict[str, Any]:
    folder = os.environ.get(FOLDER)
    if not folder:
        return {"skipped": "no older checkout was named with --before"}
    paths = {"before": Path(folder).resolve() / "src", "now": ROOT / "src"}
    if not (paths["before"] / "prenoise").is_dir():
        return {"skipped": "what --before names holds no src/prenoise"}
    variables = {name: {"PYTHONPATH": os.pathsep.join(map(str, (path, ROOT)))} for name, path in paths.items()}
    examples = 1_300 if fast else 60_000
    with tempfile.TemporaryDirectory() as name:
        problem = str(Path(name) / "problem.npz")
        fresh("benchmarks.problem:prepare", path=problem, sizes=[784, 100, 10], examples=examples, check_steps=1)
        steps = -(-examples // 64)
        processes = {
            version: Process("benchmarks.contest:enter", name="prenoise_one", path=problem, variables=given)
            for version, given in variables.items()
        }
        try:
            for version, process in processes.items():
                process.ready()
                say(f"{version}: warm")
            turns = {
                f"{task} {version}": partial(process, task, steps)
                for task in STEPS
                for version, process in processes.items()
            }
            turns |= {
                f"{start} {version}": partial(_start, start, given, Path(name) / version)
                for start in STARTS
                for version, given in variables.items()
            }
            for turn in turns.values():
                turn()  # what is compiled or read for the first time does not count
            return in_turns(turns, 1 if fast else 9, say)
        finally:
            for process in processes.values():
                process.close()


def _start(name: str, variables: dict[str, str], kept: Path) -> float:
    """Seconds of a new process from start to end, without compiled programs for `first_step` alone."""
    with tempfile.TemporaryDirectory() as empty:
        programs = empty if name == "first_step" else str(kept)
        started = time.perf_counter()
        subprocess.run(
            [sys.executable, *COMMANDS[name]],
            env=environment(1, JAX_COMPILATION_CACHE_DIR=programs, **variables),
            stdout=subprocess.DEVNULL,
            check=True,
        )
        return time.perf_counter() - started


def describe(found: dict[str, Any]) -> str:
    if "skipped" in found:
        return f"Not measured: {found['skipped']}."
    rows = []
    for name, what in {**STEPS, **{start: MEANING[start] for start in STARTS}}.items():
        before, now = found[f"{name} before"], found[f"{name} now"]
        unit, scale = ("µs", 1e6) if name in STEPS else ("s", 1)
        rows.append([what, spread(before, unit, scale), spread(now, unit, scale), f"{middle(ratios(now, before)):.3f}"])
    return paragraphs(
        "One network of layers [784, 100, 10], batches of 64, one thread; the median, the least and the greatest of "
        f"{len(found['epoch now'])} rounds, in which both versions take turns. Ratios are taken round by round.",
        table(["", "before", "now", "now over before"], rows),
    )
