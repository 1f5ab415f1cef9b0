"""The primitive that layers of all JAX frameworks are made of."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from prenoise import UserError
from prenoise.adapters.jax import carried

KEYS = jax.random.split(jax.random.key(0), 5)


def layer(weights, x):
    return jnp.tanh(weights["matrix"] @ x + weights["bias"])


@pytest.mark.parametrize("through", [lambda run: run, jax.jit, jax.checkpoint])
def test_weights_learn_as_ever_and_the_error_goes_back_through_the_carrier(through):
    weights = {"matrix": jax.random.normal(KEYS[0], (3, 4)), "bias": jax.random.normal(KEYS[1], (3,))}
    carrier = weights | {"matrix": jax.random.normal(KEYS[2], (3, 4))}
    x, error = jax.random.normal(KEYS[3], (4,)), jax.random.normal(KEYS[4], (3,))
    outputs, back = jax.vjp(through(lambda weights, x: carried(layer, weights, carrier, x)), weights, x)
    assert np.allclose(outputs, layer(weights, x), rtol=1e-6)
    to_weights, to_x = back(error)
    expected = jax.vjp(layer, weights, x)[1](error)[0]
    assert np.allclose(to_weights["matrix"], expected["matrix"], atol=1e-6)
    assert np.allclose(to_weights["bias"], expected["bias"], atol=1e-6)
    assert np.allclose(to_x, jax.vjp(layer, carrier, x)[1](error)[1], atol=1e-6)


def test_the_carrier_learns_nothing():
    weights, carrier = jnp.ones((2, 3)), 2 * jnp.ones((2, 3))
    through = jax.grad(lambda carrier: carried(jnp.matmul, weights, carrier, jnp.ones(3)).sum())
    assert not through(carrier).any()


def test_a_carrier_of_another_shape_is_refused():
    with pytest.raises(
        UserError, match=r"weights of shape \(2, 3\) and a carrier of shape \(3, 2\): expected the same"
    ):
        carried(jnp.matmul, jnp.ones((2, 3)), jnp.ones((3, 2)), jnp.ones(3))
