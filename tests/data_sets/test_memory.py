"""The memory a reader takes is a small multiple of what is really in the file, whatever the file says."""

import bz2
import gzip
import io
import struct
import tarfile
import tracemalloc
import zipfile
import zlib
from pathlib import Path

import numpy as np
import pytest

from prenoise.data import DataError, load
from prenoise.data.formats import read_cifar10, read_idx, read_svhn, read_usps

MIB = 2**20


def peak(read, path) -> int:
    """Bytes allocated at the worst moment of reading a file."""
    tracemalloc.start()
    try:
        read(path)
    except DataError:
        pass
    finally:
        found = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    return found


def usps(path):
    return read_usps([path, path])


def cifar(path):
    return read_cifar10([path])


def svhn(path):
    return read_svhn([path, path])


@pytest.mark.parametrize("kind", ["idx", "idx.gz", "npz", "npz of doubles", "usps.bz2", "cifar.tar.gz", "svhn.mat"])
def test_reading_takes_a_small_multiple_of_the_content(kind, made, tmp_path):
    images = np.random.default_rng(0).integers(0, 256, (5_000, 28, 28)).astype(np.uint8)
    labels = np.arange(5_000) % 10
    path = tmp_path / f"file.{kind.split()[0]}"
    content, read, multiple = images.nbytes, read_idx, 2.5
    match kind:
        case "idx":
            path.write_bytes(made.idx(images))
        case "idx.gz":
            path.write_bytes(gzip.compress(made.idx(images), 1))
        case "npz" | "npz of doubles":
            x = images if kind == "npz" else images[:1000] / 255
            parts = {"x_train": x, "y_train": labels[: len(x)], "x_test": x[:10], "y_test": labels[:10]}
            path.write_bytes(made.npz(parts, compressed=kind == "npz"))
            content, read, multiple = x.nbytes, load, 2.5
        case "usps.bz2":
            values = np.random.default_rng(0).integers(-1000, 1000, (600, 256)) / np.float32(1000)
            path.write_bytes(made.usps(values, labels[:600] + 1))
            content, read, multiple = values.astype(np.float32).nbytes, usps, 12.0
        case "cifar.tar.gz":
            pixels = np.random.default_rng(0).integers(0, 256, (1_200, 32, 32, 3)).astype(np.uint8)
            path.write_bytes(made.cifar(pixels, labels[:1_200]))
            content, read = pixels.nbytes, cifar
        case "svhn.mat":  # read twice, for training and for testing
            pixels = np.random.default_rng(0).integers(0, 256, (1_200, 32, 32, 3)).astype(np.uint8)
            path.write_bytes(made.svhn(pixels, labels[:1_200]))
            content, read, multiple = 2 * pixels.nbytes, svhn, 2.5
    assert peak(read, path) < multiple * content + 2 * MIB


def lying_npz(path: Path, header: bytes, content: bytes) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in ("x_train", "y_train", "x_test", "y_test"):
            archive.writestr(f"{name}.npy", b"\x93NUMPY\x01\0" + struct.pack("<H", len(header)) + header + content)


def endless_name(size: int) -> bytes:
    member = tarfile.TarInfo("name")
    member.type, member.size = tarfile.GNUTYPE_LONGNAME, size
    return member.tobuf(tarfile.GNU_FORMAT) + b"a" * size


def tar_header(name: str, size: int = 0, **said: str) -> bytes:
    """Of one member, in the format of pax: what is `said` goes before it, in a header of its own."""
    member = tarfile.TarInfo(name)
    member.size, member.pax_headers = size, said
    return member.tobuf(tarfile.PAX_FORMAT)


MUCH = {f"{number:x}": "" for number in range(7_000)}


