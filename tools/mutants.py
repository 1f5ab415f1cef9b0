"""Change the code in one place at a time and see whether a test notices: `make mutants FILES="rules.py"`.

A change that no test notices is printed: there a test is missing, or the code does nothing. Each change is tried in a
copy of the source, by the tests of its room, so an hour tries a hundred or two; `--sample 20` tries so many of a file.
"""

import argparse
import ast
import copy
import os
import random
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
COPY = ROOT / "build" / "mutants"
TESTS = {
    "rules.py": ["tests/test_rules.py"],
    "stopping.py": ["tests/test_training.py"],
    "loop.py": ["tests/test_training.py", "tests/test_modes.py", "tests/test_options.py"],
    "measures": ["tests/measures", "src/prenoise/measures"],
    "study/claims": ["tests/study/claims", "src/prenoise/study/claims"],
}
"""The rooms whose mistakes would be believed, and the tests that must notice a change in them."""

SWAPPED: dict[type, type] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.And: ast.Or,
    ast.Or: ast.And,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
}


def changes(tree: ast.Module) -> Iterator[tuple[int, str, ast.Module]]:
    """Every change to a module: the line, what is changed in words, and the module changed."""
    marks = [
        inner for node in ast.walk(tree) for mark in getattr(node, "decorator_list", ()) for inner in ast.walk(mark)
    ]
    for place, node in enumerate(ast.walk(tree)):
        if node in marks:
            continue  # frozen or not, the numbers are the same
        for words in _possible(node):
            changed = copy.deepcopy(tree)
            target = next(other for number, other in enumerate(ast.walk(changed)) if number == place)
            before = ast.unparse(node)
            _apply(target)
            if ast.unparse(target) != before:
                yield getattr(node, "lineno", 0), f"{words}: {before.splitlines()[0][:90]}", changed


def _possible(node: ast.AST) -> list[str]:
    if isinstance(node, ast.BinOp | ast.BoolOp | ast.AugAssign) and type(node.op) in SWAPPED:
        return ["another operator"]
    if isinstance(node, ast.Compare) and type(node.ops[0]) in SWAPPED:
        return ["another comparison"]
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not | ast.USub):
        return ["without its sign"]
    if isinstance(node, ast.Constant) and isinstance(node.value, bool | int | float):
        return ["another constant"]
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
        return ["not called"]
    return []


def _apply(node: ast.AST) -> None:
    match node:
        case ast.BinOp() | ast.BoolOp() | ast.AugAssign():
            node.op = SWAPPED[type(node.op)]()
        case ast.Compare():
            node.ops[0] = SWAPPED[type(node.ops[0])]()
        case ast.UnaryOp(op=ast.USub()):
            node.op = ast.UAdd()
        case ast.UnaryOp():
            node.operand = ast.UnaryOp(ast.Not(), node.operand)
        case ast.Constant(value=bool()):
            node.value = not node.value
        case ast.Constant():
            node.value = node.value + 1
        case ast.Expr():
            node.value = ast.Constant(None)


def noticed(module: Path, code: str, tests: list[str], timeout: float) -> bool:
    """Whether the tests fail, or do not come to an end, with this code in place of the module's."""
    changed = COPY / "src" / "prenoise" / module
    original = changed.read_text("utf-8")
    changed.write_text(code, "utf-8")
    command = [sys.executable, "-m", "pytest", "--quiet", "--exitfirst", "-p", "no:cacheprovider", *tests]
    try:
        environment = os.environ | {"PYTHONPATH": str(COPY / "src"), "PYTHONDONTWRITEBYTECODE": "1"}
        run = subprocess.run(command, cwd=COPY, env=environment, capture_output=True, timeout=timeout, check=False)
        return run.returncode != 0
    except subprocess.TimeoutExpired:
        return True
    finally:
        changed.write_text(original, "utf-8")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", nargs="*", default=list(TESTS), help=f"files or folders of {', '.join(TESTS)}")
    parser.add_argument("--sample", type=int, help="so many changes of a file, chosen by chance (default: all)")
    parser.add_argument("--timeout", type=float, default=900, help="seconds after which a change counts as noticed")
    options = parser.parse_args()
    shutil.rmtree(COPY, ignore_errors=True)
    COPY.mkdir(parents=True)
    for name in ("src", "tests", "pyproject.toml", "README.md"):
        copy_of = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
        copy_of(ROOT / name, COPY / name)
    tried = survived = 0
    for name in options.files:
        room = next((room for room in TESTS if name == room or name.startswith(f"{room}/")), None)
        if room is None:
            parser.error(f"no tests are known for {name}: expected some of {', '.join(TESTS)}, or a file in them")
        path = ROOT / "src" / "prenoise" / name
        for module in sorted(path.rglob("*.py")) if path.is_dir() else [path]:
            unchanged = ast.parse(module.read_text("utf-8"))
            if noticed(module.relative_to(ROOT / "src" / "prenoise"), ast.unparse(unchanged), TESTS[room], 9 * 3600):
                parser.error(f"the tests of {room} fail without any change: nothing can be learned from them")
            found = list(changes(unchanged))
            if options.sample:
                found = random.Random(0).sample(found, min(options.sample, len(found)))
            relative = module.relative_to(ROOT / "src" / "prenoise")
            for line, words, tree in sorted(found, key=lambda change: change[0]):
                tried += 1
                if not noticed(relative, ast.unparse(tree), TESTS[room], options.timeout):
                    survived += 1
                    print(f"{relative}:{line}: nobody noticed {words}", flush=True)
    print(f"{tried} changes tried, {survived} not noticed")
    return int(survived > 0)


if __name__ == "__main__":
    sys.exit(main())
