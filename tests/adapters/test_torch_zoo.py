"""Models that others wrote, aligned: they compute what they did, and learn what an independent reference says.

The reference is built with PyTorch's own layers and differentiation alone: a layer's output is computed from inputs
that are cut off, and to it the same map by the carrier is added and taken away again, of which only the addition is
differentiated.
"""

# ruff: noqa: E402
import copy
from contextlib import contextmanager

import pytest

torch = pytest.importorskip("torch", reason="PyTorch is not installed: its adapter is not tested")

from torch import nn
from torch.nn import functional
from torch_zoo import DEEP, FROM_GEOMETRIC, FROM_HUGGING_FACE, MODELS, SHALLOW_HUGGING_FACE

from prenoise.adapters.torch import feedback_align
from prenoise.adapters.torch.layers import Feedback, feedback_name

pytestmark = [pytest.mark.filterwarnings("ignore"), pytest.mark.usefixtures("unchecked")]


def straight(own, carried):
    """The value of `own`, whose error goes back through `carried`."""
    return own + carried - carried.detach()


def reference(plain, aligned):
    """`plain`, a copy of the model before it was aligned, made to send its error back as `aligned` does."""
    attention = {}
    for (name, layer), (_, twin) in zip(aligned.named_modules(), plain.named_modules(), strict=True):
        if not isinstance(layer, Feedback):
            continue
        if isinstance(twin, nn.MultiheadAttention):
            attention |= {
                id(getattr(twin, matrix)): getattr(layer, feedback_name(matrix)) for matrix in layer.matrices(layer)
            }
        elif name.endswith("out_proj") and isinstance(
            plain.get_submodule(name.rpartition(".")[0]), nn.MultiheadAttention
        ):
            attention[id(twin.weight)] = layer.feedback
        else:
            twin.forward = rerouted(twin, twin.forward, layer.feedback)
    return plain, attention


def rerouted(layer, forward, feedback):
    if nn.utils.parametrize.is_parametrized(layer):
        by_feedback = nn.Linear(layer.in_features, layer.out_features, dtype=torch.float64)
    else:
        by_feedback = copy.deepcopy(layer)  # before its forward is replaced
    by_feedback.weight = nn.Parameter(feedback, requires_grad=False)
    if getattr(by_feedback, "bias", None) is not None:
        nn.init.zeros_(by_feedback.bias.requires_grad_(False))

    def call(x, *more, **named):
        return straight(forward(x.detach(), *more, **named), by_feedback(x, *more, **named))

    return call


@contextmanager
def attention_rerouted(attention):
    """PyTorch's attention calls `functional.linear` with its weights, or a part of their rows."""
    linear = functional.linear

    def call(x, weight, bias=None):
        whole = weight if weight._base is None else weight._base
        if id(whole) not in attention:
            return linear(x, weight, bias)
        start = weight.storage_offset() // weight.shape[1]
        feedback = attention[id(whole)][start : start + len(weight)]
        return straight(linear(x.detach(), weight, bias), linear(x, feedback))

    functional.linear = call
    try:
        yield
    finally:
        functional.linear = linear


def run(model, inputs):
    torch.manual_seed(0)
    returned = model(**inputs) if isinstance(inputs, dict) else model(inputs)
    scores = returned if isinstance(returned, torch.Tensor) else returned.logits
    weights = torch.randn(scores.shape, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    (scores * weights.to(scores)).sum().backward()
    return scores.detach(), {name: p.grad for name, p in model.named_parameters() if p.grad is not None}


def check(model, inputs):
    model = model.double().train()
    for module in model.modules():
        if isinstance(module, nn.modules.dropout._DropoutNd):
            module.p = 0.0
    if isinstance(inputs, torch.Tensor) and not inputs.is_floating_point():
        model.eval()
    plain = copy.deepcopy(model)
    before, true = run(copy.deepcopy(model), inputs)
    feedback_align(model, generator=torch.Generator().manual_seed(2))
    after, found = run(model, inputs)
    assert torch.allclose(before, after, rtol=1e-10, atol=1e-10)
    plain, attention = reference(plain, model)
    with attention_rerouted(attention):
        _, expected = run(plain, inputs)
    assert found.keys() == expected.keys()
    scale = max(float(gradient.abs().max()) for gradient in expected.values())
    for name, gradient in found.items():
        assert torch.allclose(gradient, expected[name], rtol=1e-6, atol=1e-9 * scale), name
    return length(found) / length(true)


def length(gradients):
    return sum(float(gradient.square().sum()) for gradient in gradients.values()) ** 0.5


def lazily(make, *arguments):
    torch.manual_seed(0)
    model, inputs = make(*arguments)
    if any(nn.parameter.is_lazy(parameter) for parameter in model.parameters()):
        model(inputs.float())
    return model, inputs


@pytest.mark.parametrize("name", MODELS)
def test_models_learn_what_an_independent_reference_says(name):
    check(*lazily(MODELS[name]))


@pytest.mark.parametrize("depth", [2, 12])
@pytest.mark.parametrize("name", DEEP)
def test_models_with_a_residual_stream_do_at_any_depth_and_their_gradients_stay_near_backpropagations(name, depth):
    assert 0.01 < check(*lazily(DEEP[name], depth)) < 100


@pytest.mark.parametrize("depth", [2, pytest.param(12, marks=pytest.mark.slow)])
@pytest.mark.parametrize("name", FROM_HUGGING_FACE)
def test_models_of_hugging_face_do_too(name, depth):
    pytest.importorskip("transformers", reason="transformers is not installed")
    assert 0.01 < check(*lazily(FROM_HUGGING_FACE[name], depth)) < 100


@pytest.mark.parametrize("name", SHALLOW_HUGGING_FACE)
def test_models_of_hugging_face_that_have_stages_do_too(name):
    pytest.importorskip("transformers", reason="transformers is not installed")
    check(*lazily(SHALLOW_HUGGING_FACE[name], 2))


@pytest.mark.parametrize("name", FROM_GEOMETRIC)
def test_models_on_graphs_do_too(name):
    pytest.importorskip("torch_geometric", reason="PyTorch Geometric is not installed")
    check(*lazily(FROM_GEOMETRIC[name], 2))