@pytest.mark.parametrize(
    "lie",
    [
        "idx header",
        "idx bomb",
        "npz header",
        "npz bomb",
        "usps line",
        "usps index",
        "tar name",
        "tar size",
        "tar header for all",
        "tar headers in a row",
        "tar sparse",
        "tar members",
    ],
)
def test_a_lie_takes_next_to_nothing(lie, tmp_path):
    path = tmp_path / "lie.npz"
    read = read_idx
    match lie:
        case "idx header":  # sixteen bytes that promise nearly two gigabytes
            path.write_bytes(struct.pack(">BBBBIII", 0, 0, 8, 3, 2**21 - 1, 32, 32))
        case "idx bomb":
            path.write_bytes(gzip.compress(struct.pack(">BBBBI", 0, 0, 8, 1, 5) + bytes(64 * MIB), 1))
        case "npz header":
            lying_npz(path, b"{'descr': '<f8', 'fortran_order': False, 'shape': (100000000, 2)}", b"")
            read = load
        case "npz bomb":
            lying_npz(path, b"{'descr': '|u1', 'fortran_order': False, 'shape': (2, 2)}", bytes(16 * MIB))
            read = load
        case "usps line":
            path.write_bytes(bz2.compress(b"1 " + b"1" * 32 * MIB, 1))
            read = usps
        case "usps index":
            path.write_bytes(b"1 2147483647:1\n1 1:1\n")
            read = usps
        case "tar name":
            path.write_bytes(gzip.compress(endless_name(32 * MIB), 1))
            read = cifar
        case "tar size":
            member = tarfile.TarInfo("data_batch_1.bin")
            member.size = 3073 * 500_000
            path.write_bytes(gzip.compress(member.tobuf(tarfile.GNU_FORMAT) + bytes(MIB)))
            read = cifar
        case "tar header for all":  # kept with every member that follows
            headers = tarfile.TarInfo.create_pax_global_header(MUCH)
            path.write_bytes(headers + b"".join(tar_header(f"{number}") for number in range(200)))
            read = cifar
        case "tar headers in a row":
            path.write_bytes(100 * tar_header("a", **MUCH)[:-512] + tar_header("a"))
            read = cifar
        case "tar sparse":  # its content begins with a list of numbers
            numbers = b"2000000\n" + b"1\n" * 2_000_000
            said = {"GNU.sparse.major": "1", "GNU.sparse.minor": "0"}
            path.write_bytes(tar_header("a", len(numbers), **said) + numbers)
            read = cifar
        case "tar members":
            path.write_bytes(b"".join(tar_header(f"{number}") for number in range(20_000)))
            read = cifar
    # Twice, since the names of members also stand in Python's table of strings, which grows for the process as a whole.
    assert min(peak(read, path) for _ in range(2)) < 5 * MIB


@pytest.mark.parametrize(
    ("kind", "content"), [(14, b""), (15, zlib.compress(bytes(64 * MIB), 1))], ids=["that is short", "that is a bomb"]
)
def test_an_element_of_svhn_takes_next_to_nothing(kind, content, tmp_path):
    path = tmp_path / "lie.mat"
    size = len(content) or 2**31 - 1
    path.write_bytes(b" " * 124 + b"\0\1IM" + struct.pack("<II", kind, size) + content)
    assert peak(lambda file: read_svhn([file, file], MIB), path) < 5 * MIB


def test_content_beyond_the_limit_is_refused_before_it_is_unpacked(tmp_path):
    path = tmp_path / "honest"
    path.write_bytes(gzip.compress(struct.pack(">BBBBI", 0, 0, 8, 1, 64 * MIB) + bytes(64 * MIB), 1))
    with pytest.raises(DataError, match="67,108,864 bytes of unpacked content, expected at most 1,048,576"):
        read_idx(path, at_most=MIB)
    assert peak(lambda file: read_idx(file, at_most=MIB), path) < MIB


def test_usps_of_empty_rows_is_bounded_by_what_it_would_take(tmp_path):
    path = tmp_path / "rows"
    path.write_bytes(b"1\n" * 100_000)
    with pytest.raises(DataError, match="unpacked content"):
        read_usps([path, path], 8 * MIB)
    assert peak(lambda file: read_usps([file, file], 8 * MIB), path) < 16 * MIB


def test_a_tar_that_goes_on_for_ever_is_refused(tmp_path):
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as archive:
        member = tarfile.TarInfo("something else")
        member.size = 32 * MIB
        archive.addfile(member, io.BytesIO(bytes(member.size)))
    path = tmp_path / "endless.tar.gz"
    path.write_bytes(gzip.compress(file.getvalue(), 1))
    with pytest.raises(DataError, match="more than"):
        read_cifar10([path], MIB)
