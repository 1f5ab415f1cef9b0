"""The method in every mode that JAX has, and for every form that keys come in."""

import os
import signal
import subprocess
import sys
import textwrap
import time

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from prenoise import Examples, Interrupted, Network, UserError, pretrain, train

SIZES = [6, 8, 3]


@pytest.fixture(scope="module")
def network():
    return Network.random(SIZES, key=0)


@pytest.fixture(scope="module")
def examples():
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 3, 50)
    return Examples.of(rng.normal(size=(50, 6)) + 2 * np.eye(6)[labels], labels)


def assert_same(a, b, **tolerance):
    for left, right in zip(jax.tree.leaves(a), jax.tree.leaves(b), strict=True):
        assert np.allclose(np.asarray(left, float), np.asarray(right, float), **tolerance)


def in_a_process_of_its_own(code, **environment):
    """What the code prints, run where JAX starts anew."""
    finished = subprocess.run(
        [sys.executable, "-W", "error", "-c", textwrap.dedent(code)],
        env=os.environ | environment,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert finished.returncode == 0, finished.stderr
    return finished.stdout.strip()


@pytest.mark.parametrize(
    "key", [7, np.int64(7), np.array(7), jnp.int32(7), jax.random.PRNGKey(7), jax.random.key(7)], ids=repr
)
def test_every_form_of_one_key_gives_the_same_run(network, key):
    expected, _ = pretrain(network, key=jax.random.key(7), examples=640)
    assert_same(pretrain(network, key=key, examples=640)[0], expected, atol=0)


@pytest.mark.parametrize("keys", [range(2), [0, 1], np.arange(2), jnp.arange(2)], ids=repr)
def test_every_form_of_several_keys_gives_a_block(keys):
    block = jax.vmap(lambda key: Network.random(SIZES, key=key))(jax.random.split(jax.random.key(0), 2))
    typed = jax.vmap(jax.random.key)(jnp.arange(2))
    expected, _ = pretrain(block, key=typed, examples=640)
    assert_same(pretrain(block, key=keys, examples=640)[0], expected, atol=0)
    old = jax.vmap(jax.random.PRNGKey)(jnp.arange(2))
    assert_same(pretrain(block, key=old, examples=640)[0], expected, atol=0)


def test_inside_jit_with_data_from_outside_it_is_the_same_run(network, examples):
    def whole(network, key):
        network, _ = pretrain(network, key=key, examples=320)
        return train(network, examples, key=key, epochs=2, batch=16, record={"first": lambda n: n.weights[0][0, 0]})

    inside, history = jax.jit(whole)(network, jax.random.key(3))
    outside, expected = whole(network, jax.random.key(3))
    assert_same(inside, outside, atol=1e-5)
    assert_same((history.loss, history.record), (expected.loss, expected.record), atol=1e-5)


def test_training_can_be_differentiated(network, examples):
    def loss_after_training(shift):
        moved = jax.tree.map(lambda leaf: leaf + shift, network)
        _, history = train(moved, examples, key=1, epochs=1, batch=16, optimiser=optax.sgd(0.1), at=[1])
        return history.loss[-1]

    gradient = jax.grad(loss_after_training)(0.0)
    step = 1e-2
    expected = (loss_after_training(step) - loss_after_training(-step)) / (2 * step)
    assert float(gradient) == pytest.approx(float(expected), rel=0.05)


def test_without_compilation_every_step_runs_in_python(network, examples):
    expected, _ = train(network, examples, key=1, epochs=1, batch=16)
    with jax.disable_jit():
        assert_same(train(network, examples, key=1, epochs=1, batch=16)[0], expected, atol=1e-5)


def test_strict_promotion_of_types_finds_nothing(network, examples):
    how = {"key": 1, "epochs": 1, "batch": 16, "optimiser": optax.sgd(0.1)}  # optax's Adam promotes by itself
    expected, _ = train(network, examples, **how)
    with jax.numpy_dtype_promotion("strict"):
        assert_same(train(network, examples, **how)[0], expected, atol=0)
        pretrain(network, examples=64, key=1, optimiser=optax.sgd(0.1))


def test_who_forbids_transfers_between_host_and_device_can_train(network, examples):
    key = jax.random.key(1)
    expected, _ = pretrain(network, key=key, examples=640)
    with jax.transfer_guard("disallow_explicit"):
        after, _ = pretrain(network, key=key, examples=640)
        train(network, examples, key=key, epochs=1, batch=16)
    assert_same(after, expected, atol=0)


@pytest.mark.parametrize("dtype", [jnp.bfloat16, jnp.float16])
def test_networks_of_half_precision_learn_and_stay_so(network, examples, dtype):
    half = jax.tree.map(lambda leaf: leaf.astype(dtype), network)
    trained, history = train(half, examples, key=1, epochs=20, batch=16, optimiser=optax.adam(1e-3))
    assert {leaf.dtype for leaf in jax.tree.leaves(trained)} == {jnp.dtype(dtype)}
    _, expected = train(network, examples, key=1, epochs=20, batch=16, optimiser=optax.adam(1e-3))
    fallen, as_single = history.loss[0] - history.loss[-1], expected.loss[0] - expected.loss[-1]
    assert float(fallen) == pytest.approx(float(as_single), rel=0.1)


@pytest.mark.processes
def test_double_precision_where_jax_is_told_so():
    code = """
        import jax, prenoise
        digits, _ = prenoise.load("digits")
        network = prenoise.Network.random([64, 8, 10], key=0)
        network, _ = prenoise.pretrain(network, examples=640, key=1)
        network, history = prenoise.train(network, digits, epochs=1, key=2)
        print(network.weights[0].dtype, history.loss[-1] < history.loss[0])
    """
    assert in_a_process_of_its_own(code, JAX_ENABLE_X64="1") == "float64 True"


@pytest.mark.processes
def test_a_block_is_spread_over_all_devices():
    code = """
        import jax, prenoise
        keys = jax.random.split(jax.random.key(0), 4)
        block = jax.vmap(lambda key: prenoise.Network.random([6, 8, 3], key=key))(keys)
        after, history = prenoise.pretrain(block, key=keys, examples=640)
        alone, _ = prenoise.pretrain(jax.tree.map(lambda leaf: leaf[3], block), key=keys[3], examples=640)
        close = all(abs(a[3] - b).max() < 1e-5 for a, b in zip(jax.tree.leaves(after), jax.tree.leaves(alone)))
        print(len(after.weights[0].devices()), history.loss.shape, close)
    """
    found = in_a_process_of_its_own(code, XLA_FLAGS="--xla_force_host_platform_device_count=2")
    assert found == "2 (4, 11) True"


@pytest.mark.processes
def test_under_shard_map_every_device_trains_a_seed():
    code = """
        import jax, numpy, prenoise
        seeds = jax.sharding.PartitionSpec("seeds")
        keys = jax.random.split(jax.random.key(0), 2)
        block = jax.vmap(lambda key: prenoise.Network.random([6, 8, 3], key=key))(keys)

        def on_a_device(networks, keys):
            def alone(network, key):
                return prenoise.pretrain(network, key=key, examples=640)[0]
            return jax.vmap(alone)(networks, keys)

        mesh = jax.sharding.Mesh(numpy.array(jax.devices()), ("seeds",))
        found = jax.shard_map(on_a_device, mesh=mesh, in_specs=(seeds, seeds), out_specs=seeds)(block, keys)
        expected, _ = prenoise.pretrain(block, key=keys, examples=640)
        close = all(abs(a - b).max() < 1e-5 for a, b in zip(jax.tree.leaves(found), jax.tree.leaves(expected)))
        print(len(found.weights[0].devices()), close)
    """
    assert in_a_process_of_its_own(code, XLA_FLAGS="--xla_force_host_platform_device_count=2") == "2 True"


@pytest.mark.skipif(sys.platform == "win32", reason="signals as on Unix")
def test_ctrl_c_ends_a_long_run_soon_with_what_was_reached(network):
    pretrain(network, key=1, examples=64)  # what follows is compiled
    pressed = []

    def press(fraction):
        if fraction > 0 and not pressed:
            pressed.append(time.monotonic())
            signal.raise_signal(signal.SIGINT)

    with pytest.raises(Interrupted, match="interrupted after") as caught:
        pretrain(network, key=1, examples=4_000_000_000, progress=press)
    assert time.monotonic() - pressed[0] < 20  # and not the hours that the run takes
    steps = caught.value.history.state.step
    assert 0 < steps < 4_000_000_000 / 64
    expected, _ = pretrain(network, key=1, examples=64 * steps)
    assert_same(caught.value.network, expected, atol=0)


def test_one_lost_seed_leaves_the_others(examples):
    keys = jax.random.split(jax.random.key(0), 3)
    block = jax.vmap(lambda key: Network.random(SIZES, key=key))(keys)
    spoilt = jax.tree.map(lambda leaf: leaf.at[1].set(jnp.nan), block)
    trained, history = train(spoilt, examples, key=keys, epochs=1, batch=16)
    assert history.diverged.tolist() == [False, True, False]
    expected, _ = train(block, examples, key=keys, epochs=1, batch=16)
    for a, b in zip(jax.tree.leaves(trained), jax.tree.leaves(expected), strict=True):
        assert np.allclose(a[::2], b[::2], atol=1e-6)


@pytest.mark.parametrize(
    ("mistake", "said"),
    [
        (lambda n, e: train(n, (e.raw, e.labels), key=1), "a tuple as the training set"),
        (lambda n, e: train(e, n, key=1), "expected a network, then"),
        (lambda n, e: pretrain(n, 0.5, key=1), "a float as noise"),
        (lambda n, e: pretrain(n, key=1, optimiser=1e-3), "optimiser=0.001: expected one of optax"),
        (lambda n, e: pretrain(n, key=1, optimiser="adam"), "expected one of optax"),
        (lambda n, e: pretrain(n, key=1, optimiser=optax.adam), "expected one of optax"),
        (lambda n, e: pretrain(n, key=1, optimiser=optax.lbfgs()), "from their gradients alone"),
        (lambda n, e: pretrain(n, key=1, optimiser=optax.polyak_sgd()), "from their gradients alone"),
        (lambda n, e: pretrain(n, key=1, optimiser=optax.lookahead(optax.sgd(0.1), 5, 0.5)), "gradients alone"),
        (lambda n, e: pretrain(n, key=1, record=lambda n: 0), "names with a function"),
        (lambda n, e: pretrain(n, key=1, record=["accuracy"]), "names with a function"),
        (lambda n, e: pretrain(n, key=1, examples=64, at=1), "a list of times"),
        (lambda n, e: pretrain(n), "neither a key nor a state"),
        (lambda n, e: pretrain(n, key="1"), "expected an integer, a key"),
        (lambda n, e: pretrain(n, key=1, examples=5_000_000_000), "fewer than"),
        (lambda n, e: pretrain(n, key=jax.random.split(jax.random.key(0), 2)), "one network and keys of shape"),
        (
            lambda n, e: pretrain(jax.tree.map(lambda x: jnp.stack([x, x]), n), key=1),
            "block of 2 networks and one key",
        ),
        (lambda n, e: train(n, e, key=1, loss="hinge"), "there is no loss 'hinge'"),
        (lambda n, e: Network.random(SIZES, key=0, activation="step"), "the activation 'step'"),
        (lambda n, e: Network.random(SIZES, key=0, initial="xavier"), "initial weights 'xavier'"),
    ],
)
def test_mistakes_are_one_sentence_that_says_what_was_expected(network, examples, unchecked, mistake, said):
    with pytest.raises(UserError, match=said) as caught:
        mistake(network, examples)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("own", ["__call__", "activities", "total"])
def test_a_subclass_that_computes_otherwise_is_refused(unchecked, own):
    subclass = type("Mine", (Network,), {own: lambda self, *_: None, "__module__": __name__})
    with pytest.raises(UserError, match="Mine computes its outputs in a way of its own"):
        pretrain(subclass.random(SIZES, key=0), key=1, examples=64)
    plain = type("Plain", (Network,), {"__module__": __name__})
    pretrain(plain.random(SIZES, key=0), key=1, examples=64)


def test_a_model_of_another_library_is_sent_to_its_adapter(unchecked):
    import equinox as eqx

    with pytest.raises(UserError, match=r"prenoise\.adapters\.equinox"):
        pretrain(eqx.nn.MLP(6, 3, 8, 1, key=jax.random.key(0)), key=1)
