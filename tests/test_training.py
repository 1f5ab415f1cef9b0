import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from jax.tree_util import Partial

from prenoise import DivergedError, Examples, Network, Noise, UserError, pretrain, stopping, train
from prenoise.learning import loss_and_gradients
from prenoise.measures import accuracy, alignment
from prenoise.random_bits import seed_words
from prenoise.rules import bp, fa

SIZES = [6, 8, 3]


@pytest.fixture(scope="module")
def network():
    return Network.random(SIZES, key=0)


@pytest.fixture(scope="module")
def examples():
    """Three clouds of points, 50 in all: not a multiple of the batch."""
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 3, 50)
    return Examples.of(rng.normal(size=(50, 6)) + 2 * np.eye(6)[labels], labels)


def by_hand(network, batches, rule, optimiser):
    """The loop as one would write it first."""
    state = optimiser.init(network.moving)
    losses = []
    for batch in batches:
        loss, gradients = loss_and_gradients(network, batch, rule)
        updates, state = optimiser.update(gradients, state, network.moving)
        network = network.moved(updates)
        losses.append(float(loss))
    return network, losses


def assert_same(a, b, **tolerance):
    for left, right in zip(jax.tree.leaves(a), jax.tree.leaves(b), strict=True):
        assert np.allclose(left, right, **tolerance)


@pytest.mark.slow
@pytest.mark.parametrize("rule", [bp, fa], ids=lambda rule: rule.name)
def test_the_compiled_run_on_data_is_the_loop_written_by_hand(network, examples, rule):
    seed = seed_words(jax.random.key(3))
    batches = [examples.batch(seed, jnp.uint32(step), size=16) for step in range(3 * 4)]
    expected, losses = by_hand(network, batches, rule, optax.adam(1e-2))
    found, history = train(network, examples, key=3, epochs=3, batch=16, rule=rule, optimiser=optax.adam(1e-2))
    assert_same(found, expected, atol=1e-5)
    assert history.at.tolist() == [0, 1, 2, 3]
    assert float(history.loss[0]) == pytest.approx(losses[0], rel=1e-5)
    assert np.allclose(history.loss[1:], np.reshape(losses, (3, 4)).mean(axis=1), rtol=1e-4)


def test_the_compiled_run_on_noise_is_the_loop_written_by_hand(network):
    seed, noise = seed_words(jax.random.key(3)), Noise(0.5, 2.0, "uniform")
    batches = [
        noise.batch(seed, jnp.uint32(step), size=16, inputs=6, classes=3, examples=jnp.uint32(100)) for step in range(7)
    ]
    expected, losses = by_hand(network, batches, fa, optax.sgd(0.1))
    found, history = pretrain(network, noise, key=3, examples=100, batch=16, optimiser=optax.sgd(0.1), at=[0, 50, 100])
    assert_same(found, expected, atol=1e-5)
    assert np.allclose(history.loss, [losses[0], np.mean(losses[:4]), np.mean(losses[4:])], rtol=1e-4)


def test_two_runs_with_the_same_key_are_identical_and_another_key_differs(network, examples):
    first, second, other = (train(network, examples, key=key, epochs=2, batch=16)[0] for key in (1, 1, 2))
    assert_same(first, second, atol=0, rtol=0)
    assert not np.allclose(first.weights[0], other.weights[0], atol=1e-7)


@pytest.mark.slow
def test_a_seed_alone_and_the_same_seed_in_a_block_agree(network, examples):
    keys = jax.random.split(jax.random.key(5), 3)
    block = jax.vmap(lambda key: Network.random(SIZES, key=key))(keys)
    for phase in (
        lambda start, key: pretrain(start, key=key, examples=500, record={"angle": alignment}),
        lambda start, key: train(start, examples, key=key, epochs=2, batch=16, record={"angle": alignment}),
    ):
        together, history = phase(block, keys)
        under_vmap, _ = jax.vmap(phase)(block, keys)
        assert_same(together, under_vmap, atol=1e-5)
        for seed in range(3):
            alone, its_history = phase(jax.tree.map(lambda leaf, seed=seed: leaf[seed], block), keys[seed])
            assert_same(jax.tree.map(lambda leaf, seed=seed: leaf[seed], together), alone, atol=1e-5)
            assert np.allclose(history.loss[seed], its_history.loss, atol=1e-4)
            assert np.allclose(history.record["angle"][0][seed], its_history.record["angle"][0], atol=1e-3)


