"""Who may know whom: the imports of the package, read from its source, hold the layers of the design."""

import ast
import re
import sys
import tomllib
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "src" / "prenoise"
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))

LAYERS = [
    {"cli"},
    {"study"},
    {"adapters", "training", "loading", "hub", "weights_file"},
    {"core"},
    {"errors", "version", "plugins", "atomic", "progress"},
]
"""From the top: a room imports rooms of its own layer and of lower ones. What is not named here is `core`."""

STRANGERS = {
    "network": {"rules", "noise", "measures", "learning", "loop", "training"},
    "rules": {"noise", "measures", "learning", "loop", "training"},
    "noise": {"network", "rules", "measures", "learning", "loop", "training"},
    "loop": {"network", "rules", "noise", "measures", "learning", "training"},
    "measures": {"noise", "loop", "training"},
}
"""What these rooms of the core do not know: a loop knows no rule, a rule knows no loop."""

INSIDE_THE_STUDY = {
    "lab": {"lab"},
    "claims": {"claims", "lab"},
    "report": {"report", "claims", "lab", "kinds"},
}
"""What these rooms of the study may import of it; the others are free."""

EXTRAS = {
    "adapters/torch": "torch",
    "adapters/torch/lightning.py": "lightning",
    "adapters/torch/hugging_face.py": "transformers",
    "adapters/flax": "flax",
    "hub.py": "hub",
    "study": "study",
    "study/pytorch": "torch",
}
"""Which files may import what an extra brings; the others have what the method itself needs."""

NEEDED_UNSEEN = {"accelerate", "dask-jobqueue", "cryptography", "flax"}
"""Declared and not imported: a user's cluster, Dask's certificates, what is named as text."""

NAMED_OTHERWISE = {"vl_convert": "vl-convert-python"}
"""Modules whose distribution has another name than theirs with dashes."""

FORBIDDEN_IN_THE_CORE = {"os", "sys", "io", "pathlib", "logging", "shutil", "subprocess", "tempfile"}


@cache
def files() -> tuple[Path, ...]:
    return tuple(sorted(path for path in SOURCE.rglob("*.py*") if path.suffix in (".py", ".pyi")))


@cache
def facade(package: str) -> dict[str, str]:
    """Where the names come from that a package with an `__init__.pyi` or `__init__.py` hands on."""
    folder = SOURCE.joinpath(*package.split(".")[1:])
    stub = next((path for path in (folder / "__init__.pyi", folder / "__init__.py") if path.exists()), None)
    if stub is None:
        return {}
    return {
        alias.asname or alias.name: resolve(module_of(stub), node)
        for node in ast.parse(stub.read_text("utf-8")).body
        if isinstance(node, ast.ImportFrom) and (node.level or (node.module or "").startswith("prenoise"))
        for alias in node.names
    }


