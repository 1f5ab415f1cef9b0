"""How many seeds are computed together."""

import importlib.util
import os
from collections.abc import Sequence
from pathlib import Path

CACHE = 4 * 2**20
"""Bytes of fast cache that a core can count on. A block that outgrows it gains nothing from being a block."""
WIDEST = {"cpu": 4, "gpu": 256}
"""The widest block on each device, whatever the memory."""
SHARE = 0.5
"""The part of a GPU's memory that blocks may fill; the rest is for data, activations and the compiler."""


def block_width(device: str, memory: int, bytes_per_seed: int, widest: int | None = None) -> int:
    """How many seeds to compute together: few on a CPU, as many as fit on a GPU; at least 1.

    `memory` is that of the device in bytes; `bytes_per_seed` what one seed keeps there (weights, optimiser state,
    recorded arrays). The seeds of a block are part of a job's identity: another width is other jobs.

    >>> block_width("gpu", 16 * 2**30, 4_000_000), block_width("cpu", 16 * 2**30, 4_000_000)
    (256, 1)
    """
    if device not in WIDEST:
        raise ValueError(f"device is one of {', '.join(WIDEST)}, not {device!r}")
    if memory < 1 or bytes_per_seed < 1:
        raise ValueError(f"memory and bytes_per_seed are positive, not {memory} and {bytes_per_seed}")
    room = min(memory, CACHE) if device == "cpu" else int(memory * SHARE)
    return max(1, min(room // bytes_per_seed, WIDEST[device] if widest is None else widest))


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
