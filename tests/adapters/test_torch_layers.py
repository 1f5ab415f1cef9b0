"""What goes back through a layer, against the same map built otherwise."""

# ruff: noqa: E402
import pytest

torch = pytest.importorskip("torch", reason="PyTorch is not installed: its adapter is not tested")

from torch import nn

from prenoise.adapters.torch import feedback_align

pytestmark = pytest.mark.filterwarnings("ignore:Using padding='same' with even kernel")

CONVOLUTIONS = {
    "plain": (nn.Conv2d, (4, 6, 3), {}, (5, 7)),
    "strided": (nn.Conv2d, (4, 6, 3), {"stride": (2, 1), "padding": 1}, (6, 5)),
    "dilated": (nn.Conv2d, (4, 6, 2), {"dilation": (1, 2), "padding": (0, 2)}, (5, 5)),
    "grouped": (nn.Conv2d, (4, 6, 3), {"groups": 2, "padding": 1}, (4, 4)),
    "depthwise": (nn.Conv2d, (4, 8, 3), {"groups": 4}, (4, 5)),
    "without a bias": (nn.Conv2d, (4, 6, 1), {"bias": False}, (3, 3)),
    "same, evenly": (nn.Conv2d, (4, 6, 3), {"padding": "same", "dilation": 2}, (5, 4)),
    "same, unevenly": (nn.Conv2d, (4, 6, (2, 4)), {"padding": "same"}, (5, 6)),
    "valid": (nn.Conv2d, (4, 6, 3), {"padding": "valid"}, (4, 4)),
    "reflected": (nn.Conv2d, (4, 6, 3), {"padding": 2, "padding_mode": "reflect"}, (4, 5)),
    "replicated": (nn.Conv2d, (4, 6, 3), {"padding": 1, "padding_mode": "replicate"}, (4, 4)),
    "around": (nn.Conv2d, (4, 6, 3), {"padding": 1, "padding_mode": "circular", "stride": 2}, (4, 6)),
    "one axis": (nn.Conv1d, (4, 6, 5), {"stride": 3, "padding": 2, "groups": 2}, (11,)),
    "transposed": (nn.ConvTranspose2d, (4, 6, 3), {"stride": 2, "padding": 1, "output_padding": 1}, (3, 4)),
    "transposed in groups": (nn.ConvTranspose2d, (4, 6, 3), {"groups": 2, "dilation": 2, "bias": False}, (3, 3)),
    "transposed, one axis": (nn.ConvTranspose1d, (4, 6, 4), {"stride": 2, "groups": 2}, (5,)),
    "transposed, three axes": (nn.ConvTranspose3d, (2, 3, 2), {"stride": 2, "padding": (0, 1, 0)}, (3, 3, 2)),
    "three axes": (nn.Conv3d, (2, 4, 2), {"stride": 2, "padding": 1, "dilation": 2}, (4, 3, 5)),
}


def dense(function, shape):
    """The matrix of a linear map, column by column."""
    units = torch.eye(torch.Size(shape).numel(), dtype=torch.float64).reshape(-1, *shape)
    return function(units).flatten(1).T


@pytest.mark.parametrize("name", CONVOLUTIONS)
def test_convolution_is_the_dense_map_of_its_weights_forward_and_of_its_feedback_back(name):
    kind, sizes, options, space = CONVOLUTIONS[name]
    torch.manual_seed(0)
    layer = kind(*sizes, **options).double()
    shape = (sizes[0], *space)
    plain = kind(*sizes, **options).double()
    if plain.bias is not None:
        nn.init.zeros_(plain.bias)
    feedback_align(layer)
    with torch.no_grad():
        plain.weight.copy_(layer.weight)
        forward = dense(plain, shape)
        plain.weight.copy_(layer.feedback)
        back = dense(plain, shape)

    inputs = torch.randn(3, *shape, dtype=torch.float64, requires_grad=True)
    outputs = layer(inputs)
    bias = 0 if layer.bias is None else layer.bias.detach().repeat_interleave(outputs[0, 0].numel())
    assert torch.allclose(outputs.flatten(1), inputs.flatten(1) @ forward.T + bias)

    error = torch.randn_like(outputs)
    outputs.backward(error)
    assert torch.allclose(inputs.grad.flatten(1), error.flatten(1) @ back)
    wanted = [layer.weight] + ([] if layer.bias is None else [layer.bias])
    plain.load_state_dict({name: value for name, value in layer.state_dict().items() if name in ("weight", "bias")})
    expected = torch.autograd.grad(plain(inputs.detach()), plain.parameters(), error)
    for parameter, gradient in zip(wanted, expected, strict=True):
        assert torch.allclose(parameter.grad, gradient)


