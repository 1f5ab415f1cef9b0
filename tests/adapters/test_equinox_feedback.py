"""Aligning a model of Equinox: a new pytree that computes the same and learns otherwise."""

import copy
import io
import pickle
from contextlib import suppress
from dataclasses import replace

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from prenoise import Network, UserError, fa, measures
from prenoise.adapters.carriers import LAYER_RULES
from prenoise.adapters.equinox import alignment, effective_rank, feedback_align, release
from prenoise.examples import Batch
from prenoise.learning import loss_and_gradients
from prenoise.rules import named

KEY = jax.random.key(0)

LAYERS = {
    "linear": (eqx.nn.Linear(5, 4, key=KEY), (5,)),
    "linear of a scalar": (eqx.nn.Linear("scalar", 4, key=KEY), ()),
    "one axis": (eqx.nn.Conv1d(4, 6, 3, stride=2, groups=2, key=KEY), (4, 9)),
    "two axes": (eqx.nn.Conv2d(4, 6, 3, padding=1, dilation=(1, 2), use_bias=False, key=KEY), (4, 6, 7)),
    "around": (eqx.nn.Conv2d(2, 3, 3, padding=1, padding_mode="CIRCULAR", key=KEY), (2, 4, 4)),
    "same": (eqx.nn.Conv2d(2, 3, (2, 4), padding="SAME", key=KEY), (2, 5, 5)),
    "three axes": (eqx.nn.Conv3d(2, 3, 2, key=KEY), (2, 3, 4, 3)),
    "transposed": (eqx.nn.ConvTranspose2d(4, 2, 3, stride=2, output_padding=1, groups=2, key=KEY), (4, 3, 3)),
}


@pytest.mark.parametrize("name", LAYERS)
def test_a_layer_is_the_dense_map_of_its_weights_forward_and_of_its_feedback_back(name):
    layer, shape = LAYERS[name]
    aligned, _ = feedback_align(layer, key=1)
    x = jax.random.normal(jax.random.key(2), shape)
    outputs, back = jax.vjp(eqx.filter_jit(aligned), x)
    assert np.allclose(outputs, layer(x), atol=1e-6)
    error = jax.random.normal(jax.random.key(3), outputs.shape)
    dense = jax.jacobian(eqx.tree_at(lambda layer: layer.weight, layer, aligned.feedback))(x)
    expected = jnp.tensordot(error, dense, axes=error.ndim)
    assert np.allclose(back(error)[0], expected, atol=1e-5)

    of_weights = eqx.filter_grad(lambda layer: jnp.sum(layer(x) * error))
    found, plain = of_weights(aligned), of_weights(layer)
    assert np.allclose(found.weight, plain.weight, atol=1e-5)
    assert (found.bias is None) == (plain.bias is None)
    assert plain.bias is None or np.allclose(found.bias, plain.bias, atol=1e-5)
    assert found.feedback_bits is None


@pytest.mark.parametrize("rule", LAYER_RULES)
def test_alignment_is_with_what_the_rule_carries_errors_through(rule):
    network = Network.random([6, 50, 40, 3], key=0)
    plain = [eqx.nn.Linear(50, 40, key=KEY), eqx.nn.Linear(40, 3, key=KEY)]
    plain = eqx.tree_at(lambda model: [layer.weight for layer in model], plain, list(network.weights[1:]))
    aligned, _ = feedback_align(plain, rule, key=0, scale="he")
    model = [layer.with_feedback(feedback) for layer, feedback in zip(aligned, network.feedback, strict=True)]
    for mine, expected in zip(alignment(model).values(), measures.alignment(network, rule), strict=True):
        assert np.allclose(mine, expected, atol=0.05)


def with_feedback_of(network, model):
    """An aligned MLP with the feedback of a network of the library, which has none into the inputs."""
    layers = [layer.with_feedback(back) for layer, back in zip(model.layers[1:], network.feedback, strict=True)]
    return eqx.tree_at(lambda model: model.layers[1:], model, tuple(layers))


