"""Sessions are marked as such, so that the copy button leaves prompts and answers out (docs/style.css)."""

import re

SESSION = re.compile(r"^```python(?=\n>>> )", re.MULTILINE)


def on_page_markdown(markdown, **_):
    return SESSION.sub("```pycon", markdown)
