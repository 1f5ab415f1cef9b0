"""What loaders and samplers give: batches of inputs and labels."""

from typing import Any

import numpy as np

from prenoise.errors import UserError


def inputs_and_labels(batch: Any, source: str) -> tuple[Any, Any]:
    """The two parts of a batch; `source` is what gave it.

    >>> inputs_and_labels([1, 2, 3], "sampler")
    Traceback (most recent call last):
    prenoise.errors.UserError: the sampler gave 3 things: expected (inputs, labels)
    """
    if isinstance(batch, tuple | list) and len(batch) == 2:
        return batch[0], batch[1]
    found = f"{len(batch)} things" if isinstance(batch, tuple | list) else f"a {type(batch).__name__}"
    raise UserError(f"the {source} gave {found}: expected (inputs, labels)")


def as_array(labels: Any) -> np.ndarray:
    """Labels of any framework, from whatever device."""
    return np.asarray(labels.cpu() if hasattr(labels, "cpu") else labels)


def check_labels(labels: np.ndarray, shape: tuple[int, ...], classes: int) -> None:
    """Raise unless there is one for each place in `shape`, and every one names a class."""
    whole = labels.dtype.kind in "iu"
    if labels.shape != shape or not whole or (labels.size and not 0 <= labels.min() <= labels.max() < classes):
        found = f" from {labels.min()} to {labels.max()}" if labels.size else ""
        raise UserError(
            f"found labels{found} of type {labels.dtype} and shape {labels.shape}: "
            f"expected whole numbers from 0 to {classes - 1} of shape {shape}"
        )
