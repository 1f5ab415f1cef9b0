"""One call that makes a model of Equinox send its errors back through fixed random weights, and one that undoes it."""

from typing import Any

import equinox as eqx
import jax
from jax.tree_util import DictKey, GetAttrKey, SequenceKey
from jaxtyping import Array, Key, PyTree

from prenoise.adapters.carriers import COMPLEX, he_scale
from prenoise.adapters.equinox.layers import (
    CARRIERS,
    Feedback,
    fan_in,
    has_weights,
    is_layer,
    with_feedback,
    without_feedback,
)
from prenoise.adapters.report import Aligned
from prenoise.errors import UserError
from prenoise.keys import as_key
from prenoise.rules import RULES, Rule, named

WHY_NOT: dict[type, str] = {
    eqx.nn.Embedding: "an embedding looks its rows up and sends no error back",
    eqx.nn.GRUCell: "a recurrent cell computes in one function, not in layers of its own",
    eqx.nn.LSTMCell: "a recurrent cell computes in one function, not in layers of its own",
}


def feedback_align(model: PyTree, rule: str | Rule = "fa", *, key: int | Key[Array, ""]) -> tuple[PyTree, Aligned]:
    """The model with every Linear and Conv layer sending its error back through fixed random weights, and a report.

    Each layer gets `feedback` in the shape of its weights, drawn from N(0, 2 / fan in), and stays an instance of its
    class with all it had. Forward the model computes what it did. A layer that has feedback already keeps it and
    follows the new rule: a built-in one of `adapters.equinox.layers.CARRIERS`, as `fa`, `bp` or `usf`.

    The report says which layers were aligned and, for every other weight matrix, why not. The gradient of feedback is
    zero, but weight decay would shrink it: give the optimiser what `trainable` selects.
    """
    name = _carrier_name(rule)
    nodes, structure = jax.tree_util.tree_flatten_with_path(model, is_leaf=is_layer)
    keys = jax.random.split(as_key(key), len(nodes))
    aligned, refused, leaves = [], {}, []
    for (path, node), layer_key in zip(nodes, keys, strict=True):
        if is_layer(node) and has_weights(node):
            aligned.append(path_name(path))
            leaves.append(_aligned(node, name, layer_key))
            continue
        leaves.append(node)
        if is_layer(node):
            complex_numbers = eqx.is_inexact_array(node.weight)
            refused[f"{path_name(path)}.weight"] = COMPLEX if complex_numbers else "its weights are another layer's"
        elif eqx.is_inexact_array(node) and node.ndim > 1 and not _is_bias(path):
            refused[path_name(path)] = _why_not(model, path)
    return jax.tree.unflatten(structure, leaves), Aligned(tuple(aligned), refused).or_raise()


def _carrier_name(rule: str | Rule) -> str:
    """The name of a built-in rule that layers can follow: a layer keeps no more of it than that."""
    rule = named(rule)
    own = rule not in RULES.values()
    if own or rule.name not in CARRIERS:
        found = f"a rule of your own, {rule.name!r}" if own else f"the rule {rule.name!r}"
        raise UserError(
            f"layers of your own model cannot follow {found}: expected one of the built-in {', '.join(CARRIERS)}"
        )
    return rule.name


def release(model: PyTree) -> PyTree:
    """Undo `feedback_align`: the model with every layer of the class it was, without feedback."""
    return jax.tree.map(
        lambda node: without_feedback(node) if isinstance(node, Feedback) else node,
        model,
        is_leaf=lambda node: isinstance(node, Feedback),
    )


def trainable(model: PyTree) -> PyTree:
    """A filter for `eqx.partition` and `eqx.filter`: true for what training moves, which feedback is no part of."""

    def spec(node: Any) -> Any:
        moves = jax.tree.map(eqx.is_inexact_array, node)
        return eqx.tree_at(lambda layer: layer.feedback, moves, False) if isinstance(node, Feedback) else moves

    return jax.tree.map(spec, model, is_leaf=lambda node: isinstance(node, Feedback))


def layers(model: PyTree) -> dict[str, Any]:
    """Every layer that is aligned or could be, by name."""
    nodes, _ = jax.tree_util.tree_flatten_with_path(model, is_leaf=is_layer)
    return {path_name(path): node for path, node in nodes if is_layer(node) and has_weights(node)}


def path_name(path: tuple[Any, ...]) -> str:
    """As one would write it after the model's name."""
    return jax.tree_util.keystr(path).removeprefix(".")


def _aligned(layer: Any, rule: str, key: Key[Array, ""]) -> Feedback:
    if isinstance(layer, Feedback):
        return type(layer)(without_feedback(layer), layer.feedback, rule)
    feedback = jax.random.normal(key, layer.weight.shape) * he_scale(fan_in(layer))
    return with_feedback(type(layer))(layer, feedback.astype(layer.weight.dtype), rule)


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
