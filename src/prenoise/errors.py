"""Mistakes that the person at the keyboard can mend."""


class UserError(ValueError):
    """One sentence: what was found, what was expected, what to do. The command line prints it and exits with 2."""
