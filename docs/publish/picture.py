"""Draws docs/demo.svg, the picture of the README, from a folder that `prenoise demo` wrote.

python docs/publish/picture.py prenoise-demo
"""

import sys
from pathlib import Path

from screen import for_screens

from prenoise import atomic
from prenoise.study import folder
from prenoise.study.report import figures

if __name__ == "__main__":
    (shown,) = (section for section in folder.read(Path(sys.argv[1])).sections if section.id == "demo")
    atomic.write(
        Path(__file__).parents[1] / "demo.svg", for_screens(figures.draw(shown.picture, "svg").decode()).encode()
    )
