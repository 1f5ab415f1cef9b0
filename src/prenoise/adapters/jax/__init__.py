"""The method on a model of any JAX framework: the same functions for Equinox, Flax NNX and pytrees of arrays.

`prenoise.adapters.equinox` and `prenoise.adapters.flax` offer them with what is their framework's own. `carried` is
what they are made of, for layers of another kind.
"""

from prenoise.adapters.jax.carried import carried
from prenoise.adapters.jax.feedback import feedback_align, release
from prenoise.adapters.jax.framework import Apply
from prenoise.adapters.jax.measuring import alignment, calibration, effective_rank, ood_auroc
from prenoise.adapters.jax.noise import Sampler
from prenoise.adapters.jax.warming import warm_up
from prenoise.adapters.measured import Calibration
from prenoise.adapters.report import Aligned

__all__ = [
    "Aligned",
    "Apply",
    "Calibration",
    "Sampler",
    "alignment",
    "calibration",
    "carried",
    "effective_rank",
    "feedback_align",
    "ood_auroc",
    "release",
    "warm_up",
]