def module_of(path: Path) -> str:
    parts = path.relative_to(SOURCE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def exists(module: str) -> bool:
    path = SOURCE.parent.joinpath(*module.split("."))
    return path.is_dir() or path.with_suffix(".py").exists()


def resolve(module: str, node: ast.ImportFrom) -> str:
    """The module that `from x import ...` names, dots resolved from the package `module` or the one that holds it."""
    if not node.level:
        return node.module or ""
    package = module.split(".")
    is_package = SOURCE.parent.joinpath(*package).is_dir()
    base = package[: len(package) - node.level + is_package]
    return ".".join([*base, node.module] if node.module else base)


@cache
def imports(path: Path) -> set[str]:
    """Every module that a file imports, also within functions."""
    return imports_of(path.read_text("utf-8"), module_of(path))


def imports_of(code: str, module: str) -> set[str]:
    """The modules that the code of a module imports; a name of a facade stands for the module it is from."""
    found = set()
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = resolve(module, node)
            for alias in node.names:
                if base.split(".")[0] == "prenoise" and exists(f"{base}.{alias.name}"):
                    found.add(f"{base}.{alias.name}")
                else:
                    found.add(facade(base).get(alias.name, base) if base.startswith("prenoise") else base)
    return found


def room(module: str) -> str:
    """The room of a module of prenoise, by the names of `LAYERS`."""
    first = [*module.split("."), ""][1]
    return first if first == "data" or any(first in layer for layer in LAYERS) else "core"


def height(name: str) -> int:
    return next(len(LAYERS) - number for number, layer in enumerate(LAYERS) if name in layer)


@cache
def inner() -> list[tuple[str, str]]:
    """Every import of one module of prenoise by another, but those of the package's own facade."""
    return [
        (module_of(path), target)
        for path in files()
        if path.parent != SOURCE or path.stem not in ("__init__", "__main__")
        for target in imports(path)
        if target.split(".")[0] == "prenoise" and target not in ("prenoise", module_of(path))
    ]


def test_a_room_imports_no_room_above_it():
    upwards = [
        f"{source} imports {target}"
        for source, target in inner()
        if "data" not in (room(source), room(target)) and height(room(target)) > height(room(source))
    ]
    assert not upwards


@pytest.mark.parametrize("path", sorted((SOURCE / "study" / "figures").glob("*.py")), ids=lambda path: path.stem)
def test_a_figure_tells_its_story_in_200_lines(path):
    assert len(path.read_text("utf-8").splitlines()) <= 200


@pytest.mark.parametrize("name", STRANGERS)
def test_a_room_of_the_core_does_not_know(name):
    known = {target.split(".")[1] for source, target in inner() if source.split(".")[1] == name}
    assert not known & STRANGERS[name]


def test_the_data_room_stands_alone():
    lowest = LAYERS[-1]
    assert {room(target) for source, target in inner() if room(source) == "data"} <= {"data"} | lowest
    assert {room(source) for source, target in inner() if room(target) == "data"} <= {"data", "loading", "study", "cli"}


@pytest.mark.parametrize("name", INSIDE_THE_STUDY)
def test_a_room_of_the_study_knows_only_what_it_builds_on(name):
    of_the_study = {
        target.split(".")[2]
        for source, target in inner()
        if source.startswith(f"prenoise.study.{name}") and target.startswith("prenoise.study.")
    }
    assert of_the_study <= INSIDE_THE_STUDY[name]


def test_the_lab_knows_nothing_of_neural_networks():
    known = {room(target) for source, target in inner() if source.startswith("prenoise.study.lab")}
    assert known <= {"study"} | LAYERS[-1]


def test_no_room_of_the_method_leads_back_to_itself():
    def place(module: str) -> str:
        """A file of the top folder, or a folder with all that is in it."""
        return ".".join(module.split(".")[: 3 if ".adapters." in module else 2])

    known = {place(source): set() for source, _ in inner() if room(source) not in ("cli", "study")}
    for source, target in inner():
        if place(source) in known and place(target) != place(source):
            known[place(source)].add(place(target))
    waiting = set(known)
    while free := {name for name in waiting if not known[name] & waiting}:
        waiting -= free
    assert not waiting


def test_the_core_reads_no_file_and_no_environment_and_prints_nothing():
    faults = []
    for path in files():
        name = room(module_of(path))
        if name not in ("core", "network", "training") or (path.parent == SOURCE and path.stem.startswith("__")):
            continue
        faults += [f"{path.name} imports {module}" for module in imports(path) & FORBIDDEN_IN_THE_CORE]
        faults += [
            f"{path.name} calls {node.func.id}"
            for node in ast.walk(ast.parse(path.read_text("utf-8")))
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("print", "open")
        ]
    assert not faults


def distribution(module: str) -> str:
    return NAMED_OTHERWISE.get(module, module.replace("_", "-"))


def outside(path: Path) -> set[str]:
    """The distributions that a file imports: neither prenoise nor of the standard library."""
    top = {module.split(".")[0] for module in imports(path)}
    return {distribution(module) for module in top - set(sys.stdlib_module_names) - {"prenoise"}}


def declared(*extras: str) -> set[str]:
    project = PYPROJECT["project"]
    lines = [*project["dependencies"], *(line for name in extras for line in project["optional-dependencies"][name])]
    return {re.match(r"[\w-]+", line)[0] for line in lines}


@pytest.mark.parametrize("path", files(), ids=lambda path: path.relative_to(SOURCE).as_posix())
def test_what_a_file_imports_is_declared_for_its_floor(path):
    name = path.relative_to(SOURCE).as_posix()
    extras = [extra for start, extra in EXTRAS.items() if name.startswith(start)]
    assert outside(path) <= declared(*extras)


def test_what_is_declared_is_imported():
    used = set().union(*map(outside, files())) | NEEDED_UNSEEN | {"prenoise"}
    extras = PYPROJECT["project"]["optional-dependencies"]
    assert declared(*(name for name in extras if name != "cuda")) <= used


def test_the_reader_of_imports_finds_what_is_lazy_relative_or_from_a_facade():
    """Without this, an empty graph would hold every rule above."""
    seen = set(inner())
    assert ("prenoise.study.lab", "prenoise.study.lab.jobs") in seen, "a relative import in a stub"
    assert ("prenoise.training", "prenoise.loop") in seen, "an import at the top of a file"
    assert ("prenoise.data.catalog", "prenoise.plugins") in seen, "a module named among names"
    code = "def late():\n    import scipy.stats\n    from prenoise.study.lab import Store\n"
    assert imports_of(code, "prenoise.late") == {"scipy.stats", "prenoise.study.lab.store"}
