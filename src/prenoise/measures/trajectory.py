"""The trajectory of weights, seen in the plane in which they move most."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from array_api_compat import array_namespace
from jaxtyping import Float


class Basis(NamedTuple):
    """A plane (or more) through the space of the weights, the same for every run that is to be compared."""

    centre: Float[Any, " weights"]
    axes: Float[Any, "components weights"]
    explained: Float[Any, " components"]
    """Share of the variance along each axis."""

    def project(self, points: Float[Any, "*points weights"]) -> Float[Any, "*points components"]:
        """Coordinates in this basis of `points`, which are weights or the feedback."""
        return (points - self.centre.reshape((1,) * (points.ndim - 1) + (-1,))) @ self.axes.T


def principal_basis(runs: Sequence[Float[Any, "_ weights"]], *, components: int = 2) -> Basis:
    """The first principal axes, `components` of them, of the weights of several `runs` together.

    Each run has a row for every time, and all share one picture. The sign of each axis makes its largest entry
    positive, which makes the basis the same on every machine.
    """
    xp: Any = array_namespace(*runs)
    points = xp.concat(list(runs))
    centre = xp.mean(points, axis=0, keepdims=True)
    _, spread, axes = xp.linalg.svd(points - centre, full_matrices=False)
    largest = xp.take_along_axis(axes, xp.argmax(xp.abs(axes), axis=1)[:, None], axis=1)
    total = xp.sum(spread**2)
    share = spread**2 / xp.where(total > 0, total, xp.ones_like(total))
    return Basis(centre[0], (axes * xp.sign(largest))[:components], share[:components])