@pytest.mark.parametrize("rule", ["fa", "bp", "usf", "frsf"])
def test_gradients_are_the_librarys_to_rounding_at_every_layer(rule):
    network = Network.random([8, 7, 6, 5], key=0)
    model = eqx.nn.MLP(8, 5, 7, 2, key=KEY)
    model = eqx.tree_at(
        lambda model: [layer.weight for layer in model.layers],
        eqx.tree_at(lambda model: [layer.bias for layer in model.layers], model, list(network.biases)),
        list(network.weights),
    )
    model, _ = feedback_align(model, rule, key=1, scale="he")
    model = with_feedback_of(network, model)
    inputs, labels = jax.random.normal(KEY, (16, 8)), jnp.arange(16, dtype=jnp.int32) % 5
    _, expected = loss_and_gradients(network, Batch(inputs, labels, jnp.full(16, 1 / 16)), named(rule))

    @eqx.filter_jit
    @eqx.filter_grad
    def gradients(model):
        return optax.softmax_cross_entropy_with_integer_labels(jax.vmap(model)(inputs), labels).mean()

    for layer, weight, bias in zip(gradients(model).layers, expected.weights, expected.biases, strict=True):
        assert np.allclose(layer.weight, weight, atol=1e-6)
        assert np.allclose(layer.bias, bias, atol=1e-6)


class Mixed(eqx.Module):
    """A bit of everything."""

    word: eqx.nn.Embedding
    attention: eqx.nn.MultiheadAttention
    cell: eqx.nn.GRUCell
    norm: eqx.nn.LayerNorm
    heads: dict
    own: jax.Array
    act: object

    def __init__(self):
        self.word = eqx.nn.Embedding(7, 4, key=KEY)
        self.attention = eqx.nn.MultiheadAttention(2, 4, key=KEY)
        self.cell = eqx.nn.GRUCell(4, 4, key=KEY)
        self.norm = eqx.nn.LayerNorm(4)
        self.heads = {"a": eqx.nn.Linear(4, 2, key=KEY), "b": jnp.ones((4, 3))}
        self.own = jnp.ones((4, 4))
        self.act = jax.nn.relu

    def __call__(self, ids):
        x = jax.vmap(self.norm)(jax.vmap(self.word)(ids))
        x = self.attention(x, x, x) @ self.own
        x = self.act(self.cell(x[0], x[1]))
        return self.heads["a"](x)


def test_what_cannot_be_aligned_is_reported_with_its_reason():
    _, report = feedback_align(Mixed(), key=0)
    projections = [f"attention.{name}_proj" for name in ("query", "key", "value", "output")]
    assert report.layers == (*projections, "heads['a']")
    assert list(report.not_aligned) == ["word.weight", "cell.weight_ih", "cell.weight_hh", "heads['b']", "own"]
    assert "embedding" in report.not_aligned["word.weight"]
    assert report.not_aligned["own"] == "Mixed uses it in code of its own"


def test_release_gives_back_exactly_the_model_it_was():
    model = Mixed()
    aligned, _ = feedback_align(model, key=0)
    assert type(aligned) is Mixed
    assert isinstance(aligned.attention.query_proj, eqx.nn.Linear)
    ids = jnp.array([1, 2, 3])
    assert np.allclose(aligned(ids), model(ids), atol=1e-6)
    assert eqx.tree_equal(release(aligned), model)
    assert jax.tree.structure(release(aligned)) == jax.tree.structure(model)


def test_aligning_again_keeps_the_feedback_and_changes_the_rule():
    one, _ = feedback_align(eqx.nn.MLP(3, 2, 4, 1, key=KEY), key=0)
    other, _ = feedback_align(one, "bp", key=5)
    assert (one.layers[1].feedback == other.layers[1].feedback).all()
    assert other.layers[1].feedback_rule == "bp"
    assert eqx.tree_equal(feedback_align(other, "fa", key=6)[0], one)


