from . import data, measures
from .batches import Batches
from .errors import DivergedError, Interrupted, UserError
from .examples import Examples
from .history import History
from .loading import load
from .loop import State
from .network import Network
from .noise import Noise
from .rules import RULES, Rule, bp, fa
from .study.lab import Results
from .training import pretrain, train
from .version import __version__
from .weights_file import WeightsFileError, load_network, load_state, save_network

__all__ = [
    "RULES",
    "Batches",
    "DivergedError",
    "Examples",
    "History",
    "Interrupted",
    "Network",
    "Noise",
    "Results",
    "Rule",
    "State",
    "UserError",
    "WeightsFileError",
    "__version__",
    "bp",
    "data",
    "fa",
    "load",
    "load_network",
    "load_state",
    "measures",
    "pretrain",
    "save_network",
    "train",
]
