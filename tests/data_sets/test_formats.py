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
from prenoise.data.formats import read_cifar10, read_idx, read_npz, read_svmlight

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
        np.float32, st.tuples(st.integers(1, 6), st.just(4)), elements=st.floats(-1, 1, width=32, allow_subnormal=False)
    ),
    packed=st.booleans(),
)
def test_svmlight_gives_back_the_values_to_rounding(tmp_path_factory, made, values, packed):
    path = tmp_path_factory.getbasetemp() / "values.svm"
    path.write_bytes(made.svmlight(values, np.arange(len(values)), packed))
    found, labels = read_svmlight(path, features=4)
    np.testing.assert_allclose(found, values, rtol=1e-6)
    np.testing.assert_array_equal(labels, np.arange(len(values)))


def test_svmlight_text_of_several_blocks_equals_scikit_learn_on_the_whole(tmp_path, made):
    from sklearn.datasets import load_svmlight_file

    values = np.random.default_rng(0).normal(size=(2500, 3)).astype(np.float32)
    path = tmp_path / "long.svm"
    path.write_bytes(made.svmlight(values, np.arange(2500) % 7, packed=False))
    whole = load_svmlight_file(str(path))
    found, labels = read_svmlight(path, features=3)
    np.testing.assert_array_equal(found, whole[0].toarray().astype(np.float32))
    np.testing.assert_array_equal(labels, whole[1])


def test_cifar_archive_gives_back_images_and_labels_in_order(tmp_path, made):
    content = made.arrays(train=30, test=6, shape=(32, 32, 3))
    images = np.concatenate([content["x_train"], content["x_test"]])
    labels = np.concatenate([content["y_train"], content["y_test"]])
    path = tmp_path / "cifar-10-binary.tar.gz"
    path.write_bytes(made.cifar(images, labels))
    x_train, y_train, x_test, y_test = read_cifar10(path)
    np.testing.assert_array_equal(np.concatenate([x_train, x_test]), images)
    np.testing.assert_array_equal(np.concatenate([y_train, y_test]), labels)
    assert len(x_train) == 30


def test_a_missing_file_a_folder_and_a_pipe_are_one_sentence(tmp_path):
    import os

    os.mkfifo(tmp_path / "pipe")
    for name, found in (("nothing", "no such file"), ("", "a folder"), ("pipe", "no regular file"), ("a\0b", "null")):
        with pytest.raises(DataError, match=found):
            read_idx(tmp_path / name)
