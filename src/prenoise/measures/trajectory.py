"""The way weights travel, seen in the plane in which they travel most."""

from collections.abc import Sequence

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float


class Basis(eqx.Module):
    """A plane (or more) through the space of the weights, the same for every run that is to be compared."""

    centre: Float[Array, " weights"]
    axes: Float[Array, "components weights"]
    explained: Float[Array, " components"]
    """Share of the variance along each axis."""

    def project(self, points: Float[Array, "*points weights"]) -> Float[Array, "*points components"]:
        """Coordinates of weights, or of the feedback, in this basis."""
        centre = self.centre.reshape((1,) * (points.ndim - 1) + (-1,))
        return (points - centre) @ self.axes.T


def principal_basis(runs: Sequence[Float[Array, "_ weights"]], *, components: int = 2) -> Basis:
    """Principal axes of the weights of several runs together (one row a moment), so that all share one picture.

    The sign of each axis makes its largest entry positive, which makes the basis the same on every machine.
    """
    points = jnp.concatenate(list(runs))
    centre = points.mean(axis=0, keepdims=True)
    _, spread, axes = jnp.linalg.svd(points - centre, full_matrices=False)
    largest = jnp.take_along_axis(axes, jnp.abs(axes).argmax(axis=1, keepdims=True), axis=1)
    share = spread**2 / jnp.maximum(jnp.sum(spread**2), jnp.finfo(spread.dtype).tiny)
    return Basis(centre[0], (axes * jnp.sign(largest))[:components], share[:components])
