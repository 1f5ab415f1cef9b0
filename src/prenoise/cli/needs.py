"""What a command needs beyond the method itself."""

import re
from importlib.metadata import PackageNotFoundError, requires, version

from prenoise.errors import UserError

OF_THE_STUDY = {"demo", "reproduce", "claims", "report", "watch", "trial"}
"""The commands that run experiments or show what they found."""


def need_study() -> None:
    """Raise a `UserError` that says how to install the study, where a package of the extra `study` is missing."""
    try:
        lines = requires("prenoise") or []
    except PackageNotFoundError:  # run from its source: what is there is up to who does so
        return
    missing = [name for name in map(_name_in_study, lines) if name and not _is_installed(name)]
    if missing:
        raise UserError(
            f"this belongs to the study, and {', '.join(missing)} of its packages "
            f'{"is" if len(missing) == 1 else "are"} not installed: pip install "prenoise[study]"'
        )


def _name_in_study(requirement: str) -> str | None:
    """The package that a line of the metadata names, where the line belongs to the extra `study`."""
    found = re.match(r"""([\w.-]+).*;.*extra == ['"]study['"]""", requirement)
    return found and found[1]


def _is_installed(name: str) -> bool:
    try:
        version(name)
    except PackageNotFoundError:
        return False
    return True
