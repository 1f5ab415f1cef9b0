"""What the lab costs a job, and what more workers bring."""

import tempfile
import time
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.markdown import paragraphs, table
from benchmarks.processes import cores
from benchmarks.rounds import Say, spread

TITLE = "The lab"
JOBS_A_CORE = 2


def counts() -> list[int]:
    """Numbers of workers to try: 1, 2, 4 ... and all cores."""
    return sorted({2**power for power in range(cores().bit_length()) if 2**power <= cores()} | {cores()})


def trivial(seeds):
    """A job with nothing to do."""
    return {"value": ("seed", np.ones(len(seeds)))}


@cache
def warm(path: str):
    """The problem's network and images, once a worker; what they need is compiled."""
    from benchmarks.contenders.prenoise_one import Contender
    from benchmarks.problem import Problem

    entered = Contender(Problem.load(path))
    entered.epoch()
    return entered


def epochs_of_training(seeds, path, epochs):
    """A job that trains a network, and tells when the training began and ended (seconds, by the clock on the wall)."""
    import jax

    from benchmarks.problem import BATCH
    from prenoise import train

    entered = warm(path)
    started = time.time()
    network, _ = train(entered.network, entered.examples, key=seeds[0], epochs=epochs, batch=BATCH, at=[0])
    jax.block_until_ready(network)
    return {"started": ("seed", [started]), "ended": ("seed", [time.time()])}


def training(path: str, workers: int, epochs: int) -> float:
    """Seconds a network and step, for as many networks whatever the number of workers."""
    from benchmarks.problem import Problem
    from prenoise.study.lab import Job, Results, run

    arguments = {"path": path, "epochs": epochs}
    jobs = [
        Job("benchmarks.lab:epochs_of_training", arguments, "training", seeds=(seed,))
        for seed in range(JOBS_A_CORE * cores())
    ]
    with tempfile.TemporaryDirectory() as folder:
        outcome = run(jobs, folder, workers=workers)
        if outcome.exit_code:
            raise RuntimeError(str(outcome))
        results = Results(folder, jobs)[{}]
        taken = float(results["ended"].max() - results["started"].min())
    return taken / (epochs * Problem.load(path).steps * len(jobs))


def counts_of(found: dict[str, Any]) -> list[int]:
    return sorted(int(name.removeprefix("lab_")) for name in found["others"])


def on_all(found: dict[str, Any]) -> list[float]:
    """Seconds a network and step with the most workers."""
    return found["others"][f"lab_{max(counts_of(found))}"]


def in_words(workers: int) -> str:
    return f"through the lab, {workers} worker{'s' * (workers > 1)}"


def measure(fast: bool, say: Say) -> dict[str, Any]:
    from prenoise.study.lab import Job

    count = 20 if fast else 1000
    found: dict[str, Any] = {"jobs": count, "start_and_stop_s": [], "a_job_s": [], "skipping_a_job_s": []}
    jobs = [Job("benchmarks.lab:trivial", seeds=(seed,)) for seed in range(count)]
    for number in range(1 if fast else 3):
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            starting = _timed(jobs[:1], folder / "one")
            found["start_and_stop_s"].append(starting)
            found["a_job_s"].append((_timed(jobs, folder / "all") - starting) / count)
            found["skipping_a_job_s"].append(_timed(jobs, folder / "all") / count)
        say(f"turn {number + 1}")
    return found


def _timed(jobs: list[Any], folder: Path) -> float:
    from prenoise.study.lab import run

    started = time.perf_counter()
    outcome = run(jobs, folder, workers=cores())
    if outcome.exit_code:
        raise RuntimeError(str(outcome))
    return time.perf_counter() - started


def describe(found: dict[str, Any]) -> str:
    rows = [
        ["starting and stopping the workers", spread(found["start_and_stop_s"], "s")],
        ["a job with nothing to do: sent, run, stored and flushed to the disk", spread(found["a_job_s"], "ms", 1e3)],
        ["a job that is stored already: skipped", spread(found["skipping_a_job_s"], "ms", 1e3)],
    ]
    return paragraphs(
        f"{found['jobs']:,} jobs with nothing to do, on one worker a core; what more workers bring to real ones is in "
        "the first table above.",
        table(["", "time"], rows),
    )
