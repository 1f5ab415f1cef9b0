"""The fault tests at full length: `python tests/study/lab/torture.py [--kills 20] [--jobs 120] [--chance SEED]`.

Prints what it did to the lab and whether the lab survived; exits with 1 at the first thing lost.
"""

import argparse
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import faults

SECONDS = 0.05


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=20, help="times the client is killed, and times a worker is")
    parser.add_argument("--jobs", type=int, default=120)
    parser.add_argument("--chance", type=int, default=None, help="seed of all that is random, to repeat a failure")
    options = parser.parse_args()
    seed = random.randrange(2**32) if options.chance is None else options.chance
    print(f"chance {seed}: {options.jobs} jobs", flush=True)
    with tempfile.TemporaryDirectory(prefix="lab torture ") as folder:
        torture(Path(folder), options.jobs, options.kills, random.Random(seed))


def torture(folder, count, kills, chance):
    expected = faults.undisturbed(folder / "undisturbed", count, SECONDS)

    def survived(what, where, seconds=SECONDS, arrays=expected):
        faults.assert_survived(where, count, seconds, arrays)
        print(f"{time.strftime('%X')} survived: {what}", flush=True)

    where, deaths = folder / "client", 0
    while deaths < kills:  # a client that had nothing left to do was not killed: start again on an empty folder
        deaths += faults.client_is_killed(where, count, SECONDS, 1, 5.0, chance)
        if faults.held(where, count, SECONDS) == count:
            where = where.with_name(f"client{deaths}")
    survived(f"the client killed {deaths} times at random moments", where)

    seconds = max(SECONDS, 2.0 * kills / count)
    slow = faults.undisturbed(folder / "slow", count, seconds)
    deaths = faults.workers_are_killed(folder / "workers", count, seconds, kills, chance)
    survived(f"workers killed {deaths} times", folder / "workers", seconds, slow)

    killed = faults.workers_are_killed_as_they_start(folder / "starting", count, SECONDS, 10.0)
    survived(f"{killed} workers killed as soon as they were seen, for ten seconds", folder / "starting")

    faults.two_clients_share(folder / "two", count, SECONDS)
    survived("two clients on one folder", folder / "two")

    for _ in range(5):
        damaged = faults.files_are_damaged(folder / "two", chance, count // 3)
        survived(f"{damaged} files truncated, corrupted, emptied, replaced", folder / "two")

    disk = folder / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={count * 5}k", "tmpfs", str(disk)]
    if sys.platform != "linux" or subprocess.run(mount, capture_output=True, check=False).returncode:
        print("not tried: a full disk needs the right to mount one")
        return
    try:
        done = faults.disk_fills(disk, disk / "results", count, SECONDS)
        subprocess.run(["mount", "-o", "remount,size=100m", str(disk)], check=True)
        survived(f"a disk full after {done} of {count} results", disk / "results")
    finally:
        subprocess.run(["umount", str(disk)], check=True)


if __name__ == "__main__":
    main()
