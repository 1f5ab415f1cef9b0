"""Ask the Python Packaging Advisory Database whether a pinned version is known to be unsafe: `make audit`.

It needs the package index; where that cannot be reached it says so and exits with 3, which is no verdict.
"""

import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).parents[1]
ENVIRONMENT = ROOT / "build" / "environments" / "audit"


def main() -> int:
    venv.create(ENVIRONMENT, with_pip=True)
    python = ENVIRONMENT / ("Scripts" if sys.platform == "win32" else "bin") / "python"
    subprocess.run([python, "-m", "pip", "install", "--quiet", "pip-audit"], check=True)
    command = [python, "-m", "pip_audit", "--disable-pip", "--progress-spinner", "off", "-r", ROOT / "constraints.txt"]
    asked = subprocess.run(command, check=False, capture_output=True, text=True)
    pinned = sum("==" in line for line in (ROOT / "constraints.txt").read_text("utf-8").splitlines())
    unknown = asked.stdout.count("could not be audited")
    if asked.returncode == 0 and unknown < pinned / 2:
        print(f"{asked.stdout}{pinned - unknown} of {pinned} pinned versions have no known vulnerability")
        return 0
    if asked.returncode == 0 or not asked.stdout:
        print("no verdict: the advisory service cannot be reached from here, or knows none of these packages")
        return 3
    print(asked.stdout + asked.stderr)
    return asked.returncode


if __name__ == "__main__":
    sys.exit(main())
