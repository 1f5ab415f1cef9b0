"""Noise before data, and the numbers of a model of Equinox."""

from functools import partial

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from prenoise import DivergedError, Interrupted, Network, Noise, UserError, pretrain
from prenoise.adapters.equinox import alignment, calibration, effective_rank, feedback_align, ood_auroc, warm_up
from prenoise.rules import weight_mirror

KEY = jax.random.key(0)
few = {"key": 1, "examples": 48, "batch": 16}


def perceptron():
    return eqx.nn.MLP(6, 4, 8, 2, key=KEY)


@pytest.mark.parametrize("aligned", [True, False])
def test_only_what_is_trainable_moves(aligned):
    model = feedback_align(perceptron(), key=0)[0] if aligned else perceptron()
    warm, history = warm_up(model, (6,), 4, **few)
    assert history.state.step == 3
    for before, after in zip(model.layers, warm.layers, strict=True):
        assert not (before.weight == after.weight).all()
        assert not aligned or (before.feedback == after.feedback).all()
    assert jax.tree.structure(warm) == jax.tree.structure(model)


def twin(network, rule="fa"):
    """An Equinox model of the same weights and feedback as a network of the library."""
    depth = len(network.weights) - 1
    model = eqx.nn.MLP(network.sizes[0], network.sizes[-1], network.sizes[1], depth, key=KEY)
    model = eqx.tree_at(
        lambda model: [layer.weight for layer in model.layers] + [layer.bias for layer in model.layers],
        model,
        [*network.weights, *network.biases],
    )
    model, _ = feedback_align(model, rule, key=0, scale="he")
    layers = [layer.with_feedback(back) for layer, back in zip(model.layers[1:], network.feedback, strict=True)]
    return eqx.tree_at(lambda model: model.layers[1:], model, tuple(layers))


def seed_of(block, seed):
    return jax.tree.map(lambda leaf: leaf[seed] if eqx.is_array(leaf) else leaf, block)


def assert_learned_the_same(model, network, start):
    for layer, weights, before in zip(model.layers, network.weights, start.weights, strict=True):
        assert jnp.linalg.norm(layer.weight - weights) < 1e-3 * jnp.linalg.norm(weights - before)


def test_on_the_same_noise_it_learns_what_the_library_learns():
    network = Network.random([6, 8, 8, 4], key=3)
    options = {"key": 5, "examples": 64 * 200, "optimiser": optax.adam(1e-3), "at": [64, 64 * 200]}
    expected, history = pretrain(network, **options)
    found, mine = warm_up(twin(network), (6,), 4, **options)
    assert np.allclose(mine.loss, history.loss, rtol=1e-5)
    assert_learned_the_same(found, expected, network)


def test_a_block_learns_what_each_model_learns_alone_with_its_own_feedback():
    keys = jax.random.split(jax.random.key(5), 3)
    networks = [Network.random([6, 8, 4], key=seed) for seed in range(3)]
    block = jax.tree.map(
        lambda *leaves: jnp.stack(leaves) if eqx.is_array(leaves[0]) else leaves[0], *map(twin, networks)
    )
    options = {"examples": 64 * 50, "optimiser": optax.adam(1e-3), "record": {"angle": alignment}}
    trained, history = warm_up(block, (6,), 4, key=keys, **options)
    assert history.loss.shape == (3, 11)
    assert history.record["angle"]["layers[1]"].shape == (3, 11, 8)
    for seed, network in enumerate(networks):
        alone = seed_of(trained, seed)
        expected, of_network = pretrain(network, key=keys[seed], **(options | {"record": None}))
        assert np.allclose(history.loss[seed], of_network.loss, rtol=1e-4)
        assert_learned_the_same(alone, expected, network)
    assert np.allclose(alignment(trained)["layers[1]"], history.record["angle"]["layers[1]"][:, -1], atol=1e-3)


def test_parts_one_after_the_other_are_the_whole():
    model, _ = feedback_align(perceptron(), "mirror", key=0)
    options = {"batch": 16, "examples": 48, "optimiser": optax.adam(1e-2)}
    whole, _ = warm_up(model, (6,), 4, key=1, **(options | {"examples": 96}))
    half, history = warm_up(model, (6,), 4, key=1, **options)
    both, _ = warm_up(half, (6,), 4, state=history.state, **options)
    assert eqx.tree_equal(both, whole)


