"""Blocks of seeds on a GPU, against its memory bandwidth and against PyTorch on the same GPU."""

import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks.limit import optimiser_bytes
from benchmarks.markdown import paragraphs, table
from benchmarks.problem import BATCH, Problem
from benchmarks.processes import NotReady, Process, cores, fresh
from benchmarks.rounds import Say, in_turns, middle, spread

TITLE = "GPU"
SIZES = [784, 100, 10]
WIDTHS = [1, 8, 64, 256, 512, 1000, 2000]
HERE = {"JAX_PLATFORMS": "", "XLA_PYTHON_CLIENT_PREALLOCATE": "false"}


def device():
    """A target: what JAX computes on."""
    import jax

    return None, {"platform": jax.default_backend(), "name": jax.devices()[0].device_kind}


def block(path: str, width: int):
    """A target: seconds in which a block of networks takes so many steps on data."""
    import jax

    from prenoise import Examples, Network, train

    problem = Problem.load(path)
    data = Examples.of(problem.images, problem.labels)
    keys = jax.random.split(jax.random.key(0), width)
    networks = jax.vmap(lambda key: Network.random(SIZES, key=key))(keys)

    def turn() -> float:
        started = time.perf_counter()
        jax.block_until_ready(train(networks, data, key=keys, epochs=1, batch=BATCH, at=[0])[0])
        return time.perf_counter() - started

    turn()
    return turn, None


def copies(size: int):
    """A target: bytes read and written a second in the GPU's memory."""
    import jax
    import jax.numpy as jnp

    @jax.jit
    def add(array):
        return jax.lax.fori_loop(0, 20, lambda _, array: array + 1, array)

    array = jax.block_until_ready(add(jnp.ones(size // 4)))

    def turn() -> float:
        started = time.perf_counter()
        jax.block_until_ready(add(array))
        return 20 * 2 * size / (time.perf_counter() - started)

    turn()
    return turn, None


def pytorch(path: str):
    """A target: seconds in which PyTorch with tensors on the GPU learns an epoch with one network."""
    import torch

    from benchmarks.contenders.pytorch_tensors import Contender

    entered = Contender(Problem.load(path), device="cuda")

    def turn() -> float:
        started = time.perf_counter()
        entered.epoch()
        torch.cuda.synchronize()
        return time.perf_counter() - started

    turn()
    return turn, None


def measure(fast: bool, say: Say) -> dict[str, Any]:
    found = fresh("benchmarks.gpu:device", variables=HERE)
    if found["platform"] != "gpu":
        return {"skipped": "this machine has no GPU that JAX can use"}
    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder) / "problem.npz")
        examples = 60_000
        found |= fresh(
            "benchmarks.problem:prepare", path=path, sizes=SIZES, examples=examples, check_steps=1, source="mnist"
        )
        options = {"threads": cores(), "variables": HERE}
        processes = {"bytes": Process("benchmarks.gpu:copies", size=2**30, **options)}
        processes["pytorch"] = Process("benchmarks.gpu:pytorch", path=path, **options)
        widths = WIDTHS[:2] if fast else WIDTHS
        for width in widths:
            processes[str(width)] = Process("benchmarks.gpu:block", path=path, width=width, **options)
        try:
            for name, process in list(processes.items()):
                try:
                    process.ready()
                    say(f"{name}: warm")
                except NotReady as problem:
                    found.setdefault("left_out", {})[name] = str(problem)
                    processes.pop(name).close()
            return found | {"steps": -(-examples // BATCH), "turns": in_turns(processes, 1 if fast else 5, say)}
        finally:
            for process in processes.values():
                process.close()


def describe(found: dict[str, Any]) -> str:
    if "skipped" in found:
        return f"Not measured: {found['skipped']}."
    turns, steps = found["turns"], found["steps"]
    bandwidth = middle(turns["bytes"])
    most = bandwidth / optimiser_bytes(SIZES) / steps
    rows = []
    for name, seconds in turns.items():
        if name.isdigit():
            a_second = [int(name) / value for value in seconds]
            row = [f"prenoise, a block of {name}", spread(seconds, "s"), spread(a_second)]
            rows.append([*row, f"{middle(a_second) / most:.2f}"])
    if "pytorch" in turns:
        seconds = turns["pytorch"]
        rows.append(["PyTorch, tensors on the GPU", spread(seconds, "s"), spread([1 / s for s in seconds]), ""])
    return paragraphs(
        f"{found['name']}; epochs of {found['data']}, layers {SIZES}, batches of 64. The limit is the optimiser's "
        f"traffic of {optimiser_bytes(SIZES) / 1e6:.2f} MB a network and step at the bandwidth found, "
        f"{bandwidth / 1e9:.0f} GB/s: {most:.3g} networks' epochs a second.",
        table(["", "an epoch of all", "networks' epochs a second", "part of the limit"], rows),
        *(f"{name} did not take part: {why}." for name, why in found.get("left_out", {}).items()),
    )
