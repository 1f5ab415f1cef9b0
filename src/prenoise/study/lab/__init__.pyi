from .cluster import Certificates
from .engine import Failure, Outcome, run
from .jobs import Job
from .keep import keep
from .padded import open_results
from .progress import Progress, view
from .results import AmbiguousResults, MissingCell, Results
from .store import DamagedFile, Store
from .width import block_width, find_device, seed_blocks

__all__ = [
    "AmbiguousResults",
    "Certificates",
    "DamagedFile",
    "Failure",
    "Job",
    "MissingCell",
    "Outcome",
    "Progress",
    "Results",
    "Store",
    "block_width",
    "find_device",
    "keep",
    "open_results",
    "run",
    "seed_blocks",
    "view",
]
