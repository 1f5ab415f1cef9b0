"""The method on a model of Equinox. A tour is in docs/your-own-model.md.

>>> import equinox as eqx, jax
>>> from prenoise.adapters.equinox import alignment, feedback_align, warm_up
>>> model = eqx.nn.MLP(16, 4, width_size=32, depth=2, key=jax.random.key(0))
>>> model, aligned = feedback_align(model, "fa", key=1)
>>> aligned.layers
('layers[0]', 'layers[1]', 'layers[2]')
>>> model, losses = warm_up(model, (16,), 4, examples=640, key=2)
>>> len(losses)
10
"""

from prenoise.adapters.equinox.feedback import feedback_align, release, trainable
from prenoise.adapters.equinox.measuring import alignment, calibration, effective_rank, ood_auroc
from prenoise.adapters.equinox.warming import Apply, Sampler, warm_up
from prenoise.adapters.measured import Calibration
from prenoise.adapters.report import Aligned

__all__ = [
    "Aligned",
    "Apply",
    "Calibration",
    "Sampler",
    "alignment",
    "calibration",
    "effective_rank",
    "feedback_align",
    "ood_auroc",
    "release",
    "trainable",
    "warm_up",
]
