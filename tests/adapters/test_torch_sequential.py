"""The library's networks and PyTorch's: the same weights give the same gradients and learn the same."""

# ruff: noqa: E402
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

torch = pytest.importorskip("torch", reason="PyTorch is not installed: its adapter is not tested")

from torch import nn

from prenoise import Network, Noise, UserError, load_network, pretrain, save_network
from prenoise.adapters.torch import (
    feedback_align,
    load_sequential,
    save_sequential,
    to_network,
    to_sequential,
    warm_up,
)
from prenoise.examples import Batch
from prenoise.learning import loss_and_gradients
from prenoise.random_bits import seed_words
from prenoise.rules import named

SIZES = [30, 20, 15, 7]
STEPS = 200


def same(one, other, tolerance=0.0):
    leaves = zip(jax.tree.leaves(one), jax.tree.leaves(other), strict=True)
    return all(np.allclose(a, b, atol=tolerance, rtol=0) for a, b in leaves)


@pytest.mark.parametrize("rule", ["fa", "bp"])
def test_gradients_are_the_librarys_to_rounding_at_every_layer(rule):
    network = Network.random(SIZES, key=0)
    inputs, labels = np.random.default_rng(1).normal(size=(64, 30)).astype(np.float32), np.arange(64) % 7
    batch = Batch(jnp.asarray(inputs), jnp.asarray(labels, jnp.int32), jnp.full(64, 1 / 64))
    loss, expected = loss_and_gradients(network, batch, named(rule))

    model = to_sequential(network)
    if rule == "bp":
        feedback_align(model, "bp")
    found = nn.functional.cross_entropy(model(torch.from_numpy(inputs)), torch.from_numpy(labels))
    found.backward()
    assert found.item() == pytest.approx(float(loss), rel=1e-6)
    for layer, weight, bias in zip(model[::2], expected.weights, expected.biases, strict=True):
        scale = float(jnp.abs(weight).max())
        assert np.allclose(layer.weight.grad, weight, atol=2e-6 * scale, rtol=1e-5)
        assert np.allclose(layer.bias.grad, bias, atol=2e-6 * scale, rtol=1e-5)


def test_after_200_steps_of_adam_on_the_same_noise_the_weights_agree_to_a_ten_thousandth_of_what_they_moved():
    key = jax.random.key(3)
    network = Network.random(SIZES, key=0)
    optimiser = optax.adam(1e-3)
    expected, history = pretrain(
        network, key=key, examples=64 * STEPS, optimiser=optimiser, at=range(64, 64 * STEPS + 1, 64)
    )

    step = iter(range(STEPS))
    draw = jax.jit(
        lambda number: Noise().batch(
            seed_words(key), number, size=64, inputs=30, classes=7, examples=jnp.uint32(64 * STEPS)
        )
    )

    def the_same(size, generator):
        batch = draw(jnp.uint32(next(step)))
        return torch.from_numpy(np.array(batch.inputs)), torch.from_numpy(np.array(batch.labels, np.int64))

    model = to_sequential(network)
    losses = warm_up(model, noise=the_same, examples=64 * STEPS, optimiser=partial(torch.optim.Adam, lr=1e-3)).losses
    assert np.allclose(losses, history.loss, atol=1e-4)
    found = to_network(model)
    assert same(found.feedback, network.feedback)
    for ours, theirs, start in zip(found.weights, expected.weights, network.weights, strict=True):
        moved = float(jnp.linalg.norm(theirs - start))
        assert float(jnp.linalg.norm(ours - theirs)) < 1e-4 * moved


def test_a_network_survives_the_journey_there_and_back(tmp_path):
    network = Network.random(SIZES, key=2)
    save_network(network, tmp_path / "there.safetensors", rule="fa")
    model = load_sequential(tmp_path / "there.safetensors")
    assert [type(layer).__name__ for layer in model][:3] == ["Linear", "ReLU", "FeedbackLinear"]
    inputs = np.random.default_rng(0).normal(size=(5, 30)).astype(np.float32)
    scores = model(torch.from_numpy(inputs)).log_softmax(1).detach().numpy()
    assert np.allclose(scores, network(jnp.asarray(inputs)), atol=1e-5)

    save_sequential(model, tmp_path / "back.safetensors", noise=64)
    back, made_by = load_network(tmp_path / "back.safetensors")
    assert made_by == {"noise": 64}
    assert same(back, network)


def test_a_sequential_of_ones_own_becomes_a_network():
    model = nn.Sequential(nn.Flatten(), nn.Linear(12, 5, bias=False), nn.ReLU(), nn.Linear(5, 3)).double()
    feedback_align(model)
    network = to_network(model)
    inputs = torch.randn(4, 3, 4)
    scores = model.float()(inputs).log_softmax(1).detach().numpy()
    assert np.allclose(network(jnp.asarray(inputs.flatten(1).numpy())), scores, atol=1e-5)
    assert network.sizes == (12, 5, 3)


def test_the_weights_are_copies():
    network = Network.random(SIZES, key=2)
    model = to_sequential(network)
    with torch.no_grad():
        model[0].weight.zero_()
    assert float(jnp.abs(network.weights[0]).max()) > 0


def test_what_is_no_such_network_is_an_error():
    linear = nn.Linear(3, 3)
    for layers in ([], [nn.ReLU()], [linear, nn.ReLU()], [linear, nn.Tanh(), linear], [linear, linear, linear]):
        with pytest.raises(UserError, match="expected Linear and ReLU in turn"):
            to_network(nn.Sequential(*layers))
    with pytest.raises(UserError, match="layer 2 of the model has no feedback: call feedback_align first"):
        to_network(nn.Sequential(nn.Linear(3, 3), nn.ReLU(), nn.Linear(3, 2)))
