"""A run on an example, to see what reading a model cannot show: weights taken without a call, errors that explode."""

from typing import Any

import jax
import jax.numpy as jnp

from prenoise.adapters.jax.carried import HIDDEN
from prenoise.adapters.jax.framework import Apply, framework_of, scores_of
from prenoise.rules import Rule

KEY = 0
"""Of the error that the scores of an example are given, always the same."""


def bypassed(model: Any, example: Any, apply: Apply | None) -> list[str]:
    """Names of the aligned layers whose weights the `model` takes for its scores on an `example` without calling them.

    Whatever happens within the call of a layer is hidden from differentiation: what reaches its weights all the same
    comes from elsewhere.
    """
    framework = framework_of(model)
    found = framework.layers(_gradients(_under(model, HIDDEN), example, apply))
    aligned = [name for name, layer in framework.layers(model).items() if layer.feedback is not None]
    return [name for name in aligned if name in found and bool((found[name].weight != 0).any())]


def gradient_ratio(model: Any, example: Any, apply: Apply | None) -> float | None:
    """The length of the gradients of an aligned `model` on an `example`, by that of backpropagation's.

    The error of the scores is drawn at random. None if there are no gradients to compare.
    """
    framework = framework_of(model)
    aligned, true = (
        jnp.sqrt(
            sum(
                jnp.sum(jnp.abs(leaf.astype(jnp.float32)) ** 2)
                for leaf in jax.tree.leaves(framework.split(_gradients(each, example, apply), None).moving)
            )
        )
        for each in (model, _under(model, "bp"))
    )
    return float(aligned / true) if true else None


def _under(model: Any, rule: str | Rule) -> Any:
    """The model with its aligned layers under another rule."""
    framework = framework_of(model)
    layers = framework.layers(model).items()
    return framework.with_layers(
        model, {name: layer._replace(rule=rule) for name, layer in layers if layer.feedback is not None}
    )


def _gradients(model: Any, example: Any, apply: Apply | None) -> Any:
    """A model whose moving part are the gradients of this one's, for a random error of its scores."""
    framework, key = framework_of(model), jax.random.key(KEY)
    parts = framework.split(framework.mode(model, False), None)

    def weighted(moving: Any) -> Any:
        scores = scores_of(apply or framework.apply, framework.whole(parts._replace(moving=moving)), example, key)
        return jnp.sum(scores * jax.random.normal(key, scores.shape, scores.dtype))

    return framework.whole(parts._replace(moving=jax.jit(jax.grad(weighted))(parts.moving)))
