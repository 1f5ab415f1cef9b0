"""Numbers that say what noise did to a user's model, with the definitions of `prenoise.measures`."""

from collections.abc import Iterable
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from prenoise import measures
from prenoise.adapters.batches import inputs_and_labels, inputs_of
from prenoise.adapters.jax.framework import Apply, Parts, carrier, framework_of, scores_of
from prenoise.adapters.measured import Calibration, auroc_of, calibration_of, neuron_angles


def alignment(model: Any) -> dict[str, Float[Array, "*stack neurons"]]:
    """For every aligned layer of `model`, the angle in degrees between forward and feedback weights, per neuron below.

    A neuron's vector holds its weights to all neurons above, a channel's all its kernels: 90 is chance, 0 is
    backpropagation. Feedback is what the layer's rule really carries errors through. Under `fa` the layer that the
    data enters stays near 90, for nothing is sent back by it.

    Axes of a stack of layers, or of a block of seeds, come first.
    """
    return {
        name: layer.for_each(
            lambda weight, feedback, unit, layer=layer: neuron_angles(
                weight, carrier(layer.rule, weight, feedback, unit), groups=layer.groups
            )
        )
        for name, layer in framework_of(model).layers(model).items()
        if layer.feedback is not None
    }


def mean_angle(model: Any) -> Float[Array, ""]:
    """Mean over all neurons of what `alignment` gives of a `model`."""
    return jnp.concatenate([angles.reshape(-1) for angles in alignment(model).values()]).mean()


def effective_rank(model: Any) -> dict[str, Float[Array, "*stack"]]:
    """For every layer of `model` that is aligned or could be, how many dimensions its weights use: 1 to its width.

    Axes of a stack of layers, or of a block of seeds, come first.
    """
    return {
        name: layer.for_each(lambda weight, *_: measures.effective_rank(weight.reshape(len(weight), -1)))
        for name, layer in framework_of(model).layers(model).items()
    }


def calibration(
    model: Any, loader: Iterable[Any], *, apply: Apply | None = None, bins: int = 15, block: bool = False
) -> Calibration:
    """Whether `model` is as sure as it is right, on a `loader`'s batches of (inputs, labels), in `bins` of confidence.

    The model runs as in use, by `apply` (see `warm_up`). With `block` it is a block, and every number has an axis of
    seeds in front.
    """
    judged: list[Any] = []
    for inputs, labels in (inputs_and_labels(batch, "loader") for batch in loader):
        judged.append((_chances(model, inputs, apply, block), labels))
    each = [
        calibration_of(lambda chance, _: chance, [(chance[seed], labels) for chance, labels in judged], bins=bins)
        for seed in range(len(judged[0][0]) if judged else 1)
    ]
    return jax.tree.map(lambda *numbers: np.stack(numbers), *each) if block else each[0]


def ood_auroc(
    model: Any, inside: Iterable[Any], outside: Iterable[Any], *, apply: Apply | None = None, block: bool = False
) -> float | Float[np.ndarray, " seeds"]:
    """How well the confidence of `model` tells data of a kind it knows from data of another: 0.5 is blind, 1 perfect.

    `inside` and `outside` are loaders of inputs, or of (inputs, labels), of which the labels are not looked at; `apply`
    and `block` are as in `calibration`.
    """
    known, unknown = (
        [_chances(model, inputs_of(batch), apply, block) for batch in loader] for loader in (inside, outside)
    )
    each = [
        auroc_of(lambda chance, _: chance, *([chance[seed] for chance in chances] for chances in (known, unknown)))
        for seed in range(len(known[0]) if known else 1)
    ]
    return np.array(each) if block else each[0]


def _chances(model: Any, inputs: Any, apply: Apply | None, block: bool) -> Float[np.ndarray, "seeds *places classes"]:
    """Probabilities of the classes for a batch, with an axis of seeds, be there one."""
    framework = framework_of(model)
    moving, feedback, fixed, form = framework.split(framework.mode(model, False), None)
    arrays = (moving, feedback, fixed)
    if not block:
        arrays = jax.tree.map(lambda leaf: leaf[None], arrays)
    found = _chances_of_block(arrays, jax.tree.map(jnp.asarray, inputs), framework, form, apply or framework.apply)
    return np.asarray(found)


@eqx.filter_jit
def _chances_of_block(arrays, inputs, framework, form, apply):
    def chances(arrays):
        scores = scores_of(apply, framework.whole(Parts(*arrays, form=form)), inputs, jax.random.key(0))
        return jax.nn.softmax(scores.astype(jnp.promote_types(scores.dtype, jnp.float32)))

    return jax.vmap(chances)(arrays)
