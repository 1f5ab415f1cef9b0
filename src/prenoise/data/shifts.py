"""Images moved, turned and resized: test sets that a network has not been trained for.

Every function takes a batch, examples x height x width (x channels), uint8 or float, and returns one of the same shape:
uint8 for uint8, float32 for floats. All images of a batch are changed by the same strength, each in a direction of its
own that depends on `seed` and its place in the batch alone. Values between pixels are interpolated linearly; what comes
in from outside is `fill`. Strength 0 gives the images back.
"""

import numpy as np

from .errors import DataError

_IMAGES_AT_ONCE = 256


def translate(images: np.ndarray, pixels: float | int, *, seed: int, fill: float | int = 0.0) -> np.ndarray:
    """Each image moved `pixels` far, in a random direction.

    >>> dot = np.zeros((1, 9, 9), np.uint8)
    >>> dot[0, 4, 4] = 200
    >>> moved = translate(dot, 2, seed=0)
    >>> int(moved[0, 4, 4])
    0
    """
    angle = 2 * np.pi * _uniform(len(images), seed)
    offset = -pixels * np.stack([np.sin(angle), np.cos(angle)], axis=1)
    return affine(images, np.broadcast_to(np.eye(2), (len(images), 2, 2)), offset, fill=fill)


def rotate(images: np.ndarray, degrees: float | int, *, seed: int, fill: float | int = 0.0) -> np.ndarray:
    """Each image turned by `degrees` about its middle, to the left or to the right at random."""
    angle = np.deg2rad(degrees) * _sign(len(images), seed)
    cos, sin = np.cos(angle), np.sin(angle)
    matrix = np.stack([np.stack([cos, -sin], axis=1), np.stack([sin, cos], axis=1)], axis=1)
    return affine(images, matrix, np.zeros((len(images), 2)), fill=fill)


def scale(images: np.ndarray, strength: float | int, *, seed: int, fill: float | int = 0.0) -> np.ndarray:
    """Each image made larger or smaller at random, by the factor 1 + `strength` or its inverse; the middle stays."""
    if strength <= -1:
        raise DataError(f"cannot scale images by a strength of {strength:g}: it must be above -1")
    factor = (1.0 + strength) ** _sign(len(images), seed)
    matrix = np.eye(2) / factor[:, None, None]
    return affine(images, matrix, np.zeros((len(images), 2)), fill=fill)


def affine(images: np.ndarray, matrix: np.ndarray, offset: np.ndarray, *, fill: float | int = 0.0) -> np.ndarray:
    """Images whose pixel at position p, measured from the middle, is the original's at `matrix` p + `offset`.

    `matrix` is examples x 2 x 2 and `offset` examples x 2, rows first. One image of it is
    `scipy.ndimage.affine_transform(..., order=1, mode="grid-constant", cval=fill)`, with its origin in the middle.
    """
    images = np.asarray(images)
    if images.ndim not in (3, 4):
        raise DataError(f"cannot shift an array of shape {images.shape}: expected images, examples x height x width")
    if images.dtype != np.uint8 and images.dtype.kind != "f":
        raise DataError(f"cannot shift images of type {images.dtype}: expected uint8 or floats")
    shifted = np.empty(images.shape, np.uint8 if images.dtype == np.uint8 else np.float32)
    for start in range(0, len(images), _IMAGES_AT_ONCE):
        block = slice(start, start + _IMAGES_AT_ONCE)
        values = _sample(images[block], matrix[block], offset[block], fill)
        shifted[block] = np.rint(values).clip(0, 255) if shifted.dtype == np.uint8 else values
    return shifted


def _sample(images: np.ndarray, matrix: np.ndarray, offset: np.ndarray, fill: float | int) -> np.ndarray:
    """Bilinear interpolation at every target pixel's source position, for a block of images at once."""
    count, height, width = images.shape[:3]
    middle = np.array([(height - 1) / 2, (width - 1) / 2])
    grid = np.stack(np.meshgrid(np.arange(height), np.arange(width), indexing="ij")).reshape(2, -1) - middle[:, None]
    source = matrix @ grid + (offset + middle)[:, :, None]
    # A frame of one pixel of `fill` all round; whatever lies beyond it is as good as on it.
    frame = [(0, 0), (1, 1), (1, 1)] + [(0, 0)] * (images.ndim - 3)
    padded = np.pad(images.astype(np.float32), frame, constant_values=fill)
    row = np.clip(source[:, 0] + 1, 0, height + 1)
    column = np.clip(source[:, 1] + 1, 0, width + 1)
    top = np.minimum(row.astype(np.int32), height)
    left = np.minimum(column.astype(np.int32), width)
    down = (row - top).astype(np.float32).reshape(count, height, width, *[1] * (images.ndim - 3))
    right = (column - left).astype(np.float32).reshape(down.shape)
    corner = np.arange(count)[:, None] * ((height + 2) * (width + 2)) + top * (width + 2) + left
    pixels = padded.reshape(-1, *images.shape[3:])

    def at(step: int) -> np.ndarray:
        return pixels[corner + step].reshape(images.shape)

    upper = at(0) + right * (at(1) - at(0))
    lower = at(width + 2) + right * (at(width + 3) - at(width + 2))
    return upper + down * (lower - upper)


def _uniform(count: int, seed: int) -> np.ndarray:
    """Numbers from [0, 1), from raw bits that numpy keeps the same from version to version."""
    return (np.random.Philox(key=seed).random_raw(count) >> np.uint64(11)) * 2.0**-53


def _sign(count: int, seed: int) -> np.ndarray:
    """-1.0 or 1.0."""
    return np.where(_uniform(count, seed) < 0.5, -1.0, 1.0)
