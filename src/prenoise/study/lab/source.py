"""Which code a result comes from: the versions of its packages, and a fingerprint of their source text."""

import hashlib
import importlib.metadata
import importlib.util
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from prenoise.version import release


@cache
def version(package: str) -> str:
    """The name and release of an import package, as in `prenoise 1.0`; the name alone where it has none."""
    try:
        return f"{package} {release(importlib.metadata.version(package))}"
    except importlib.metadata.PackageNotFoundError:  # installed under another name, or a module that is not installed
        names = importlib.metadata.packages_distributions().get(package, [])
    return f"{package} {release(importlib.metadata.version(names[0]))}" if names else package


def versions(packages: Sequence[str]) -> str:
    """Those of several packages, as one line."""
    return ", ".join(map(version, packages))


@cache
def fingerprint(packages: tuple[str, ...]) -> str:
    """Sixteen hexadecimal digits that change with any line of Python in the packages, found without importing them."""
    text = hashlib.sha256()
    for package in packages:
        spec = importlib.util.find_spec(package) if package != "__main__" else None
        roots = [Path(folder) for folder in (spec.submodule_search_locations or [])] if spec else []
        files = [(path.relative_to(root).as_posix(), path) for root in roots for path in sorted(root.rglob("*.py"))]
        if spec and not roots and spec.has_location and spec.origin:
            files = [(package, Path(spec.origin))]
        for name, path in files:
            text.update(f"{package} {name}\n".encode() + hashlib.sha256(path.read_bytes()).digest())
    return text.hexdigest()[:16]
