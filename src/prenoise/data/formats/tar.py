"""Some members of a tar archive, read into memory. Nothing is extracted."""

import io
import tarfile
from collections.abc import Sequence
from pathlib import Path, PurePosixPath

from ..errors import bad
from .bounded import CHUNK, Bounded, Stream, explaining, read_up_to, too_much, unpacked

_EXTENSIONS = (tarfile.XHDTYPE, tarfile.XGLTYPE, tarfile.GNUTYPE_LONGNAME)
"""Headers that say more of the member after them: dates, owners, names too long for its own. No data set needs them."""


def read_members(
    path: Path, names: Sequence[str], expected: str, *, at_most: int, besides: int = 0
) -> dict[str, bytearray]:
    """The content of the files called `names`, whatever folder of the archive they are in.

    Together they may take `at_most` bytes. Other members may take as many bytes as `besides`, and the archive is then
    read no further than to the last file that is wanted; where `besides` is 0 it is read to its end, where gzip keeps
    a checksum. `expected` says in an error what the archive should have been.
    """
    contents: dict[str, bytearray] = {}
    with explaining(path, expected), unpacked(path) as stream:
        limit = at_most + at_most // 8 + 10240 + besides
        archive = io.BufferedReader(Bounded(stream, limit, path))
        while any(block := archive.read(tarfile.BLOCKSIZE)):  # a block of zeros is the end
            member = _header(block)
            name = PurePosixPath(member.name)
            if name.is_absolute() or ".." in name.parts or "\\" in member.name:
                raise bad(path, f"the member {member.name!r}, which leads out of the archive", expected)
            padding = -member.size % tarfile.BLOCKSIZE
            if name.name in names and member.isreg():
                if name.name in contents:
                    raise bad(path, f"{name.name} twice", expected)
                contents[name.name] = _content(archive, member.size, at_most, f"{path}: {member.name}")
                at_most -= member.size
                if besides and len(contents) == len(names):
                    return contents
                _pass_over(archive, padding)
            elif not member.isdir():
                _pass_over(archive, member.size + padding)
        while archive.read(CHUNK):
            pass
    missing = [name for name in names if name not in contents]
    if missing:
        raise bad(path, f"no {', '.join(missing)}", expected)
    return contents


def _header(block: bytes) -> tarfile.TarInfo:
    """The header of the next member. Only headers are left to `tarfile`: it believes extensions, whatever they cost."""
    member = tarfile.TarInfo.frombuf(block, "utf-8", "surrogateescape")
    if member.type not in (*_EXTENSIONS, tarfile.REGTYPE, tarfile.AREGTYPE, tarfile.DIRTYPE):
        raise ValueError(f"the member {member.name!r} is neither a file nor a folder")
    if member.size < 0:
        raise ValueError(f"the member {member.name!r} of {member.size:,} bytes")
    return member


def _content(stream: Stream, size: int, at_most: int, where: str) -> bytearray:
    if size > at_most:
        raise too_much(where, size, at_most)
    content = read_up_to(stream, size)
    if len(content) < size:
        raise bad(where, f"{len(content):,} bytes of content", f"the {size:,} its header promises")
    return content


def _pass_over(stream: Stream, size: int) -> None:
    while size > 0:
        chunk = stream.read(min(1 << 16, size))
        if not chunk:
            raise EOFError("it ends within a member")
        size -= len(chunk)
