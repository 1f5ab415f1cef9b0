"""Which code a result comes from: the versions of its packages, and a fingerprint of the code its functions reach."""

import ast
import hashlib
import importlib.metadata
import importlib.util
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple

from prenoise.version import release


@cache
def version(package: str) -> str:
    """The name and release of an import package, as in `prenoise 1.0`; the name alone where it has none."""
    try:
        return f"{package} {release(importlib.metadata.version(package))}"
    except importlib.metadata.PackageNotFoundError:  # installed under another name, or a module that is not installed
        names = importlib.metadata.packages_distributions().get(package, [])
    return f"{package} {release(importlib.metadata.version(names[0]))}" if names else package


def versions(packages: Sequence[str]) -> str:
    """Those of several packages, as one line."""
    return ", ".join(map(version, packages))


@cache
def fingerprint(functions: tuple[str, ...]) -> str:
    """Sixteen hexadecimal digits that change with the code of functions, `package.module:name`, or of what they use.

    Followed by name, without importing: to whatever a definition mentions, in its module or in others of the packages
    that the functions are in. Comments, docstrings and formatting do not count, nor does the rest of a module: a claim
    in a figure's file changes nothing that was computed.
    """
    packages = {function.partition(".")[0].partition(":")[0] for function in functions}
    waiting, reached = [Name(*function.split(":")) for function in functions], {}
    while waiting:
        name = waiting.pop()
        if name not in reached and name.module.partition(".")[0] in packages and (module := parsed(name.module)):
            found = module.defined.get(name.attribute, ())
            reached[name] = "\n".join(map(ast.unparse, found))
            waiting += [used for statement in found for used in module.used(statement)]
            if not found:
                waiting += module.leads_to(name.attribute)
    text = "\n".join(f"{name.module}:{name.attribute}\n{reached[name]}" for name in sorted(reached))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


class Name(NamedTuple):
    """Something a module defines or imports."""

    module: str
    attribute: str


class Module(NamedTuple):
    """The text of a module, by name."""

    name: str
    defined: dict[str, list[ast.stmt]]
    imported: dict[str, Name]

    def used(self, statement: ast.stmt) -> Iterator[Name]:
        """What a statement mentions: names of this module, and attributes of modules that it imports."""
        for node in ast.walk(statement):
            if isinstance(node, ast.Name):
                yield Name(self.name, node.id)
            elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
                for origin in self.leads_to(node.value.id):
                    yield Name(f"{origin.module}.{origin.attribute}".strip("."), node.attr)

    def leads_to(self, attribute: str) -> list[Name]:
        """Where an imported name comes from; nothing for a name that is not imported."""
        return [self.imported[attribute]] if attribute in self.imported else []


@cache
def parsed(name: str) -> Module | None:
    """A module as text, with what its stub beside it imports; none where there is no Python file of that name."""
    path = located(name)
    if path is None:
        return None
    package = name if path.stem == "__init__" else name.rpartition(".")[0]
    defined: dict[str, list[ast.stmt]] = {}
    imported: dict[str, Name] = {}
    for file in (path.with_suffix(".pyi"), path):
        tree = without_docstrings(ast.parse(file.read_bytes())) if file.exists() else ast.Module([], [])
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom):
                origin = importlib.util.resolve_name("." * node.level + (node.module or ""), package)
                imported |= {alias.asname or alias.name: Name(origin, alias.name) for alias in node.names}
            elif isinstance(node, ast.Import):
                imported |= {alias.asname or alias.name: Name(alias.name, "") for alias in node.names}
        for statement in tree.body:
            for bound in bindings(statement):
                defined.setdefault(bound, []).append(statement)
    return Module(name, defined, imported)


def located(name: str) -> Path | None:
    """The file of a module, by the folders of its package and without importing it."""
    package, *rest = name.split(".")
    spec = importlib.util.find_spec(package) if package.isidentifier() and package != "__main__" else None
    if spec is None or not spec.origin or not spec.origin.endswith(".py"):
        return None
    if not rest:
        return Path(spec.origin)
    for root in map(Path, spec.submodule_search_locations or ()):
        for path in (root.joinpath(*rest).with_suffix(".py"), root.joinpath(*rest, "__init__.py")):
            if path.is_file():
                return path
    return None


def bindings(statement: ast.stmt) -> Iterator[str]:
    """The names a statement at the top of a module defines; those of a comprehension stay within it."""
    if isinstance(statement, (ast.FunctionDef, ast.ClassDef)):
        yield statement.name
    elif not isinstance(statement, (ast.Import, ast.ImportFrom)):
        targets = [node.target for node in ast.walk(statement) if isinstance(node, ast.comprehension)]
        inner = {name for target in targets for name in ast.walk(target)}
        names = (node for node in ast.walk(statement) if isinstance(node, ast.Name) and node not in inner)
        yield from (name.id for name in names if is_stored(name))


def is_stored(node: ast.Name) -> bool:
    """Whether a name is bound here, and not read."""
    return isinstance(node.ctx, ast.Store)


def without_docstrings(tree: ast.Module) -> ast.Module:
    """The tree without strings that stand alone as statements."""
    for node in ast.walk(tree):
        for part in ("body", "orelse", "finalbody"):
            if isinstance(lines := getattr(node, part, None), list):
                kept = [line for line in lines if not (isinstance(line, ast.Expr) and is_text(line.value))]
                setattr(node, part, kept)
    return tree


def is_text(node: ast.expr) -> bool:
    """Whether an expression is a string."""
    return isinstance(node, ast.Constant) and isinstance(node.value, str)
