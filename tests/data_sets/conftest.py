"""What the tests of the data sets share: tiny files, made to order."""

import bz2
import gzip
import io
import struct
import tarfile
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

CIFAR_BATCHES = (*(f"data_batch_{number}.bin" for number in range(1, 6)), "test_batch.bin")


@pytest.fixture(autouse=True)
def _no_data_folder(monkeypatch, tmp_path):
    """Tests say where data lies; nothing of this machine leaks in, and nothing goes through a proxy."""
    monkeypatch.setenv("PRENOISE_DATA", str(tmp_path / "no data here"))
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("no_proxy", "127.0.0.1")


@pytest.fixture(scope="session")
def made():
    """Functions that make files in every format, as bytes."""
    return SimpleNamespace(
        arrays=_arrays, idx=_idx, idx_set=_idx_set, npz=_npz, usps=_usps, cifar=_cifar, stl10=_stl10, svhn=_svhn
    )


def _arrays(train: int = 40, test: int = 20, shape: tuple[int, ...] = (28, 28), classes: int = 10) -> dict:
    """A tiny data set, every class in both parts."""
    rng = np.random.default_rng(0)
    return {
        "x_train": rng.integers(0, 256, (train, *shape)).astype(np.uint8),
        "y_train": np.arange(train) % classes,
        "x_test": rng.integers(0, 256, (test, *shape)).astype(np.uint8),
        "y_test": np.arange(test) % classes,
    }


def _idx(values: np.ndarray) -> bytes:
    code = {"u1": 0x08, "i1": 0x09, "i2": 0x0B, "i4": 0x0C, "f4": 0x0D, "f8": 0x0E}[values.dtype.str[1:]]
    header = struct.pack(f">BBBB{values.ndim}I", 0, 0, code, values.ndim, *values.shape)
    return header + values.astype(values.dtype.newbyteorder(">")).tobytes()


def _idx_set(folder: Path, arrays: dict, packed: bool = True) -> None:
    """The four files of a set like MNIST."""
    folder.mkdir(parents=True)
    for part, key in (("train", "train"), ("t10k", "test")):
        for name, values in (("images-idx3", arrays[f"x_{key}"]), ("labels-idx1", arrays[f"y_{key}"])):
            content = _idx(values.astype(np.uint8))
            if packed:
                (folder / f"{part}-{name}-ubyte.gz").write_bytes(gzip.compress(content))
            else:
                (folder / f"{part}-{name}-ubyte").write_bytes(content)


def _npz(arrays: dict, compressed: bool = True) -> bytes:
    file = io.BytesIO()
    (np.savez_compressed if compressed else np.savez)(file, **arrays)
    return file.getvalue()


def _usps(values: np.ndarray, labels: np.ndarray, packed: bool = True) -> bytes:
    lines = (
        f"{label} " + " ".join(f"{i}:{value:.9g}" for i, value in enumerate(row, 1) if value)
        for row, label in zip(values, labels, strict=True)
    )
    text = "\n".join(lines).encode() + b"\n"
    return bz2.compress(text) if packed else text


def _tar(members: dict[str, bytes], folder: str = "folder") -> bytes:
    """A gzipped tar of these files, in a folder as the authors of data sets like it."""
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w:gz") as archive:
        for name, content in members.items():
            member = tarfile.TarInfo(f"{folder}/{name}")
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return file.getvalue()


def _cifar(images: np.ndarray, labels: np.ndarray, batches: tuple[str, ...] = CIFAR_BATCHES) -> bytes:
    """The archive, the records dealt out to its batches in order; labels are a column each."""
    labels = labels.astype(np.uint8).reshape(len(images), -1)
    records = np.concatenate([labels, images.transpose(0, 3, 1, 2).reshape(len(images), -1)], axis=1)
    parts = np.array_split(records, len(batches))
    return _tar({name: part.tobytes() for name, part in zip(batches, parts, strict=True)})


def _stl10(arrays: dict, besides: dict[str, bytes] | None = None) -> bytes:
    """The archive, as the authors describe it: a channel at a time, column by column, labels from 1."""
    members = {"unlabeled_X.bin": bytes(7), "class_names.txt": b"airplane"} | (besides or {})
    for part in ("test", "train"):
        images = arrays[f"x_{part}"]
        columns = [image[:, :, channel].flatten(order="F") for image in images for channel in range(3)]
        members[f"{part}_X.bin"] = np.concatenate(columns).tobytes()
        members[f"{part}_y.bin"] = (arrays[f"y_{part}"] + 1).astype(np.uint8).tobytes()
    return _tar(members, "stl10_binary")


def _svhn(images: np.ndarray, labels: np.ndarray, compressed: bool = True, **others: object) -> bytes:
    """The file, as scipy writes it: examples along the last axis, and the digit 0 labelled 10."""
    from scipy.io import savemat

    file = io.BytesIO()
    columns = np.where(labels == 0, 10, labels).astype(np.uint8)[:, None]
    arrays = {"X": images.transpose(1, 2, 3, 0), "y": columns}
    savemat(file, others | arrays, do_compression=compressed)
    return file.getvalue()


class Mirror(ThreadingHTTPServer):
    """A server on loopback. `manners` says, for a path's first folder, how it treats what is asked for there."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answer)
        self.files: dict[str, bytes] = {}
        self.asked: list[tuple[str, str | None]] = []
        self.patience = 0.0

    def __getitem__(self, manner: str) -> str:
        return f"http://127.0.0.1:{self.server_port}/{manner}/"


class Answer(BaseHTTPRequestHandler):
    server: Mirror

    def do_GET(self) -> None:
        _, manner, name = self.path.split("/")
        wanted = self.headers.get("Range")
        self.server.asked.append((self.path, wanted))
        content = self.server.files.get(name)
        if manner == "missing" or content is None:
            self.send_error(404)
            return
        if manner == "other":
            content = bytes(len(content))
        if manner == "endless":
            content = content + bytes(1 << 20)
        start = int(wanted.removeprefix("bytes=").removesuffix("-")) if wanted and manner != "rangeless" else 0
        if start and start >= len(content):
            self.send_error(416)
            return
        self.send_response(206 if start else 200)
        if start:
            self.send_header("Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}")
        body = content[start:]
        self.send_header("Content-Length", str(len(body)))
        if manner == "mislabelled" and "gzip" in self.headers.get("Accept-Encoding", ""):
            self.send_header("Content-Encoding", "gzip")
        self.end_headers()
        if manner in ("cut", "halves"):
            body = body[: len(body) // 2] if manner == "cut" or len(body) > 50_000 else body
        for at in range(0, len(body), 1 << 14):
            self.wfile.write(body[at : at + (1 << 14)])
            self.wfile.flush()
            if manner == "slow":
                time.sleep(self.server.patience)
        self.close_connection = True

    def log_message(self, format, *args) -> None:
        pass


@pytest.fixture
def server():
    mirror = Mirror()
    thread = threading.Thread(target=mirror.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield mirror
    mirror.shutdown()
    thread.join()
    mirror.server_close()
