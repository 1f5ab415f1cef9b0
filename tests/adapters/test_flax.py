"""A model of Flax NNX, aligned and pretrained on noise."""

import subprocess
import sys
from itertools import pairwise

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

pytest.importorskip("flax", reason="Flax is not installed")

from flax import nnx

from prenoise import Network, UserError, pretrain
from prenoise.adapters.flax import alignment, calibration, effective_rank, feedback_align, ood_auroc, release, warm_up
from prenoise.adapters.jax.framework import check_framework

LAYERS = {
    "linear": (lambda rngs: nnx.Linear(5, 4, rngs=rngs), (3, 5)),
    "several axes": (lambda rngs: nnx.LinearGeneral((2, 3), (4, 2), axis=(-2, -1), rngs=rngs), (5, 2, 3)),
    "convolution": (lambda rngs: nnx.Conv(4, 6, (3, 2), strides=2, feature_group_count=2, rngs=rngs), (2, 6, 7, 4)),
    "without bias": (lambda rngs: nnx.Conv(2, 3, (3,), padding="CIRCULAR", use_bias=False, rngs=rngs), (2, 6, 2)),
    "transposed": (lambda rngs: nnx.ConvTranspose(4, 2, (3, 3), strides=2, rngs=rngs), (2, 3, 3, 4)),
    "of a convolution": (lambda rngs: nnx.ConvTranspose(4, 2, (3,), transpose_kernel=True, rngs=rngs), (2, 5, 4)),
}


@pytest.mark.parametrize("name", LAYERS)
def test_a_layer_is_itself_forward_and_its_feedback_back(name):
    make, shape = LAYERS[name]
    layer = make(nnx.Rngs(0))
    aligned, _ = feedback_align(layer, key=1)
    assert isinstance(aligned, type(layer))
    assert aligned.feedback.shape == layer.kernel.shape
    x = jax.random.normal(jax.random.key(2), shape)
    outputs, back = jax.vjp(aligned, x)
    assert np.array_equal(outputs, layer(x))
    error = jax.random.normal(jax.random.key(3), outputs.shape)
    other = nnx.clone(layer)
    other.kernel[...] = aligned.feedback[...]
    assert np.allclose(back(error)[0], jax.vjp(other, x)[1](error)[0], atol=1e-5)

    found, expected = (nnx.grad(lambda layer: jnp.sum(layer(x) * error))(each) for each in (aligned, layer))
    for mine, plain in zip(jax.tree.leaves(found), jax.tree.leaves(expected), strict=True):
        assert np.allclose(mine, plain, atol=1e-5)


class Perceptron(nnx.Module):
    def __init__(self, sizes, rngs):
        shapes = pairwise(sizes)
        self.layers = nnx.List([nnx.Linear(below, above, rngs=rngs) for below, above in shapes])

    def __call__(self, x):
        for layer in self.layers[:-1]:
            x = nnx.relu(layer(x))
        return self.layers[-1](x)


def test_on_the_same_noise_it_learns_what_the_library_learns():
    network = Network.random([6, 8, 4], key=3)
    model, _ = feedback_align(Perceptron(network.sizes, nnx.Rngs(0)), key=0)
    for layer, weights, bias in zip(model.layers, network.weights, network.biases, strict=True):
        layer.kernel[...], layer.bias[...] = weights.T, bias
    model.layers[1].feedback[...] = network.feedback[0].T
    before = jax.tree.map(jnp.copy, nnx.state(model))
    options = {"key": 5, "examples": 64 * 100, "optimiser": optax.adam(1e-3)}
    expected, history = pretrain(network, **options)
    found, mine = warm_up(model, (6,), 4, **options, record={"angle": alignment})
    assert np.allclose(mine.loss, history.loss, rtol=1e-5)
    for layer, weights, start in zip(found.layers, expected.weights, network.weights, strict=True):
        assert jnp.linalg.norm(layer.kernel[...].T - weights) < 1e-3 * jnp.linalg.norm(weights - start)
    assert np.allclose(mine.record["angle"]["layers.1"][-1], alignment(found)["layers.1"], atol=1e-3)
    for old, new in zip(jax.tree.leaves(before), jax.tree.leaves(nnx.state(model)), strict=True):
        assert (old == new).all()


class Mixed(nnx.Module):
    """A bit of everything."""

    def __init__(self, rngs):
        self.word = nnx.Embed(7, 8, rngs=rngs)
        self.attention = nnx.MultiHeadAttention(2, 8, decode=False, rngs=rngs)
        self.norm = nnx.BatchNorm(8, rngs=rngs)
        self.dropout = nnx.Dropout(0.5, rngs=rngs)
        self.own = nnx.Param(jnp.ones((8, 8)))
        self.readout = nnx.Linear(8, 7, rngs=rngs)

    def __call__(self, ids):
        x = self.attention(self.norm(self.word(ids))) @ self.own[...]
        return self.readout(self.dropout(x).mean(axis=1))


def words(key, size):
    return jax.random.randint(key, (size, 3), 0, 7), jax.random.randint(key, (size,), 0, 7)


