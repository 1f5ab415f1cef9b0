"""How near one worker comes to what one core can do at most."""

import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.contenders import contender
from benchmarks.markdown import paragraphs, table
from benchmarks.problem import BATCH, Problem
from benchmarks.processes import Process, cores, fresh
from benchmarks.rounds import Say, in_turns, middle, ratios, spread

TITLE = "Distance to the limit"
SIZES = [784, 100, 10]
MB = 1e6


def parameters(sizes: list[int]) -> int:
    return sum(inputs * outputs + outputs for inputs, outputs in pairwise(sizes))


def operations(sizes: list[int], batch: int = BATCH) -> int:
    """Floating-point operations of a step's matrix products.

    >>> operations([784, 100, 10])
    20454400
    """
    products = [inputs * outputs for inputs, outputs in pairwise(sizes)]
    return 2 * batch * (2 * sum(products) + sum(products[1:]))


def optimiser_bytes(sizes: list[int]) -> int:
    """What Adam reads (gradient, weight, two moments) and writes (weight, two moments) in a step, 4 bytes each.

    >>> optimiser_bytes([784, 100, 10])
    2226280
    """
    return 7 * 4 * parameters(sizes)


def products(library: str, side: int):
    """A target: single-precision operations a second in products of square matrices."""
    if library == "jax":
        import jax
        import jax.numpy as jnp

        product = jax.jit(jnp.matmul)
        matrix = jnp.asarray(np.random.default_rng(0).normal(size=(side, side)), jnp.float32)
    else:
        product, matrix = np.matmul, np.random.default_rng(0).normal(size=(side, side)).astype(np.float32)

    def turn() -> float:
        started, count = time.perf_counter(), 0
        while time.perf_counter() - started < 0.3:
            np.asarray(product(matrix, matrix))
            count += 1
        return 2 * side**3 * count / (time.perf_counter() - started)

    turn()
    return turn, None


def in_shape(sizes: list[int], batch: int = BATCH):
    """A target: seconds that the matrix products of a step take, one after another, and nothing else."""
    random = np.random.default_rng(0)

    def matrix(*shape: int) -> np.ndarray:
        return random.normal(size=shape).astype(np.float32)

    forward = [(matrix(batch, inputs), matrix(inputs, outputs)) for inputs, outputs in pairwise(sizes)]
    gradients = [(matrix(batch, inputs).T, matrix(batch, outputs)) for inputs, outputs in pairwise(sizes)]
    backward = [(matrix(batch, outputs), matrix(inputs, outputs).T) for inputs, outputs in pairwise(sizes[1:])]
    step = [(left, right, left @ right) for left, right in forward + backward + gradients]

    def turn() -> float:
        started, count = time.perf_counter(), 0
        while time.perf_counter() - started < 0.3:
            for left, right, out in step:
                np.matmul(left, right, out=out)
            count += 1
        return (time.perf_counter() - started) / count

    turn()
    return turn, None


def copies(size: int):
    """A target: bytes read and written a second in copying `size` bytes."""
    source, goal = np.ones(size, np.uint8), np.zeros(size, np.uint8)

    def turn() -> float:
        started, count = time.perf_counter(), 0
        while time.perf_counter() - started < 0.2:
            np.copyto(goal, source)
            count += 1
        return 2 * size * count / (time.perf_counter() - started)

    turn()
    return turn, None


def drawing(path: str):
    """A target: seconds that the batch of a step takes, drawn and scaled and no more than summed."""
    import jax
    import jax.numpy as jnp

    from prenoise import Examples
    from prenoise.random_bits import seed_words

    problem = Problem.load(path)
    examples, seed = Examples.of(problem.images, problem.labels), seed_words(jax.random.key(2))

    @jax.jit
    def epoch(examples: Examples):
        def draw(step, total):
            return total + examples.batch(seed, step.astype(jnp.uint32), size=BATCH).inputs

        inputs = jnp.zeros((BATCH, examples.raw.shape[1]), jnp.float32)
        return jax.lax.fori_loop(0, problem.steps, draw, inputs)

    def turn() -> float:
        started = time.perf_counter()
        epoch(examples).block_until_ready()
        return (time.perf_counter() - started) / problem.steps

    turn()
    return turn, None


def descending(path: str):
    """A target: seconds of a step that moves the weights along the gradients and nothing more, in place of Adam."""
    import jax
    import optax

    from prenoise import train

    problem = Problem.load(path)
    entered = contender("prenoise_one", problem)
    plain = optax.sgd(1e-3)

    def turn() -> float:
        started = time.perf_counter()
        _, history = train(entered.network, entered.examples, key=entered.key, epochs=1, batch=BATCH, optimiser=plain)
        jax.block_until_ready(history.loss)
        return (time.perf_counter() - started) / problem.steps

    turn()
    return turn, None


def at_once(processes: Sequence[Process]) -> float:
    """Operations a second of several processes together, all computing at the same time."""
    with ThreadPoolExecutor(len(processes)) as threads:
        return sum(threads.map(lambda process: process(), processes))