@pytest.mark.slow
def test_feedback_never_moves(network, examples):
    ready, _ = pretrain(network, key=1, examples=640)
    trained, _ = train(ready, examples, key=1, epochs=2)
    assert_same(trained.feedback, network.feedback, atol=0, rtol=0)
    assert not np.allclose(trained.weights[1], network.weights[1])


def test_measurements_are_taken_at_the_times_asked_for(network, examples):
    record = {"accuracy": Partial(accuracy, examples=examples), "first": lambda network: network.weights[0]}
    trained, history = train(
        network, examples, key=1, epochs=3, batch=16, record=record, at=[0, 0.5, 3], optimiser=optax.adam(1e-2)
    )
    assert history.record["accuracy"].shape == (3,)
    assert (history.record["first"][0] == network.weights[0]).all()
    assert (history.record["first"][2] == trained.weights[0]).all()
    half, _ = train(network, examples, key=1, epochs=0.5, batch=16, optimiser=optax.adam(1e-2))
    assert np.allclose(history.record["first"][1], half.weights[0], atol=1e-6)
    assert float(history.record["accuracy"][2]) == pytest.approx(float(accuracy(trained, examples)))


def test_more_times_of_measurement_than_steps_still_have_a_loss_each(network):
    _, history = pretrain(network, key=1, examples=100, at=np.linspace(0, 100, 11))
    assert (np.asarray(history.loss) > 0.1).all()


def test_the_end_is_measured_even_if_nobody_asked(network, examples):
    assert train(network, examples, key=1, epochs=2, at=[1])[1].at.tolist() == [1, 2]


def test_progress_changes_nothing_but_tells_of_it(network, examples):
    told = []
    watched, history = train(network, examples, key=1, epochs=3, batch=16, progress=told.append)
    silent, expected = train(network, examples, key=1, epochs=3, batch=16)
    assert told == sorted(told)
    assert told[-1] == 1
    assert_same(watched, silent, atol=0, rtol=0)
    assert_same(history, expected, atol=0, rtol=0)


@pytest.mark.slow
def test_a_run_is_compiled_once_whatever_its_seed_noise_and_length():
    jax.clear_caches()  # another test of this process may have compiled the same program
    compiled = []
    jax.monitoring.register_event_duration_secs_listener(
        lambda event, *_, **__: compiled.append(event) if event.endswith("backend_compile_duration") else None
    )
    pretrain(Network.random(SIZES, key=3), key=1, examples=640)
    before = len(compiled)
    assert before > 0
    pretrain(Network.random(SIZES, key=9), Noise(1.0, 3.0), key=2, examples=1280)
    assert len(compiled) == before


def test_zero_epochs_and_no_noise_leave_the_network_as_it_was(network, examples):
    assert_same(train(network, examples, key=1, epochs=0)[0], network, atol=0, rtol=0)
    assert_same(pretrain(network, key=1, examples=0)[0], network, atol=0, rtol=0)


def test_a_loss_that_is_no_number_ends_in_an_error_that_names_the_step(network, examples):
    with pytest.raises(DivergedError, match=r"step \d+") as caught:
        train(network, examples, key=1, epochs=20, batch=16, optimiser=optax.sgd(1e30))
    assert caught.value.network.sizes == network.sizes
    assert np.isfinite(caught.value.history.loss[0])
    assert not np.isfinite(caught.value.history.loss[-1])
    broken = eqx.tree_at(lambda n: n.weights[0], network, jnp.full((8, 6), jnp.nan))
    with pytest.raises(DivergedError, match="step 0"):
        pretrain(broken, key=1, examples=64)


