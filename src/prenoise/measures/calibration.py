"""What a classifier believes of its own answers, from the probabilities it gives to the classes."""

from typing import Any, NamedTuple

from array_api_compat import array_namespace
from jaxtyping import Float, Int


def confidence(probabilities: Float[Any, "*seeds examples classes"]) -> Float[Any, "*seeds examples"]:
    """The largest of the `probabilities`, that of the class chosen: 1 / classes (no opinion) to 1 (certain)."""
    xp: Any = array_namespace(probabilities)
    return xp.max(probabilities, axis=-1)


def chance_distance(probabilities: Float[Any, "*seeds examples classes"]) -> Float[Any, "*seeds"]:
    """Root mean square distance of the `probabilities` from chance, 1 / classes; 0 is no opinion at all."""
    xp: Any = array_namespace(probabilities)
    return xp.sqrt(xp.mean((probabilities - 1 / probabilities.shape[-1]) ** 2, axis=(-2, -1)))


class ReliabilityBins(NamedTuple):
    """A reliability diagram: in each bin of confidence the mean confidence, the accuracy and the share of examples."""

    confidence: Float[Any, "*seeds bins"]
    accuracy: Float[Any, "*seeds bins"]
    share: Float[Any, "*seeds bins"]


def reliability_bins(
    probabilities: Float[Any, "*seeds examples classes"], labels: Int[Any, "*of_seeds examples"], *, bins: int = 15
) -> ReliabilityBins:
    """The examples in `bins` of equal width in (0, 1], each closed above; empty bins are 0 throughout.

    `probabilities` are a classifier's, `labels` the truth, once for all seeds or for each.
    """
    xp: Any = array_namespace(probabilities, labels)
    sure = confidence(probabilities)
    right = xp.astype(xp.argmax(probabilities, axis=-1) == xp.broadcast_to(labels, sure.shape), sure.dtype)
    bin_of = xp.clip(xp.astype(xp.ceil(sure * bins), xp.int32) - 1, 0, bins - 1)
    inside = xp.astype(xp.stack([bin_of == number for number in range(bins)], axis=-1), sure.dtype)
    count = xp.sum(inside, axis=-2)
    some = xp.where(count > 0, count, xp.ones_like(count))
    return ReliabilityBins(
        xp.sum(inside * sure[..., None], axis=-2) / some,
        xp.sum(inside * right[..., None], axis=-2) / some,
        count / sure.shape[-1],
    )


def expected_calibration_error(
    probabilities: Float[Any, "*seeds examples classes"], labels: Int[Any, "*of_seeds examples"], *, bins: int = 15
) -> Float[Any, "*seeds"]:
    r"""Mean gap between confidence and accuracy, $\sum_b share_b |accuracy_b - confidence_b|$: 0 (honest) to 1.

    `probabilities`, `labels` and `bins` are those of `reliability_bins`.
    Guo et al., On calibration of modern neural networks, ICML 2017.
    """
    xp: Any = array_namespace(probabilities, labels)
    diagram = reliability_bins(probabilities, labels, bins=bins)
    return xp.sum(diagram.share * xp.abs(diagram.accuracy - diagram.confidence), axis=-1)


def brier_score(
    probabilities: Float[Any, "*seeds examples classes"], labels: Int[Any, "*of_seeds examples"]
) -> Float[Any, "*seeds"]:
    r"""Mean squared distance from the truth, $\sum_c (p_c - [c = label])^2$: 0 (certain and right) to 2.

    `probabilities` are a classifier's, `labels` the truth, once for all seeds or for each.
    Brier, Verification of forecasts expressed in terms of probability, Monthly Weather Review 78 (1950).

    >>> import numpy as np
    >>> float(brier_score(np.array([[0.5, 0.5], [1.0, 0.0]]), np.array([0, 0])))
    0.25
    """
    xp: Any = array_namespace(probabilities, labels)
    return xp.mean(xp.sum(probabilities**2, axis=-1) - 2 * _of_label(probabilities, labels) + 1, axis=-1)


def log_loss(
    probabilities: Float[Any, "*seeds examples classes"], labels: Int[Any, "*of_seeds examples"]
) -> Float[Any, "*seeds"]:
    """Mean of - log probability of the label, in nats: 0 (certain and right), ln(classes) for no opinion.

    `probabilities` are a classifier's, `labels` the truth, once for all seeds or for each. A label held impossible
    costs the logarithm of the smallest number above 0 (87 nats in single precision), so that the mean stays finite.

    >>> import numpy as np
    >>> round(float(log_loss(np.full((3, 4), 0.25), np.array([0, 1, 2]))), 4)
    1.3863
    """
    xp: Any = array_namespace(probabilities, labels)
    smallest = float(xp.finfo(probabilities.dtype).smallest_normal)
    return -xp.mean(xp.log(xp.clip(_of_label(probabilities, labels), smallest, 1)), axis=-1)


def auroc(inside: Float[Any, "*seeds known"], outside: Float[Any, "*seeds unknown"]) -> Float[Any, "*seeds"]:
    """Chance that a known example scores above an unknown one, ties counting half: 0.5 is blind, 1 tells all apart.

    With confidences as the scores of examples `inside` and `outside` of what was learned: how well a network notices
    data of a kind it never saw.
    Hendrycks and Gimpel, A baseline for detecting misclassified and out-of-distribution examples, ICLR 2017.

    >>> import numpy as np
    >>> float(auroc(np.array([0.9, 0.8]), np.array([0.1, 0.8])))
    0.875
    """
    xp: Any = array_namespace(inside, outside)
    if inside.ndim > 1:
        return xp.stack([auroc(inside[seed], outside[seed]) for seed in range(inside.shape[0])])
    known, unknown = xp.sort(inside), xp.sort(outside)
    below, up_to = (xp.searchsorted(unknown, known, side=side) for side in ("left", "right"))
    return xp.mean(xp.astype(below + up_to, inside.dtype)) / (2 * outside.shape[0])


def _of_label(
    probabilities: Float[Any, "*seeds examples classes"], labels: Int[Any, "*of_seeds examples"]
) -> Float[Any, "*seeds examples"]:
    """The probability that each example gives to its label."""
    xp: Any = array_namespace(probabilities, labels)
    index_type = xp.argmax(probabilities, axis=-1).dtype  # PyTorch takes indices of one type alone
    rows = xp.astype(xp.broadcast_to(labels, probabilities.shape[:-1]), index_type)
    return xp.take_along_axis(probabilities, rows[..., None], axis=-1)[..., 0]