def test_feedback_has_the_scale_of_the_weights_by_default_and_is_drawn_apart_for_every_layer():
    model = eqx.nn.Sequential([eqx.nn.Linear(300, 300, key=KEY), eqx.nn.Conv2d(32, 64, 3, groups=2, key=KEY)])
    aligned, _ = feedback_align(model, key=0)
    for mine, layer in zip(aligned, model, strict=True):
        assert float(mine.feedback.std()) == pytest.approx(float(layer.weight.std()), rel=0.02)
    twins, _ = feedback_align([eqx.nn.Linear(5, 5, key=KEY)] * 2, key=0)
    assert not (twins[0].feedback == twins[1].feedback).any()
    assert eqx.tree_equal(feedback_align(model, key=0)[0], aligned)


@pytest.mark.usefixtures("unchecked")
def test_feedback_takes_hes_scale_or_a_number():
    model = eqx.nn.Sequential([eqx.nn.Linear(300, 300, key=KEY), eqx.nn.Conv2d(32, 64, 3, groups=2, key=KEY)])
    he, _ = feedback_align(model, key=0, scale="he")
    assert float(he[0].feedback.std()) == pytest.approx((2 / 300) ** 0.5, rel=0.02)
    assert float(he[1].feedback.std()) == pytest.approx((2 / (16 * 9)) ** 0.5, rel=0.02)
    assert float(feedback_align(model, key=0, scale=0.3)[0][1].feedback.std()) == pytest.approx(0.3, rel=0.02)
    silent = eqx.tree_at(lambda model: model.weight, model[0], jnp.zeros((300, 300)))
    assert float(feedback_align(silent, key=0)[0].feedback.std()) == pytest.approx((2 / 300) ** 0.5, rel=0.02)
    with pytest.raises(UserError, match="found the scale 'big': expected 'weights', 'he' or a number above 0"):
        feedback_align(model, key=0, scale="big")


def test_sign_symmetry_carries_errors_at_the_scale_of_the_weights():
    layer = eqx.tree_at(lambda layer: layer.weight, eqx.nn.Linear(300, 200, key=KEY), replace_fn=lambda w: 0.1 * w)
    aligned, _ = feedback_align(layer, "usf", key=0)
    back = jax.grad(lambda x: aligned(x)[0])(jnp.ones(300))
    size = jnp.sqrt(jnp.mean(layer.weight**2))
    assert np.allclose(back, size * jnp.sign(layer.weight[0]), rtol=1e-5)


def trained(model, is_weight):
    """One step of AdamW, written as people write it."""
    optimiser = optax.adamw(0.1, weight_decay=0.5)
    gradients = eqx.filter_grad(lambda model: model(jnp.ones(3)).sum())(model)
    state = optimiser.init(eqx.filter(model, is_weight))
    updates, _ = optimiser.update(gradients, state, eqx.filter(model, is_weight))
    return eqx.apply_updates(model, updates)


def test_feedback_does_not_decay():
    model, _ = feedback_align(eqx.nn.MLP(3, 2, 4, 1, key=KEY), key=0)
    after = trained(model, eqx.is_inexact_array)
    assert (after.layers[1].feedback == model.layers[1].feedback).all()
    assert not (after.layers[1].weight == model.layers[1].weight).all()
    with suppress(ValueError):  # the newer Optax refuses an update of None, the older leaves alone what has none
        after = trained(model, eqx.is_array)
    assert (after.layers[1].feedback == model.layers[1].feedback).all()


def test_a_model_converted_leaf_by_leaf_says_what_became_of_its_feedback():
    model, _ = feedback_align(eqx.nn.Linear(3, 2, key=KEY), key=0)
    half = jax.tree.map(lambda leaf: leaf.astype(jnp.bfloat16), model)
    with pytest.raises(UserError, match="feedback that was converted to bfloat16: expected its bits as they were"):
        half(jnp.ones(3, jnp.bfloat16))
    with pytest.raises(UserError, match=r"feedback of shape \(3, 2\): expected \(2, 3\), as the weights"):
        model.with_feedback(jnp.ones((3, 2)))