def test_what_cannot_be_aligned_is_reported_and_release_gives_back_the_model():
    model = Mixed(nnx.Rngs(0))
    aligned, report = feedback_align(model, key=1, example=jnp.zeros((4, 3), jnp.int32))
    projections = [f"attention.{name}" for name in ("key", "out", "query", "value")]
    assert report.layers == (*projections, "readout")
    assert report.not_aligned == {
        "own": "Mixed uses it in code of its own",
        "word.embedding": "an embedding looks its rows up and sends no error back",
    }
    assert nnx.graphdef(release(aligned)) == nnx.graphdef(model)
    assert set(effective_rank(model)) == set(report.layers)


def test_statistics_and_mode_stay_and_dropout_draws_anew_in_every_step():
    model, _ = feedback_align(Mixed(nnx.Rngs(0)), key=1)
    model.eval()
    warm, _ = warm_up(model, noise=words, key=0, examples=64)
    assert warm.dropout.deterministic
    assert (warm.norm.mean[...] == model.norm.mean[...]).all()
    assert not (warm.readout.kernel[...] == model.readout.kernel[...]).all()

    def always_the_same(key, size):
        return jnp.zeros((size, 3), int), jnp.zeros(size, int)

    options = {"examples": 640, "optimiser": optax.sgd(0.0), "at": np.arange(0, 641, 64)}
    _, history = warm_up(model, noise=always_the_same, key=0, **options)
    assert len(np.unique(history.loss[1:])) > 5


def test_a_layer_whose_weights_are_taken_without_a_call_is_left_as_it_was():
    class Tied(nnx.Module):
        def __init__(self, rngs):
            self.encoder, self.middle = nnx.Linear(5, 4, rngs=rngs), nnx.Linear(4, 4, rngs=rngs)

        def __call__(self, x):
            return self.middle(self.encoder(x)) @ self.encoder.kernel[...].T

    aligned, report = feedback_align(Tied(nnx.Rngs(0)), key=0, example=jnp.ones((3, 5)))
    assert report.layers == ("middle",)
    assert type(aligned.encoder) is nnx.Linear


def test_neither_an_optimiser_nor_a_gradient_sees_the_feedback():
    model, _ = feedback_align(Perceptron([6, 8, 4], nnx.Rngs(0)), key=0)
    feedback = model.layers[1].feedback[...]
    optimiser = nnx.Optimizer(model, optax.adamw(0.1, weight_decay=0.5), wrt=nnx.Param)
    optimiser.update(model, nnx.grad(lambda model: model(jnp.ones((2, 6))).sum())(model))
    assert (model.layers[1].feedback[...] == feedback).all()


@pytest.mark.parametrize("rule", ["kp", "mirror", "brsf"])
def test_a_block_follows_rules_that_change_the_feedback(rule):
    keys = jax.random.split(jax.random.key(0), 2)

    @nnx.vmap
    def make(key):
        return feedback_align(Perceptron([6, 8, 4], nnx.Rngs(key)), rule, key=key)[0]

    block = make(keys)
    trained, history = warm_up(block, (6,), 4, key=keys, examples=640)
    assert history.loss.shape == (2, 11)
    for seed in range(2):
        alone, of_alone = warm_up(
            nnx.merge(nnx.graphdef(block), jax.tree.map(lambda leaf, seed=seed: leaf[seed], nnx.state(block))),
            (6,), 4, key=keys[seed], examples=640,
        )  # fmt: skip
        assert np.allclose(history.loss[seed], of_alone.loss, rtol=1e-4)
        assert np.allclose(trained.layers[1].feedback[...][seed], alone.layers[1].feedback[...], atol=1e-5)
    assert not np.allclose(trained.layers[1].feedback[...], block.layers[1].feedback[...])
    rng = np.random.default_rng(0)
    loader = [(rng.normal(size=(20, 6)).astype(np.float32), rng.integers(0, 4, 20))]
    assert calibration(trained, loader, block=True).accuracy.shape == (2,)
    assert ood_auroc(trained, loader, loader, block=True) == pytest.approx([0.5, 0.5])


def test_what_moves_may_be_a_filter():
    model, _ = feedback_align(Perceptron([6, 8, 4], nnx.Rngs(0)), key=0)
    warm, _ = warm_up(model, (6,), 4, key=0, examples=64, trainable=nnx.PathContains(1))
    assert (warm.layers[0].kernel[...] == model.layers[0].kernel[...]).all()
    assert not (warm.layers[1].kernel[...] == model.layers[1].kernel[...]).all()


def test_a_module_of_linen_is_shown_the_way():
    from flax import linen

    with pytest.raises(UserError, match="a module of Flax Linen, which holds no weights: expected its parameters"):
        feedback_align(linen.Dense(3), key=0)


WITHOUT_FLAX = """
import sys
sys.modules["flax"] = None
import prenoise.adapters.equinox
try:
    import prenoise.adapters.flax
except ModuleNotFoundError as error:
    assert error.name == "flax"
    print(error)
"""


def test_without_flax_its_adapter_says_what_is_missing():
    run = subprocess.run([sys.executable, "-c", WITHOUT_FLAX], capture_output=True, text=True, check=True)
    assert run.stdout == "prenoise.adapters.flax needs Flax: install it with `pip install flax`\n"


def test_the_adapter_of_equinox_points_to_this_one():
    with pytest.raises(UserError, match=r"a module of Flax NNX: import the functions from prenoise\.adapters\.flax"):
        check_framework(nnx.Linear(2, 2, rngs=nnx.Rngs(0)))
