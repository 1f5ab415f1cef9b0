"""Files that appear whole or not at all."""

import os
from pathlib import Path


def write(path: str | Path, content: bytes) -> None:
    """Write to a temporary name beside `path`, flush, then rename: a kill leaves the old file or the new."""
    path = Path(path)
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
    try:
        with partial.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
    except BaseException as problem:
        partial.unlink(missing_ok=True)
        if isinstance(problem, OSError):
            raise type(problem)(problem.errno, f"cannot write this file ({problem.strerror})", str(path)) from None
        raise


def check(path: str | Path) -> None:
    """Raise now, before any work is done, the OSError that writing `path` would end in."""
    path = Path(path)
    if path.is_dir():
        raise IsADirectoryError(None, "this is a folder: expected the name of a file", str(path))
    probe = path.with_name(f".{path.name}.{os.getpid()}.partial")
    try:
        probe.touch()
    except OSError as error:
        raise type(error)(error.errno, f"cannot write here ({error.strerror})", str(path)) from None
    probe.unlink()
