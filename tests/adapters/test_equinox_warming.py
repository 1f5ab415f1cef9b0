"""Noise before data, and the numbers of a model of Equinox."""

from functools import partial

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from sklearn.metrics import roc_auc_score

from prenoise import DivergedError, Network, Noise, UserError, pretrain
from prenoise.adapters.equinox import alignment, calibration, feedback_align, ood_auroc, trainable, warm_up

KEY = jax.random.key(0)
few = {"key": 1, "examples": 48, "batch": 16}


def perceptron():
    return eqx.nn.MLP(6, 4, 8, 2, key=KEY)


@pytest.mark.parametrize("aligned", [True, False])
def test_only_what_is_trainable_moves(aligned):
    model = feedback_align(perceptron(), key=0)[0] if aligned else perceptron()
    warm, losses = warm_up(model, (6,), 4, **few)
    assert losses.shape == (3,)
    for before, after in zip(model.layers, warm.layers, strict=True):
        assert not (before.weight == after.weight).all()
        assert not aligned or (before.feedback == after.feedback).all()
    assert jax.tree.structure(warm) == jax.tree.structure(model)


def test_on_the_same_noise_it_learns_what_the_library_learns():
    network = Network.random([6, 8, 4], key=3)
    model, _ = feedback_align(eqx.nn.MLP(6, 4, 8, 1, key=KEY), key=0)
    model = eqx.tree_at(
        lambda m: [m.layers[0].weight, m.layers[1].weight, m.layers[0].bias, m.layers[1].bias, m.layers[1].feedback],
        model,
        [*network.weights, *network.biases, *network.feedback],
    )
    key, examples = jax.random.key(5), 64 * 200
    optimiser = optax.adam(1e-3)
    found, losses = warm_up(model, (6,), 4, key=key, examples=examples, optimiser=optimiser)
    noise_key, _ = jax.random.split(key)
    expected, history = pretrain(network, key=noise_key, examples=examples, optimiser=optimiser, at=[64, examples])
    assert losses[0] == pytest.approx(float(history.loss[0]), rel=1e-5)
    for layer, weights, start in zip(found.layers, expected.weights, network.weights, strict=True):
        assert jnp.linalg.norm(layer.weight - weights) < 1e-3 * jnp.linalg.norm(weights - start)


def test_the_last_short_batch_counts_what_is_there():
    seen = []

    def recorded(key, size):
        inputs, labels = jax.random.normal(key, (size, 6)), jax.random.randint(key, (size,), 0, 4)
        jax.debug.callback(lambda *batch: seen.append([np.asarray(part) for part in batch]), inputs, labels)
        return inputs, labels

    warm, losses = warm_up(perceptron(), noise=recorded, key=1, examples=21, batch=16, optimiser=optax.sgd(0.1))
    jax.effects_barrier()
    batches = seen[-2:]
    assert len(batches[1][0]) == 16

    @eqx.filter_value_and_grad
    def mean_loss(model, inputs, labels):
        return optax.softmax_cross_entropy_with_integer_labels(jax.vmap(model)(inputs), labels).mean()

    model = perceptron()
    for loss, (inputs, labels), present in zip(losses, batches, (16, 5), strict=True):
        expected, gradients = mean_loss(model, inputs[:present], labels[:present])
        assert loss == pytest.approx(float(expected), rel=1e-5)
        model = eqx.apply_updates(model, jax.tree.map(lambda gradient: -0.1 * gradient, gradients))
    for mine, layer in zip(warm.layers, model.layers, strict=True):
        assert np.allclose(mine.weight, layer.weight, atol=1e-6)


def test_a_filter_says_what_moves():
    model, _ = feedback_align(perceptron(), key=0)
    none = jax.tree.map(lambda _: False, trainable(model))
    head = eqx.tree_at(lambda m: (m.layers[-1].weight, m.layers[-1].bias), none, (True, True))
    warm, _ = warm_up(model, (6,), 4, **few, trainable=head)
    assert (warm.layers[0].weight == model.layers[0].weight).all()
    assert not (warm.layers[-1].weight == model.layers[-1].weight).all()
    with pytest.raises(UserError, match="nothing in the model is trainable"):
        warm_up(model, (6,), 4, **few, trainable=none)


class Dropping(eqx.Module):
    linear: eqx.nn.Linear
    dropout: eqx.nn.Dropout

    def __call__(self, x, *, key=None):
        return self.dropout(self.linear(x), key=key)


