from .engine import Failure, Outcome, run
from .jobs import Job
from .keep import keep
from .results import AmbiguousResults, MissingCell, Results
from .store import DamagedFile, Store
from .width import WIDTH, find_device, seed_blocks
from .workers_elsewhere import Certificates

__all__ = [
    "WIDTH",
    "AmbiguousResults",
    "Certificates",
    "DamagedFile",
    "Failure",
    "Job",
    "MissingCell",
    "Outcome",
    "Results",
    "Store",
    "find_device",
    "keep",
    "run",
    "seed_blocks",
]