def test_a_shared_layer_and_shared_weights_work_as_before():
    class Tied(eqx.Module):
        shared: eqx.nn.Shared

        def __init__(self):
            word, head = eqx.nn.Embedding(6, 4, key=KEY), eqx.nn.Linear(4, 6, use_bias=False, key=KEY)
            self.shared = eqx.nn.Shared((word, head), lambda pair: pair[1].weight, lambda pair: pair[0].weight)

        def __call__(self, token):
            word, head = self.shared()
            return head(word(token))

    with pytest.raises(UserError, match=r"embedding .*shared\.pytree\[1\]\.weight: its weights are another layer's"):
        feedback_align(Tied(), key=0)

    both = eqx.nn.Linear(4, 4, key=KEY)
    pair = eqx.nn.Shared((both, both), lambda pair: pair[1], lambda pair: pair[0])
    aligned, report = feedback_align(pair, key=0)
    first, second = aligned()
    assert len(report.layers) == 1
    assert first.feedback_bits is second.feedback_bits


def test_a_stack_of_layers_made_under_vmap_is_aligned_layer_by_layer():
    stack = eqx.filter_vmap(lambda key: eqx.nn.Linear(200, 200, key=key))(jax.random.split(KEY, 3))
    aligned, _ = feedback_align({"stack": stack}, key=0)
    layer = aligned["stack"]
    assert layer.feedback.shape == (3, 200, 200)
    assert np.allclose(layer.feedback.std(axis=(1, 2)), stack.weight.std(axis=(1, 2)), rtol=0.02)
    each = [jax.tree.map(lambda leaf, number=number: leaf[number], layer) for number in range(3)]
    for measure in (alignment, effective_rank):
        (found,) = measure(aligned).values()
        assert np.allclose(found, np.stack([measure(one)[""] for one in each]), rtol=1e-4)
    x = jnp.ones(200)
    through = eqx.filter_vmap(lambda layer: jax.grad(lambda x: layer(x).sum())(x))(layer)
    assert np.allclose(through, layer.feedback.sum(1), atol=1e-3)


@pytest.mark.parametrize("rule", LAYER_RULES)
@pytest.mark.parametrize("dtype", [jnp.bfloat16, jnp.float16])
def test_it_runs_under_checkpoint_and_scan_and_in_half_precision(rule, dtype):
    model, _ = feedback_align(eqx.nn.Linear(4, 4, dtype=dtype, key=KEY), rule, key=0)
    assert model.feedback.dtype == jnp.float32

    @eqx.filter_jit
    @eqx.filter_grad
    def gradient(x, model):
        step = jax.checkpoint(lambda x: jnp.tanh(model(x)))
        return jax.lax.scan(lambda x, _: (step(x), None), x, length=3)[0].sum()

    found = gradient(jnp.ones(4, dtype), model)
    assert found.dtype == dtype
    exact = jax.tree.map(lambda leaf: leaf.astype(jnp.float32) if eqx.is_inexact_array(leaf) else leaf, model)
    assert np.allclose(found, gradient(jnp.ones(4), exact), rtol=0.1, atol=0.05)


@pytest.mark.parametrize("rule", LAYER_RULES)
def test_in_double_precision_it_is_the_dense_map_of_its_carrier(rule):
    with jax.enable_x64(True):
        layer = eqx.nn.Linear(4, 3, dtype=jnp.float64, key=KEY)
        model, _ = feedback_align(layer, rule, key=0, scale="he")
        found = jax.grad(lambda x: model(x).sum())(jnp.ones(4, jnp.float64))
        assert found.dtype == jnp.float64
        assert np.allclose(found, LAYER_RULES[rule].carrier(layer.weight, model.feedback).sum(0), atol=1e-12)