def test_dropout_is_on_while_it_trains_and_as_it_was_afterwards():
    model = Dropping(eqx.nn.Linear(6, 4, key=KEY), eqx.nn.Dropout(0.5, inference=True))
    warm, losses = warm_up(model, (6,), 4, **few)
    assert warm.dropout.inference is True
    sure = eqx.tree_at(lambda m: m.dropout.p, model, 0.0)
    assert not np.allclose(losses, warm_up(sure, (6,), 4, **few)[1])
    assert np.allclose(losses, warm_up(model, (6,), 4, **few)[1])


class Normed(eqx.Module):
    linear: eqx.nn.Linear
    norm: eqx.nn.BatchNorm

    def __init__(self):
        self.linear = eqx.nn.Linear(6, 4, key=KEY)
        self.norm = eqx.nn.BatchNorm(4, "batch", mode="batch")

    def __call__(self, x, state):
        return self.norm(self.linear(x), state)


def test_a_model_with_state_is_applied_by_ones_own_function():
    model, state = eqx.nn.make_with_state(Normed)()

    def apply(model, inputs, key):
        batched = jax.vmap(model, axis_name="batch", in_axes=(0, None), out_axes=(0, None))
        return batched(inputs, state)[0]

    model, _ = feedback_align(model, key=0)
    warm, losses = warm_up(model, (6,), 4, **few, apply=apply)
    assert np.isfinite(losses).all()
    assert not (warm.linear.weight == model.linear.weight).all()


def test_a_sampler_of_ones_own_feeds_a_language_model():
    class Words(eqx.Module):
        word: eqx.nn.Embedding
        head: eqx.nn.Linear

        def __call__(self, ids):
            return jax.vmap(self.head)(jax.vmap(self.word)(ids))

    model = Words(eqx.nn.Embedding(7, 5, key=KEY), eqx.nn.Linear(5, 7, key=KEY))

    def words(key, size):
        ids, labels = jax.random.randint(key, (2, size, 3), 0, 7)
        return ids, labels

    model, _ = feedback_align(model, key=0)
    warm, losses = warm_up(model, noise=words, key=0, examples=64 * 100, optimiser=optax.adam(1e-2))
    assert losses[-10:].mean() == pytest.approx(np.log(7), abs=0.1)
    assert not (warm.word.weight == model.word.weight).all()


def test_uniform_labels_ask_for_no_opinion_at_all():
    warm, losses = warm_up(
        perceptron(), (6,), 4, key=0, examples=64 * 200, uniform_labels=1.0, optimiser=optax.adam(1e-2)
    )
    assert losses[-1] == pytest.approx(np.log(4), abs=1e-3)
    chance = jax.nn.softmax(jax.vmap(warm)(jax.random.normal(KEY, (50, 6))))
    assert np.allclose(chance, 0.25, atol=0.02)


def test_progress_rises_to_the_end():
    told = []
    warm_up(perceptron(), (6,), 4, **few, progress=told.append)
    assert told == pytest.approx([1 / 3, 2 / 3, 1])


def test_divergence_names_its_step():
    def breaking(chance, key, size):
        inputs = jax.random.normal(key, (size, 6))
        return jnp.where(jax.random.uniform(key) > chance, inputs, jnp.nan), jnp.zeros(size, jnp.int32)

    with pytest.raises(DivergedError, match=r"at step [1-9]\d*: try a smaller learning rate"):
        warm_up(perceptron(), noise=partial(breaking, 0.1), key=0, examples=6400)
    with pytest.raises(DivergedError, match="the first loss is infinite or not a number"):
        warm_up(perceptron(), noise=partial(breaking, 1.0), key=0, examples=640)
    with pytest.raises(DivergedError, match="last step"):
        warm_up(perceptron(), (6,), 4, key=0, examples=64, optimiser=optax.sgd(np.inf))


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"examples": 0}, "0 examples of noise"),
        ({"uniform_labels": -1}, "weight of -1 on uniform labels"),
        ({"classes": None}, "None classes: expected .* or a sampler"),
        ({"classes": 3}, "returned 4 scores an example: expected one for each of 3"),
    ],
)
def test_what_cannot_be_is_said_in_a_sentence(options, sentence):
    with pytest.raises(UserError, match=sentence):
        warm_up(perceptron(), **({"input_shape": (6,), "classes": 4} | few | options))


