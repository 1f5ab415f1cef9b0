"""What figures share in their pictures: reading results kind by kind, and panels that many of them have."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import numpy as np

from prenoise.study import charts
from prenoise.study.kinds import COMPARED
from prenoise.study.recipes import Numbers, numbers

if TYPE_CHECKING:
    from prenoise.study.lab.results import Results


def by_kind(
    results: "Results", variable: str, kinds: Sequence[str] = COMPARED, **condition: Any
) -> dict[str, np.ndarray]:
    """The arrays of the variable of each kind that is there, in one condition; axis 0 is the seeds."""
    return there(results, numbers(variable, **condition), kinds)


def there(results: "Results", of: Numbers, kinds: Sequence[str]) -> dict[str, np.ndarray]:
    """The numbers of each kind whose runs are there; axis 0 is the seeds."""
    found = {}
    for kind in kinds:
        with suppress(KeyError):
            found[kind] = np.asarray(of(results, kind))
    return found


def one(results: "Results", variable: str, **condition: Any) -> np.ndarray | None:
    """The array of the variable in one condition, or None where it is not there."""
    try:
        return results[condition][variable].values
    except KeyError:
        return None


def means(results: "Results", variable: str, rows: Iterable[Iterable[Mapping[str, Any]]]) -> np.ndarray:
    """The mean over the seeds in rows of conditions; NaN where a run is missing."""

    def mean(cell: Mapping[str, Any]) -> float:
        with suppress(KeyError):
            return float(results[cell][variable].mean())
        return float("nan")

    return np.array([[mean(cell) for cell in row] for row in rows])


def by_setting(
    results: "Results",
    variable: str,
    cell: Callable[[str, str], Mapping[str, Any]],
    kinds: Sequence[str],
    settings: Iterable[str],
) -> dict[str, dict[str, np.ndarray]]:
    """The variable of each kind that is there, setting by setting; `cell(kind, setting)` is a condition."""
    return {
        setting: {kind: array for kind in kinds if (array := one(results, variable, **cell(kind, setting))) is not None}
        for setting in settings
    }


def over(
    results: "Results",
    variable: str,
    option: str,
    values: Sequence[Any],
    kinds: Sequence[str] = COMPARED,
    **condition: Any,
) -> dict[str, np.ndarray]:
    """The variable of each kind along an option of the conditions: seed x value, NaN where a run is missing."""
    found = {}
    for kind in kinds:
        columns = [one(results, variable, kind=kind, **{option: value}, **condition) for value in values]
        most = max((len(column) for column in columns if column is not None), default=0)
        if most:
            found[kind] = np.full((most, len(values)), np.nan)
            for place, column in enumerate(columns):
                if column is not None:
                    found[kind][: len(column), place] = column
    return found


def labels(results: "Results", axis: str, **condition: Any) -> np.ndarray:
    """The labels along an axis, as epochs, of the first cell in this condition that has it."""
    for cell in results.cells:
        if condition.items() <= cell.items() and axis in results[cell]:
            return np.asarray(results[cell][axis])
    return np.zeros(0)


def learning_curves(title: str, results: "Results", kinds: Sequence[str] = COMPARED, **condition: Any) -> Any:
    """A panel of test accuracy over training, on one scale with the others of its picture."""
    return charts.curves(
        title,
        labels(results, "epoch", **condition),
        by_kind(results, "accuracy", kinds, **condition),
        x="epochs of training",
        y="test accuracy",
        percent=True,
        settled=True,
        same_y="accuracy",
    )


def angles(title: str, along: Any, found: Mapping[Any, Any], *, x: str, **options: Any) -> Any:
    """A panel of angles between forward weights and feedback, as `charts.curves`, with chance as a line."""
    return charts.curves(title, along, found, x=x, y="angle (degrees)", level=(90.0, "90, chance"), **options)


def areas(title: str, results: "Results", settings: Mapping[str, Mapping[str, Any]]) -> Any:
    """A panel of the area under the curve; `settings` are conditions under their names."""
    return charts.points(
        title,
        {name: by_kind(results, "area", **condition) for name, condition in settings.items()},
        x="area under the curve of test accuracy",
    )
