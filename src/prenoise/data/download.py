"""Downloading one file so that nothing can go wrong unnoticed.

What arrives is kept beside the target as `FILE.part`, and a later attempt goes on where an earlier one stopped, whether
that was cut off, killed, or out of disk. Only a file whose hash is right gets its final name, in one step.
"""

import io
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from .catalog import RemoteFile
from .errors import DataError, reason
from .verification import mismatch

try:
    import fcntl
except ImportError:  # Windows, where two downloads of one file at once are not noticed until the hash is wrong
    fcntl = None

Progress = Callable[[str, int, int | None], None]
"""Told a file's name, the bytes that are here, and how many there will be, where known."""

TIMEOUT = 30.0
"""Seconds without a byte after which a server has failed."""

_ATTEMPTS = 20
_LARGEST_UNKNOWN = 64 << 20


def download(file: RemoteFile, folder: Path, mirrors: Sequence[str], progress: Progress | None = None) -> Path:
    """Fetch a file from the first mirror that has it, verify it, and return its path."""
    target = folder / file.name
    unfinished = folder / f"{file.name}.part"
    failures: list[str] = []
    with _ours(unfinished) as part:
        for mirror in mirrors:
            failure = _from_mirror(mirror + file.name, file, part, unfinished, progress)
            if failure is None:
                return _finish(part, unfinished, target)
            failures.append(f"{mirror} ({failure})")
        if os.fstat(part.fileno()).st_size == 0:
            unfinished.unlink(missing_ok=True)
    raise DataError(f"could not download {file.name} from {'; nor from '.join(failures)}")


def _from_mirror(
    address: str, file: RemoteFile, part: io.FileIO, unfinished: Path, progress: Progress | None
) -> str | None:
    """Complete the part file from one address; returns why that failed, or nothing."""
    failure = "no connection lasted"
    for _ in range(_ATTEMPTS):
        before = os.fstat(part.fileno()).st_size
        sink = _Sink(part, file, unfinished, progress)
        interruption = _receive(address, sink, before)
        after = os.fstat(part.fileno()).st_size
        if interruption is not None and not sink.overflowed:
            failure = interruption
            if after > before:
                continue  # cut off on the way: go on from there
            return failure
        wrong = "it sends more than the file's size" if sink.overflowed else mismatch(file, unfinished)
        if wrong is None:
            return None
        failure = wrong
        part.truncate(0)
        if before == 0:
            return failure
        # What had been kept from an earlier attempt was of another file: once more, from the start.
    return failure


def _receive(address: str, sink: "_Sink", start: int) -> str | None:
    """One request, for what is still missing; returns what interrupted it, or nothing."""
    import pooch
    import requests

    responses: list[requests.Response] = []

    def on_response(response: requests.Response, *_args: object, **_kwargs: object) -> None:
        responses.append(response)
        if response.status_code == 200:
            sink.restart()  # the server sends everything, asked for or not

    # Without "identity" a server may say that a .gz is compressed text, and requests would unpack it on the way.
    headers = {"Accept-Encoding": "identity"} | ({"Range": f"bytes={start}-"} if start else {})
    get = pooch.HTTPDownloader(chunk_size=1 << 15, timeout=TIMEOUT, headers=headers, hooks={"response": on_response})
    try:
        get(address, sink, None)
    except requests.HTTPError as error:
        status = error.response.status_code if error.response is not None else None
        return None if status == 416 and start else f"status {status}"  # 416: there is nothing after what is here
    except requests.Timeout:
        return "no answer in time"
    except (requests.ConnectionError, requests.exceptions.ChunkedEncodingError):
        return "the connection failed or was cut"
    except (OSError, ValueError) as error:  # every other exception of requests is one of these
        if isinstance(error, DataError) and not sink.overflowed:
            raise  # the disk's fault, not the server's
        return reason(error)
    finally:
        for response in responses:
            response.close()
    return None


class _Sink:
    """The end of a part file: writes, counts, and says in one sentence what a full disk means."""

    def __init__(self, part: io.FileIO, file: RemoteFile, unfinished: Path, progress: Progress | None) -> None:
        self._part, self._file, self._path, self._progress = part, file, unfinished, progress
        self._at = part.seek(0, os.SEEK_END)
        self.overflowed = False

    def restart(self) -> None:
        self._part.truncate(0)
        self._at = self._part.seek(0)

    def write(self, chunk: bytes) -> int:
        if self._at + len(chunk) > (self._file.size or _LARGEST_UNKNOWN):
            self.overflowed = True
            raise DataError(f"{self._path}: found more than it should hold")
        rest = memoryview(chunk)
        try:
            while rest:
                rest = rest[self._part.write(rest) :]
        except OSError as error:
            raise DataError(
                f"{self._path}: cannot write ({reason(error)}); make room and run the same command again to go on"
            ) from error
        self._at += len(chunk)
        if self._progress is not None:
            self._progress(self._file.name, self._at, self._file.size)
        return len(chunk)

    def flush(self) -> None:
        """Nothing is buffered."""


@contextmanager
def _ours(unfinished: Path) -> Iterator[io.FileIO]:
    """The part file, open for appending, and locked against another process that downloads the same file."""
    try:
        unfinished.parent.mkdir(parents=True, exist_ok=True)
        part = open(unfinished, "ab", buffering=0)  # noqa: SIM115
    except OSError as error:
        raise DataError(f"{unfinished.parent}: cannot write there: {reason(error)}") from error
    with part:
        if not _lock(part, unfinished):
            raise DataError(f"{unfinished}: another process is downloading this file; wait for it, then run again")
        yield part


def _lock(part: io.FileIO, unfinished: Path) -> bool:
    """Whether no other process is at the open file, nor has given it its final name meanwhile."""
    if fcntl is None:
        return True
    try:
        fcntl.flock(part, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:  # a file system without locks: two downloads at once are noticed when the hash is wrong
        pass
    try:
        return os.stat(unfinished).st_ino == os.fstat(part.fileno()).st_ino
    except OSError:
        return False


def _finish(part: io.FileIO, unfinished: Path, target: Path) -> Path:
    """Give a verified file its name."""
    try:
        os.fsync(part.fileno())
        if fcntl is None:
            part.close()  # Windows renames no open file
        os.replace(unfinished, target)
    except OSError as error:
        raise DataError(f"{target}: cannot write: {reason(error)}") from error
    return target
