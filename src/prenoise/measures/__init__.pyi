from .activity import features, probabilities
from .angles import angle
from .calibration import (
    ReliabilityBins,
    auroc,
    brier_score,
    chance_distance,
    confidence,
    expected_calibration_error,
    log_loss,
    reliability_bins,
)
from .curve import area_under_curve
from .dimension import effective_rank, gram, singular_values
from .feedback import alignment, distance_to_feedback
from .learning import accuracy, generalisation_error, mean_loss
from .meta import meta_loss
from .trajectory import Basis, principal_basis

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
