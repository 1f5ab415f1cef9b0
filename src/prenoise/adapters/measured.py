"""The library's instruments, pointed at a user's model: its arrays stay those of its framework, on their device."""

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from array_api_compat import array_namespace
from jaxtyping import Float

from prenoise import measures
from prenoise.adapters.batches import IGNORED, as_array, check_labels, inputs_and_labels, inputs_of
from prenoise.errors import UserError


def neuron_angles(
    weight: Float[Any, "outputs inputs *kernel"], feedback: Float[Any, "outputs inputs *kernel"], *, groups: int = 1
) -> Float[Any, " neurons"]:
    """The angle, for every neuron or channel below a layer, between its outgoing `weight` and `feedback`.

    The inputs are those of one of the `groups` of a convolution. What leaves a channel is all its kernels together.
    """
    return measures.angle(_outgoing(weight, groups), _outgoing(feedback, groups))


def _outgoing(weight: Any, groups: int) -> Any:
    """One row for each input."""
    outputs, inputs, *_ = weight.shape
    by_group = weight.reshape(groups, outputs // groups, inputs, -1)
    return by_group.swapaxes(1, 2).reshape(groups * inputs, -1)


def matrix_rank(weight: Float[Any, "outputs inputs *kernel"]) -> float:
    """Effective rank of a layer's `weight` as a matrix of outputs x everything else."""
    return float(measures.effective_rank(weight.reshape(len(weight), -1)))


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


Judge = Callable[[Any, Any], Float[Any, "examples *places classes"]]
"""From the inputs of a batch, and its labels if there are any, to the probabilities of the classes."""


def calibration_of(judge: Judge, loader: Iterable[Any], *, bins: int) -> Calibration:
    """All numbers of `Calibration`, with `bins` of confidence, on the batches of a `loader`."""
    chances, truths = [], []
    for batch in loader:
        inputs, labels = inputs_and_labels(batch, "loader")
        chance = judge(inputs, labels)
        rows = _rows(chance)
        check_labels(as_array(labels), tuple(chance.shape[:-1]), chance.shape[-1])
        xp: Any = array_namespace(chance)
        counted = xp.asarray(labels, device=chance.device).reshape(-1)
        chances.append(rows[counted != IGNORED])
        truths.append(counted[counted != IGNORED])
    chance = _joined(chances)
    truth = array_namespace(chance).concat(truths)
    diagram = measures.reliability_bins(chance, truth, bins=bins)
    return Calibration(
        accuracy=float((diagram.accuracy * diagram.share).sum()),
        expected_calibration_error=float(measures.expected_calibration_error(chance, truth, bins=bins)),
        brier_score=float(measures.brier_score(chance, truth)),
        log_loss=float(measures.log_loss(chance, truth)),
        bins=diagram,
    )


def auroc_of(judge: Judge, inside: Iterable[Any], outside: Iterable[Any]) -> float:
    """How well confidence tells the examples of two loaders apart, whether or not labels come with them."""
    known, unknown = (
        measures.confidence(_joined([_rows(judge(inputs_of(batch), None)) for batch in loader]))
        for loader in (inside, outside)
    )
    return float(measures.auroc(known, unknown))


def _rows(chance: Any) -> Float[Any, "examples classes"]:
    """One row for each example, or for each place in a sequence or an image."""
    if chance.ndim < 2 or chance.shape[-1] < 2:
        raise UserError(
            f"the model returned scores of shape {tuple(chance.shape)}: expected examples x classes, of two or more"
        )
    return chance.reshape(-1, chance.shape[-1])


def _joined(chances: list[Any]) -> Float[Any, "examples classes"]:
    if not sum(map(len, chances)):
        raise UserError("the loader gave no examples: expected at least one")
    return array_namespace(*chances).concat(chances)
