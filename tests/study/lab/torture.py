"""The fault tests at full length: `python torture.py [--kills 20] [--jobs 120] [--fuzz 10000] [--chance SEED]`.

Prints what it did to the lab and whether the lab survived; exits with 1 at the first thing lost.
"""

import argparse
import random
import shutil
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
    parser.add_argument("--fuzz", type=int, default=10_000, help="files that are changed at random and sealed again")
    options = parser.parse_args()
    seed = random.randrange(2**32) if options.chance is None else options.chance
    print(f"chance {seed}: {options.jobs} jobs", flush=True)
    with tempfile.TemporaryDirectory(prefix="lab torture ") as folder:
        torture(Path(folder), options.jobs, options.kills, options.fuzz, random.Random(seed))


def torture(folder, count, kills, fuzz, chance):
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

    for times in range(1, 4):
        faults.a_worker_is_stopped_for_good(folder / f"stopped{times}", count, SECONDS)
        survived(f"a worker stopped for good, {times} of 3", folder / f"stopped{times}")

    faults.workers_run_out_of_memory(folder / "memory", count, SECONDS)
    survived("workers killed for memory", folder / "memory")

    for environment in ({}, {"NO_LOCKS": "1"}):
        faults.clients_share(folder / f"three{len(environment)}", count, SECONDS, 3, **environment)
        survived(f"three clients on one folder {''.join(environment)}", folder / f"three{len(environment)}")

    faults.the_folder_is_deleted(folder / "deleted", count, SECONDS)
    survived("the folder deleted while running", folder / "deleted")

    for _ in range(5):
        damaged = faults.files_are_damaged(folder / "three0", chance, count // 3)
        survived(f"{damaged} files truncated, corrupted, emptied, replaced", folder / "three0")

    fuzzed = faults.files_are_fuzzed(folder / "fuzzed", *faults.a_result(), fuzz, chance)
    print(f"{time.strftime('%X')} survived: {fuzz} changed files sealed again: {fuzzed}", flush=True)

    disk = folder / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=100m", "tmpfs", str(disk)]
    if sys.platform != "linux" or subprocess.run(mount, capture_output=True, check=False).returncode:
        print("not tried: a full disk and one that becomes read-only need the right to mount one")
        return
    try:
        for times in range(1, 6):
            size = chance.randrange(12, count * 3)
            subprocess.run(["mount", "-o", f"remount,size={size}k", str(disk)], check=True)
            done = faults.disk_fills(disk, disk / f"full{times}", count, SECONDS)
            subprocess.run(["mount", "-o", "remount,size=100m", str(disk)], check=True)
            survived(f"a disk of {size} KB full after {done} of {count} results", disk / f"full{times}")
            shutil.rmtree(disk / f"full{times}")
        faults.the_disk_becomes_read_only(disk, disk / "read only", count, SECONDS)
        survived("a disk that becomes read-only", disk / "read only")
    finally:
        subprocess.run(["umount", str(disk)], check=True)


if __name__ == "__main__":
    main()
