"""Arrays are checked as files are, and their content has one name on every machine."""

import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from prenoise.data import DataError, from_arrays


@pytest.mark.parametrize(
    ("dtype", "kept"),
    [("u1", "u1"), ("i8", "u1"), ("?", "u1"), ("f2", "f4"), ("f4", "f4"), (">f8", "f4"), (">i2", "u1")],
)
def test_examples_become_bytes_or_single_floats(made, dtype, kept):
    content = made.arrays(4, 2, (3,), 2)
    images = {key: (content[key] % 2).astype(dtype) for key in ("x_train", "x_test")}
    own = from_arrays(**(content | images))
    assert own.x_train.dtype == np.dtype(kept)
    assert own.y_train.dtype == np.int32
    np.testing.assert_array_equal(own.x_train, images["x_train"].astype(kept))


@pytest.mark.parametrize("dtype", ["u1", "i2", "i8", ">i4", "u8"])
def test_labels_of_any_integer_type_are_read(made, dtype):
    content = made.arrays(4, 2, (3,), 2)
    own = from_arrays(**(content | {"y_train": content["y_train"].astype(dtype)[:, None]}))
    assert own.y_train.tolist() == [0, 1, 0, 1]
    assert own.classes == 2


def test_lists_and_arrays_of_other_libraries_are_taken():
    import jax.numpy as jnp

    own = from_arrays([[0.0, 1.0], [1.0, 0.0]], [0, 1], jnp.ones((1, 2)), jnp.array([1]))
    assert own.shape == (2,)
    assert own.source == "own arrays"


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"x_train": [[1, 2], [3]]}, "no array"),
        ({"x_train": np.full((4, 3), np.nan), "x_test": np.zeros((2, 3))}, "in example 0"),
        ({"y_train": [0, 1, 2, 10**9]}, "the label 1000000000"),
        ({"y_test": [0, 5]}, "the label 5, expected labels from 0 to 1"),
        ({"y_train": ["a", "b", "a", "b"]}, "labels of type <U1"),
        ({"x_test": np.zeros((0, 3), np.uint8), "y_test": []}, "no examples"),
    ],
)
def test_arrays_that_do_not_fit_are_refused_in_one_sentence(made, change, sentence):
    with pytest.raises(DataError, match=sentence) as error:
        from_arrays(**(made.arrays(4, 2, (3,), 2) | change), name="mine")
    assert str(error.value).startswith("mine: ")


def test_nan_is_named_by_the_example_it_is_in(made):
    content = made.arrays(4, 2, (3,), 2)
    images = content["x_train"].astype(np.float32)
    images[2, 1] = np.inf
    with pytest.raises(DataError, match="example 2"):
        from_arrays(**(content | {"x_train": images}))


def test_content_hash_ignores_packing_byte_order_and_layout(made):
    content = made.arrays(4, 2, (3, 5), 2)
    floats = {key: content[key].astype("<f4") for key in ("x_train", "x_test")}
    one = from_arrays(**(content | floats))
    other = from_arrays(
        x_train=np.asfortranarray(floats["x_train"].astype(">f8")),
        y_train=content["y_train"].astype(">u2"),
        x_test=floats["x_test"].tolist(),
        y_test=content["y_test"],
    )
    assert one.content_hash == other.content_hash
    assert len(one.content_hash) == 64


@given(part=st.sampled_from(["x_train", "y_train", "x_test", "y_test"]), place=st.integers(0, 5))
def test_content_hash_changes_with_any_value(made, part, place):
    content = made.arrays(4, 2, (3,), 2)
    before = from_arrays(**content).content_hash
    values = content[part].copy()
    values.flat[place % values.size] ^= 1
    assert from_arrays(**(content | {part: values})).content_hash != before


def test_error_and_data_set_travel_between_processes(made):
    own = from_arrays(**made.arrays())
    assert pickle.loads(pickle.dumps(own)).content_hash == own.content_hash
    assert str(pickle.loads(pickle.dumps(DataError("a sentence")))) == "a sentence"
