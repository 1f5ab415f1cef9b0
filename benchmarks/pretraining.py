"""Pretraining on noise, and other shapes of network, on noise and on data."""

import tempfile
from pathlib import Path
from typing import Any

from benchmarks.contenders import NAMES
from benchmarks.contest import Entry, contest, times
from benchmarks.markdown import paragraphs, table
from benchmarks.processes import cores, fresh
from benchmarks.rounds import Say, middle, ratios, spread

TITLE = "Noise, and other shapes"
PAPER = [784, 100, 10]
SHAPES = [PAPER, [784, 100, 100, 10], [3072, 100, 10], [784, 1000, 10]]
ALONE = ["prenoise_one", "prenoise_mirror", "jax_generator"]
"""Those that get one thread."""
ON_NOISE = [*ALONE, "jax_steps", "pytorch_tensors", "biotorch_layers", "pytorch_compiled"]
ON_OTHERS = ["prenoise_one", "prenoise_mirror", "jax_steps", "pytorch_tensors"]


def measure(fast: bool, say: Say) -> dict[str, Any]:
    both = [1] if fast else sorted({1, cores()})
    found = []
    for sizes in SHAPES[:2] if fast else SHAPES:
        names = ON_NOISE if sizes == PAPER else ON_OTHERS
        entries = [
            Entry(name, threads, task)
            for name in names
            for threads in ([1] if name in ALONE else both)
            for task in ("pretrain", "epoch")
            if task == "pretrain" or name not in ("prenoise_mirror", "jax_generator")
        ]
        examples = 1_300 if fast else 60_000 if sizes == PAPER else 16_000
        with tempfile.TemporaryDirectory() as folder:
            path = str(Path(folder) / "problem.npz")
            problem = fresh(
                "benchmarks.problem:prepare", path=path, sizes=sizes, examples=examples, check_steps=20 if fast else 200
            )
            steps = -(-examples // 64)
            say(f"layers {sizes}")
            rounds = 1 if fast else 5
            found.append({"sizes": sizes, "steps": steps} | problem | contest(path, entries, steps, rounds, say))
    return {"shapes": found}


def usual(found: dict[str, Any]) -> dict[str, Any]:
    """What was found for the layers of the paper."""
    return next(shape for shape in found["shapes"] if shape["sizes"] == PAPER)


def describe(found: dict[str, Any]) -> str:
    head = ["", "threads", "a step on noise, µs", "over prenoise", "on data, µs", "over prenoise"]
    parts = []
    for shape in found["shapes"]:
        rows = []
        prenoise = {task: times(shape, "prenoise_one", task) for task in ("pretrain", "epoch")}
        for entry in shape["entries"]:
            if entry["task"] == "pretrain":
                row = [NAMES[entry["name"]], str(entry["threads"])]
                for task, ours in prenoise.items():
                    seconds = times(shape, entry["name"], task, entry["threads"])
                    row.append(spread(seconds, scale=1e6) if seconds else "")
                    row.append(f"{middle(ratios(seconds, ours)):.3g}" if seconds and ours else "")
                rows.append(row)
        parts.append(f"### Layers {shape['sizes']}")
        parts.append(table(head, rows))
        parts += [f"{name} did not take part: {why}." for name, why in shape["left_out"].items()]
    return paragraphs(
        "Time of one step, a batch of 64: median of the rounds, least and greatest in brackets, and how many times as "
        "long as prenoise with one thread. The noise is drawn anew for every step, by prenoise as it does, by PyTorch "
        "with `torch.randn` and `torch.randint`, by JAX with its default generator. The data are random images of the "
        "right shape. The same check of the arithmetic went before.",
        *parts,
    )
