"""Readers of the file formats data sets come in.

Each takes a path that may hold anything at all and returns arrays, or raises one `DataError` that names the file, what
was found and what was expected. None of them believes a header: memory grows with what is really in the file, up to
`at_most` bytes of decoded content.
"""

from .bounded import LARGEST
from .cifar import read_cifar10
from .idx import read_idx
from .npz import read_npz
from .svmlight import read_svmlight

__all__ = ["LARGEST", "read_cifar10", "read_idx", "read_npz", "read_svmlight"]
