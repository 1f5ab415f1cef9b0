"""A drawing for screens: its letters and lines follow the reader from light to dark, and it has no background."""

import re

INK, SOFT = "#1b1f24", "#57606a"
"""Of drawings for print."""
STYLE = (
    "<style>svg{color:#1b1f24}.soft{fill:#57606a}"
    "@media(prefers-color-scheme:dark){svg{color:#e6edf3}.soft{fill:#9aa4af}}</style>"
)
BACKGROUND = '<rect width="100%" height="100%" fill="#ffffff"/>'
CLIP = re.compile(r'(?<=[#"])(?:p\d+c\d+|clip\d+)')


def for_screens(drawing: str) -> str:
    """The drawing for light and dark pages, its clip paths counted from 1 whatever was drawn before."""
    names = {name: f"clip{number}" for number, name in enumerate(dict.fromkeys(CLIP.findall(drawing)), 1)}
    drawing = CLIP.sub(lambda found: names[found[0]], drawing)
    head, end, rest = drawing.partition(">")
    rest = rest.replace(BACKGROUND, STYLE, 1).replace(f'fill="{SOFT}"', 'class="soft"').replace(INK, "currentColor")
    return head + end + rest
