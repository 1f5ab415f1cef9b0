"""The library's instruments, pointed at arrays that come from another framework."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Float

from prenoise import measures
from prenoise.adapters.batches import as_array, check_labels, inputs_and_labels
from prenoise.errors import UserError


@contextmanager
def _on_the_cpu() -> Iterator[None]:
    """Measure there: on a GPU JAX would take memory that the model's framework needs."""
    try:
        device = jax.local_devices(backend="cpu")[0]
    except RuntimeError:
        device = None  # JAX was told to do without the CPU: then where it computes by default
    with jax.default_device(device):
        yield


def neuron_angles(
    weight: Float[np.ndarray, "..."], feedback: Float[np.ndarray, "..."], *, groups: int = 1
) -> Float[np.ndarray, " neurons"]:
    """The angle, for every neuron or channel below a layer, between its outgoing forward and feedback weights.

    Weights are outputs x inputs (x kernel), the inputs those of one group. What leaves a channel of a convolution is
    all its kernels together.
    """
    with _on_the_cpu():
        angles = measures.angle(*(jnp.asarray(_outgoing(array, groups)) for array in (weight, feedback)))
        return np.asarray(angles)


def _outgoing(weight: np.ndarray, groups: int) -> np.ndarray:
    """One row for each input."""
    outputs, inputs, *_ = weight.shape
    by_group = weight.astype(np.float32).reshape(groups, outputs // groups, inputs, -1)
    return by_group.swapaxes(1, 2).reshape(groups * inputs, -1)


def matrix_rank(weight: Float[np.ndarray, "..."]) -> float:
    """Effective rank of a layer's weights as a matrix of outputs x everything else."""
    with _on_the_cpu():
        return float(measures.effective_rank(jnp.asarray(weight.astype(np.float32).reshape(len(weight), -1))))


class Calibration(NamedTuple):
    """How well a model's confidence fits what it gets right."""

    accuracy: float
    """Share of the examples whose likeliest class is their label."""
    expected_calibration_error: float
    """Mean gap between confidence and accuracy, 0 (honest) to 1."""
    brier_score: float
    """Mean squared distance from the truth, 0 to 2."""
    log_loss: float
    """Mean cross-entropy in nats."""
    bins: measures.ReliabilityBins
    """The reliability diagram."""


Judge = Callable[[Any], Float[np.ndarray, "examples classes"]]
"""From the inputs of a batch to the probabilities that a model gives to the classes."""


def calibration_of(judge: Judge, loader: Iterable[Any], *, bins: int) -> Calibration:
    """All of it, on a loader's batches of (inputs, labels)."""
    pairs = [(judge(inputs), as_array(labels)) for inputs, labels in (inputs_and_labels(b, "loader") for b in loader)]
    probabilities = _joined(chance for chance, _ in pairs)
    labels = np.concatenate([labels for _, labels in pairs])
    count, classes = probabilities.shape
    check_labels(labels, (count,), classes)
    with _on_the_cpu():
        chance, truth = jnp.asarray(probabilities), jnp.asarray(labels.astype(np.int32))
        diagram: Any = measures.reliability_bins(chance, truth, bins=bins)
        return Calibration(
            accuracy=float(np.mean(probabilities.argmax(axis=1) == labels)),
            expected_calibration_error=float(measures.expected_calibration_error(chance, truth, bins=bins)),
            brier_score=float(measures.brier_score(chance, truth)),
            log_loss=float(measures.log_loss(chance, truth)),
            bins=diagram._replace(**{name: np.asarray(row) for name, row in diagram._asdict().items()}),
        )


def auroc_of(judge: Judge, inside: Iterable[Any], outside: Iterable[Any]) -> float:
    """How well the confidence tells the examples of two loaders apart, whether or not labels come with them."""
    known, unknown = (
        _joined(judge(batch[0] if isinstance(batch, tuple | list) else batch) for batch in loader)
        for loader in (inside, outside)
    )
    with _on_the_cpu():
        return float(measures.auroc(*(measures.confidence(jnp.asarray(chance)) for chance in (known, unknown))))


def _joined(batches: Iterable[np.ndarray]) -> Float[np.ndarray, "examples classes"]:
    chance = list(batches)
    if not sum(map(len, chance)):
        raise UserError("the loader gave no examples: expected at least one")
    if chance[0].ndim != 2:
        raise UserError(f"the model returned scores of shape {chance[0].shape}: expected examples x classes")
    return np.concatenate(chance)
