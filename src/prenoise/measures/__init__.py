"""Instruments: what a network is like, in numbers. Each is a pure function of arrays or of a network."""

from prenoise.measures.alignment import alignment, angle, distance_to_feedback
from prenoise.measures.confidence import (
    ReliabilityBins,
    auroc,
    brier_score,
    chance_distance,
    confidence,
    expected_calibration_error,
    log_loss,
    probabilities,
    reliability_bins,
)
from prenoise.measures.dimension import effective_rank, features, gram, singular_values
from prenoise.measures.learning import accuracy, area_under_curve, generalisation_error, mean_loss
from prenoise.measures.meta import meta_loss
from prenoise.measures.trajectory import Basis, principal_basis

__all__ = [
    "Basis",
    "ReliabilityBins",
    "accuracy",
    "alignment",
    "angle",
    "area_under_curve",
    "auroc",
    "brier_score",
    "chance_distance",
    "confidence",
    "distance_to_feedback",
    "effective_rank",
    "expected_calibration_error",
    "features",
    "generalisation_error",
    "gram",
    "log_loss",
    "mean_loss",
    "meta_loss",
    "principal_basis",
    "probabilities",
    "reliability_bins",
    "singular_values",
]
