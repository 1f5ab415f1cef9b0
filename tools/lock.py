"""Pin what is installed beside this Python, with the hashes of every build of it, in constraints.txt: `make lock`.

The hashes are those of all files of a version, so that one list serves every system and Python. PyTorch is left out:
its builds differ by machine and index, and `constraints-torch.txt` pins its version alone. The lower bounds that
pyproject.toml states are written to constraints-lowest.txt, with which `make test-lowest` installs.
"""

import subprocess
import sys
import venv
from importlib.metadata import distributions
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
ENVIRONMENT = ROOT / "build" / "environments" / "lock"
UNPINNED = {"prenoise", "torch", "biotorch"}
SYSTEMS = (("linux", "Linux", "posix"), ("darwin", "Darwin", "posix"), ("win32", "Windows", "nt"))
PYTHONS = ("3.11", "3.12", "3.13", "3.14")
HEADER = "# Written by `make lock`: the versions that prenoise is developed with, and the hashes of all their files.\n"


def installed() -> dict[str, str]:
    """The version of every distribution that this Python can import, by its name."""
    found = {canonicalize_name(found.name): found.version for found in distributions()}
    return {name: version for name, version in sorted(found.items()) if name not in UNPINNED}


def needed_elsewhere() -> list[str]:
    """What the installed distributions need on another system or Python alone."""
    here = {*installed(), *UNPINNED}
    needed = (Requirement(line) for found in distributions() for line in found.requires or ())
    return sorted(
        {
            canonicalize_name(requirement.name)
            for requirement in needed
            if requirement.marker and canonicalize_name(requirement.name) not in here
            for system, platform, kind in SYSTEMS
            for python in PYTHONS
            if requirement.marker.evaluate(
                {
                    "sys_platform": system,
                    "platform_system": platform,
                    "os_name": kind,
                    "python_version": python,
                    "python_full_version": f"{python}.9",
                    "extra": "",
                }
            )
        }
    )


def main() -> None:
    venv.create(ENVIRONMENT, with_pip=True)
    python = ENVIRONMENT / ("Scripts" if sys.platform == "win32" else "bin") / "python"
    subprocess.run([python, "-m", "pip", "install", "--quiet", "pip<26", "pip-tools"], check=True)
    wanted = ENVIRONMENT / "wanted.in"
    pins = [f"{name}=={version}" for name, version in installed().items()]
    wanted.write_text("\n".join([*pins, *needed_elsewhere()]) + "\n")
    target = ENVIRONMENT / "constraints.txt"
    options = ["--quiet", "--generate-hashes", "--no-header", "--no-annotate", "--allow-unsafe", "--strip-extras"]
    options += ["--no-emit-find-links", "--no-emit-index-url", "--output-file", str(target)]
    target.unlink(missing_ok=True)
    subprocess.run([python, "-m", "piptools", "compile", *options, str(wanted)], check=True)
    (ROOT / "constraints.txt").write_text(HEADER + target.read_text())
    command = [sys.executable, ROOT / "tools" / "requirements.py", "--lowest", "all"]
    lowest = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    (ROOT / "constraints-lowest.txt").write_text("# Written by `make lock` from pyproject.toml.\n" + lowest)


if __name__ == "__main__":
    main()
