"""Functions that jobs of the tests name. Worker processes import this file by its name."""

import os
import signal
import time
from pathlib import Path

import numpy as np

KEPT = []
"""What jobs leave behind in their worker."""


def numbers(seeds, scale=1.0, epochs=3, **options):
    """Numbers that depend on the seed and the condition alone."""
    values = np.stack([np.random.default_rng(seed).normal(size=epochs) for seed in seeds]) * scale
    return {
        "loss": (("seed", "epoch"), values, {"units": "nats"}),
        "epoch": ("epoch", np.arange(epochs)),
        "best": ("seed", values.min(axis=1)),
    }


def slow_numbers(seeds, seconds=0.1, **options):
    time.sleep(seconds)
    return numbers(seeds, **options)


def busy_numbers(seeds, steps=200, **options):
    """Real work for one core."""
    matrix = np.random.default_rng(seeds[0]).normal(size=(200, 200))
    for _ in range(steps):
        matrix = np.tanh(matrix @ matrix / 14)
    return {"mean": ("seed", np.full(len(seeds), matrix.mean()))}


def fails(seeds, **options):
    raise ArithmeticError("seven is not eight")


def exits(seeds, **options):
    raise SystemExit(3)


def kills_its_worker(seeds, **options):
    os.kill(os.getpid(), signal.SIGKILL)


def kills_its_worker_once(seeds, flag, **options):
    """The first worker dies and leaves a note, the next one does the job."""
    if not Path(flag).exists():
        Path(flag).touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return numbers(seeds)


def takes_memory(seeds, **options):
    """Two gigabytes, piece by piece, and a while to be noticed."""
    taken = [np.ones(2**23) for _ in range(32)]
    time.sleep(60)
    return {"sum": ((), float(sum(part[0] for part in taken)))}


def keeps_memory(seeds, megabytes, **options):
    """Fills its worker up to so much, leaves it so, and takes a while to be noticed."""
    import psutil

    missing = megabytes * 10**6 - psutil.Process().memory_info().rss
    KEPT.append(np.ones(max(0, missing) // 8))
    time.sleep(1)
    return numbers(seeds)


def environment(seeds, **options):
    """What a worker finds in its environment, as text."""
    names = ("OMP_NUM_THREADS", "NPROC", "JAX_COMPILATION_CACHE_DIR")
    return {name: ((), os.environ.get(name, "")) for name in names}


def multiplies(seeds, **options):
    """How many cores products of large matrices keep busy: seconds of computing over seconds on the clock."""
    import jax

    matrix = jax.numpy.ones((1_500, 1_500))
    (matrix @ matrix).block_until_ready()
    computing, clock = time.process_time(), time.perf_counter()
    for _ in range(20):
        (matrix @ matrix).block_until_ready()
    return {"cores_used": ((), (time.process_time() - computing) / (time.perf_counter() - clock))}


def compiles(seeds, **options):
    """How many single-threaded JAX programs were found compiled: 1 from the cache, 0 when compiled here."""
    import jax

    hits = []
    jax.monitoring.register_event_listener(lambda name, **_: hits.append(name.endswith("cache_hits")))
    total = jax.jit(lambda x: sum(jax.numpy.tanh(x @ x * i) for i in range(40)))(jax.numpy.ones((30, 30)))
    total.block_until_ready()
    return {"hits": ((), int(any(hits)))}
