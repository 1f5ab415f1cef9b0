"""How many seeds are computed together."""

import importlib.util
import os
from collections.abc import Sequence
from pathlib import Path

WIDTH = {"cpu": 2, "gpu": 256}
"""How many seeds to compute together where nobody says: on a core two cost less than twice one, and more gain nothing.

The seeds of a block are part of a job's identity: another width is other jobs.
"""


def seed_blocks(seeds: Sequence[int], width: int) -> list[tuple[int, ...]]:
    """The seeds in order, cut into blocks of `width`, the last one shorter where they do not divide.

    More seeds asked for later leave the full blocks, and with them the finished jobs, as they are.

    >>> seed_blocks(range(5), 2)
    [(0, 1), (2, 3), (4,)]
    """
    if width < 1:
        raise ValueError(f"width is 1 or more, not {width}")
    return [tuple(seeds[start : start + width]) for start in range(0, len(seeds), width)]


def find_device() -> str:
    """`gpu` where JAX will use an NVIDIA GPU in a new process, else `cpu`; without importing JAX.

    Importing it here would take memory on the GPU that the worker needs.
    """
    platforms = os.environ.get("JAX_PLATFORMS", "")
    if platforms and not {"cuda", "gpu"} & set(platforms.split(",")):
        return "cpu"
    if os.environ.get("CUDA_VISIBLE_DEVICES", "all") in ("", "-1"):
        return "cpu"
    plugin = any(importlib.util.find_spec(f"jax_cuda{release}_plugin") for release in (12, 13))
    return "gpu" if plugin and any(Path("/dev").glob("nvidia[0-9]*")) else "cpu"
