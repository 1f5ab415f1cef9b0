"""What one waits for before anything is learned."""

import subprocess
import sys
import tempfile
import time
from functools import partial
from typing import Any

from benchmarks.markdown import paragraphs, table
from benchmarks.processes import environment
from benchmarks.rounds import Say, in_turns, spread

TITLE = "Start-up"
FIRST_STEP = """
import jax, prenoise
network = prenoise.Network.random([784, 100, 10], key=0)
network, _ = prenoise.pretrain(network, key=1, examples=64)
jax.block_until_ready(network)
"""
COMMANDS = {
    "python": ["-c", "pass"],
    "typer": ["-c", "import typer, rich"],
    "jax": ["-c", "import jax, jax.numpy, equinox, optax"],
    "import": ["-c", "import prenoise"],
    "import_all": ["-c", "from prenoise import Network, Noise, pretrain, train"],
    "help": ["-m", "prenoise", "--help"],
    "first_step": ["-c", FIRST_STEP],
    "first_step_again": ["-c", FIRST_STEP],
}
MEANING = {
    "python": "Python alone",
    "typer": "`import typer, rich`, and no prenoise",
    "jax": "`import jax, jax.numpy, equinox, optax`, and no prenoise",
    "import": "`import prenoise`",
    "import_all": "`from prenoise import Network, Noise, pretrain, train`, which imports JAX",
    "help": "`prenoise --help`",
    "first_step": "the first step of a network, nothing compiled yet",
    "first_step_again": "the same in a new process, with the programs that the first has kept",
}

AT_LEAST = {
    "help": ("typer", "Typer and Rich alone"),
    "import": ("python", "Python alone"),
    "import_all": ("jax", "JAX, Equinox and Optax alone"),
}
"""What a start cannot be shorter than: the name of another start, and what that is."""


def measure(fast: bool, say: Say) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as kept:

        def turn(name: str, programs: str) -> float:
            started = time.perf_counter()
            subprocess.run(
                [sys.executable, *COMMANDS[name]],
                env=environment(1, JAX_COMPILATION_CACHE_DIR=programs),
                stdout=subprocess.DEVNULL,
                check=True,
            )
            return time.perf_counter() - started

        def turn_without_programs(name: str) -> float:
            with tempfile.TemporaryDirectory() as empty:
                return turn(name, empty)

        for name in COMMANDS:
            turn(name, kept)  # the first time fills `kept` and the disk's cache
        turns = {name: partial(turn, name, kept) for name in COMMANDS}
        turns["first_step"] = partial(turn_without_programs, "first_step")
        return in_turns(turns, 1 if fast else 5, say)


def describe(found: dict[str, Any]) -> str:
    rows = [[MEANING[name], spread(seconds, "s")] for name, seconds in found.items()]
    return paragraphs(
        f"New processes from start to end, the start of Python included, {len(found['python'])} rounds.",
        table(["", "time"], rows),
    )
