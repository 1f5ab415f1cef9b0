from .direct import direct_align
from .feedback import Aligned, feedback_align, release
from .feedback_file import load_feedback, save_feedback
from .following import learn_feedback
from .measuring import Calibration, alignment, calibration, effective_rank, numbers, ood_auroc
from .noise import Sampler, gaussian_noise, image_noise, series_noise, token_noise
from .sequential import load_sequential, save_sequential, to_network, to_sequential
from .warming import WarmUp, warm_up

__all__ = [
    "Aligned",
    "Calibration",
    "Sampler",
    "WarmUp",
    "alignment",
    "calibration",
    "direct_align",
    "effective_rank",
    "feedback_align",
    "gaussian_noise",
    "image_noise",
    "learn_feedback",
    "load_feedback",
    "load_sequential",
    "numbers",
    "ood_auroc",
    "release",
    "save_feedback",
    "save_sequential",
    "series_noise",
    "to_network",
    "to_sequential",
    "token_noise",
    "warm_up",
]
