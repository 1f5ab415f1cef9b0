"""Aligning somebody's model in place: what stays as it was, what works with it, what is reported."""

# ruff: noqa: E402
import copy
import io
import subprocess
import sys

import pytest

torch = pytest.importorskip("torch", reason="PyTorch is not installed: its adapter is not tested")

from torch import nn
from torch.nn.utils import parametrizations, parametrize
from torch.utils.checkpoint import checkpoint
from torch_models import IMAGE_MODELS, ResNet18, SharedLayer, ViT, Words, perceptron

from prenoise import UserError, fa
from prenoise.adapters.carriers import LAYER_RULES
from prenoise.adapters.torch import feedback_align, learn_feedback, release

IMAGES = torch.randn(4, 3, 32, 32)


def gradients(model, inputs=IMAGES):
    model.zero_grad()
    torch.manual_seed(0)  # of dropout
    model(inputs).float().square().mean().backward()
    return {name: p.grad.clone() for name, p in model.named_parameters() if p.grad is not None}


def same(a, b, tolerance=1e-5):
    return a.keys() == b.keys() and all(torch.allclose(a[name], b[name], atol=tolerance, rtol=1e-4) for name in a)


def small():
    return nn.Sequential(
        nn.Conv2d(3, 4, 3), nn.ReLU(), nn.Flatten(), nn.Linear(4 * 30 * 30, 6), nn.Tanh(), nn.Linear(6, 5)
    )


@pytest.mark.parametrize("kind", IMAGE_MODELS)
def test_models_of_every_kind_compute_what_they_did_and_learn_otherwise(kind):
    model = IMAGE_MODELS[kind]()
    model.eval()
    outputs, before = model(IMAGES), gradients(model)
    report = feedback_align(model)
    assert torch.equal(model(IMAGES), outputs)
    after = gradients(model)
    assert before.keys() == after.keys()
    *below, last = before
    assert torch.allclose(before[last], after[last]), "the error of the read-out itself is true"
    assert not torch.allclose(before[below[0]], after[below[0]])
    layers = [name for name, module in model.named_modules() if isinstance(module, (nn.Linear, nn.Conv2d))]
    assert list(report.layers) == layers


@pytest.mark.parametrize("kind", IMAGE_MODELS)
def test_release_gives_back_exactly_the_model_it_was(kind):
    model = IMAGE_MODELS[kind]()
    before = [(module, type(module), dict(vars(module)), list(module._buffers)) for module in model.modules()]
    state, parameters, expected = model.state_dict(), list(model.parameters()), gradients(model)
    feedback_align(model)
    assert type(model) is before[0][1]
    assert release(model) is model
    assert list(model.state_dict()) == list(state)
    assert all(a is b for a, b in zip(model.parameters(), parameters, strict=True))
    for module, (same_module, kind_before, attributes, buffers) in zip(model.modules(), before, strict=True):
        assert module is same_module
        assert type(module) is kind_before
        assert vars(module).keys() == attributes.keys()
        assert list(module._buffers) == buffers
    model.load_state_dict(state)
    assert same(gradients(model), expected)


SCALED = {
    "linear": (nn.Linear(400, 200), 400),
    "grouped convolution": (nn.Conv2d(32, 64, 3, groups=2), 16 * 9),
    "transposed convolution": (nn.ConvTranspose2d(32, 64, 3, groups=2), 16 * 9),
}


@pytest.mark.parametrize("scale", ["weights", "he", 0.3])
@pytest.mark.parametrize("name", SCALED)
def test_feedback_has_the_scale_asked_for_and_is_drawn_apart_from_the_weights(name, scale):
    layer, fan_in = copy.deepcopy(SCALED[name][0]), SCALED[name][1]
    nn.init.normal_(layer.weight, std=0.02)
    feedback_align(layer, scale=scale, generator=torch.Generator().manual_seed(1))
    expected = {"weights": 0.02, "he": (2 / fan_in) ** 0.5}.get(scale, scale)
    assert layer.feedback.mean().abs() < 0.05 * expected
    assert layer.feedback.std().item() == pytest.approx(expected, rel=0.02)
    assert torch.corrcoef(torch.stack([layer.feedback.flatten(), layer.weight.flatten()]))[0, 1].abs() < 0.05


