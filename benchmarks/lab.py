"""What the lab costs and what a second worker brings: `python benchmarks/lab.py [--jobs 2000] [--out FILE]`.

1. Trivial jobs: wall time a job, for running, storing (flushed to the disk) and, the second time, skipping it.
2. The same work done by one worker and by two, in one run and in turns, so that a noisy machine disturbs both.
"""

import argparse
import json
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from prenoise.lab import Job, run

HERE = Path(__file__).stem


def trivial(seeds):
    return {"value": ("seed", np.ones(len(seeds)))}


def work(seeds, steps):
    """Matrix products with a nonlinearity, one thread's worth: about a second for 2,000 steps."""
    matrix = np.random.default_rng(seeds[0]).normal(size=(250, 250))
    for _ in range(steps):
        matrix = np.tanh(matrix @ matrix / 16)
    return {"mean": ("seed", np.full(len(seeds), matrix.mean()))}


def timed(jobs, folder, workers):
    started = time.perf_counter()
    outcome = run(jobs, folder, workers=workers)
    assert outcome.exit_code == 0, str(outcome)
    return time.perf_counter() - started


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--jobs", type=int, default=2000, help="trivial jobs")
    parser.add_argument("--rounds", type=int, default=3, help="turns of one worker against two")
    parser.add_argument("--steps", type=int, default=2000, help="length of a real job")
    parser.add_argument("--out", type=Path, help="write the numbers here as JSON")
    options = parser.parse_args()
    os.environ["PYTHONPATH"] = os.pathsep.join([str(Path(__file__).parent), os.environ.get("PYTHONPATH", "")])
    sys.path.insert(0, str(Path(__file__).parent))
    found = {"jobs": options.jobs}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        found["start_and_stop_s"] = timed([Job(f"{HERE}:trivial")], folder / "one", 2)
        jobs = [Job(f"{HERE}:trivial", seeds=(seed,)) for seed in range(options.jobs)]
        found["overhead_ms_per_job"] = 1e3 * timed(jobs, folder / "trivial", 2) / options.jobs
        found["skipping_ms_per_job"] = 1e3 * timed(jobs, folder / "trivial", 2) / options.jobs
        print(json.dumps(found), flush=True)
        ratios = []
        for turn in range(options.rounds):
            jobs = [
                Job(f"{HERE}:work", {"steps": options.steps}, experiment=f"turn{turn}", seeds=(seed,))
                for seed in range(12)
            ]
            one, two = (timed(jobs, folder / str(workers), workers) for workers in (1, 2))
            ratios.append(one / two)
            print(f"12 jobs: one worker {one:.2f} s, two {two:.2f} s, ratio {one / two:.2f}", flush=True)
        found["two_workers_against_one"] = statistics.median(ratios)
    print(json.dumps(found, indent=2))
    if options.out:
        options.out.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
