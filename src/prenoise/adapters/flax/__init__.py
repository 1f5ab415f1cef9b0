"""The method on a model of Flax NNX. A tour is in docs/your-own-model-jax.md.

The functions return another model, and leave the one they are given as it is.

>>> from flax import nnx
>>> from prenoise.adapters.flax import feedback_align, warm_up
>>> model, aligned = feedback_align(nnx.Linear(16, 4, rngs=nnx.Rngs(0)), key=1)
>>> model, history = warm_up(model, (16,), 4, examples=640, key=2)
>>> history.loss.shape
(11,)
"""

try:
    import flax as _  # noqa: F401 (asked for here, so that whoever lacks it is told how to get it)
except ModuleNotFoundError as error:
    if error.name != "flax":
        raise
    raise ModuleNotFoundError(
        "prenoise.adapters.flax needs Flax: install it with `pip install flax`", name="flax"
    ) from None

from prenoise.adapters import jax as _jax
from prenoise.adapters.flax.framework import Feedback
from prenoise.adapters.jax import *  # noqa: F403 (the functions are the same)

__all__ = ["Feedback"]
__all__ += _jax.__all__