def test_it_stops_when_it_is_aligned_and_comes_out_as_it_was_then(monkeypatch):
    monkeypatch.setattr("prenoise.stopping.LEAST", 100)
    model, _ = feedback_align(eqx.nn.MLP(6, 4, 30, 1, key=KEY), key=0)
    options = {"key": 1, "examples": 64_000, "optimiser": optax.adam(1e-2), "record": {"angle": alignment}}
    warm, history = warm_up(model, (6,), 4, stop="aligned", **options)
    angles = np.concatenate([*history.record["angle"].values()], axis=-1).mean(axis=-1)
    assert history.kept_at == history.at[angles.argmin()]
    assert history.kept_at < history.ended_at < 64_000
    assert np.concatenate([*alignment(warm).values()]).mean() == pytest.approx(angles.min(), abs=1e-3)
    with pytest.raises(UserError, match="cannot stop when aligned: the model has no feedback"):
        warm_up(perceptron(), (6,), 4, stop="aligned", **options)


def test_ctrl_c_gives_what_was_reached():
    def pressed(fraction):
        raise KeyboardInterrupt

    with pytest.raises(Interrupted, match="interrupted after") as interrupted:
        warm_up(perceptron(), (6,), 4, key=1, examples=64_000, progress=pressed)
    reached, state = interrupted.value.network, interrupted.value.history.state
    assert 0 < state.step < 1000
    expected, _ = warm_up(perceptron(), (6,), 4, key=1, examples=64 * int(state.step))
    assert eqx.tree_equal(reached, expected)


def test_it_works_inside_filter_jit_and_filter_vmap():
    model, _ = feedback_align(perceptron(), key=0)
    expected, history = warm_up(model, (6,), 4, **few)

    @eqx.filter_jit
    def compiled(model, key):
        return warm_up(model, (6,), 4, **(few | {"key": key}))

    found, mine = compiled(model, jax.random.key(1))
    assert np.allclose(mine.loss, history.loss, rtol=1e-5)
    assert np.allclose(found.layers[0].weight, expected.layers[0].weight, atol=1e-6)
    keys = jnp.stack([jax.random.key(1), jax.random.key(2)])
    of_each = eqx.filter_vmap(lambda key: compiled(model, key)[0])(keys)
    assert np.allclose(of_each.layers[0].weight[0], expected.layers[0].weight, atol=1e-6)
    assert not np.allclose(of_each.layers[0].weight[1], expected.layers[0].weight, atol=1e-6)


@pytest.mark.parametrize("rule", ["kp", "mirror", "brsf"])
def test_feedback_follows_the_rule_after_every_step(rule):
    model, _ = feedback_align(eqx.nn.MLP(6, 4, 200, 1, key=KEY), rule, key=0)
    before, plain = model.layers[1], feedback_align(model, "fa", key=0)[0].layers[1]
    warm, _ = warm_up(model, (6,), 4, key=1, examples=64, optimiser=optax.sgd(0.1))
    after = warm.layers[1]
    if rule == "kp":
        assert plain.feedback_rule == "fa"
        stepped = warm_up(feedback_align(model, "fa", key=0)[0], (6,), 4, key=1, examples=64, optimiser=optax.sgd(0.1))
        step = stepped[0].layers[1].weight - before.weight
        assert np.allclose(after.weight, (before.weight + step) * (1 - 1e-4), atol=1e-7)
        assert np.allclose(after.feedback, (before.feedback + step) * (1 - 1e-4), atol=1e-7)
    if rule == "mirror":
        learned = after.feedback - (1 - 1e-3) * before.feedback
        assert jnp.linalg.norm(learned - 1e-3 * after.weight) < 3 * jnp.linalg.norm(1e-3 * after.weight)
        assert jnp.vdot(learned, after.weight) > 0
    if rule == "brsf":
        assert abs(np.corrcoef(after.feedback.ravel(), before.feedback.ravel())[0, 1]) < 0.15
        assert float(after.feedback.std()) == pytest.approx(float(before.feedback.std()), rel=0.1)


def test_a_mirror_learns_the_weights_of_every_layer_of_a_stack():
    stack = eqx.filter_vmap(lambda key: eqx.nn.Linear(6, 6, key=key))(jax.random.split(KEY, 2))
    model, _ = feedback_align({"stack": stack}, weight_mirror(rate=0.02, batch=256), key=0)

    def apply(model, inputs, key):
        return inputs @ model["stack"].weight[0].T @ model["stack"].weight[1].T

    warm, _ = warm_up(model, (6,), 6, key=1, examples=64 * 300, apply=apply, optimiser=optax.sgd(0.0))
    assert (alignment(model)["['stack']"].mean(axis=1) > 40).all()
    assert (alignment(warm)["['stack']"].mean(axis=1) < 15).all()


