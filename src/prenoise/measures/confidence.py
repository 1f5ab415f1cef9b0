"""What a network believes of its own answers."""

from typing import NamedTuple

import jax.nn
import jax.numpy as jnp
import jax.scipy.stats
from jaxtyping import Array, Float, Int

from prenoise.examples import Examples
from prenoise.network import Network


def probabilities(network: Network, examples: Examples) -> Float[Array, "examples classes"]:
    """Read-out probability of every class for every example."""
    return jnp.exp(network(examples.inputs))


def confidence(probabilities: Float[Array, "examples classes"]) -> Float[Array, " examples"]:
    """Probability of the class that is chosen: 1 / classes (no opinion) to 1 (certain)."""
    return probabilities.max(axis=-1)


def chance_distance(probabilities: Float[Array, "examples classes"]) -> Float[Array, ""]:
    """Root mean square distance of the read-out probabilities from chance, 1 / classes; 0 is no opinion at all."""
    return jnp.sqrt(jnp.mean((probabilities - 1 / probabilities.shape[-1]) ** 2))


class ReliabilityBins(NamedTuple):
    """A reliability diagram: in each bin of confidence the mean confidence, the accuracy and the share of examples."""

    confidence: Float[Array, " bins"]
    accuracy: Float[Array, " bins"]
    share: Float[Array, " bins"]


def reliability_bins(
    probabilities: Float[Array, "examples classes"], labels: Int[Array, " examples"], *, bins: int = 15
) -> ReliabilityBins:
    """Bins of equal width in (0, 1], each closed above; empty bins are 0 throughout."""
    sure = confidence(probabilities)
    right = (probabilities.argmax(axis=-1) == labels).astype(sure.dtype)
    bin_of = jnp.clip(jnp.ceil(sure * bins).astype(jnp.int32) - 1, 0, bins - 1)
    count = jnp.zeros(bins).at[bin_of].add(1)
    some = jnp.maximum(count, 1)
    return ReliabilityBins(
        jnp.zeros(bins).at[bin_of].add(sure) / some,
        jnp.zeros(bins).at[bin_of].add(right) / some,
        count / len(labels),
    )


def expected_calibration_error(
    probabilities: Float[Array, "examples classes"], labels: Int[Array, " examples"], *, bins: int = 15
) -> Float[Array, ""]:
    r"""Mean gap between confidence and accuracy, $\sum_b share_b |accuracy_b - confidence_b|$: 0 (honest) to 1.

    Guo et al., On calibration of modern neural networks, ICML 2017.
    """
    diagram = reliability_bins(probabilities, labels, bins=bins)
    return jnp.sum(diagram.share * jnp.abs(diagram.accuracy - diagram.confidence))


def brier_score(probabilities: Float[Array, "examples classes"], labels: Int[Array, " examples"]) -> Float[Array, ""]:
    r"""Mean squared distance from the truth, $\sum_c (p_c - [c = label])^2$: 0 (certain and right) to 2.

    Brier, Verification of forecasts expressed in terms of probability, Monthly Weather Review 78 (1950).

    >>> brier_score(jnp.array([[0.5, 0.5], [1.0, 0.0]]), jnp.array([0, 0]))
    Array(0.25, dtype=float32)
    """
    truth = jax.nn.one_hot(labels, probabilities.shape[-1], dtype=probabilities.dtype)
    return jnp.mean(jnp.sum((probabilities - truth) ** 2, axis=-1))


def log_loss(probabilities: Float[Array, "examples classes"], labels: Int[Array, " examples"]) -> Float[Array, ""]:
    """Mean of - log probability of the label, in nats: 0 (certain and right), ln(classes) for no opinion.

    A label held impossible costs 87 nats, the logarithm of the smallest number above 0, so that the mean stays finite.

    >>> log_loss(jnp.full((3, 4), 0.25), jnp.array([0, 1, 2])).round(4)
    Array(1.3863, dtype=float32)
    """
    of_label = jnp.take_along_axis(probabilities, labels[:, None], axis=1)
    return -jnp.mean(jnp.log(jnp.maximum(of_label, jnp.finfo(of_label.dtype).tiny)))


def auroc(inside: Float[Array, " known"], outside: Float[Array, " unknown"]) -> Float[Array, ""]:
    """Chance that a known example scores above an unknown one, ties counting half: 0.5 is blind, 1 tells all apart.

    With confidences as scores, how well a network notices data of a kind it never saw.
    Hendrycks and Gimpel, A baseline for detecting misclassified and out-of-distribution examples, ICLR 2017.

    >>> auroc(jnp.array([0.9, 0.8]), jnp.array([0.1, 0.8]))
    Array(0.875, dtype=float32)
    """
    ranks = jax.scipy.stats.rankdata(jnp.concatenate([inside, outside]))
    known, unknown = len(inside), len(outside)
    return (ranks[:known].mean() - (known + 1) / 2) / unknown