@pytest.mark.parametrize("shape", [(7,), (5, 7), (2, 5, 7), (0, 7)])
def test_linear_sends_its_error_through_feedback_and_learns_as_ever(shape):
    torch.manual_seed(0)
    layer = nn.Linear(7, 4).double()
    feedback_align(layer)
    inputs = torch.randn(*shape, dtype=torch.float64, requires_grad=True)
    outputs = layer(inputs)
    error = torch.randn_like(outputs)
    outputs.backward(error)
    assert torch.equal(inputs.grad, error @ layer.feedback)
    expected = torch.autograd.grad(inputs.detach() @ layer.weight.T + layer.bias, (layer.weight, layer.bias), error)
    assert torch.allclose(layer.weight.grad, expected[0])
    assert torch.allclose(layer.bias.grad, expected[1])


@pytest.mark.parametrize(
    ("layer", "shape"), [(nn.Linear(6, 4), (3, 6)), (nn.Conv2d(2, 4, 3, groups=2, padding="same"), (3, 2, 5, 5))]
)
def test_under_bp_gradients_are_those_of_autograd(layer, shape):
    inputs = torch.randn(*shape, requires_grad=True)
    parameters = (inputs, *layer.parameters())
    expected = torch.autograd.grad(layer(inputs).square().sum(), parameters)
    feedback_align(layer, "bp")
    found = torch.autograd.grad(layer(inputs).square().sum(), parameters)
    for a, b in zip(found, expected, strict=True):
        assert torch.allclose(a, b, atol=1e-5)


def test_a_single_image_is_taken_as_the_layer_takes_it():
    layer = nn.Conv2d(2, 3, 3, padding=1)
    image = torch.randn(2, 5, 5, requires_grad=True)
    plain = layer(image)
    feedback_align(layer)
    assert torch.equal(layer(image), plain)
    layer(image).sum().backward()
    assert image.grad.shape == image.shape


@pytest.mark.parametrize("layer", [nn.Linear(6, 4), nn.Conv1d(6, 4, 1)])
def test_a_frozen_layer_computes_no_gradient_for_its_weights_and_still_sends_the_error_back(layer):
    feedback_align(layer)
    layer.requires_grad_(False)
    inputs = torch.randn(3, 6, 1)[..., 0] if isinstance(layer, nn.Linear) else torch.randn(3, 6, 1)
    inputs.requires_grad_(True)
    outputs = layer(inputs)
    if isinstance(layer, nn.Linear):
        assert outputs.grad_fn.saved_tensors[0] is None, "its inputs are not kept"
    outputs.sum().backward()
    assert layer.weight.grad is None
    assert torch.allclose(inputs.grad.flatten(1), layer.feedback.flatten(1).sum(0).expand(3, -1))


def test_per_example_gradients_and_vmap_work():
    model = nn.Sequential(nn.Conv2d(2, 3, 3), nn.Tanh(), nn.Flatten(-3), nn.Linear(12, 5), nn.Tanh(), nn.Linear(5, 3))
    feedback_align(model)
    state = dict(model.named_parameters()) | dict(model.named_buffers())
    images = torch.randn(5, 2, 4, 4)

    def loss(moving, x):
        return torch.func.functional_call(model, state | moving, (x,)).square().sum()

    moving = {name: parameter.detach() for name, parameter in model.named_parameters()}
    each = torch.func.vmap(torch.func.grad(loss), in_dims=(None, 0))(moving, images)
    model(images).square().sum().backward()
    for name, parameter in model.named_parameters():
        assert torch.allclose(each[name].sum(0), parameter.grad, atol=1e-5)