def test_weights_that_do_not_move_keep_their_feedback_under_kolen_pollack():
    model, _ = feedback_align(perceptron(), "kp", key=0)
    head = eqx.tree_at(lambda m: m.layers[-1].weight, jax.tree.map(lambda _: False, model), True)
    warm, _ = warm_up(model, (6,), 4, **few, trainable=head)
    assert eqx.tree_equal(warm.layers[0], model.layers[0])
    assert not eqx.tree_equal(warm.layers[-1], model.layers[-1])


@pytest.mark.parametrize("dtype", [jnp.bfloat16, jnp.float16])
def test_small_steps_add_up_in_half_precision(dtype):
    model, _ = feedback_align(eqx.nn.MLP(6, 4, 8, 1, dtype=dtype, key=KEY), key=0)
    single = jax.tree.map(lambda leaf: leaf.astype(jnp.float32) if eqx.is_inexact_array(leaf) else leaf, model)
    options = {"key": 1, "examples": 64 * 300}
    found, expected = (warm_up(each, (6,), 4, **options)[0] for each in (model, single))
    assert found.layers[0].weight.dtype == dtype
    moved, expected_move = (
        after.layers[0].weight.astype(jnp.float32) - model.layers[0].weight.astype(jnp.float32)
        for after in (found, expected)
    )
    assert jnp.linalg.norm(moved - expected_move) < 0.2 * jnp.linalg.norm(expected_move)


def test_the_last_short_batch_counts_what_is_there():
    seen = []

    def recorded(key, size):
        inputs, labels = jax.random.normal(key, (size, 6)), jax.random.randint(key, (size,), 0, 4)
        jax.debug.callback(lambda *batch: seen.append([np.asarray(part) for part in batch]), inputs, labels)
        return inputs, labels

    options = {"key": 1, "examples": 21, "batch": 16, "optimiser": optax.sgd(0.1), "at": [16, 21]}
    warm, history = warm_up(perceptron(), noise=recorded, **options)
    jax.effects_barrier()
    batches = seen[-2:]
    assert len(batches[1][0]) == 16

    @eqx.filter_value_and_grad
    def mean_loss(model, inputs, labels):
        return optax.softmax_cross_entropy_with_integer_labels(jax.vmap(model)(inputs), labels).mean()

    model = perceptron()
    for loss, (inputs, labels), present in zip(history.loss, batches, (16, 5), strict=True):
        expected, gradients = mean_loss(model, inputs[:present], labels[:present])
        assert loss == pytest.approx(float(expected), rel=1e-5)
        model = eqx.apply_updates(model, jax.tree.map(lambda gradient: -0.1 * gradient, gradients))
    for mine, layer in zip(warm.layers, model.layers, strict=True):
        assert np.allclose(mine.weight, layer.weight, atol=1e-6)


def test_a_filter_says_what_moves():
    model, _ = feedback_align(perceptron(), key=0)
    none = jax.tree.map(lambda _: False, model)
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
    warm, history = warm_up(model, (6,), 4, **few)
    assert warm.dropout.inference is True
    sure = eqx.tree_at(lambda m: m.dropout.p, model, 0.0)
    assert not np.allclose(history.loss, warm_up(sure, (6,), 4, **few)[1].loss)
    assert np.allclose(history.loss, warm_up(model, (6,), 4, **few)[1].loss)


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
    warm, history = warm_up(model, (6,), 4, **few, apply=apply)
    assert np.isfinite(history.loss).all()
    assert not (warm.linear.weight == model.linear.weight).all()
    sentence = r"the model failed on inputs of shape \(16, 6\) .*state.*expected .* an `apply` of your own"
    with pytest.raises(UserError, match=sentence):
        warm_up(model, (6,), 4, **few)
    with pytest.raises(UserError, match=sentence):
        feedback_align(model, key=0, example=jnp.ones((16, 6)))
    with pytest.raises(UserError, match=sentence):
        calibration(model, [(np.ones((16, 6), np.float32), np.zeros(16, int))])


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
    warm, history = warm_up(model, noise=words, key=0, examples=64 * 100, optimiser=optax.adam(1e-2))
    assert history.loss[-1] == pytest.approx(np.log(7), abs=0.1)
    assert not (warm.word.weight == model.word.weight).all()


