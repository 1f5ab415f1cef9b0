"""Models of Equinox, and all other pytrees of arrays: how they come apart, and what their layers are."""

import inspect
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax.tree_util import DictKey, GetAttrKey, SequenceKey
from jaxtyping import Array, Key, PyTree

from prenoise.adapters.carriers import COMPLEX
from prenoise.adapters.equinox.layers import (
    Feedback,
    has_weights,
    is_layer,
    weight_rank,
    with_feedback,
    without_feedback,
)
from prenoise.adapters.jax.framework import Framework, Layer, Parts, check_framework, framework_of
from prenoise.errors import UserError

WHY_NOT: dict[type, str] = {
    eqx.nn.Embedding: "an embedding looks its rows up and sends no error back",
    eqx.nn.GRUCell: "a recurrent cell computes in one function, not in layers of its own",
    eqx.nn.LSTMCell: "a recurrent cell computes in one function, not in layers of its own",
}


def split(model: PyTree, trainable: PyTree | None) -> Parts:
    """The parts of a model, of which `trainable` moves, by default every inexact array."""
    moving, still = eqx.partition(model, eqx.is_inexact_array if trainable is None else trainable)
    moving, others = eqx.partition(moving, eqx.is_inexact_array)
    still = eqx.combine(still, others)
    feedback, still = eqx.partition(still, _feedback_in(still))
    fixed, form = eqx.partition(still, lambda leaf: eqx.is_array(leaf) or isinstance(leaf, np.ndarray))
    return Parts(moving, feedback, jax.tree.map(jnp.asarray, fixed), form)


def whole(parts: Parts) -> PyTree:
    """The model that these are the parts of."""
    return eqx.combine(*parts)


def layers(model: PyTree) -> dict[str, Layer]:
    """Every layer that is aligned or could be, by its path."""
    nodes, _ = jax.tree_util.tree_flatten_with_path(model, is_leaf=is_layer)
    return {path_name(path): _as_layer(node) for path, node in nodes if is_layer(node) and has_weights(node)}


def with_layers(model: PyTree, changed: dict[str, Layer]) -> PyTree:
    """The model with these layers changed."""

    def change(path: Any, node: Any) -> Any:
        layer = changed.get(path_name(path))
        if layer is None or not is_layer(node):
            return node
        plain = without_feedback(node) if isinstance(node, Feedback) else node
        plain = eqx.tree_at(lambda plain: plain.weight, plain, layer.weight)
        if layer.feedback is None:
            return plain
        return with_feedback(type(plain))(plain, layer.feedback, layer.unit, layer.rule)

    return jax.tree_util.tree_map_with_path(change, model, is_leaf=is_layer)


def refused(model: PyTree) -> dict[str, str]:
    """Every weight matrix that belongs to no layer that can be aligned, and why."""
    found = {}
    for path, node in jax.tree_util.tree_flatten_with_path(model, is_leaf=is_layer)[0]:
        if is_layer(node) and not has_weights(node):
            complex_numbers = eqx.is_inexact_array(node.weight)
            found[f"{path_name(path)}.weight"] = COMPLEX if complex_numbers else "its weights are another layer's"
        elif eqx.is_inexact_array(node) and node.ndim > 1 and not _is_bias(path):
            found[path_name(path)] = _why_not(model, path)
    return found


def batched(model: Any, inputs: Any, key: Key[Array, ""]) -> Any:
    """The model on each example by itself, with a key of its own if it takes one."""
    if not callable(model):
        raise UserError(f"found a {type(model).__name__}, which cannot be called: expected an `apply` of your own")
    if "key" in inspect.signature(model).parameters:
        keys = jax.random.split(key, len(jax.tree.leaves(inputs)[0]))
        return jax.vmap(lambda x, key: model(x, key=key))(inputs, keys)
    return jax.vmap(model)(inputs)


def mode(model: PyTree, training: bool) -> PyTree:
    """The model as it trains, or as it is used."""
    return eqx.nn.inference_mode(model, value=not training)


EQUINOX = Framework(split, whole, layers, with_layers, refused, mode, batched)


@framework_of.register(object)
def _(model: Any) -> Framework:
    check_framework(model)
    return EQUINOX


def path_name(path: tuple[Any, ...]) -> str:
    """As one would write it after the model's name."""
    return jax.tree_util.keystr(path).removeprefix(".")


def _as_layer(node: Any) -> Layer:
    layer = Layer(node.weight, weight_rank(node), getattr(node, "groups", 1))
    if isinstance(node, Feedback):
        return layer._replace(feedback=node.feedback, unit=node.feedback_unit, rule=node.feedback_rule)
    return layer


def _feedback_in(model: PyTree) -> PyTree:
    """A filter: true for what feedback is kept in."""

    def spec(node: Any) -> Any:
        none = jax.tree.map(lambda _: False, node)
        if not isinstance(node, Feedback):
            return none
        return eqx.tree_at(lambda layer: (layer.feedback_bits, layer.unit_bits), none, (True, True))

    return jax.tree.map(spec, model, is_leaf=lambda node: isinstance(node, Feedback))


def _why_not(model: Any, path: tuple[Any, ...]) -> str:
    """By the innermost module that holds the weights."""
    owner = node = model
    for step in path[:-1]:
        node = None if node is None else _child(node, step)
        owner = node if isinstance(node, eqx.Module) else owner
    known = next((why for kind, why in WHY_NOT.items() if isinstance(owner, kind)), None)
    return known or f"{type(owner).__name__} uses it in code of its own"


def _child(node: Any, step: Any) -> Any:
    """One step down a path; nothing inside a node of somebody's own kind."""
    match step:
        case GetAttrKey():
            return getattr(node, step.name)
        case SequenceKey():
            return node[step.idx]
        case DictKey():
            return node[step.key]
    return None


def _is_bias(path: tuple[Any, ...]) -> bool:
    """A convolution's bias has axes of length one, and is no matrix."""
    return getattr(path[-1], "name", "") == "bias" if path else False
