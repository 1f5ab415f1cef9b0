"""The share of lines that tests run, a row for each folder of the package: `make coverage`."""

import io
import json
from collections import defaultdict
from pathlib import Path, PurePosixPath

import coverage


def main() -> None:
    data = coverage.Coverage()
    data.load()
    path = Path("build/coverage.json")
    path.parent.mkdir(exist_ok=True)
    data.json_report(outfile=str(path))
    lines: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for name, found in json.loads(path.read_text("utf-8"))["files"].items():
        folder = str(PurePosixPath(Path(name).as_posix()).parent)
        lines[folder][0] += found["summary"]["covered_lines"]
        lines[folder][1] += found["summary"]["num_statements"]
    table = io.StringIO()
    table.write("| folder | lines | run by tests |\n| :--- | ---: | ---: |\n")
    for folder, (covered, statements) in sorted(lines.items()):
        table.write(f"| {folder} | {statements} | {100 * covered / max(statements, 1):.0f} % |\n")
    print(table.getvalue())


if __name__ == "__main__":
    main()
