"""What is raised when data cannot be had or cannot be trusted."""

from os import PathLike

from prenoise.errors import UserError


class DataError(UserError):
    """Data that is missing, broken or does not fit; the message is one sentence meant for the user."""


def bad(where: str | PathLike[str], found: object, expected: str) -> DataError:
    """The error for content that is not what it should be.

    >>> bad("digits.npz", "no array y_test", "x_train, y_train, x_test and y_test")
    DataError('digits.npz: found no array y_test, expected x_train, y_train, x_test and y_test')
    """
    return DataError(f"{where}: found {found}, expected {expected}")


def reason(error: BaseException) -> str:
    """What an exception says, on one line and not too long.

    >>> reason(FileNotFoundError(2, "No such file or directory", "somewhere"))
    'no such file or directory'
    >>> reason(EOFError())
    'EOFError'
    """
    text = (error.strerror if isinstance(error, OSError) else None) or str(error) or type(error).__name__
    line = " ".join(text.split())
    line = line if len(line) <= 160 else line[:157] + "..."
    return line[0].lower() + line[1:] if line[1:2].islower() else line