def test_outputs_without_a_gradient_send_no_error_back():
    @jax.custom_vjp
    def ignoring(outputs, bias):
        return outputs.sum() + bias.sum()

    ignoring.defvjp(lambda outputs, bias: (ignoring(outputs, bias), bias), lambda bias, error: (None, error + 0 * bias))
    model, _ = feedback_align(eqx.nn.Linear(3, 2, key=KEY), key=0)
    found = eqx.filter_grad(lambda model: ignoring(model(jnp.ones(3)), model.bias))(model)
    assert not found.weight.any()
    assert (found.bias == 1).all()


def test_a_model_is_serialised_copied_and_pickled():
    model, _ = feedback_align(eqx.nn.MLP(3, 2, 4, 1, activation=jnp.tanh, key=KEY), key=0)
    like, _ = feedback_align(eqx.nn.MLP(3, 2, 4, 1, activation=jnp.tanh, key=jax.random.key(9)), key=9)
    file = io.BytesIO()
    eqx.tree_serialise_leaves(file, model)
    file.seek(0)
    assert eqx.tree_equal(eqx.tree_deserialise_leaves(file, like), model)
    assert eqx.tree_equal(copy.deepcopy(model.layers), model.layers)
    assert eqx.tree_equal(pickle.loads(pickle.dumps(model.layers)), model.layers)


class Doubled(eqx.nn.Linear):
    def __call__(self, x, *, key=None):
        return 2 * super().__call__(x)


def test_a_subclass_with_ways_of_its_own_is_reported():
    with pytest.raises(UserError, match="weight: Doubled uses it in code of its own"):
        feedback_align(Doubled(3, 3, key=KEY), key=0)
    with pytest.raises(UserError, match="no rule"):
        feedback_align(eqx.nn.Linear(3, 3, key=KEY), "magic", key=0)
    with pytest.raises(UserError, match="weight: its weights are complex numbers"):
        feedback_align(eqx.nn.Linear(3, 3, dtype=jnp.complex64, key=KEY), key=0)


def own(weights, feedback):
    return 2.0 * feedback


def test_layers_follow_a_rule_of_the_users_own():
    rule = replace(fa, name="mine", carrier=own)
    model, _ = feedback_align(eqx.nn.Linear(3, 2, key=KEY), rule, key=0)
    assert np.allclose(jax.grad(lambda x: model(x)[0])(jnp.ones(3)), 2 * model.feedback[0])
    assert pickle.loads(pickle.dumps(model)).feedback_rule == rule
    with pytest.raises(UserError, match="cannot follow the direct rule 'dfa'"):
        feedback_align(model, "dfa", key=0)


class Tied(eqx.Module):
    """Decodes with the weights that it has encoded with, and calls one more layer in the usual way."""

    encoder: eqx.nn.Linear
    between: eqx.nn.Linear

    def __call__(self, x):
        return self.encoder.weight.T @ jnp.tanh(self.between(self.encoder(x)))


def test_an_example_shows_which_weights_are_taken_without_calling_their_layer():
    model = Tied(eqx.nn.Linear(5, 4, key=KEY), eqx.nn.Linear(4, 4, key=jax.random.key(1)))
    _, report = feedback_align(model, key=0)
    assert report.layers == ("encoder", "between")
    aligned, report = feedback_align(model, key=0, example=jax.random.normal(KEY, (8, 5)))
    assert report.layers == ("between",)
    assert report.not_aligned == {"encoder.weight": "the model takes it without calling the layer"}
    assert type(aligned.encoder) is eqx.nn.Linear
    assert 0.1 < report.gradient_ratio < 10


def test_an_example_compares_gradients_with_those_of_backpropagation():
    model = eqx.nn.MLP(5, 3, 40, 4, key=KEY)
    example = jax.random.normal(KEY, (8, 5))
    assert 0.1 < feedback_align(model, key=0, example=example)[1].gradient_ratio < 10
    assert feedback_align(model, "bp", key=0, example=example)[1].gradient_ratio == pytest.approx(1)
    with pytest.warns(UserWarning, match="times as long as those of backpropagation"):
        feedback_align(model, key=0, example=example, scale=10.0)
