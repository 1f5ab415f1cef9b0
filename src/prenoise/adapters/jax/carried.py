"""The primitive: a layer that computes with its weights, and sends its error back through others."""

from collections.abc import Callable
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
from jax import lax

from prenoise.errors import UserError
from prenoise.rules import Rule

HIDDEN = Rule("hidden", lambda weights, feedback: weights, "no gradient reaches the weights within a call", "")
"""Not to learn by: what differentiation still finds of a layer's weights was taken without calling the layer."""


def carried(function: Callable[[Any, Any], Any], weights: Any, carrier: Any, x: Any) -> Any:
    """`function(weights, x)`, whose error goes back to `x` as that of `function(carrier, x)` would.

    - `function`: a layer, of all that it learns and an input. What learns may not be hidden inside it.
    - `weights`: an array, or a pytree of arrays (a matrix and a bias, say). They learn as ever.
    - `carrier`: what stands in for the weights on the way back, of the same structure. It learns nothing here.

    >>> import jax, jax.numpy as jnp
    >>> weights, feedback = jnp.array([[1.0, 2.0]]), jnp.array([[5.0, -5.0]])
    >>> layer = lambda x: carried(lambda weights, x: weights @ x, weights, feedback, x).sum()
    >>> jax.value_and_grad(layer)(jnp.ones(2))
    (Array(3., dtype=float32), Array([ 5., -5.], dtype=float32))
    """
    shapes, other_shapes = (
        jax.tree.map(lambda leaf: jnp.shape(leaf) if eqx.is_array(leaf) else None, tree) for tree in (weights, carrier)
    )
    if shapes != other_shapes:
        raise UserError(
            f"found weights of shape {shapes} and a carrier of shape {other_shapes}: expected the same of both"
        )
    fixed = jax.tree.map(lambda leaf: lax.stop_gradient(leaf) if eqx.is_inexact_array(leaf) else leaf, carrier)
    return _carried((weights, x), function, fixed)


def called(rule: Rule, function: Callable[[Any, Any], Any], weights: Any, carrier: Any, x: Any) -> Any:
    """A layer's output under its `rule`; the other arguments are as in `carried`."""
    if rule is HIDDEN:
        moving, fixed = eqx.partition(weights, eqx.is_inexact_array)
        return function(eqx.combine(lax.stop_gradient(moving), fixed), x)
    return carried(function, weights, carrier, x)


@eqx.filter_custom_vjp
def _carried(learning: tuple[Any, Any], function: Callable[[Any, Any], Any], carrier: Any) -> Any:
    weights, x = learning
    return function(weights, x)


@_carried.def_fwd
def _(perturbed, learning, function, carrier):
    weights, x = learning
    return function(weights, x), None


@_carried.def_bwd
def _(residuals, error, perturbed, learning, function, carrier):
    weights_learn, below_learns = (any(jax.tree.leaves(part)) for part in perturbed)
    (weights, fixed), (x, fixed_x) = (eqx.partition(part, eqx.is_inexact_array) for part in learning)
    to_weights, to_x = jax.tree.map(jnp.zeros_like, (weights, x))
    if error is None:  # nothing depends on the outputs
        return to_weights, to_x
    if weights_learn:
        entire = eqx.combine(x, fixed_x)
        (to_weights,) = jax.vjp(lambda moving: function(eqx.combine(moving, fixed), entire), weights)[1](error)
    if below_learns:
        (to_x,) = jax.vjp(lambda moving: function(carrier, eqx.combine(moving, fixed_x)), x)[1](error)
    return to_weights, to_x
