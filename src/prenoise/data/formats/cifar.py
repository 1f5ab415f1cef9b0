"""The binary archive of CIFAR-10: a gzipped tar of batches, each a run of records of one label and 32x32x3 pixels."""

import io
import tarfile
from pathlib import Path, PurePosixPath

import numpy as np

from ..errors import bad
from .bounded import CHUNK, LARGEST, Bounded, Stream, explaining, read_up_to, too_much, unpacked

_TRAIN = tuple(f"data_batch_{number}.bin" for number in range(1, 6))
_TEST = "test_batch.bin"
_PIXELS = 3 * 32 * 32
_EXPECTED = "the CIFAR-10 binary archive (a gzipped tar of data_batch_1.bin to data_batch_5.bin and test_batch.bin)"
_EXTENSIONS = (tarfile.XHDTYPE, tarfile.XGLTYPE, tarfile.GNUTYPE_LONGNAME)
"""Headers that say more of the member after them: dates, owners, names too long for its own. The batches need none."""


def read_cifar10(path: str | Path, *, at_most: int = LARGEST) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """`x_train, y_train, x_test, y_test` of the archive: all uint8, images (n, 32, 32, 3). Nothing is extracted.

    Reference: https://www.cs.toronto.edu/~kriz/cifar.html, "binary version".
    """
    path = Path(path)
    batches: dict[str, tuple[np.ndarray, np.ndarray]] = {}
    with explaining(path, _EXPECTED), unpacked(path) as stream:
        content = io.BufferedReader(Bounded(stream, at_most + at_most // 8 + 10240, path))  # pyright: ignore
        while any(block := content.read(tarfile.BLOCKSIZE)):  # a block of zeros is the end
            member = _header(block)
            padding = -member.size % tarfile.BLOCKSIZE
            name = PurePosixPath(member.name)
            if name.is_absolute() or ".." in name.parts or "\\" in member.name:
                raise bad(path, f"the member {member.name!r}, which leads out of the archive", _EXPECTED)
            if name.name in (*_TRAIN, _TEST) and member.isreg():
                if name.name in batches:
                    raise bad(path, f"{name.name} twice", _EXPECTED)
                batches[name.name] = _read_batch(content, member, at_most, path)
                _pass_over(content, padding)
            elif not member.isdir():
                _pass_over(content, member.size + padding)
        while content.read(CHUNK):  # to the end, where gzip keeps its checksum
            pass
    missing = [name for name in (*_TRAIN, _TEST) if name not in batches]
    if missing:
        raise bad(path, f"no {', '.join(missing)}", _EXPECTED)
    images, labels = zip(*(batches.pop(name) for name in _TRAIN), strict=True)
    return np.concatenate(images), np.concatenate(labels), *batches.pop(_TEST)


def _header(block: bytes) -> tarfile.TarInfo:
    """The header of the next member. Only headers are left to `tarfile`: it believes extensions, whatever they cost."""
    member = tarfile.TarInfo.frombuf(block, "utf-8", "surrogateescape")
    if member.type not in (*_EXTENSIONS, tarfile.REGTYPE, tarfile.AREGTYPE, tarfile.DIRTYPE):
        raise ValueError(f"the member {member.name!r} is neither a file nor a folder")
    if member.size < 0:
        raise ValueError(f"the member {member.name!r} of {member.size:,} bytes")
    return member


def _pass_over(stream: Stream, size: int) -> None:
    while size > 0:
        chunk = stream.read(min(1 << 16, size))
        if not chunk:
            raise EOFError("it ends within a member")
        size -= len(chunk)


def _read_batch(stream: Stream, member: tarfile.TarInfo, at_most: int, path: Path) -> tuple[np.ndarray, np.ndarray]:
    """Images and labels of one batch, however many records it holds."""
    where = f"{path}: {member.name}"
    if member.size % (1 + _PIXELS) or member.size == 0:
        raise bad(where, f"{member.size:,} bytes", f"a whole number of records of {1 + _PIXELS} bytes")
    if member.size > at_most:
        raise too_much(where, member.size, at_most)
    content = read_up_to(stream, member.size)
    if len(content) < member.size:
        raise bad(where, f"{len(content):,} bytes of content", f"the {member.size:,} its header promises")
    records = np.frombuffer(content, np.uint8).reshape(-1, 1 + _PIXELS)
    images = records[:, 1:].reshape(-1, 3, 32, 32).transpose(0, 2, 3, 1)
    return np.ascontiguousarray(images), records[:, 0].copy()