@pytest.mark.parametrize(
    "mistake",
    [
        lambda network, examples: train(network, examples, key=1, epochs=-1),
        lambda network, examples: train(network, examples, key=1, rule="hebb"),
        lambda network, examples: train(network, examples, key=1, at=[3, 1]),
        lambda network, examples: train(Network.random([5, 3], key=0), examples, key=1),
        lambda network, examples: train(Network.random([6, 2], key=0), examples, key=1),
        lambda network, examples: pretrain(network, key=1, examples=-1),
        lambda network, examples: pretrain(network, key=1, examples=64, batch=0),
        lambda network, examples: train(network, examples, key=1, batch=0),
        lambda network, examples: pretrain(network, key=1, examples=100, at=[0, 1_000]),
        lambda network, examples: train(network, examples, key=1, epochs=2, at=[0, 3]),
        lambda network, examples: pretrain(network, key=1, examples=64, stop="aligned", rule="bp"),
        lambda network, examples: pretrain(Network.random([6, 3], key=0), key=1, examples=64, stop="aligned"),
    ],
)
def test_mistakes_are_refused_before_anything_runs(network, examples, mistake):
    with pytest.raises(UserError):
        mistake(network, examples)


@pytest.mark.slow
def test_noise_pretraining_stops_when_alignment_no_longer_gets_better():
    def mean_angle(network):
        return alignment(network)[0].mean()

    keys = jax.vmap(jax.random.key)(jnp.arange(2))
    block = jax.vmap(lambda key: Network.random(SIZES, key=key))(keys)
    how = {"examples": 64 * 10_000, "optimiser": optax.adam(1e-3), "record": {"angle": mean_angle}}
    ready, history = pretrain(block, key=keys, stop="aligned", **how)
    _, whole = pretrain(block, key=keys, at=np.linspace(0, 64 * 10_000, 101), **how)
    for seed in range(2):
        looks = int(np.flatnonzero(history.at == history.ended_at[seed])[0]) + 1
        seen = np.asarray(whole.record["angle"])[seed, :looks]
        assert np.allclose(history.record["angle"][seed, :looks], seen, atol=1e-2)
        assert not stopping.settled(history.at[: looks - 1], seen[:-1])
        assert stopping.settled(history.at[:looks], seen)
        assert history.kept_at[seed] == history.at[seen.argmin()] < history.ended_at[seed]
        assert np.isclose(mean_angle(jax.tree.map(lambda leaf, seed=seed: leaf[seed], ready)), seen.min(), atol=1e-2)
    assert history.at[-1] == max(history.ended_at) < 64 * 10_000
    # the seed that ended first comes out as it does alone
    first = int(np.argmin(history.ended_at))
    alone, _ = pretrain(jax.tree.map(lambda leaf: leaf[first], block), key=keys[first], stop="aligned", **how)
    assert_same(jax.tree.map(lambda leaf: leaf[first], ready), alone, atol=1e-3)


def test_settled_waits_for_patience_times_the_best():
    at = 10_000 * np.arange(0, 101.0)
    falling = 90 - np.arange(0, 101.0)
    assert not stopping.settled(at, falling)
    turned = np.where(at < 400_000, falling, falling[40] + 0.01 * np.arange(0, 101.0))
    until = int(40 * stopping.PATIENCE)
    assert not stopping.settled(at[:until], turned[:until])
    assert stopping.settled(at[: until + 1], turned[: until + 1])


def test_settled_does_not_judge_the_first_steps():
    at, flat = 1_000 * np.arange(0, 201.0), np.full(201, 90.0)
    first = int(np.flatnonzero(at >= stopping.PATIENCE * stopping.LEAST)[0])
    assert not stopping.settled(at[:first], flat[:first])
    assert stopping.settled(at[: first + 1], flat[: first + 1])