@pytest.mark.parametrize(
    ("drawn", "sentence"),
    [
        ((jnp.zeros((16, 6)),), "the sampler gave a batch of 1 part"),
        ((jnp.zeros((16, 6)), jnp.full(16, -1)), "labels from -1 to -1 .* whole numbers from 0 to 3"),
        ((jnp.zeros((16, 6)), jnp.zeros(15, jnp.int32)), r"shape \(15,\): expected .* of shape \(16,\)"),
        ((jnp.zeros((16, 6)), jnp.zeros(16)), "type float32"),
    ],
)
def test_a_sampler_that_does_not_fit_the_model_is_said_so_in_a_sentence(drawn, sentence):
    with pytest.raises(UserError, match=sentence):
        warm_up(perceptron(), noise=lambda key, size: drawn, **few)


@pytest.mark.parametrize("wrong", [-1, 4])
@pytest.mark.parametrize("uniform_labels", [0, 1])
def test_labels_that_are_wrong_later_on_are_said_so_in_a_sentence(wrong, uniform_labels):
    first_key = jax.random.fold_in(jax.random.split(jax.random.key(few["key"]))[0], 0)

    def sampler(key, size):
        first = jax.random.bits(key) == jax.random.bits(first_key)
        return jnp.zeros((size, 6)), jnp.full(size, jnp.where(first, 0, wrong))

    options = few | {"noise": sampler, "uniform_labels": uniform_labels}
    warm_up(perceptron(), **(options | {"examples": 16}))
    with pytest.raises(UserError, match=f"labels from {wrong} to {wrong} .* whole numbers from 0 to 3"):
        warm_up(perceptron(), **options)


def test_scores_that_are_no_array_are_said_so_in_a_sentence():
    def pair(model, inputs, key):
        return jax.vmap(model)(inputs), None

    with pytest.raises(
        UserError, match=r"the model returned tuple: expected an array of class scores, which an `apply`"
    ):
        warm_up(perceptron(), (6,), 4, **few, apply=pair)
    with pytest.raises(UserError, match=r"the model returned tuple: expected an array of class scores"):
        calibration(perceptron(), [(np.zeros((2, 6), np.float32), np.zeros(2, int))], apply=pair)


@pytest.mark.usefixtures("unchecked")
def test_sizes_may_be_numbers_of_numpy():
    options = {"key": 1, "examples": np.int64(48), "batch": np.int64(16)}
    found, _ = warm_up(perceptron(), (6,), 4, **options)
    assert eqx.tree_equal(found, warm_up(perceptron(), (6,), 4, **few)[0])

    def sampler(key, size):
        return jnp.zeros((size, 6)), jnp.zeros(size, jnp.int32)

    assert len(warm_up(perceptron(), noise=sampler, **options)[1]) == 3


def test_the_default_optimiser_refuses_float16_and_another_may_take_it():
    model = eqx.nn.MLP(6, 4, 8, 2, dtype=jnp.float16, key=KEY)
    with pytest.raises(UserError, match=r"parameters are float16, .* expected float32 or bfloat16, or an `optimiser`"):
        warm_up(model, (6,), 4, **few)
    assert np.isfinite(warm_up(model, (6,), 4, **few, optimiser=optax.sgd(1e-3))[1]).all()


def test_noise_turns_weights_towards_feedback():
    model, _ = feedback_align(eqx.nn.MLP(20, 10, 60, 1, key=KEY), key=0)
    warm, _ = warm_up(model, (20,), 10, key=1, examples=64_000, noise=Noise(scale=1.0), optimiser=optax.adam(1e-3))
    before, after = alignment(model), alignment(warm)
    assert after["layers[1]"].mean() < before["layers[1]"].mean() - 1.5


def test_calibration_and_auroc_are_of_the_models_probabilities():
    model = Dropping(eqx.nn.Linear(6, 4, key=KEY), eqx.nn.Dropout(0.5))
    rng = np.random.default_rng(0)
    inputs, labels = rng.normal(size=(50, 6)).astype(np.float32), rng.integers(0, 4, 50)
    loader = [(inputs[:30], labels[:30]), (inputs[30:], labels[30:])]
    chance = np.asarray(jax.nn.softmax(jax.vmap(model.linear)(inputs)))
    found = calibration(model, loader)
    assert found.accuracy == pytest.approx((chance.argmax(1) == labels).mean())
    assert found.log_loss == pytest.approx(-np.log(chance[np.arange(50), labels]).mean(), rel=1e-4)
    far = 5 * inputs
    scores = np.concatenate([chance.max(1), np.asarray(jax.nn.softmax(jax.vmap(model.linear)(far))).max(1)])
    expected = roc_auc_score(np.repeat([1, 0], 50), scores)
    assert ood_auroc(model, loader, [far]) == pytest.approx(expected, abs=1e-4)
    with pytest.raises(UserError, match="gave no examples"):
        ood_auroc(model, loader, [])
