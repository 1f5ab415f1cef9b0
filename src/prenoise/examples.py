"""Data as a network sees it: images left as they are on the device, scaled only when a batch is drawn."""

from typing import Literal, NamedTuple

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jax import lax
from jaxtyping import Array, Bool, Float, Int32, Num, UInt32

from prenoise.errors import UserError
from prenoise.random_bits import shuffled

Scaling = Literal["standardise", "unit", "signed"]


class Batch(NamedTuple):
    """What a network learns from in one step. The weights sum to 1; those beyond the end of an epoch are 0."""

    inputs: Float[Array, "batch inputs"]
    labels: Int32[Array, " batch"] | Float[Array, "batch classes"]
    weights: Float[Array, " batch"]


def even_weights(present: Bool[Array, " batch"]) -> Float[Array, " batch"]:
    """Equal weight for every example that is there."""
    present = present.astype(jnp.float32)
    return present / jnp.maximum(present.sum(), 1)


class Examples(eqx.Module):
    """Inputs and labels, with the scaling that belongs to them: an input is (raw - shift) * scale.

    >>> import numpy as np
    >>> images = np.arange(0, 240, 20, dtype=np.uint8).reshape(3, 2, 2)
    >>> examples = Examples.of(images, [0, 1, 0], scaling="unit")
    >>> examples.raw.dtype, examples.inputs.shape, float(examples.inputs.max())
    (dtype('uint8'), (3, 4), 0.86...)
    """

    raw: Num[Array, "examples inputs"]
    labels: Int32[Array, " examples"]
    shift: Float[Array, ""]
    scale: Float[Array, ""]

    @classmethod
    def of(cls, inputs, labels, *, scaling: Scaling = "standardise", like: "Examples | None" = None) -> "Examples":
        """From arrays: inputs of any shape, uint8 or float; labels from 0.

        `standardise` subtracts the mean of all these inputs and divides by their deviation, so that data has the scale
        of the noise; `unit` maps to [0, 1] and `signed` to [-1, 1] (uint8 from 0..255, other numbers from their own
        range). `like` takes the scaling of other examples: a test set is scaled as its training set was.
        """
        raw, labels = np.asarray(inputs), np.asarray(labels)
        if raw.size == 0:
            raise UserError(f"inputs of shape {raw.shape}: expected some")
        if labels.shape != raw.shape[:1]:
            raise UserError(f"found {len(raw)} inputs and labels of shape {labels.shape}: expected as many of each")
        labels = _as_labels(labels)
        raw = raw.reshape(len(raw), -1)
        if raw.dtype != np.uint8:
            with np.errstate(over="ignore"):
                raw = raw.astype(np.float32)
            if not np.isfinite(raw).all():
                raise UserError("some inputs are infinite or not a number: expected finite ones")
        shift, scale = (like.shift, like.scale) if like is not None else _scaling(raw, scaling)
        return cls(jnp.asarray(raw), jnp.asarray(labels), jnp.float32(shift), jnp.float32(scale))

    @property
    def inputs(self) -> Float[Array, "examples inputs"]:
        """All inputs, scaled."""
        return self.scaled(self.raw)

    def scaled(self, raw: Num[Array, "batch inputs"]) -> Float[Array, "batch inputs"]:
        return (raw.astype(jnp.float32) - self.shift) * self.scale

    def __len__(self) -> int:
        return self.raw.shape[0]

    def __getitem__(self, rows) -> "Examples":
        """Some of the examples, in the same scaling."""
        return eqx.tree_at(lambda e: (e.raw, e.labels), self, (self.raw[rows], self.labels[rows]))

    def steps(self, size: int) -> int:
        """Batches of an epoch, the last, short one included."""
        return -(-len(self) // size)

    def batch(self, seed: UInt32[Array, "2"], step: UInt32[Array, ""], *, size: int) -> Batch:
        """The batch of one step: every epoch shows every example once, in a new order, and ends in its short batch."""
        epoch, number = step // self.steps(size), step % self.steps(size)
        position = number * size + lax.iota(jnp.uint32, size)
        present = position < len(self)
        row = shuffled(seed, epoch, jnp.where(present, position, 0), len(self)).astype(jnp.int32)
        return Batch(
            self.scaled(self.raw.at[row].get(mode="promise_in_bounds")),
            self.labels.at[row].get(mode="promise_in_bounds"),
            even_weights(present),
        )


def _as_labels(labels: np.ndarray) -> np.ndarray:
    """Labels as int32, if they are whole numbers from 0, however they are written."""
    if labels.dtype.kind in "buif":
        with np.errstate(invalid="ignore"):
            whole = labels.astype(np.int32)
        if (whole == labels).all() and whole.min() >= 0:
            return whole
    wrong = sorted(set(labels.tolist()))[:3]
    raise UserError(f"labels of type {labels.dtype}, as {wrong}: expected whole numbers from 0")


def _scaling(raw: np.ndarray, scaling: Scaling) -> tuple[float, float]:
    low, high = (0, 255) if raw.dtype == np.uint8 else (float(raw.min()), float(raw.max()))
    match scaling:
        case "standardise":
            centre, spread = float(raw.mean(dtype=np.float64)), float(raw.std(dtype=np.float64))
        case "unit":
            centre, spread = low, high - low
        case "signed":
            centre, spread = (low + high) / 2, (high - low) / 2
        case _:
            raise UserError(f"there is no scaling {scaling!r}: expected standardise, unit or signed")
    return float(centre), 1 / float(spread) if spread else 1.0
