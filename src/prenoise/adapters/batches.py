"""What loaders and samplers give: batches of inputs and labels, in the forms in which people write them."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from prenoise.errors import UserError

LABEL_NAMES = ("labels", "label", "targets", "target")
"""Names of the labels in a batch that is a dict."""

IGNORED = -100
"""The label of a place that does not count, as PyTorch and Hugging Face have it."""


def inputs_and_labels(batch: Any, source: str) -> tuple[Any, Any]:
    """The inputs and the labels of a `batch`; `source` is what gave it, for the message.

    A batch is a pair, a sequence whose last part are the labels, or a dict that holds them under one of `LABEL_NAMES`.
    The parts before the labels, or all other entries of the dict, are the inputs.

    >>> inputs_and_labels({"ids": 1, "mask": 2, "labels": 3}, "sampler")
    ({'ids': 1, 'mask': 2}, 3)
    >>> inputs_and_labels([1], "sampler")
    Traceback (most recent call last):
    prenoise.errors.UserError: the sampler gave a batch of 1 part: expected (inputs, labels) or a dict with labels
    """
    match batch:
        case Mapping():
            name = next((name for name in LABEL_NAMES if name in batch), None)
            if name is not None:
                return {key: value for key, value in batch.items() if key != name}, batch[name]
            found = f"a dict of {', '.join(map(str, batch))}"
        case object(shape=_):  # pyrefly: ignore[missing-attribute] (an array, which is a sequence too since NumPy 2.5)
            found = f"a {type(batch).__name__}"
        case [inputs, labels]:
            return inputs, labels
        case [*inputs, labels] if inputs:
            return tuple(inputs), labels
        case [*parts]:
            found = f"a batch of {len(parts)} part{'' if len(parts) == 1 else 's'}"
        case _:
            found = f"a {type(batch).__name__}"
    raise UserError(f"the {source} gave {found}: expected (inputs, labels) or a dict with labels")


def inputs_of(batch: Any) -> Any:
    """The inputs of a `batch`, whether or not labels come with them."""
    match batch:
        case object(shape=_):  # pyrefly: ignore[missing-attribute]
            return batch
        case [inputs]:
            return inputs
        case Mapping() if not any(name in batch for name in LABEL_NAMES):
            return batch
        case Mapping() | [*_]:
            return inputs_and_labels(batch, "loader")[0]
    return batch


def class_axis(scores: tuple[int, ...], labels: tuple[int, ...] | None, axis: int | None) -> int:
    """The axis of the classes in scores of that shape: `axis` if it is given, else what the shape of `labels` says.

    That is the last, as in a text, or the second, as PyTorch has it in images.

    >>> class_axis((2, 5, 8), (2, 5), None), class_axis((2, 8, 5, 5), (2, 5, 5), None)
    (-1, 1)
    >>> class_axis((2, 8, 8), (2, 8), None)
    Traceback (most recent call last):
    prenoise.errors.UserError: scores of shape (2, 8, 8) may have their classes on axis 1 or 2: say which with `axis`
    """
    if len(scores) < 2:
        raise UserError(f"the model returned scores of shape {scores}: expected examples x classes")
    if axis is not None or len(scores) == 2:
        return 1 if axis is None else axis
    last, second = (labels is None or scores[:place] + scores[place + 1 :] == labels for place in (len(scores) - 1, 1))
    if last and second:
        raise UserError(
            f"scores of shape {scores} may have their classes on axis 1 or {len(scores) - 1}: say which with `axis`"
        )
    return -1 if last else 1


def as_array(labels: Any) -> np.ndarray:
    """Labels of any framework, from whatever device."""
    return np.asarray(labels.cpu() if hasattr(labels, "cpu") else labels)


def check_labels(labels: np.ndarray, shape: tuple[int, ...], classes: int) -> None:
    """Raise unless there is one of `labels` for each place in `shape`, and every one names a class or is `IGNORED`."""
    whole = labels.dtype.kind in "iu"
    named = labels[labels != IGNORED] if whole else labels
    if labels.shape != shape or not whole or (named.size and not 0 <= named.min() <= named.max() < classes):
        found = f" from {named.min()} to {named.max()}" if named.size else ""
        raise UserError(
            f"found labels{found} of type {labels.dtype} and shape {labels.shape}: "
            f"expected whole numbers from 0 to {classes - 1} of shape {shape}"
        )
