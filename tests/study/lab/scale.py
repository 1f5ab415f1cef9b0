"""What a folder of ten thousand stored runs costs: `python scale.py [--runs 10000] [--write]`.

The runs hold made-up numbers, of the sizes that real ones have. `--write` puts the figures into the guide.
"""

import argparse
import math
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import recorded
from client import jobs

from prenoise.study import reproduction
from prenoise.study.figures import chosen
from prenoise.study.lab import Store, run

sys.path.insert(0, str(Path(__file__).parents[1] / "report"))
import made_up

PAGE = recorded.DOCS / "decisions" / "scale.md"
EXPERIMENTS = sorted({*made_up.ARRAYS} - {"demo"})
COMMAND = """
import atexit, resource, runpy, sys

def tell(into=sys.argv.pop(1)):
    with open("/proc/self/status") as status:
        peak = next(1024 * int(line.split()[1]) for line in status if line.startswith("VmHWM"))
    used = resource.getrusage(resource.RUSAGE_SELF)
    with open(into, "w") as file:
        print(peak, used.ru_utime + used.ru_stime, file=file)

atexit.register(tell)
runpy.run_module("prenoise", run_name="__main__", alter_sys=True)
"""
"""Runs prenoise with the arguments that follow, and writes its peak of memory and its processor time into a file."""


def filled(folder: Path, runs: int) -> tuple[int, int]:
    """A folder as `prenoise reproduce` leaves it, with about so many runs: their number, and that of seeds."""
    made_up.SEEDS = 1
    seeds = math.ceil(runs / len(planned(1)))
    for number, job in enumerate(planned(seeds, folder)):
        made_up.write(folder, job)
        if number % 1_000 == 0:
            print(f"{time.strftime('%X')} {number:,} runs made up", flush=True)
    return len(planned(seeds)), seeds


def planned(seeds: int, remembered_in: Path | None = None) -> list[Any]:
    asked = reproduction.plan(chosen(EXPERIMENTS), "smoke", seeds=seeds, width=1, fetch=None)
    if remembered_in:
        reproduction.remember(remembered_in, asked)
    return [job for part in asked.parts for job in asked.jobs(part)]


def command(what: str, *arguments: object) -> dict[str, Any]:
    """The costs of a command of prenoise."""
    with tempfile.NamedTemporaryFile("r") as told:
        begun = time.perf_counter()
        subprocess.run(
            [sys.executable, "-c", COMMAND, told.name, *map(str, arguments)], check=True, capture_output=True
        )
        seconds = time.perf_counter() - begun
        peak, processor = map(float, told.read().split())
    return row(what, seconds, processor, peak)


def function(what: str, do: Callable[[], object], times: int = 1) -> dict[str, Any]:
    """The costs of a call, divided by `times`."""
    begun, used = time.perf_counter(), time.process_time()
    do()
    return row(what, (time.perf_counter() - begun) / times, (time.process_time() - used) / times)


def row(what: str, seconds: float, processor: float, peak: float | None = None) -> dict[str, Any]:
    found = {"what": what, "seconds": seconds, "processor": processor, "memory_mb": peak and peak / 1e6}
    print(f"{time.strftime('%X')} {found}", flush=True)
    return found


def measure(folder: Path, runs: int) -> dict[str, Any]:
    """All that the page says."""
    stored = folder / "stored"
    count, seeds = filled(stored, runs)
    rows = [
        command(f"`prenoise claims`, {count:,} stored runs", "claims", stored, "--json"),
        command(f"`prenoise report`, {count:,} stored runs", "report", stored),
        command(
            f"`prenoise reproduce`, started again with {count:,} stored runs",
            *("reproduce", *EXPERIMENTS, "--size", "smoke", "--seeds", seeds, "--width", 1, "--offline"),
            *("--out", stored),
        ),
        function("see that a stored run is there and whole", lambda: Store(stored).find(planned(seeds)), count),
        function("describe 100,000 runs and name them", lambda: [job.identity for job in jobs(100_000)]),
        function(
            "a job with nothing to do: computed, encoded, flushed to the disk",
            lambda: run(jobs(500, function="trivial_jobs:numbers"), folder / "nothing", workers=0),
            500,
        ),
    ]
    return {
        "runs": count,
        "stored_mb": sum(path.stat().st_size for path in stored.rglob("*.nc")) / 1e6,
        "page_mb": (stored / "report.html").stat().st_size / 1e6,
        "rows": rows,
    }


def text(found: Mapping[str, Any]) -> str:
    """The figures as they stand in the guide."""
    rows = [
        [
            one["what"],
            span(one["seconds"]),
            span(one["processor"]),
            f"{one['memory_mb']:.0f} MB" if one["memory_mb"] else "",
        ]
        for one in found["rows"]
    ]
    return (
        recorded.table(["", "by the clock", "processor time", "memory at most"], rows)
        + f"\n\n{found['runs']:,} runs are {found['stored_mb']:.0f} MB, and the page of the report "
        f"{found['page_mb']:.1f} MB. {recorded.sentence('scale', found['conditions'])}"
    )


def span(seconds: float) -> str:
    """
    >>> span(12.34), span(0.00456)
    ('12.3 s', '4.56 ms')
    """
    return f"{seconds:.3g} s" if seconds >= 1 else f"{1e3 * seconds:.3g} ms"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=10_000)
    parser.add_argument("--write", action="store_true", help="put the figures into the guide")
    options = parser.parse_args()
    begun = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="lab scale ") as folder:
        found = measure(Path(folder), options.runs)
    found["conditions"] = recorded.conditions(time.monotonic() - begun)
    if options.write:
        recorded.write("scale", found, PAGE, text(found))


if __name__ == "__main__":
    main()
