"""The playground's modules, run by Node, and the module that builds its page."""

import importlib.util
import json
import subprocess
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[2] / "playground"
PROGRAM = """
import {{ readFileSync }} from "node:fs";
const load = (name) => import("{source}/" + name + ".js");
const given = JSON.parse(readFileSync(0, "utf8"));
const found = await (async () => {{ {code} }})();
console.log(JSON.stringify(found, (_, value) => (ArrayBuffer.isView(value) ? Array.from(value) : value)));
"""


@pytest.fixture(scope="session")
def javascript():
    """A function that runs JavaScript: `load` gives a module, `given` are the arguments, and it returns what comes out.

    Playwright brings a Node of its own, so that none need be installed.
    """
    driver = pytest.importorskip("playwright._impl._driver", reason="playwright is not installed")
    node = driver.compute_driver_executable()[0]

    def javascript(code, **given):
        program = PROGRAM.format(source=SOURCE.as_uri(), code=code)
        run = subprocess.run(
            [node, "--input-type=module", "--eval", program],
            input=json.dumps(given),
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
        assert run.returncode == 0, run.stderr
        return json.loads(run.stdout)

    return javascript


@pytest.fixture(scope="session")
def build():
    """The module that builds the page."""
    specification = importlib.util.spec_from_file_location("build_playground", SOURCE / "build.py")
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def digits_text(build):
    """The digits as the page has them."""
    return build.digits()[0]
