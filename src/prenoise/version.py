"""Which prenoise this is, and which of its versions give results that may stand side by side."""

import re
from importlib.metadata import PackageNotFoundError, version


def installed(package: str = "prenoise") -> str:
    """The version of an installed `package`; `"0+unknown"` for code that runs without having been installed."""
    try:
        return version(package)
    except PackageNotFoundError:
        return "0+unknown"


def release(text: str) -> str:
    """The part of a version that names stored results: development towards a release counts as one version.

    A commit changes the version of a clone (`0.2.0.dev93+g3ea0b2a86`). Were results named by it, each commit would
    lose them all; so they are named by what the commits lead to, and changes of the code within are told apart by the
    hash of the source that is stored with a result.

    >>> release("0.2.0.dev93+g3ea0b2a86")
    '0.2.0.dev'
    >>> release("0.2.0rc1")
    '0.2.0rc1'
    """
    return re.sub(r"(\.dev)\d+$", r"\1", text.partition("+")[0])


__version__ = installed()
