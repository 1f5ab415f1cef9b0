import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from prenoise import Examples, Network, UserError, bp
from prenoise.learning import loss_and_gradients
from prenoise.measures import meta_loss
from prenoise.measures.meta import Shots


@pytest.fixture
def task():
    rng = np.random.default_rng(0)
    labels = np.arange(60) % 3
    return Examples.of(rng.normal(size=(60, 5)) + 2 * np.eye(5)[labels], labels)


def test_shots_are_as_many_of_each_class_and_never_judged_by_what_was_learned(task):
    shots = Shots.of(task, key=0, shots=4, queries=6)
    assert np.bincount(shots.support.labels).tolist() == [4, 4, 4]
    assert np.bincount(shots.query.labels).tolist() == [6, 6, 6]
    both = np.concatenate([shots.support.inputs, shots.query.inputs])
    assert len(np.unique(both, axis=0)) == len(both)


@pytest.mark.slow
@pytest.mark.parametrize("steps", [0, 3])
def test_meta_loss_is_the_mean_loss_after_adapting_to_each_task(task, steps):
    network = Network.random([5, 6, 3], key=1)
    tasks = [Shots.of(task, key=key, shots=5, queries=5) for key in (0, 1)]
    losses = []
    for shots in tasks:
        adapted = network
        optimiser = optax.adam(1e-2)
        state = optimiser.init(adapted.moving)
        for _ in range(steps):
            _, gradients = loss_and_gradients(adapted, shots.support, bp)
            updates, state = optimiser.update(gradients, state)
            adapted = adapted.moved(updates)
        losses.append(float(loss_and_gradients(adapted, shots.query, bp)[0]))
    found = meta_loss(network, tasks, steps=steps, rule="bp", optimiser=optax.adam(1e-2))
    assert float(found) == pytest.approx(np.mean(losses), rel=1e-4)


@pytest.mark.slow
def test_a_network_that_adapts_has_a_lower_meta_loss_than_one_that_does_not(task):
    network, shots = Network.random([5, 20, 3], key=1), [Shots.of(task, key=0)]
    assert meta_loss(network, shots, steps=50, rule="bp") < meta_loss(network, shots, steps=0)


def test_too_few_examples_for_the_shots_are_refused(task):
    with pytest.raises(UserError, match="20"):
        Shots.of(task, key=0, shots=15, queries=10)


@pytest.mark.slow
def test_meta_loss_can_be_recorded_for_a_block_of_seeds(task):
    block = jax.vmap(lambda key: Network.random([5, 6, 3], key=key))(jax.random.split(jax.random.key(0), 2))
    found = jax.vmap(lambda network: meta_loss(network, [Shots.of(task, key=0)], steps=2))(block)
    assert found.shape == (2,)
    assert jnp.isfinite(found).all()
