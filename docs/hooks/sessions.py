"""Sessions in docstrings are shown as code: an extension of griffe, which reads the docstrings for the site."""

import re

import griffe

SESSION = re.compile(r"^>>> (?:.+\n?)+", re.MULTILINE)


class Sessions(griffe.Extension):
    """Fences every session, up to the empty line after it."""

    def on_object(self, *, obj, **_):
        if obj.docstring:
            obj.docstring.value = SESSION.sub(
                lambda found: f"```pycon\n{found[0].rstrip()}\n```\n", obj.docstring.value
            )
