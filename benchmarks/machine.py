"""The machine, without host, user or path."""

import importlib.metadata
import os
import platform
from typing import Any

from benchmarks.processes import cores


def describe() -> dict[str, Any]:
    from prenoise.study.lab.environment import describe_environment
    from prenoise.version import installed, release

    about = describe_environment()
    versions = about["versions"] | {"prenoise": release(installed())}
    versions |= {name: version for name in ("torch", "biotorch") if (version := _version(name))}
    return {
        "processor": _processor(),
        "cores": cores(),
        "memory_gb": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9),
        "system": about["system"],
        "machine": about["machine"],
        "python": about["python"],
        "versions": versions,
    }


def busy() -> float:
    """How many processes wanted a core in the last minute, on average."""
    return round(os.getloadavg()[0], 2)


def _version(package: str) -> str | None:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None


def _processor() -> str:
    try:
        with open("/proc/cpuinfo") as lines:
            return next(line.split(":", 1)[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor() or "unknown"