def test_uniform_labels_ask_for_no_opinion_at_all():
    warm, history = warm_up(
        perceptron(), (6,), 4, key=0, examples=64 * 200, uniform_labels=1.0, optimiser=optax.adam(1e-2)
    )
    assert history.loss[-1] == pytest.approx(np.log(4), abs=1e-3)
    chance = jax.nn.softmax(jax.vmap(warm)(jax.random.normal(KEY, (50, 6))))
    assert np.allclose(chance, 0.25, atol=0.02)


def test_a_loss_of_the_users_own_is_learned():
    def sampler(key, size):
        inputs = jax.random.normal(key, (size, 6))
        return inputs, inputs[:, :4] + 1

    def distance(scores, targets):
        return jnp.mean((scores - targets) ** 2, axis=-1)

    options = {"key": 0, "examples": 64 * 300, "optimiser": optax.adam(1e-2)}
    _, history = warm_up(eqx.nn.Linear(6, 4, key=KEY), noise=sampler, loss=distance, **options)
    assert history.loss[-1] < 1e-2 < history.loss[0]
    _, named = warm_up(eqx.nn.Linear(6, 4, key=KEY), (6,), 4, loss="mean-squared-error", **options)
    assert named.loss[-1] == pytest.approx(3 / 16, abs=0.01)


def test_places_that_are_to_be_ignored_do_not_count():
    def sampler(key, size):
        labels = jax.random.randint(key, (size, 3), 0, 4)
        return jax.random.normal(key, (size, 3, 6)), labels.at[:, 1:].set(-100)

    def apply(model, inputs, key):
        return jax.vmap(jax.vmap(model))(inputs)

    def first_place(key, size):
        inputs, labels = sampler(key, size)
        return inputs[:, 0], labels[:, 0]

    found, history = warm_up(perceptron(), noise=sampler, apply=apply, **few)
    expected, of_first = warm_up(perceptron(), noise=first_place, **few)
    assert np.allclose(history.loss, of_first.loss, rtol=1e-5)
    assert np.allclose(found.layers[0].weight, expected.layers[0].weight, atol=1e-6)


def test_progress_rises_to_the_end():
    told = []
    warm_up(perceptron(), (6,), 4, **few, progress=told.append)
    assert told == sorted(told)
    assert told[-1] == 1


def test_divergence_names_its_step():
    def breaking(chance, key, size):
        inputs = jax.random.normal(key, (size, 6))
        return jnp.where(jax.random.uniform(key) > chance, inputs, jnp.nan), jnp.zeros(size, jnp.int32)

    with pytest.raises(DivergedError, match=r"at step [1-9]\d*: try a smaller learning rate") as diverged:
        warm_up(perceptron(), noise=partial(breaking, 0.1), key=0, examples=6400)
    assert diverged.value.history.diverged_at > 0
    with pytest.raises(DivergedError, match="at step 0: look at the inputs and the weights"):
        warm_up(perceptron(), noise=partial(breaking, 1.0), key=0, examples=640)
    with pytest.raises(DivergedError, match="weights became infinite"):
        warm_up(perceptron(), (6,), 4, key=0, examples=64, optimiser=optax.sgd(np.inf))


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"examples": 0}, "0 examples of noise"),
        ({"uniform_labels": -1}, "weight of -1 on uniform labels"),
        ({"classes": None}, "None classes: expected .* or a sampler"),
        ({"classes": 3}, "returned 4 scores an example: expected one for each of 3"),
        ({"input_shape": (7,)}, r"failed on inputs of shape \(16, 7\) .*: expected inputs that it takes"),
        ({"key": None}, "found neither a key nor a state"),
        ({"key": [1, 2]}, r"found keys of shape \(2,\) and a model with an array of shape \(8, 6\): expected a block"),
        ({"optimiser": optax.adam}, "expected one of optax, as optax.adam"),
        ({"stop": "soon"}, "cannot stop when 'soon'"),
        ({"loss": lambda scores, labels: 0, "uniform_labels": 1}, "uniform labels belong to a loss of the library"),
        ({"noise": 0.5}, "found noise=0.5: expected a prenoise.Noise or a sampler"),
    ],
)
@pytest.mark.usefixtures("unchecked")
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
    seen = []
    warm_up(
        perceptron(),
        noise=lambda key, size: (seen.append(key), jnp.zeros((size, 6)), jnp.zeros(size, jnp.int32))[1:],
        **(few | {"examples": 16}),
    )
    first_key = next(key for key in seen if not isinstance(key, jax.core.Tracer))

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

    with pytest.raises(UserError, match=r"the model returned tuple: expected an array of scores, which an `apply`"):
        warm_up(perceptron(), (6,), 4, **few, apply=pair)
    with pytest.raises(UserError, match=r"the model returned tuple: expected an array of scores"):
        calibration(perceptron(), [(np.zeros((2, 6), np.float32), np.zeros(2, int))], apply=pair)


