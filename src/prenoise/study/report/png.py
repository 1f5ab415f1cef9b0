"""Small images as text that a page or a chart can hold: PNG written here, for a matrix needs no library."""

import base64
import struct
import zlib

import numpy as np

_CIVIDIS = [
    "#00204d",
    "#00336f",
    "#39486b",
    "#575d6d",
    "#707173",
    "#8a8779",
    "#a69d75",
    "#c4b56c",
    "#e4cf5b",
    "#ffea46",
]
"""Dark to bright, the same for all eyes. Nuñez, Anderton and Renslow, PLoS ONE 13 (2018)."""


def colours() -> np.ndarray:
    """256 colours from dark to bright, red, green and blue from 0 to 255."""
    anchors = np.array([[int(code[i : i + 2], 16) for i in (1, 3, 5)] for code in _CIVIDIS], float)
    at = np.linspace(0, len(anchors) - 1, 256)
    return (
        np.stack([np.interp(at, range(len(anchors)), anchors[:, band]) for band in range(3)], axis=1)
        .round()
        .astype(np.uint8)
    )


def shaded(matrix: np.ndarray, low: float | int = 0, high: float | int = 1) -> str:
    """A matrix as an image, a pixel an entry, from dark (`low`) to bright (`high`)."""
    span = np.nan_to_num((matrix - low) / (high - low), nan=0.0)
    return _data_url(np.clip(span * 255, 0, 255).round().astype(np.uint8), 3, colours())


def picture(image: np.ndarray) -> str:
    """An image (height x width, or x 3), uint8, as it is."""
    return _data_url(image.astype(np.uint8), 0 if image.ndim == 2 else 2)


def _data_url(pixels: np.ndarray, kind: int, palette: np.ndarray | None = None) -> str:
    height, width = pixels.shape[:2]
    lines = b"".join(b"\0" + row.tobytes() for row in pixels)
    parts = [(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, kind, 0, 0, 0))]
    if palette is not None:
        parts.append((b"PLTE", palette.tobytes()))
    parts += [(b"IDAT", zlib.compress(lines, 9)), (b"IEND", b"")]
    chunks = (struct.pack(">I", len(c)) + n + c + struct.pack(">I", zlib.crc32(n + c)) for n, c in parts)
    return "data:image/png;base64," + base64.b64encode(b"\x89PNG\r\n\x1a\n" + b"".join(chunks)).decode()
