from . import formats, shifts, splits
from .catalog import CATALOG, Entry, RemoteFile, entry_named
from .dataset import Dataset, from_arrays
from .errors import DataError
from .fetching import Fetched, fetch, fetch_each
from .frames import usps_to_mnist_frame
from .loading import load
from .places import Presence, data_folder, find

__all__ = [
    "CATALOG",
    "DataError",
    "Dataset",
    "Entry",
    "Fetched",
    "Presence",
    "RemoteFile",
    "data_folder",
    "entry_named",
    "fetch",
    "fetch_each",
    "find",
    "formats",
    "from_arrays",
    "load",
    "shifts",
    "splits",
    "usps_to_mnist_frame",
]