@pytest.mark.parametrize("rule", ["fa", "usf", "brsf", "frsf"])
def test_what_carries_errors_has_the_scale_of_the_weights_under_every_rule(rule):
    layer = nn.Linear(300, 200)
    nn.init.normal_(layer.weight, std=0.02)
    feedback_align(layer, rule)
    optimiser = torch.optim.SGD(layer.parameters(), lr=0.0)
    learn_feedback(layer, optimiser)
    for _ in range(3):
        ((*_, carrier),) = layer.carried()
        assert carrier.square().mean().sqrt().item() == pytest.approx(0.02, rel=0.05)
        optimiser.step()


def test_weights_of_zero_get_feedback_of_hes_scale():
    layer = nn.Linear(200, 100)
    nn.init.zeros_(layer.weight)
    feedback_align(layer)
    assert layer.feedback.std().item() == pytest.approx(0.1, rel=0.05)


def test_the_same_generator_or_global_seed_draws_the_same_feedback():
    drawn = []
    for generator in (torch.Generator().manual_seed(3), torch.Generator().manual_seed(3), None, None):
        torch.manual_seed(5)
        model = small()
        feedback_align(model, generator=generator)
        drawn.append(model[3].feedback)
    assert torch.equal(drawn[0], drawn[1])
    assert torch.equal(drawn[2], drawn[3])
    assert not torch.equal(drawn[0], drawn[2])


def test_the_state_dict_holds_the_feedback_and_loads_strictly():
    one, other = small(), small()
    feedback_align(one)
    feedback_align(other)
    assert {"0.feedback", "3.feedback", "5.feedback"} < set(one.state_dict())
    assert not any(isinstance(p, nn.Parameter) and "feedback" in n for n, p in one.named_parameters())
    file = io.BytesIO()
    torch.save(one.state_dict(), file)
    file.seek(0)
    other.load_state_dict(torch.load(file, weights_only=True), strict=True)
    assert same(gradients(one), gradients(other), 0)
    with pytest.raises(RuntimeError, match=r"Unexpected key.*feedback"):
        small().load_state_dict(one.state_dict())


@pytest.mark.parametrize("way", ["deepcopy", "torch.save"])
def test_a_copied_or_pickled_model_is_as_aligned_as_the_original(way):
    model = small()
    feedback_align(model)
    if way == "deepcopy":
        twin = copy.deepcopy(model)
    else:
        file = io.BytesIO()
        torch.save(model, file)
        file.seek(0)
        twin = torch.load(file, weights_only=False)
    assert type(twin[0]) is type(model[0])
    assert twin[3].feedback is not model[3].feedback
    assert same(gradients(model), gradients(twin), 0)
    assert type(release(twin)[0]) is nn.Conv2d
    assert "0.feedback" in model.state_dict()


def test_a_layer_in_several_places_has_one_feedback_and_sums_the_gradients_of_its_uses():
    model = SharedLayer()
    report = feedback_align(model)
    assert report.layers == ("enter", "again", "head")
    apart = copy.deepcopy(model)
    uses = [copy.deepcopy(apart.again) for _ in range(3)]
    x = apart.enter(IMAGES.flatten(1))
    for use in uses:
        x = use(x).relu()
    apart.head(x).square().mean().backward()
    found = gradients(model)
    assert torch.allclose(found["again.weight"], sum(use.weight.grad for use in uses), atol=1e-6)


def test_layers_that_share_their_weights_share_their_feedback():
    model = nn.Sequential(nn.Linear(4, 4), nn.Linear(4, 4), nn.Linear(4, 4))
    model[2].weight = model[0].weight
    feedback_align(model)
    assert model[2].feedback is model[0].feedback
    twin = copy.deepcopy(model)
    assert twin[2].feedback is twin[0].feedback
    assert model[1].feedback is not model[0].feedback


