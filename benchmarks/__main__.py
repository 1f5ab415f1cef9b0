"""Measure prenoise on this machine and write the page of the guide: `python -m benchmarks`, or `make bench`.

Every section asked for is measured; what a section found is stored when it ends. Sections that are not asked for keep
their numbers where those are of this machine and these versions.
"""

import argparse
import datetime
import json
import os
import time
from pathlib import Path

from benchmarks import machine, page
from benchmarks.before import FOLDER
from benchmarks.processes import ROOT
from benchmarks.sections import SECTIONS
from prenoise import atomic


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("sections", nargs="*", metavar="SECTION", help=f"of {', '.join(SECTIONS)} (default: all)")
    parser.add_argument("--fast", action="store_true", help="a minute or two that shows that everything works")
    parser.add_argument("--before", type=Path, help="a checkout of an older version, to compare with")
    parser.add_argument("--out", type=Path, help="folder of the page (default: docs; with --fast build/benchmarks)")
    options = parser.parse_args()
    if options.before:
        os.environ[FOLDER] = str(options.before)
    unknown = [name for name in options.sections if name not in SECTIONS]
    if unknown:
        parser.error(f"there is no section {', '.join(unknown)}: expected some of {', '.join(SECTIONS)}")
    folder = options.out or ROOT / ("build/benchmarks" if options.fast else "docs")
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{page.NAME}.json"
    os.environ["JAX_PLATFORMS"] = "cpu"
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))

    started = time.perf_counter()

    def say(text: str) -> None:
        print(f"{time.perf_counter() - started:6.0f} s  {text}", flush=True)

    stored = {"machine": machine.describe(), "fast": options.fast, "sections": {}}
    if path.exists():
        before = json.loads(path.read_text("utf-8"))
        if all(before[name] == stored[name] for name in ("machine", "fast")):
            stored = before
        else:
            say(f"{path.name} is of another machine, or of other versions: beginning anew")
    for name in options.sections or (name for name in SECTIONS if name != "before" or options.before):
        section = SECTIONS[name]
        say(section.TITLE)
        about = {"day": f"{datetime.datetime.now(datetime.UTC):%Y-%m-%d}", "busy_before": machine.busy()}
        began = time.perf_counter()
        found = section.measure(options.fast, lambda text: say(f"  {text}"))
        stored["sections"][name] = about | {"seconds": round(time.perf_counter() - began, 1), "found": found}
        atomic.write(path, (json.dumps(stored, indent=1) + "\n").encode())
    page.write(folder)
    say(f"{page.NAME}.md, .svg and .json are written")


if __name__ == "__main__":
    main()
