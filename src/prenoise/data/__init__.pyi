from . import formats, shifts, splits
from .catalog import CATALOG, added, set_named
from .dataset import Dataset, from_arrays
from .entry import Entry, RemoteFile
from .errors import DataError
from .fetching import Fetched, fetch
from .frames import usps_to_mnist_frame
from .places import Presence, data_folder, find
from .reading import load

__all__ = [
    "CATALOG",
    "DataError",
    "Dataset",
    "Entry",
    "Fetched",
    "Presence",
    "RemoteFile",
    "added",
    "data_folder",
    "fetch",
    "find",
    "formats",
    "from_arrays",
    "load",
    "set_named",
    "shifts",
    "splits",
    "usps_to_mnist_frame",
]
