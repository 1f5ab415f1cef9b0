"""Readers survive anything: arrays or a `DataError`, never another exception."""

import bz2
import gzip

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from prenoise.data import DataError, load
from prenoise.data.formats import read_cifar10, read_idx, read_stl10, read_svhn, read_usps

MOST = 1 << 22
EDITS = st.lists(st.tuples(st.integers(0, 2**20), st.integers(0, 255)), min_size=1, max_size=8)
CUT = st.one_of(st.none(), st.integers(0, 2**20))
PACKINGS = {"plain": bytes, "gzip": lambda data: gzip.compress(data, 1), "bzip2": lambda data: bz2.compress(data, 1)}


@pytest.fixture(scope="module")
def survives(tmp_path_factory):
    """A check that a reader makes arrays or a `DataError` of these bytes."""
    path = tmp_path_factory.mktemp("fuzz") / "file.npz"

    def check(reader, content: bytes) -> None:
        path.write_bytes(content)
        try:
            reader(path)
        except DataError as error:
            sentence = str(error)
        else:
            return
        assert str(path) in sentence

    return check


def mutated(content: bytes, edits, cut) -> bytes:
    changed = bytearray(content)
    for position, value in edits:
        changed[position % len(changed)] = value
    return bytes(changed if cut is None else changed[: cut % len(changed)])


def idx(path):
    return read_idx(path, at_most=MOST)


def usps(path):
    return read_usps([path, path], MOST)


def cifar(path):
    return read_cifar10([path], MOST)


def stl10(path):
    return read_stl10([path], MOST)


def svhn(path):
    return read_svhn([path, path], MOST)


@pytest.mark.parametrize("reader", [idx, usps, cifar, stl10, svhn, load])
@given(
    content=st.binary(max_size=200),
    start=st.sampled_from([b"", b"\0\0\x08\x03", b"\x1f\x8b\x08", b"BZh9", b"PK\3\4", b" " * 124 + b"\0\1IM"]),
)
@settings(max_examples=60, deadline=None)
def test_any_bytes(survives, reader, content, start):
    survives(reader, start + content)


@given(edits=EDITS, cut=CUT, packing=st.sampled_from(["plain", "gzip"]), after=st.booleans())
@settings(max_examples=150, deadline=None)
def test_damaged_idx(survives, made, edits, cut, packing, after):
    content = made.idx(np.arange(24, dtype=np.uint8).reshape(2, 3, 4))
    pack = PACKINGS[packing]
    survives(idx, mutated(pack(content), edits, cut) if after else pack(mutated(content, edits, cut)))


@given(edits=EDITS, cut=CUT, compressed=st.booleans())
@settings(max_examples=300, deadline=None)
def test_damaged_npz(survives, made, edits, cut, compressed):
    survives(load, mutated(made.npz(made.arrays(4, 2, (2, 2), 2), compressed), edits, cut))


@given(edits=EDITS, name=st.sampled_from(["x_train", "y_test"]))
@settings(max_examples=200, deadline=None)
def test_damaged_array_in_a_sound_npz(survives, made, tmp_path_factory, edits, name):
    import io
    import zipfile

    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for key, values in made.arrays(4, 2, (2, 2), 2).items():
            member = io.BytesIO()
            np.save(member, values)
            content = member.getvalue()
            archive.writestr(f"{key}.npy", mutated(content, edits, None) if key == name else content)
    survives(load, file.getvalue())


@given(
    tokens=st.lists(
        st.one_of(
            st.sampled_from(
                ["1", "7", "\n", "1:0.5", "2:-1", "9:nan", "3:1e999", "qid:3", "#", ":", "2:", ":2", "-0:1"]
            ),
            st.text(max_size=6),
        ),
        max_size=30,
    ),
    packing=st.sampled_from(sorted(PACKINGS)),
)
@settings(max_examples=200, deadline=None)
def test_usps_of_any_words(survives, tokens, packing):
    survives(usps, PACKINGS[packing](" ".join(tokens).encode("utf-8", "surrogatepass")))


@given(edits=EDITS, cut=CUT, after=st.booleans())
@settings(max_examples=150, deadline=None)
def test_damaged_usps(survives, made, edits, cut, after):
    content = made.usps(np.full((3, 9), 0.5, np.float32), np.arange(1, 4), packed=False)
    pack = PACKINGS["bzip2"]
    survives(usps, mutated(pack(content), edits, cut) if after else pack(mutated(content, edits, cut)))


@given(edits=EDITS, in_header=st.booleans(), cut=CUT, after=st.booleans())
@settings(max_examples=150, deadline=None)
def test_damaged_cifar_archive(survives, made, edits, in_header, cut, after):
    packed = made.cifar(np.zeros((6, 32, 32, 3), np.uint8), np.arange(6))
    content = gzip.decompress(packed)
    if after:
        survives(cifar, mutated(packed, edits, cut))
        return
    if in_header:  # a tar header is where the lies are
        edits = [(position % 512 + 4096 * (position % 2), value) for position, value in edits]
    survives(cifar, gzip.compress(mutated(content, edits, cut), 1))


@given(edits=EDITS, cut=CUT, compressed=st.booleans())
@settings(max_examples=300, deadline=None)
def test_damaged_svhn(survives, made, edits, cut, compressed):
    content = made.svhn(np.zeros((2, 4, 4, 3), np.uint8), np.arange(2), compressed)
    survives(svhn, mutated(content, edits, cut))


@given(edits=EDITS)
@settings(max_examples=300, deadline=None)
def test_damaged_array_in_sound_packing_of_svhn(survives, made, edits):
    import struct
    import zlib

    content = made.svhn(np.zeros((2, 4, 4, 3), np.uint8), np.arange(2), compressed=False)
    packed = zlib.compress(mutated(content[128:], [(position % 80, value) for position, value in edits], None))
    survives(svhn, content[:128] + struct.pack("<II", 15, len(packed)) + packed)
