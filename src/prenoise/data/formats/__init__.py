"""Readers of the file formats data sets come in.

Each takes the paths of a set's files, which may hold anything at all, and returns x_train, y_train, x_test and y_test,
or raises one `DataError` that names the file, what was found and what was expected. None of them believes a header:
memory grows with what is really in a file, up to `at_most` bytes of decoded content.
"""

from .bounded import LARGEST
from .cifar import read_cifar10, read_cifar100
from .idx import read_idx, read_idx_files
from .npz import read_npz, read_npz_file
from .stl10 import read_stl10
from .svhn import read_svhn
from .usps import read_usps

__all__ = [
    "LARGEST",
    "read_cifar10",
    "read_cifar100",
    "read_idx",
    "read_idx_files",
    "read_npz",
    "read_npz_file",
    "read_stl10",
    "read_svhn",
    "read_usps",
]
