"""How time and memory grow with seeds, width, depth and examples."""

import sys
import time
from typing import Any

import numpy as np

from benchmarks.markdown import paragraphs, table
from benchmarks.problem import BATCH, CLASSES, random_images
from benchmarks.processes import fresh
from benchmarks.rounds import Say, middle

TITLE = "Growth"
USUAL = {"seeds": 1, "width": 100, "depth": 1, "examples": 6_400}
COMPILING = {"JAX_ENABLE_COMPILATION_CACHE": "false"}
"""No program is kept from before, so that the memory of the compiler is in every row."""
AXES = {
    "seeds": [1, 2, 4, 8, 16, 32, 64],
    "width": [32, 64, 128, 256, 512, 1024, 2048],
    "depth": [1, 2, 4, 8],
    "examples": [1_000, 4_000, 16_000, 60_000],
}


def peak_memory() -> int:
    """Bytes this process has held at most."""
    try:
        with open("/proc/self/status") as status:  # the peak of this program: `ru_maxrss` keeps that of its parent
            return next(1024 * int(line.split()[1]) for line in status if line.startswith("VmHWM"))
    except OSError:
        import resource  # not on Windows, which these numbers are not measured on

        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return peak if sys.platform == "darwin" else 1024 * peak


def point(seeds: int, width: int, depth: int, examples: int):
    """A target of `processes.fresh`: seconds of an epoch, memory before it, and memory at most."""
    import jax
    import jax.numpy as jnp

    from prenoise import Examples, Network, train

    sizes = [784, *[width] * depth, CLASSES]
    jax.block_until_ready(jnp.zeros(1) + 1)
    before = peak_memory()
    data = Examples.of(*random_images(examples, 784))
    key = jax.random.key(0)
    if seeds == 1:
        network = Network.random(sizes, key=key)
    else:
        key = jax.random.split(key, seeds)
        network = jax.vmap(lambda one: Network.random(sizes, key=one))(key)
    seconds = []
    for _ in range(4):
        started = time.perf_counter()
        network, _ = train(network, data, key=key, epochs=1, batch=BATCH)
        jax.block_until_ready(network)
        seconds.append(time.perf_counter() - started)
    return None, {"seconds": seconds[1:], "before_bytes": before, "peak_bytes": peak_memory()}


def measure(fast: bool, say: Say) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for axis, values in AXES.items():
        found[axis] = []
        for value in values[:2] if fast else values:
            numbers = fresh("benchmarks.growth:point", variables=COMPILING, **USUAL | {axis: value})
            found[axis].append({"value": value} | numbers)
            say(f"{axis} {value:,}: {middle(numbers['seconds']):.3g} s, {numbers['peak_bytes'] / 1e6:.0f} MB")
    return found


def slope(values: list[float], numbers: list[float]) -> float:
    """Of the straight line through the logarithms of both."""
    return float(np.polyfit(np.log(values), np.log(numbers), 1)[0])


def describe(found: dict[str, Any]) -> str:
    rows, slopes = [], []
    for axis, points in found.items():
        values = [point["value"] for point in points]
        seconds = [middle(point["seconds"]) for point in points]
        added = [point["peak_bytes"] - point["before_bytes"] for point in points]
        rows += [
            [axis, f"{value:,}", f"{1e3 * time:.3g}", f"{point['peak_bytes'] / 1e6:.0f}", f"{more / 1e6:.0f}"]
            for point, value, time, more in zip(points, values, seconds, added, strict=True)
        ]
        ends = [(values, seconds), (values[-2:], seconds[-2:]), (values, added), (values[-2:], added[-2:])]
        slopes.append([axis, *(f"{slope(*end):.2f}" for end in ends)])
    usual = "1 seed, 1 hidden layer of 100 neurons, 6,400 examples"
    return paragraphs(
        f"One thing grows, the others stay at {usual}; random images of 784 bytes, batches of 64, one thread, every "
        "row in a process of its own. Time is that of one epoch of all seeds, the median of three after the first, "
        "which compiles. Memory is the most that the process held, the compiler's included; *added* is without what "
        "Python and JAX hold before the data are there.",
        table(["what grows", "to", "time, ms", "memory, MB", "added, MB"], rows),
        "Slopes in the double logarithm: 1 is growth in proportion, 0 is none.",
        table(["", "time", "its last step", "memory added", "its last step"], slopes),
        "How time falls with workers is in the first table.",
    )
