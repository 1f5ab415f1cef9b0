from . import data, measures
from .errors import UserError
from .examples import Examples
from .loading import load
from .network import Network
from .noise import Noise
from .rules import RULES, Rule, bp, fa
from .study.lab import open_results
from .training import DivergedError, History, pretrain, train
from .weights_file import WeightsFileError, load_network, save_network

__all__ = [
    "RULES",
    "DivergedError",
    "Examples",
    "History",
    "Network",
    "Noise",
    "Rule",
    "UserError",
    "WeightsFileError",
    "bp",
    "data",
    "fa",
    "load",
    "load_network",
    "measures",
    "open_results",
    "pretrain",
    "save_network",
    "train",
]
