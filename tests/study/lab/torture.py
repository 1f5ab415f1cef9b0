"""The fault tests at full length: `python torture.py [--kills 20] [--jobs 120] [--fuzz 10000] [--chance SEED]`.

Prints what it did and what survived. `--write` puts the figures into the guide. Exits with 1 where anything was lost.
"""

import argparse
import random
import shutil
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import faults
import fuzz
import recorded

sys.path.insert(0, str(Path(__file__).parents[1] / "report"))
import crowd
import made_up

SECONDS = 0.05
PAGE = recorded.DOCS / "faults.md"


class Trials:
    """What was done, how often, and how often something was lost by it."""

    def __init__(self, folder: Path, count: int, chance: random.Random) -> None:
        self.folder, self.count, self.chance = folder, count, chance
        self.rows: list[dict[str, Any]] = []
        self.expected = faults.undisturbed(folder / "undisturbed", count, SECONDS)

    def trial(self, fault: str, once: Callable[[Path], object], times: int = 1) -> None:
        """Do `once` with a folder of its own, `times` over; what it returns is how many faults that was."""
        done = lost = 0
        for number in range(times):
            folder = self.folder / f"{len(self.rows)} {number}"
            try:
                done += int(once(folder) or 1)
            except Exception:  # whatever it is, the other faults are tried all the same
                done, lost = done + 1, lost + 1
                traceback.print_exc(file=sys.stdout)
            shutil.rmtree(folder, ignore_errors=True)
        self.rows.append({"fault": fault, "trials": done, "survived": done - lost, "lost": lost})
        print(f"{time.strftime('%X')} {done} times, lost {lost}: {fault}", flush=True)

    def of_lab(self, fault: str, do: Callable[..., object], times: int = 1, **more: Any) -> None:
        """A fault of a run; afterwards the same command must find and finish everything."""

        def once(folder: Path) -> object:
            done = do(folder, self.count, SECONDS, **more)
            faults.assert_survived(folder, self.count, SECONDS, self.expected)
            return done

        self.trial(fault, once, times)


