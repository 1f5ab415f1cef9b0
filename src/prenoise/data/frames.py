"""Digits of one data set in the picture frame of another."""

from typing import Literal

import numpy as np

from .errors import DataError


def usps_to_mnist_frame(images: np.ndarray, how: Literal["centre", "resize"] = "centre") -> np.ndarray:
    """USPS digits as MNIST shows them: n x 28 x 28, uint8, ink 255 on paper 0.

    USPS digits fill their 16 x 16 pixels; MNIST's fill the middle 20 x 20 of 28 x 28. So `"centre"` enlarges to 20 x 20
    and puts that in the middle, while `"resize"` enlarges to 28 x 28 and leaves no margin. Interpolation is linear.
    Images are uint8, or floats from -1 (paper) to 1 (ink) as in the USPS files.

    >>> usps_to_mnist_frame(np.ones((1, 16, 16), np.float32))[0, 14, :6]
    array([  0,   0,   0,   0, 255, 255], dtype=uint8)
    """
    images = np.asarray(images)
    if images.ndim == 2 and images.shape[1] == 256:
        images = images.reshape(-1, 16, 16)
    if images.ndim != 3 or images.shape[1:] != (16, 16):
        raise DataError(f"cannot frame an array of shape {images.shape}: expected USPS images, examples x 16 x 16")
    ink = images.astype(np.float32)
    if images.dtype != np.uint8:
        if not (np.abs(ink) <= 1).all():
            raise DataError("cannot frame images with values outside -1 to 1: expected those of the USPS files")
        ink = (ink + 1) * 127.5
    if how == "resize":
        return np.rint(_enlarged(ink, 28)).astype(np.uint8)
    if how != "centre":
        raise DataError(f"cannot frame images by {how!r}: expected 'centre' or 'resize'")
    framed = np.zeros((len(ink), 28, 28), np.uint8)
    framed[:, 4:24, 4:24] = np.rint(_enlarged(ink, 20))
    return framed


def _enlarged(images: np.ndarray, size: int) -> np.ndarray:
    """Images resized to `size` x `size`: pixels are little squares, and the outermost reach beyond the edge."""
    length = images.shape[1]
    position = np.clip((np.arange(size) + 0.5) * length / size - 0.5, 0, length - 1)
    before = np.minimum(position.astype(int), length - 2)
    share = position - before
    weights = np.zeros((size, length), np.float32)
    weights[np.arange(size), before] = 1 - share
    weights[np.arange(size), before + 1] += share
    return weights @ images @ weights.T
