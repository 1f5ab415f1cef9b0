"""The error of the read-out reaches hidden layers directly, as in the library's own networks."""

# ruff: noqa: E402
import copy

import jax.numpy as jnp
import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="PyTorch is not installed: its adapter is not tested")

from torch import nn
from torch.nn import functional

from prenoise import Network, UserError
from prenoise.adapters.torch import direct_align, release
from prenoise.examples import Batch
from prenoise.learning import loss_and_gradients
from prenoise.rules import RULES

INPUTS, LABELS = torch.randn(8, 6, generator=torch.Generator().manual_seed(0)), torch.arange(8) % 3


def perceptron(network):
    layers = []
    for weight, bias in zip(network.weights, network.biases, strict=True):
        layers += [nn.Linear(weight.shape[1], weight.shape[0]), nn.ReLU()]
        with torch.no_grad():
            layers[-2].weight.copy_(torch.tensor(np.array(weight)))
            layers[-2].bias.copy_(torch.tensor(np.array(bias)))
    return nn.Sequential(*layers[:-1])


@pytest.mark.parametrize("copied", [False, True])
def test_gradients_are_those_of_the_librarys_networks(copied):
    network = Network.random([6, 7, 5, 3], key=0, direct=True)
    model = perceptron(network)
    assert direct_align(model, ["1", "3"], INPUTS).layers == ("1", "3")
    for layer, feedback in zip((model[1], model[3]), network.feedback, strict=True):
        assert layer.direct_feedback.shape == feedback.shape
        layer.direct_feedback.copy_(torch.tensor(np.array(feedback)))
    model = copy.deepcopy(model) if copied else model
    functional.cross_entropy(model(INPUTS), LABELS).backward()
    batch = Batch(jnp.asarray(INPUTS.numpy()), jnp.asarray(LABELS.numpy(), jnp.int32), jnp.full(8, 1 / 8))
    _, expected = loss_and_gradients(network, batch, RULES["dfa"])
    for layer, weight in zip(model[::2], expected.weights, strict=True):
        assert np.allclose(layer.weight.grad, weight, atol=1e-6)


def test_images_are_reached_too_and_release_leaves_no_trace():
    model = nn.Sequential(nn.Conv2d(1, 4, 3), nn.ReLU(), nn.Flatten(), nn.Linear(64, 3))
    plain, images = copy.deepcopy(model), torch.randn(2, 1, 6, 6)
    direct_align(model, ["1"], images, scale=0.5)
    assert model[1].direct_feedback.shape == (3, 64)
    assert model[1].direct_feedback.std().item() == pytest.approx(0.5, rel=0.2)
    model(images).sum().backward()
    plain(images).sum().backward()
    assert not torch.allclose(model[0].weight.grad, plain[0].weight.grad)
    assert torch.allclose(model[3].weight.grad, plain[3].weight.grad)
    release(model).zero_grad()
    model(images).sum().backward()
    assert torch.allclose(model[0].weight.grad, plain[0].weight.grad)
    assert list(model.state_dict()) == list(plain.state_dict())


def test_what_cannot_be_is_said_so_in_a_sentence():
    model = nn.Sequential(nn.Linear(6, 4), nn.ReLU(), nn.Linear(4, 3))
    for arguments, sentence in (
        ((["9"], INPUTS), "there is no module '9'"),
        (([], INPUTS), "no outputs are named"),
        ((["1"], INPUTS[:, None]), "expected examples x classes for a direct rule"),
    ):
        with pytest.raises(UserError, match=sentence):
            direct_align(model, *arguments)
    with pytest.raises(UserError, match="the rule fa is not direct"):
        direct_align(model, ["1"], INPUTS, rule="fa")
    assert "1.direct_feedback" not in model.state_dict()
