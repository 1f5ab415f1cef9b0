"""Shifted copies agree with scipy, depend on the seed alone, and are quick."""

import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage

from prenoise.data import DataError, shifts, usps_to_mnist_frame

MOVES = {"translate": (shifts.translate, 2.6), "rotate": (shifts.rotate, 31.0), "scale": (shifts.scale, 0.35)}
every_move = pytest.mark.parametrize("move", MOVES)


def images(dtype=np.float32, shape=(3, 9, 12)) -> np.ndarray:
    values = np.random.default_rng(0).uniform(0, 255, shape)
    return values.astype(dtype)


@given(
    numbers=st.lists(st.floats(-2, 2), min_size=4, max_size=4),
    offset=st.lists(st.floats(-9, 9), min_size=2, max_size=2),
    fill=st.sampled_from([0.0, -1.0, 77.5]),
    channels=st.booleans(),
)
@settings(deadline=None)
def test_affine_is_scipy_s(numbers, offset, fill, channels):
    batch = images(shape=(2, 5, 6, 3) if channels else (2, 5, 6))
    matrix, move = np.reshape(numbers, (2, 2)), np.array(offset)
    found = shifts.affine(batch, np.stack([matrix, np.eye(2)]), np.stack([move, np.zeros(2)]), fill=fill)
    middle = np.array([2, 2.5])
    layers = np.moveaxis(batch[0], -1, 0) if channels else batch[:1]
    expected = [
        ndimage.affine_transform(
            layer.astype(float), matrix, middle - matrix @ middle + move, order=1, mode="grid-constant", cval=fill
        )
        for layer in layers
    ]
    result = np.moveaxis(found[0], -1, 0) if channels else found[:1]
    np.testing.assert_allclose(result, expected, atol=2e-3)
    np.testing.assert_allclose(found[1], batch[1], atol=1e-4)


def test_a_rotation_is_scipy_s_rotation_to_the_left_or_right():
    batch = images(shape=(20, 11, 11))
    turned = shifts.rotate(batch, 30, seed=3)
    for image, found in zip(batch, turned, strict=True):
        both = [ndimage.rotate(image, sign * 30, reshape=False, order=1, mode="grid-constant") for sign in (1, -1)]
        assert min(np.abs(found - expected).max() for expected in both) < 1e-2


def test_a_translation_moves_by_its_strength_in_all_directions():
    batch = np.zeros((400, 21, 21), np.float32)
    batch[:, 10, 10] = 1
    moved = shifts.translate(batch, 4, seed=0)
    centre = np.array([ndimage.center_of_mass(image) for image in moved]) - 10
    np.testing.assert_allclose(np.hypot(*centre.T), 4, atol=1e-3)
    angles = np.sort(np.arctan2(*centre.T))
    assert np.diff(angles).max() < 0.15


def test_a_scaling_is_by_the_factor_or_its_inverse():
    batch = np.zeros((50, 41, 41), np.float32)
    batch[:, 10:31, 10:31] = 1
    area = shifts.scale(batch, 0.25, seed=0).sum(axis=(1, 2)) / batch[0].sum()
    assert set(np.round(area / np.where(area > 1, 1.25**2, 1.25**-2), 1)) == {1.0}
    assert 10 < (area > 1).sum() < 40


@every_move
@pytest.mark.parametrize("dtype", [np.uint8, np.float32])
def test_strength_zero_gives_the_images_back(move, dtype):
    function, _ = MOVES[move]
    np.testing.assert_allclose(function(images(dtype), 0.0, seed=1), images(dtype), atol=1e-4)


@every_move
def test_the_seed_decides_and_the_batch_does_not(move):
    function, strength = MOVES[move]
    batch = images(np.uint8, (600, 7, 7))
    whole = function(batch, strength, seed=5)
    np.testing.assert_array_equal(whole, function(batch, strength, seed=5))
    np.testing.assert_array_equal(whole[:300], function(batch[:300], strength, seed=5))
    assert (whole != function(batch, strength, seed=6)).any()
    assert whole.dtype == np.uint8
    assert whole.shape == batch.shape


@every_move
def test_bytes_are_the_floats_rounded(move):
    function, strength = MOVES[move]
    batch = images(np.uint8)
    floats = function(batch.astype(np.float32), strength, seed=2)
    np.testing.assert_array_equal(function(batch, strength, seed=2), np.rint(floats))


@every_move
def test_what_comes_in_from_outside_is_the_fill(move):
    function, strength = MOVES[move]
    np.testing.assert_allclose(function(np.full((9, 8, 8), -1.0), strength, seed=0, fill=-1.0), -1, atol=1e-6)


@pytest.mark.slow
@every_move
def test_ten_thousand_images_take_a_few_seconds_at_most(move):
    function, strength = MOVES[move]
    batch = np.zeros((10_000, 28, 28), np.uint8)
    start = time.process_time()
    function(batch, strength, seed=0)
    assert time.process_time() - start < 5


@pytest.mark.parametrize(
    ("batch", "sentence"),
    [(np.zeros((3, 784), np.uint8), r"shape \(3, 784\)"), (np.zeros((3, 8, 8), np.int64), "type int64")],
)
def test_what_is_no_image_is_refused(batch, sentence):
    with pytest.raises(DataError, match=sentence):
        shifts.rotate(batch, 10, seed=0)
    with pytest.raises(DataError, match="above -1"):
        shifts.scale(images(), -1, seed=0)


@pytest.mark.parametrize(("how", "size"), [("centre", 20), ("resize", 28)])
def test_usps_is_enlarged_as_scipy_does(how, size):
    digits = np.random.default_rng(0).uniform(-1, 1, (3, 16, 16)).astype(np.float32)
    framed = usps_to_mnist_frame(digits, how)
    expected = np.zeros((3, 28, 28))
    edge = (28 - size) // 2
    inner = slice(edge, edge + size)
    for target, digit in zip(expected, (digits + 1) * 127.5, strict=True):
        target[inner, inner] = ndimage.zoom(digit, size / 16, order=1, mode="nearest", grid_mode=True)
    assert framed.shape == (3, 28, 28)
    assert framed.dtype == np.uint8
    assert np.abs(framed - expected).max() <= 0.51


def test_usps_bytes_floats_and_flat_rows_are_framed_alike():
    bytes_ = np.random.default_rng(0).integers(0, 256, (4, 16, 16)).astype(np.uint8)
    floats = bytes_ / np.float32(127.5) - 1
    np.testing.assert_allclose(usps_to_mnist_frame(bytes_), usps_to_mnist_frame(floats), atol=1)
    np.testing.assert_array_equal(usps_to_mnist_frame(bytes_), usps_to_mnist_frame(bytes_.reshape(4, 256)))


@pytest.mark.parametrize("wrong", [np.zeros((2, 28, 28)), np.full((1, 16, 16), 1.5), np.full((1, 16, 16), np.nan)])
def test_what_is_no_usps_digit_is_not_framed(wrong):
    with pytest.raises(DataError, match="USPS"):
        usps_to_mnist_frame(wrong)


@pytest.mark.slow
def test_framed_usps_looks_like_mnist(data_dir):
    from prenoise.data import load

    usps, mnist = load("usps", data_dir=data_dir), load("mnist", data_dir=data_dir)
    framed = usps_to_mnist_frame(usps.x_test)
    assert not framed[:, :4].any()
    assert abs(framed[:, 4:24, 4:24].mean() - mnist.x_test[:, 4:24, 4:24].mean()) < 40