def test_aligning_again_keeps_the_feedback_and_changes_the_rule():
    model = small()
    plain = gradients(model)
    feedback_align(model, "fa")
    feedback, aligned = model[3].feedback.clone(), gradients(model)
    feedback_align(model, "bp")
    assert same(gradients(model), plain)
    feedback_align(model, fa)
    assert torch.equal(model[3].feedback, feedback)
    assert same(gradients(model), aligned)


@pytest.mark.parametrize("rule", LAYER_RULES)
@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16, torch.float64])
def test_in_half_and_double_precision_gradients_are_those_of_single_precision(rule, dtype):
    model = small()
    feedback_align(model, rule)
    exact = gradients(model)
    model.to(dtype)
    assert model[3].feedback.dtype == dtype
    found = gradients(model, IMAGES.to(dtype))
    for name, gradient in found.items():
        assert gradient.dtype == dtype
        assert torch.nn.functional.cosine_similarity(gradient.float().flatten(), exact[name].flatten(), 0) > 0.99


def test_moves_take_the_feedback_along():
    model = small().double()
    feedback_align(model)
    assert model[3].feedback.dtype == torch.float64
    assert model.to("meta")[3].feedback.device.type == "meta"
    assert model(IMAGES.double().to("meta")).shape == (4, 5)


def test_under_autocast_gradients_keep_their_precision_and_their_values():
    model = small()
    feedback_align(model)
    exact = gradients(model)
    model.zero_grad()
    with torch.autocast("cpu", torch.bfloat16):
        outputs = model(IMAGES)
    assert outputs.dtype == torch.bfloat16
    outputs.float().square().mean().backward()
    for name, parameter in model.named_parameters():
        assert parameter.grad.dtype == torch.float32
        assert torch.nn.functional.cosine_similarity(parameter.grad.flatten(), exact[name].flatten(), 0) > 0.99


COMPILED = """
import torch
from torch import nn
from prenoise.adapters.torch import feedback_align, warm_up

torch.set_num_threads(1)
for align_first in (True, False):
    torch.compiler.reset()
    model = nn.Sequential(nn.Conv2d(2, 3, 3), nn.ReLU(), nn.Flatten(), nn.Linear(48, 4))
    inputs = torch.randn(5, 2, 6, 6)
    if align_first:
        feedback_align(model)
    compiled = torch.compile(model, backend="aot_eager", fullgraph=True)
    if not align_first:
        compiled(inputs)  # which is compiled before the model is aligned, and must be compiled anew
        feedback_align(model)
    compiled(inputs).square().sum().backward()
    found = [parameter.grad.clone() for parameter in model.parameters()]
    model.zero_grad()
    model(inputs).square().sum().backward()
    for gradient, parameter in zip(found, model.parameters()):
        assert torch.allclose(gradient, parameter.grad, atol=1e-5)
    assert len(warm_up(compiled, (2, 6, 6), 4, examples=32, batch=16).losses) == 2
"""


