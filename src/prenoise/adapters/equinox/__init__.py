"""The method on a model of Equinox, or any other pytree of arrays. A tour is in docs/your-own-model-jax.md.

>>> import equinox as eqx, jax
>>> from prenoise.adapters.equinox import alignment, feedback_align, warm_up
>>> model = eqx.nn.MLP(16, 4, width_size=32, depth=2, key=jax.random.key(0))
>>> model, aligned = feedback_align(model, "fa", key=1)
>>> aligned.layers
('layers[0]', 'layers[1]', 'layers[2]')
>>> model, history = warm_up(model, (16,), 4, examples=640, key=2)
>>> history.loss.shape
(11,)
"""

from prenoise.adapters import jax as _jax
from prenoise.adapters.equinox import framework as _  # noqa: F401 (enters how models come apart)
from prenoise.adapters.jax import *  # noqa: F403 (the functions are the same)

__all__: list[str] = []
__all__ += _jax.__all__
