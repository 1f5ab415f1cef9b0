"""Readers give back what was written, whatever it is packed in."""

import gzip
import io
import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from prenoise.data import DataError
from prenoise.data.formats import read_cifar10, read_cifar100, read_idx, read_npz, read_stl10, read_svhn, read_usps

IDX_TYPES = st.sampled_from(["u1", "i1", "i2", "i4", "f4", "f8"]).map(np.dtype)
SHAPES = arrays.array_shapes(min_dims=1, max_dims=4, max_side=5)


@given(values=IDX_TYPES.flatmap(lambda dtype: arrays.arrays(dtype, SHAPES)), packed=st.booleans())
def test_idx_gives_back_the_values_plain_or_gzipped(tmp_path_factory, made, values, packed):
    path = tmp_path_factory.getbasetemp() / "values"
    path.write_bytes(gzip.compress(made.idx(values)) if packed else made.idx(values))
    found = read_idx(path)
    np.testing.assert_array_equal(found, values)
    assert found.dtype == values.dtype
    assert found.dtype.isnative


@given(
    values=st.sampled_from(["u1", "i8", "f2", "f4", ">f8", "?"]).flatmap(lambda d: arrays.arrays(np.dtype(d), SHAPES)),
    compressed=st.booleans(),
    fortran=st.booleans(),
)
def test_npz_gives_back_what_numpy_wrote(tmp_path_factory, made, values, compressed, fortran):
    values = np.asfortranarray(values) if fortran else values
    path = tmp_path_factory.getbasetemp() / "values.npz"
    path.write_bytes(made.npz({"x": values, "other": np.array([None])}, compressed))
    found = read_npz(path, ["x"])
    assert list(found) == ["x"]
    np.testing.assert_array_equal(found["x"], values)


def test_npz_written_by_python_two_is_read_without_a_warning(tmp_path):
    header = b"{'descr': '|u1', 'fortran_order': False, 'shape': (3L,), }".ljust(117) + b"\n"
    file = io.BytesIO(b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header + bytes([1, 2, 3]))
    import zipfile

    with zipfile.ZipFile(tmp_path / "old.npz", "w") as archive:
        archive.writestr("x.npy", file.getvalue())
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert read_npz(tmp_path / "old.npz", ["x"])["x"].tolist() == [1, 2, 3]


@given(
    values=arrays.arrays(
        np.float32,
        st.tuples(st.integers(1, 6), st.just(256)),
        elements=st.floats(-1, 1, width=32, allow_subnormal=False),
        fill=st.just(0.0),
    ),
    packed=st.booleans(),
)
def test_usps_gives_back_the_values_to_rounding_and_labels_from_zero(tmp_path_factory, made, values, packed):
    path = tmp_path_factory.getbasetemp() / "usps"
    path.write_bytes(made.usps(values, np.arange(1, len(values) + 1), packed))
    x_train, y_train, x_test, y_test = read_usps([path, path])
    np.testing.assert_allclose(x_train.reshape(-1, 256), values, rtol=1e-6)
    np.testing.assert_array_equal(y_train, np.arange(len(values)))
    np.testing.assert_array_equal(x_train, x_test)
    np.testing.assert_array_equal(y_train, y_test)


def test_usps_is_read_as_scikit_learn_reads_it(tmp_path, made):
    sklearn = pytest.importorskip("sklearn.datasets")
    values = np.random.default_rng(0).normal(size=(300, 256)).astype(np.float32)
    path = tmp_path / "usps"
    path.write_bytes(made.usps(values, np.arange(300) % 7 + 1, packed=False))
    expected, labels = sklearn.load_svmlight_file(str(path))
    x_train, y_train, *_ = read_usps([path, path])
    np.testing.assert_array_equal(x_train.reshape(-1, 256), expected.toarray().astype(np.float32))
    np.testing.assert_array_equal(y_train, labels - 1)


@pytest.mark.parametrize(
    ("read", "batches"),
    [
        (read_cifar10, (*(f"data_batch_{number}.bin" for number in range(1, 6)), "test_batch.bin")),
        (read_cifar100, (*["train.bin"], "test.bin")),
    ],
)
def test_cifar_archives_give_back_images_and_labels_in_order(tmp_path, made, read, batches):
    images = np.random.default_rng(0).integers(0, 256, (36, 32, 32, 3)).astype(np.uint8)
    fine = np.arange(36) % 100
    labels = fine if read is read_cifar10 else np.stack([fine // 5, fine], axis=1)
    path = tmp_path / "archive.tar.gz"
    path.write_bytes(made.cifar(images, labels, batches))
    x_train, y_train, x_test, y_test = read([path])
    np.testing.assert_array_equal(np.concatenate([x_train, x_test]), images)
    np.testing.assert_array_equal(np.concatenate([y_train, y_test]), fine)
    assert len(x_test) == 36 // len(batches)


def test_stl10_archive_gives_back_images_and_labels_and_reads_no_further(tmp_path, made):
    content = made.arrays(train=10, test=20, shape=(96, 96, 3))
    path = tmp_path / "stl10_binary.tar.gz"
    for behind in ({}, {"unlabeled_X.bin": bytes(1 << 22), "fold_indices.txt": b"0 1"}):
        archive = made.stl10(content, behind)
        path.write_bytes(archive)
        for name, found in zip(("x_train", "y_train", "x_test", "y_test"), read_stl10([path]), strict=True):
            np.testing.assert_array_equal(found, content[name])


@pytest.mark.parametrize("compressed", [True, False])
def test_svhn_gives_back_images_and_digits_as_scipy_does(tmp_path, made, compressed):
    from scipy.io import loadmat

    images = np.random.default_rng(0).integers(0, 256, (12, 32, 32, 3)).astype(np.uint8)
    others = {"note": "text is left alone", "cells": np.array([1, "a"], object), "wave": np.array([1j, 2])}
    path = tmp_path / "train_32x32.mat"
    path.write_bytes(made.svhn(images, np.arange(12) % 10, compressed, **others))
    x_train, y_train, x_test, y_test = read_svhn([path, path])
    np.testing.assert_array_equal(x_train, images)
    np.testing.assert_array_equal(y_train, np.arange(12) % 10)
    np.testing.assert_array_equal(x_test.transpose(1, 2, 3, 0), loadmat(path)["X"])
    np.testing.assert_array_equal(y_test, loadmat(path)["y"][:, 0] % 10)


def test_a_missing_file_a_folder_and_a_pipe_are_one_sentence(tmp_path):
    import os

    cases = [("nothing", "no such file"), ("", "a folder"), ("a\0b", "null")]
    if hasattr(os, "mkfifo"):
        os.mkfifo(tmp_path / "pipe")
        cases.append(("pipe", "no regular file"))
    for name, found in cases:
        with pytest.raises(DataError, match=found):
            read_idx(tmp_path / name)