def measure(fast: bool, say: Say) -> dict[str, Any]:
    half_of_state = 2 * 4 * parameters(SIZES)  # weights, gradient and two moments, copied from one half to the other
    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder) / "problem.npz")
        examples = 1_300 if fast else 60_000
        problem = fresh(
            "benchmarks.problem:prepare", path=path, sizes=SIZES, examples=examples, check_steps=1, source="mnist"
        )
        processes = {
            "numpy_flops": Process("benchmarks.limit:products", library="numpy", side=1536),
            "jax_flops": Process("benchmarks.limit:products", library="jax", side=1536),
            "cached_bytes": Process("benchmarks.limit:copies", size=half_of_state),
            "memory_bytes": Process("benchmarks.limit:copies", size=2**28),
            "step_s": Process("benchmarks.contest:enter", name="prenoise_one", path=path),
            "drawing_s": Process("benchmarks.limit:drawing", path=path),
            "in_shape_s": Process("benchmarks.limit:in_shape", sizes=SIZES),
            "descending_s": Process("benchmarks.limit:descending", path=path),
        }
        everywhere = [Process("benchmarks.limit:products", library="jax", side=1536) for _ in range(cores())]
        try:
            for process in (*processes.values(), *everywhere):
                process.ready()
            turns: dict[str, Callable[[], float]] = {**processes, "step_s": lambda: processes["step_s"]("epoch", 0)}
            turns["all_cores_flops"] = lambda: at_once(everywhere)
            turns["step_s"]()
            return {"data": problem["data"], "cores": cores()} | in_turns(turns, 1 if fast else 9, say)
        finally:
            for process in (*processes.values(), *everywhere):
                process.close()


def parts(found: dict[str, Any]) -> dict[str, float]:
    """Seconds that a step takes at least, for its products and for its optimiser, and the seconds it takes.

    The products take `products` at the speed of large square ones, and `in_shape` as they are.
    """
    peak = max(middle(found["numpy_flops"]), middle(found["jax_flops"]))
    return {
        "peak": peak,
        "products": operations(SIZES) / peak,
        "in_shape": middle(found["in_shape_s"]),
        "optimiser": optimiser_bytes(SIZES) / middle(found["cached_bytes"]),
        "step": middle(found["step_s"]),
    }


def describe(found: dict[str, Any]) -> str:
    part = parts(found)
    least, all_cores = part["products"] + part["optimiser"], found["all_cores_flops"]
    rows = [
        ["products of 1,536 x 1,536 matrices by NumPy, GFLOP/s", spread(found["numpy_flops"], scale=1e-9)],
        ["the same by JAX, GFLOP/s", spread(found["jax_flops"], scale=1e-9)],
        ["copying as much as weights, gradient and moments, GB/s", spread(found["cached_bytes"], scale=1e-9)],
        ["copying 256 MiB, GB/s", spread(found["memory_bytes"], scale=1e-9)],
        [f"the products by JAX, {found['cores']} processes at once, GFLOP/s together", spread(all_cores, scale=1e-9)],
        ["a step of prenoise, µs", spread(found["step_s"], scale=1e6)],
        ["the same with plain gradient descent in place of Adam, µs", spread(found["descending_s"], scale=1e6)],
        ["drawing and scaling its batch alone, µs", spread(found["drawing_s"], scale=1e6)],
        ["its matrix products alone, by NumPy, µs", spread(found["in_shape_s"], scale=1e6)],
    ]
    step, descending, drawn, in_shape = (
        middle(found[name]) * 1e6 for name in ("step_s", "descending_s", "drawing_s", "in_shape_s")
    )
    return paragraphs(
        f"One core, one thread, turns in {len(found['step_s'])} rounds; the step is that of the first table "
        f"({found['data']}), with all that belongs to an epoch.",
        table(["", "median (least to greatest)"], rows),
        f"A step of layers {SIZES} with a batch of {BATCH} has matrix products forward, for the gradients, and for the "
        "error of all layers but the first: 2 x 64 x (2 x 79,400 + 1,000) = "
        f"{operations(SIZES) / 1e6:.1f} million operations. Adam reads four and writes three numbers of 4 bytes for "
        f"each of the {parameters(SIZES):,} weights and biases: {optimiser_bytes(SIZES) / MB:.2f} MB. At the faster "
        f"product and at the speed of a copy of that size this takes {part['products'] * 1e6:.0f} + "
        f"{part['optimiser'] * 1e6:.0f} = {least * 1e6:.0f} µs. One worker reaches {least / part['step']:.2f} of this "
        f"limit (of the products alone {part['products'] / part['step']:.2f}).",
        f"Where the {step:.0f} µs go: {drawn:.0f} to draw and scale the batch, {step - descending:.0f} to Adam beyond "
        f"plain gradient descent, and {descending - drawn:.0f} to the products with what joins them, for which the "
        f"limit allows {part['products'] * 1e6:.0f}. But these products are far from square, with 64 rows on one side: "
        f"alone, in these shapes, they take NumPy {in_shape:.0f}. Of a limit with that in place of "
        f"{part['products'] * 1e6:.0f}, one worker reaches {(in_shape + part['optimiser'] * 1e6) / step:.2f}. At the "
        f"limit an epoch of 60,000 examples would take {least * 938:.3f} s on one core.",
        f"All {found['cores']} cores together do {middle(ratios(all_cores, found['jax_flops'])):.2f} times as many "
        "products of large matrices a second as one core does alone: more workers can bring no more than that.",
    )