def torture(trials: Trials, kills: int, fuzzed: int) -> None:
    """Every fault."""
    count, chance = trials.count, trials.chance

    def clients_die(folder: Path) -> int:
        deaths = 0
        while deaths < kills:  # a client that had nothing left to do was not killed: start again on an empty folder
            deaths += faults.client_is_killed(folder, count, SECONDS, 1, 5.0, chance)
            if faults.held(folder, count, SECONDS) == count:
                faults.assert_survived(folder, count, SECONDS, trials.expected)
                shutil.rmtree(folder)
        faults.assert_survived(folder, count, SECONDS, trials.expected)
        return deaths

    def workers_die(folder: Path) -> int:
        seconds = max(SECONDS, 2.0 * kills / count)
        expected = faults.undisturbed(folder / "slow", count, seconds)
        deaths = faults.workers_are_killed(folder / "killed", count, seconds, kills, chance)
        faults.assert_survived(folder / "killed", count, seconds, expected)
        return deaths

    def files_are_damaged(folder: Path) -> int:
        faults.undisturbed(folder, count, SECONDS)
        damaged = faults.files_are_damaged(folder, chance, count // 3)
        faults.assert_survived(folder, count, SECONDS, trials.expected)
        return damaged

    def a_crowd_watches(folder: Path) -> int:
        made_up.reproduce(folder, ["fig1", "fig2", "fig3"])
        print(f"an honest reader waited {crowd.gathers(folder, 1_000, 25):.2f} s at most")
        return 1_000

    trials.trial("SIGKILL to the command, at random moments", clients_die)
    trials.trial("SIGKILL to a worker that computes", workers_die)
    trials.of_lab("SIGKILL to workers while they start", faults.workers_are_killed_as_they_start, span=10.0)
    trials.of_lab("SIGSTOP to a worker, for good", faults.a_worker_is_stopped_for_good, 3)
    trials.of_lab("jobs that need more memory than a worker has", faults.workers_run_out_of_memory)
    trials.of_lab("a scheduler that restarts", faults.the_scheduler_restarts, 3)
    trials.of_lab("three commands at once", faults.clients_share, clients=3)
    trials.of_lab("three commands at once, no locks", faults.clients_share, clients=3, NO_LOCKS="1")
    trials.of_lab("the folder deleted", faults.the_folder_is_deleted)
    trials.of_lab("standard error closed", faults.standard_error_is_closed)
    trials.of_lab("the clock set back by an hour", faults.the_clock_is_set_back, 3)
    trials.trial("results truncated, corrupted, emptied, replaced", files_are_damaged, 5)
    trials.trial(
        "results changed at random and sealed again",
        lambda folder: counted(fuzz.results_are_fuzzed(folder, *fuzz.a_result(), fuzzed, chance)),
    )
    trials.trial("networks changed at random", lambda folder: counted(fuzz.weights_are_fuzzed(folder, fuzzed, chance)))
    trials.trial("silent, endless and slow readers of a watched page", a_crowd_watches)
    with small_disk(trials.folder / "disk") as disk:
        if disk:
            on_a_small_disk(trials, disk)
        else:
            print("not tried: a full disk and one that becomes read-only need the right to mount one")


def counted(counts: Mapping[str, int]) -> int:
    print(", ".join(f"{number} {name}" for name, number in counts.items()))
    return sum(counts.values())


@contextmanager
def small_disk(disk: Path):
    """A file system of its own, or None where none may be made."""
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=100m", "tmpfs", str(disk)]
    if sys.platform != "linux" or subprocess.run(mount, capture_output=True, check=False).returncode:
        yield None
        return
    try:
        yield disk
    finally:
        subprocess.run(["umount", str(disk)], check=True)


def on_a_small_disk(trials: Trials, disk: Path) -> None:
    count = trials.count

    def fills(folder: Path) -> None:
        size = trials.chance.randrange(12, count * 3)
        subprocess.run(["mount", "-o", f"remount,size={size}k", str(disk)], check=True)
        try:
            faults.disk_fills(disk, disk / folder.name, count, SECONDS)
        finally:
            subprocess.run(["mount", "-o", "remount,size=100m", str(disk)], check=True)
        survived(folder)

    def becomes_read_only(folder: Path) -> None:
        faults.the_disk_becomes_read_only(disk, disk / folder.name, count, SECONDS)
        survived(folder)

    def survived(folder: Path) -> None:
        faults.assert_survived(disk / folder.name, count, SECONDS, trials.expected)
        shutil.rmtree(disk / folder.name)

    trials.trial("the disk full, at a random moment", fills, 5)
    trials.trial("the disk read-only from one moment on", becomes_read_only)


def text(found: Mapping[str, Any]) -> str:
    """The figures as they stand in the guide."""
    columns = ("fault", "trials", "survived", "lost")
    rows = [[row["fault"], *(f"{row[name]:,}" for name in columns[1:])] for row in found["rows"]]
    return f"{recorded.table(columns, rows)}\n\n{recorded.sentence('faults', found['conditions'])}"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=20, help="times the client is killed, and times a worker is")
    parser.add_argument("--jobs", type=int, default=120)
    parser.add_argument("--chance", type=int, default=None, help="seed of all that is random, to repeat a failure")
    parser.add_argument("--fuzz", type=int, default=10_000, help="files that are changed at random")
    parser.add_argument("--write", action="store_true", help="put the figures into the guide")
    options = parser.parse_args()
    seed = random.randrange(2**32) if options.chance is None else options.chance
    print(f"chance {seed}: {options.jobs} jobs", flush=True)
    begun = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="lab torture ") as folder:
        trials = Trials(Path(folder), options.jobs, random.Random(seed))
        torture(trials, options.kills, options.fuzz)
    found = {
        "chance": seed,
        "jobs": options.jobs,
        "rows": trials.rows,
        "conditions": recorded.conditions(time.monotonic() - begun),
    }
    if options.write:
        recorded.write("faults", found, PAGE, text(found))
    return int(any(row["lost"] for row in trials.rows))


if __name__ == "__main__":
    sys.exit(main())