def test_a_compiled_model_has_the_same_gradients_and_can_be_warmed_up():
    # In a process of its own: the compiler cannot follow the run-time checks of types that the tests turn on.
    run = subprocess.run([sys.executable, "-c", COMPILED], capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr[-2000:]


DISTRIBUTED = """
import sys
import torch
from torch import distributed, nn
from prenoise import UserError
from prenoise.adapters.torch import feedback_align, warm_up

torch.set_num_threads(1)
rank = int(sys.argv[1])
distributed.init_process_group("gloo", store=distributed.FileStore(sys.argv[2], 2), rank=rank, world_size=2)
torch.manual_seed(rank)
model = nn.Sequential(nn.Linear(4, 8), nn.BatchNorm1d(8), nn.ReLU(), nn.Linear(8, 3))
feedback_align(model)
drawn, statistics = model[3].feedback.clone(), model[1].running_mean.clone()
wrapped = nn.parallel.DistributedDataParallel(model)
losses = warm_up(wrapped, (4,), 3, examples=32, batch=8).losses
assert torch.equal(model[1].running_mean, statistics)
(wrapped(torch.randn(2, 4)).sum() + wrapped(torch.randn(2, 4)).sum()).backward()
assert (rank == 0) == torch.equal(model[3].feedback, drawn), "the first process's goes to all"
for mine in (model[0].weight, model[0].weight.grad, model[3].feedback):
    everybodys = [torch.empty_like(mine) for _ in range(2)]
    distributed.all_gather(everybodys, mine.detach())
    assert torch.equal(*everybodys)
first = [torch.empty(()) for _ in range(2)]
distributed.all_gather(first, torch.tensor(losses[0]))
assert first[0] != first[1], "each process draws noise of its own"

wrapped = nn.parallel.DistributedDataParallel(nn.Linear(4, 3))
try:
    feedback_align(wrapped)
    raise AssertionError("each process would have feedback of its own")
except UserError as error:
    assert "align it before you wrap it" in str(error), error
feedback_align(wrapped, generator=torch.Generator().manual_seed(1))
everybodys = [torch.empty(3, 4) for _ in range(2)]
distributed.all_gather(everybodys, wrapped.module.feedback)
assert torch.equal(*everybodys)
distributed.destroy_process_group()
"""


def test_two_processes_of_distributed_data_parallel_have_the_same_feedback_and_weights(tmp_path):
    command = [sys.executable, "-c", DISTRIBUTED]
    processes = [
        subprocess.Popen([*command, str(rank), str(tmp_path / "store")], stderr=subprocess.PIPE, text=True)
        for rank in range(2)
    ]
    errors = [process.communicate()[1] for process in processes]
    assert [process.returncode for process in processes] == [0, 0], "".join(errors)[-2000:]


def test_a_replica_for_data_parallel_is_an_aligned_layer():
    layer = nn.Linear(3, 2)
    feedback_align(layer)
    replica = layer._replicate_for_data_parallel()
    inputs = torch.randn(1, 3, requires_grad=True)
    nn.DataParallel(layer)(inputs).sum().backward()
    assert type(replica) is type(layer)
    assert torch.allclose(inputs.grad[0], layer.feedback.sum(0))


def test_weights_computed_by_a_parametrisation_can_be_aligned():
    layer = parametrizations.weight_norm(nn.Linear(5, 3))
    model = nn.Sequential(layer, nn.Linear(3, 2))
    report = feedback_align(model)
    assert report.layers == ("0", "1")
    assert report.not_aligned == {}
    inputs = torch.randn(2, 5, requires_grad=True)
    layer(inputs).sum().backward()
    assert torch.allclose(inputs.grad, layer.feedback.sum(0).expand(2, -1))
    assert layer.parametrizations.weight.original0.grad is not None
    copy.deepcopy(model)
    assert type(release(model)[0]).__name__ == "ParametrizedLinear"


@pytest.mark.parametrize("aligned_first", [True, False])
@pytest.mark.parametrize("undone_first", ["the feedback", "the parametrisation"])
def test_parametrisations_and_feedback_come_and_go_in_any_order(aligned_first, undone_first):
    model = nn.Sequential(nn.Linear(5, 3), nn.Linear(3, 2))
    inputs = torch.randn(2, 5)
    expected = model(inputs)
    steps = [feedback_align, lambda model: parametrizations.weight_norm(model[0])]
    for step in steps if aligned_first else steps[::-1]:
        step(model)
    assert torch.allclose(model(inputs), expected, atol=1e-6)
    steps = [release, lambda model: parametrize.remove_parametrizations(model[0], "weight")]
    for step in steps if undone_first == "the feedback" else steps[::-1]:
        step(model)
        assert torch.allclose(model(inputs), expected, atol=1e-6)
    assert type(model[0]) is nn.Linear
    assert set(model.state_dict()) == {"0.weight", "0.bias", "1.weight", "1.bias"}


@pytest.mark.parametrize("reentrant", [True, False])
def test_gradients_are_the_same_under_checkpointing(reentrant):
    model = small()
    feedback_align(model)
    expected = gradients(model)
    model.zero_grad()
    outputs = checkpoint(model, IMAGES.clone().requires_grad_(), use_reentrant=reentrant)
    outputs.square().mean().backward()
    assert same({name: parameter.grad for name, parameter in model.named_parameters()}, expected)


class Tagged(nn.Linear):
    """A subclass that computes as a Linear does."""


class Scaled(nn.Linear):
    """A subclass that does not."""

    def forward(self, inputs):
        return super().forward(inputs) * 2


def test_subclasses_are_aligned_if_they_compute_as_the_layer_does():
    model = nn.Sequential(Tagged(3, 3), Scaled(3, 3))
    report = feedback_align(model)
    assert report.layers == ("0",)
    assert report.not_aligned == {"1.weight": "Scaled uses it in code of its own"}
    assert isinstance(copy.deepcopy(model)[0], Tagged)
    assert type(release(model)[0]) is Tagged


def test_what_cannot_be_aligned_is_reported_with_its_reason():
    model = nn.ModuleDict(
        {
            "words": nn.Embedding(4, 3),
            "attention": nn.MultiheadAttention(4, 2),
            "gru": nn.GRU(3, 2),
            "cell": nn.LSTMCell(3, 2),
            "pair": nn.Bilinear(2, 2, 2),
            "up": nn.ConvTranspose2d(2, 2, 2),
            "normed": parametrizations.weight_norm(nn.ConvTranspose1d(2, 2, 2)),
            "norm": nn.LayerNorm(3),
            "vit": ViT(depth=1),
        }
    )
    report = feedback_align(model)
    reasons = {name.split(".")[0]: why for name, why in report.not_aligned.items()}
    assert set(report.not_aligned) == {
        "words.weight",
        "gru.weight_ih_l0",
        "gru.weight_hh_l0",
        "cell.weight_ih",
        "cell.weight_hh",
        "pair.weight",
        "vit.cls",
        "vit.pos",
        "vit.blocks.0.attention.mix",
    }
    for name, words in {"words": "embedding", "gru": "one function", "vit": "own"}.items():
        assert words in reasons[name]
    names = [name.replace("parametrizations.weight.original0", "weight") for name, _ in model.named_parameters()]
    assert list(report.not_aligned) == [name for name in names if name in report.not_aligned]
    assert "vit.blocks.0.attention.mix: Attention uses it" in str(report)


class Bypassing(nn.Module):
    """Uses the weights of one layer without calling it, as attention is often written."""

    def __init__(self):
        super().__init__()
        self.called, self.taken = nn.Linear(4, 4), nn.Linear(4, 4)
        self.drop = nn.Dropout(0.5)

    def forward(self, x):
        return self.drop(nn.functional.linear(self.called(x), self.taken.weight))


@pytest.mark.parametrize("frozen", [False, True])
def test_an_example_shows_which_layers_are_used_without_being_called(frozen):
    model = Bypassing()
    model.taken.requires_grad_(not frozen)
    example, state = torch.randn(2, 4), torch.random.get_rng_state()
    report = feedback_align(model, example=example, generator=torch.Generator())
    assert report.layers == ("called",)
    assert report.not_aligned == {"taken.weight": "the model takes it without calling the layer"}
    assert type(model.taken) is nn.Linear
    assert model.taken.weight.requires_grad is not frozen
    assert model.called.weight.grad is None
    assert model.training
    assert torch.equal(torch.random.get_rng_state(), state)


@pytest.mark.parametrize("frozen", [False, True])
def test_an_example_shows_a_computed_weight_that_is_used_without_calling_its_layer(frozen):
    model = Bypassing()
    for layer in (model.called, model.taken):
        parametrizations.weight_norm(layer)
    model.taken.requires_grad_(not frozen)
    report = feedback_align(model, example=torch.randn(2, 4))
    assert report.layers == ("called",)
    assert report.not_aligned == {"taken.weight": "the model takes it without calling the layer"}
    assert all(parameter.requires_grad is not frozen for parameter in model.taken.parameters())
    only = nn.Sequential(parametrizations.weight_norm(nn.Linear(4, 3)))
    assert feedback_align(only, example=torch.randn(2, 4)).layers == ("0",)


def test_an_example_for_a_model_without_layers_to_align_is_no_other_error():
    with pytest.raises(UserError, match=r"no layer of the model can be aligned .*embedding"):
        feedback_align(nn.Sequential(nn.Embedding(3, 2)), example=torch.tensor([1]))


def test_an_example_whose_scores_depend_on_no_layer_reports_nothing():
    class Constant(nn.Module):
        def __init__(self):
            super().__init__()
            self.unused = nn.Linear(2, 2)

        def forward(self, x):
            return x

    assert feedback_align(Constant(), example=torch.randn(2, 2)).not_aligned == {}


def test_an_example_of_a_model_that_calls_its_layers_changes_nothing():
    model = ResNet18()
    state = {name: value.clone() for name, value in model.state_dict().items()}
    report = feedback_align(model, example=IMAGES)
    assert report.not_aligned == {}
    assert all(torch.equal(value, model.state_dict()[name]) for name, value in state.items())


def test_pytorchs_own_transformer_layer_is_aligned_whole_and_keeps_working():
    model = Words()
    model.eval()
    ids = torch.randint(11, (2, 6))
    before = model(ids)
    report = feedback_align(model, example=ids)
    assert torch.allclose(model(ids), before)
    expected = ("block.self_attn", "block.self_attn.out_proj", "block.linear1", "block.linear2", "head")
    assert report.layers == expected, "the head too, though the embedding has its weights"
    with torch.no_grad():
        assert torch.allclose(model(ids), before, atol=1e-5)


def test_a_model_with_nothing_to_align_is_an_error():
    with pytest.raises(UserError, match=r"no layer of the model can be aligned .*embedding"):
        feedback_align(nn.Sequential(nn.Embedding(3, 2)))
    with pytest.raises(UserError, match="no weight matrices"):
        feedback_align(nn.ReLU())


def test_an_unknown_rule_is_an_error_and_changes_nothing():
    model = perceptron()
    with pytest.raises(UserError, match="no rule 'magic'"):
        feedback_align(model, "magic")
    assert "1.feedback" not in model.state_dict()


@pytest.mark.filterwarnings("ignore:Lazy modules")
def test_a_lazy_layer_must_know_its_inputs_first():
    model = nn.Sequential(nn.LazyLinear(3))
    with pytest.raises(UserError, match="run a batch through the model first"):
        feedback_align(model)
    model(torch.ones(1, 4))
    assert feedback_align(model).layers == ("0",)


def test_a_layer_whose_forward_was_replaced_is_reported():
    model = nn.Sequential(nn.Linear(3, 3), nn.Linear(3, 3))
    model[0].forward = lambda inputs: inputs
    assert feedback_align(model).not_aligned == {"0.weight": "its forward function was replaced"}


def test_double_backward_differentiates_what_was_sent_back():
    layer = nn.Linear(3, 2).double()
    feedback_align(layer)
    inputs = torch.randn(4, 3, dtype=torch.float64, requires_grad=True)
    (below,) = torch.autograd.grad(layer(inputs).pow(2).sum(), inputs, create_graph=True)
    error = 2 * (inputs @ layer.weight.T + layer.bias)
    assert torch.allclose(below, error @ layer.feedback)
    (weight,) = torch.autograd.grad(below.sum(), layer.weight)
    # The sum of 2 (x W' + b) B over examples and inputs, by W: 2 (sum of x) for every input of what B sums to.
    assert torch.allclose(weight, 2 * torch.outer(layer.feedback.sum(1), inputs.detach().sum(0)))


def test_a_layer_of_complex_numbers_is_reported():
    model = nn.Sequential(nn.Linear(3, 3, dtype=torch.complex64), nn.Linear(3, 3))
    report = feedback_align(model)
    assert report.layers == ("1",)
    assert report.not_aligned == {"0.weight": "its weights are complex numbers"}


def test_the_adapters_for_jax_point_to_this_one():
    from prenoise.adapters.equinox import alignment as of_jax

    with pytest.raises(UserError, match=r"a module of PyTorch: import the functions from prenoise\.adapters\.torch"):
        of_jax(nn.Linear(3, 4))