@pytest.mark.usefixtures("unchecked")
def test_sizes_may_be_numbers_of_numpy():
    options = {"key": 1, "examples": np.int64(48), "batch": np.int64(16)}
    found, _ = warm_up(perceptron(), (6,), 4, **options)
    assert eqx.tree_equal(found, warm_up(perceptron(), (6,), 4, **few)[0])

    def sampler(key, size):
        return jnp.zeros((size, 6)), jnp.zeros(size, jnp.int32)

    assert warm_up(perceptron(), noise=sampler, **options)[1].state.step == 3


def test_noise_turns_weights_towards_feedback():
    model, _ = feedback_align(eqx.nn.MLP(20, 10, 60, 1, key=KEY), key=0, scale="he")
    warm, _ = warm_up(model, (20,), 10, key=1, examples=64_000, noise=Noise(scale=1.0), optimiser=optax.adam(1e-3))
    before, after = alignment(model), alignment(warm)
    assert after["layers[1]"].mean() < before["layers[1]"].mean() - 1.5


def test_calibration_and_auroc_are_of_the_models_probabilities():
    roc_auc_score = pytest.importorskip("sklearn.metrics").roc_auc_score
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


def test_measures_of_a_block_are_those_of_each_model():
    block = eqx.filter_vmap(lambda key: feedback_align(eqx.nn.MLP(6, 4, 8, 1, key=key), key=key)[0])(
        jax.random.split(KEY, 3)
    )
    each = [
        jax.tree.map(lambda leaf, seed=seed: leaf[seed] if eqx.is_array(leaf) else leaf, block) for seed in range(3)
    ]
    rng = np.random.default_rng(0)
    loader = [(rng.normal(size=(50, 6)).astype(np.float32), rng.integers(0, 4, 50))]
    far = [3 * loader[0][0]]
    for measure in (alignment, effective_rank):
        for name, values in measure(block).items():
            assert np.allclose(values, np.stack([measure(model)[name] for model in each]), rtol=1e-4)
    found = calibration(block, loader, block=True)
    assert np.allclose(found.log_loss, [calibration(model, loader).log_loss for model in each], rtol=1e-5)
    assert found.bins.share.shape == (3, 15)
    assert np.allclose(ood_auroc(block, loader, far, block=True), [ood_auroc(model, loader, far) for model in each])
    with pytest.raises(UserError, match="found labels"):
        calibration(eqx.filter_vmap(lambda key: eqx.nn.Linear(6, 4, key=key))(jax.random.split(KEY, 3)), loader)


def test_the_same_call_does_not_compile_anew_however_it_is_written():
    model, _ = feedback_align(perceptron(), key=0)
    compiled = []
    jax.monitoring.register_event_duration_secs_listener(
        lambda event, *_, **__: compiled.append(event) if event.endswith("backend_compile_duration") else None
    )

    def run(examples):
        record = {"angle": lambda model: alignment(model)["layers[1]"].mean()}
        options = {"key": 1, "examples": examples, "batch": 16, "optimiser": optax.adam(1e-3), "record": record}
        return warm_up(model, (6,), 4, **options)

    run(160)
    before = len(compiled)
    run(160)
    assert len(compiled) == before
    run(320)
    assert len(compiled) - before < 5


@pytest.mark.parametrize("dtype", [jnp.float32, jnp.float64])
def test_in_double_precision_a_model_keeps_its_own_type(dtype):
    with jax.enable_x64(True):
        model, _ = feedback_align(eqx.nn.MLP(6, 4, 8, 1, dtype=dtype, key=KEY), "mirror", key=0)
        warm, history = warm_up(model, (6,), 4, **few, record={"angle": alignment})
        assert warm.layers[0].weight.dtype == dtype
        assert warm.layers[1].feedback.dtype == dtype
        assert np.isfinite(history.loss).all()


def test_without_compilation_it_learns_the_same():
    model, _ = feedback_align(perceptron(), key=0)
    expected, _ = warm_up(model, (6,), 4, **few)
    with jax.disable_jit():
        found, _ = warm_up(model, (6,), 4, **few)
    assert np.allclose(found.layers[0].weight, expected.layers[0].weight, atol=1e-6)
