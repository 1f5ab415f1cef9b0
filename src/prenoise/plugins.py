"""What other installed packages add to prenoise: they name it in the entry points of their own project file.

A package that brings a data set writes in its `pyproject.toml`, say

    [project.entry-points."prenoise.datasets"]
    letters = "my_letters:LETTERS"

and `prenoise.load("letters")` finds it once the package is installed.
"""

from importlib.metadata import entry_points

from prenoise.errors import UserError


def named(group: str) -> dict[str, object]:
    """The objects that installed packages register in the group `prenoise.<group>`, by the names they give them.

    `group` is "rules", "kinds", "datasets" or "experiments". A package that cannot be imported, and two packages that
    use one name, are a `UserError` that says which.

    >>> named("nothing")
    {}
    """
    objects: dict[str, object] = {}
    owners: dict[str, str] = {}
    for point in entry_points(group=f"prenoise.{group}"):
        package = point.dist.name if point.dist is not None else point.value
        if owners.setdefault(point.name, package) != package:
            raise UserError(
                f"the packages {owners[point.name]} and {package} both register {point.name!r} in prenoise.{group}: "
                "expected one, so uninstall the other"
            )
        try:
            objects[point.name] = point.load()
        except Exception as error:  # a stranger's module may fail in any way
            raise UserError(
                f"the package {package} registers {point.name!r} in prenoise.{group}, and importing {point.value} "
                f"failed ({type(error).__name__}: {error}): repair or uninstall {package}"
            ) from error
    return objects
