"""What a worker is told before it starts, and what it says afterwards of where it ran."""

import importlib.metadata
import os
import platform
import sys
from collections.abc import Mapping
from contextlib import suppress
from functools import cache
from typing import Any

_PACKAGES = ("prenoise", "jax", "jaxlib", "equinox", "optax", "numpy", "scipy", "xarray", "distributed")


def worker_environment(base: Mapping[str, str] | None = None) -> dict[str, str]:
    """Environment variables for a worker process, to be set before anything is imported in it.

    One thread a worker, because one worker a core beats one process that uses all cores: XLA takes as many as NPROC
    says, whatever its own flags say of threads. And JAX's compiled programs are kept in a folder, so that a job of
    known shapes starts at once, in this run and in later ones. A folder named in `base` (default: this process's
    environment) is kept.
    """
    one_thread = dict.fromkeys(("NPROC", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    return one_thread | kept_programs(base)


def kept_programs(base: Mapping[str, str] | None = None) -> dict[str, str]:
    """Environment variables, to be set before JAX is imported, that make it keep compiled programs between processes.

    The folder is in the user's cache folder and shared by all runs of the user. Where it cannot be made, nothing is
    kept.
    """
    import platformdirs

    base = os.environ if base is None else base
    folder = base.get("JAX_COMPILATION_CACHE_DIR") or os.path.join(platformdirs.user_cache_dir("prenoise"), "compiled")
    try:
        os.makedirs(folder, exist_ok=True)
    except OSError:
        return {}
    return {
        "JAX_COMPILATION_CACHE_DIR": folder,
        "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": base.get("JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS", "0.2"),
        "JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES": base.get("JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES", "0"),
    }


def describe_environment() -> dict[str, Any]:
    """What computed a result: versions, processor, device. Says nothing of who or where: no host, no user, no path.

    JAX is asked for its devices only when the job has imported it.
    """
    return {
        "python": platform.python_version(),
        "system": platform.system(),
        "machine": platform.machine(),
        "device": _device(),
        "versions": _versions(),
    }


@cache
def _versions() -> dict[str, str]:
    versions = {}
    for package in _PACKAGES:
        with suppress(importlib.metadata.PackageNotFoundError):
            versions[package] = importlib.metadata.version(package)
    return versions


def _device() -> str:
    jax = sys.modules.get("jax")
    if jax is None:
        return "cpu"
    try:
        device = jax.devices()[0]
    except RuntimeError:  # a broken driver must not cost a result that is already there
        return "unknown"
    kind = device.device_kind
    return device.platform if kind == device.platform else f"{device.platform}: {kind}"


def main() -> None:
    """Print the worker's environment as `export` lines, for the job script of a cluster."""
    import shlex

    for name, value in worker_environment().items():
        print(f"export {name}={shlex.quote(value)}")


if __name__ == "__main__":
    main()
