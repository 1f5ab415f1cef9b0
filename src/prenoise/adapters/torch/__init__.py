"""The method on a model of PyTorch. A tour is in docs/your-own-model.md."""

try:
    import torch as _  # noqa: F401 (asked for here, so that whoever lacks it is told how to get it)
except ModuleNotFoundError as error:
    if error.name != "torch":
        raise
    raise ModuleNotFoundError(
        "prenoise.adapters.torch needs PyTorch: install it with `pip install torch`", name="torch"
    ) from None

from prenoise.adapters.measured import Calibration
from prenoise.adapters.report import Aligned
from prenoise.adapters.torch.feedback import feedback_align, release
from prenoise.adapters.torch.measuring import alignment, calibration, effective_rank, ood_auroc
from prenoise.adapters.torch.sequential import load_sequential, save_sequential, to_network, to_sequential
from prenoise.adapters.torch.warming import Sampler, warm_up

__all__ = [
    "Aligned",
    "Calibration",
    "Sampler",
    "alignment",
    "calibration",
    "effective_rank",
    "feedback_align",
    "load_sequential",
    "ood_auroc",
    "release",
    "save_sequential",
    "to_network",
    "to_sequential",
    "warm_up",
]
