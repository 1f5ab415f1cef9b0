"""Functions that run in processes of their own, so that one's threads, flags and memory do not touch another's.

`python -m benchmarks.processes TARGET ARGUMENTS` is such a process. TARGET names a function (`module:name`) that gets
the arguments and returns `(turn, facts)`: what to call at every request, and what to say when it is ready.
"""

import importlib
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]


class NotReady(RuntimeError):
    """The process could not do what it was started for; the message says why in one sentence."""


def cores() -> int:
    """How many this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def environment(threads: int, **variables: str) -> dict[str, str]:
    """With one thread what the lab tells its workers; with more, what a user of the shell would have."""
    from prenoise.study.lab.environment import kept_programs, worker_environment

    count = str(threads)
    many = {"OMP_NUM_THREADS": count, "OPENBLAS_NUM_THREADS": count, "MKL_NUM_THREADS": count, **kept_programs()}
    return {**os.environ, **(worker_environment() if threads == 1 else many), **variables}


class Process:
    """A target in a process of its own: called, it takes one turn there and gives back what that returned."""

    def __init__(self, target: str, *, threads: int = 1, variables: dict[str, str] | None = None, **arguments: Any):
        self.process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.processes", target, json.dumps(arguments)],
            env=environment(threads, **variables or {}),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def ready(self) -> Any:
        """Wait until it is, and return its facts."""
        return self._answer()

    def __call__(self, *arguments: Any) -> Any:
        assert self.process.stdin
        self.process.stdin.write(json.dumps(arguments) + "\n")
        self.process.stdin.flush()
        return self._answer()

    def _answer(self) -> Any:
        assert self.process.stdout
        assert self.process.stderr
        line = self.process.stdout.readline()
        if line:
            return json.loads(line)
        said = self.process.stderr.read().strip().splitlines()
        raise NotReady(said[-1] if said else f"it ended with code {self.process.wait()}")

    def close(self) -> None:
        self.process.kill()
        self.process.communicate()


def fresh(target: str, **options: Any) -> Any:
    """The facts of a target, from a process that ends then."""
    process = Process(target, **options)
    try:
        return process.ready()
    finally:
        process.close()


def main() -> None:
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what libraries print is no answer
    errors = os.dup(2)
    module, name = sys.argv[1].split(":")
    with open(os.devnull, "w") as nowhere:
        os.dup2(nowhere.fileno(), 2)  # a pipe that nobody reads must not fill up
    try:
        turn, facts = getattr(importlib.import_module(module), name)(**json.loads(sys.argv[2]))
    except Exception as problem:
        os.write(errors, " ".join(f"{type(problem).__name__}: {problem}".split()).encode())
        sys.exit(1)
    print(json.dumps(facts), file=answers, flush=True)
    for line in sys.stdin:
        print(json.dumps(turn(*json.loads(line))), file=answers, flush=True)


if __name__ == "__main__":
    main()
