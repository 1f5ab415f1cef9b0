"""Models that are built, wrapped, saved or exported in ways of their own: aligned rightly, or told why not."""

# ruff: noqa: E402
import copy
import math
import warnings

import pytest

torch = pytest.importorskip("torch", reason="PyTorch is not installed: its adapter is not tested")

from torch import nn
from torch.nn import functional
from torch.nn.utils import parametrizations
from torch.nn.utils.rnn import PackedSequence, pack_sequence

from prenoise import UserError
from prenoise.adapters.torch import alignment, calibration, feedback_align, ood_auroc, release, token_noise, warm_up
from prenoise.adapters.torch.layers import Feedback

few = {"examples": 32, "batch": 16}


def aligned_layers(model):
    return [name for name, module in model.named_modules() if isinstance(module, Feedback)]


LAYERS = {
    "linear": (nn.Linear(6, 8), (6,)),
    "linear on a sequence": (nn.Linear(6, 8), (2, 3, 6)),
    "linear on a batch of sequences": (nn.Linear(6, 8), (2, 3, 4, 6)),
    "convolution": (nn.Conv2d(2, 4, 3), (3, 2, 5, 5)),
    "convolution of one image": (nn.Conv2d(2, 4, 3), (2, 5, 5)),
    "transposed convolution": (nn.ConvTranspose1d(2, 4, 3), (3, 2, 5)),
}


@pytest.mark.parametrize("change", [lambda x: x.relu_(), lambda x: x.add_(1.0), lambda x: x.mul_(x.detach() + 2)])
@pytest.mark.parametrize("name", LAYERS)
def test_what_an_aligned_layer_gives_can_be_changed_in_place(name, change):
    layer, shape = copy.deepcopy(LAYERS[name][0]), LAYERS[name][1]
    feedback_align(layer, "bp")
    inputs = torch.randn(shape)
    change(layer(inputs)).square().sum().backward()
    found = [parameter.grad for parameter in layer.parameters()]
    plain = release(layer)
    plain.zero_grad()
    change(plain(inputs) * 1.0).square().sum().backward()
    for mine, parameter in zip(found, plain.parameters(), strict=True):
        assert torch.allclose(mine, parameter.grad, atol=1e-4)


def test_a_model_on_the_meta_device_is_told_to_load_its_weights_first():
    with torch.device("meta"):
        model = nn.Sequential(nn.Linear(3, 4), nn.Linear(4, 2))
    with pytest.raises(UserError, match="0 is on the meta device, where weights have no values: load or initialise"):
        feedback_align(model)
    assert not aligned_layers(model)


def test_the_axis_of_the_classes_is_asked_for_where_shapes_do_not_tell_it():
    torch.manual_seed(0)
    model, images, labels = nn.Conv2d(3, 8, 1), torch.randn(4, 3, 8, 8), torch.randint(8, (4, 8, 8))
    with pytest.raises(UserError, match=r"may have their classes on axis 1 or 3: say which with `axis`"):
        warm_up(model, noise=lambda size, generator: (images, labels), **few)
    with pytest.raises(UserError, match="say which with `axis`"):
        calibration(model, [(images, labels)])
    expected = functional.cross_entropy(model(images), labels).item()
    assert calibration(model, [(images, labels)], axis=1).log_loss == pytest.approx(expected, rel=1e-5)
    history = warm_up(model, noise=lambda size, generator: (images, labels), **few, axis=1)
    assert history.losses[0] == pytest.approx(expected, rel=1e-5)
    last = functional.cross_entropy(model(images).movedim(-1, 1), labels).item()
    assert calibration(model, [(images, labels)], axis=-1).log_loss == pytest.approx(last, rel=1e-5)


def test_sequences_and_segmentations_are_measured_place_by_place():
    torch.manual_seed(0)
    model, images, labels = nn.Conv2d(3, 4, 1), torch.randn(5, 3, 6, 7), torch.randint(4, (5, 6, 7))
    labels[0] = -100  # which does not count
    found = calibration(model, [(images, labels)])
    assert found.log_loss == pytest.approx(functional.cross_entropy(model(images), labels).item(), rel=1e-5)
    right = (model(images).argmax(1) == labels)[labels != -100]
    assert found.accuracy == pytest.approx(right.float().mean().item())
    assert 0.5 < ood_auroc(model, [images * 9], [images / 9], axis=1) <= 1
    with pytest.raises(UserError, match="say which with `axis`"):
        ood_auroc(model, [images], [images])
    text, next_words = torch.randn(5, 7, 3), torch.randint(4, (5, 7))
    words = nn.Linear(3, 4)
    expected = functional.cross_entropy(words(text).flatten(0, 1), next_words.flatten()).item()
    assert calibration(words, [(text, next_words)]).log_loss == pytest.approx(expected, rel=1e-5)


def test_one_class_is_no_choice():
    for labels in torch.arange(2), torch.zeros(2, dtype=torch.int64):
        with pytest.raises(UserError, match=r"scores of shape \(2, 1\): expected examples x classes, of two or more"):
            calibration(nn.Linear(4, 1), [(torch.zeros(2, 4), labels)])
    with pytest.raises(UserError, match=r"and 1 classes: expected .* 2 classes or more"):
        warm_up(nn.Linear(4, 1), (4,), 1, **few)
    with pytest.raises(UserError, match="one score per example, with which there is no class to choose"):
        warm_up(nn.Linear(4, 1), noise=lambda size, generator: (torch.zeros(size, 4), torch.zeros(size).long()), **few)


class TiedAutoencoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.enc, self.head = nn.Linear(6, 4), nn.Linear(6, 3)

    def forward(self, x):
        return self.head(functional.linear(self.enc(x).relu(), self.enc.weight.t()))


def test_a_layer_that_is_called_and_whose_weights_are_taken_too_is_left_as_it_was():
    report = feedback_align(TiedAutoencoder(), example=torch.randn(2, 6))
    assert report.layers == ("head",)
    assert report.not_aligned == {"enc.weight": "the model takes it without calling the layer"}


class TakingAttention(nn.Module):
    def __init__(self):
        super().__init__()
        self.attention, self.head = nn.MultiheadAttention(4, 2), nn.Linear(4, 3)

    def forward(self, x):
        return self.head(self.attention(x, x, x)[0] @ self.attention.in_proj_weight[:4])


def test_attention_whose_weights_are_taken_is_left_as_it_was_but_for_its_output():
    report = feedback_align(TakingAttention(), example=torch.randn(3, 2, 4))
    assert report.layers == ("attention.out_proj", "head")
    assert report.not_aligned == {"attention.in_proj_weight": "the model takes it without calling the layer"}


def test_aligning_and_releasing_a_spectral_norm_leaves_the_model_bit_for_bit():
    torch.manual_seed(0)
    model = nn.Sequential(parametrizations.spectral_norm(nn.Linear(5, 4)), nn.Linear(4, 3))
    twin, inputs = copy.deepcopy(model), torch.randn(3, 5)
    feedback_align(model, example=inputs)
    release(model)
    for mine, theirs in zip(model.state_dict().values(), twin.state_dict().values(), strict=True):
        assert torch.equal(mine, theirs)
    feedback_align(model)
    assert torch.equal(model(inputs), twin(inputs)), "the weights are looked at once in a pass"
    estimate = "0.parametrizations.weight.0._u"
    assert torch.equal(model.state_dict()[estimate], twin.state_dict()[estimate])


class Objecting(nn.Linear):
    def __init_subclass__(cls, *, purpose, **options):
        super().__init_subclass__(**options)


def test_a_layer_whose_class_cannot_be_subclassed_is_reported_and_the_others_are_aligned():
    model = nn.Sequential(nn.Linear(3, 3), Objecting(3, 3), nn.Linear(3, 2))
    report = feedback_align(model)
    assert report.layers == ("0", "2")
    assert "its class Objecting cannot be subclassed" in report.not_aligned["1.weight"]


class Failing(nn.Module):
    def __init__(self):
        super().__init__()
        self.one, self.two = nn.Linear(3, 3), nn.Linear(3, 3)

    def forward(self, x):
        raise RuntimeError("no luck")


def test_if_the_example_fails_the_model_is_as_it_was():
    model = Failing()
    feedback_align(model.two, "usf")
    with pytest.raises(RuntimeError, match="no luck"):
        feedback_align(model, "fa", example=torch.randn(2, 3))
    assert aligned_layers(model) == ["two"]
    assert model.two.feedback_rule == "usf"


@pytest.mark.filterwarnings("ignore:Initializing zero-element tensors")
def test_layers_with_weights_that_are_none_or_of_another_kind_are_reported():
    model = nn.ModuleList([nn.Linear(0, 3), nn.Linear(2, 2), nn.Linear(2, 2)])
    model[2].weight = nn.Parameter(torch.eye(2).to_sparse(), requires_grad=False)
    report = feedback_align(model)
    assert report.layers == ("1",)
    assert report.not_aligned["0.weight"] == "it has no weights: one of its sizes is 0"
    assert "of type torch.float32 and layout torch.sparse_coo" in report.not_aligned["2.weight"]


@pytest.mark.filterwarnings("ignore:The PyTorch API of nested tensors")
def test_nested_and_sparse_inputs_are_refused_in_a_sentence():
    layer = nn.Linear(3, 2)
    feedback_align(layer)
    with pytest.raises(UserError, match="was given a nested tensor: expected a dense one"):
        layer(torch.nested.nested_tensor([torch.ones(2, 3), torch.ones(1, 3)], layout=torch.jagged))
    with pytest.raises(UserError, match="was given a sparse tensor: expected a dense one"):
        layer(torch.eye(3).to_sparse())


def test_a_checkpoint_of_another_rule_is_refused_and_one_of_the_same_rule_is_taken_whole():
    torch.manual_seed(0)
    saved, other, same = (nn.Sequential(nn.Linear(3, 4), nn.Linear(4, 2)) for _ in range(3))
    feedback_align(saved, "usf", scale="he")
    feedback_align(other, "fa")
    feedback_align(same, "usf", scale=0.1)
    with pytest.raises(RuntimeError, match=r"1 follows the rule usf in the checkpoint and fa in the model: align the"):
        other.load_state_dict(saved.state_dict())
    same.load_state_dict(saved.state_dict())
    for layer, reference in zip(same, saved, strict=True):
        mine, theirs = next(layer.carried())[2], next(reference.carried())[2]
        assert torch.equal(mine, theirs), "the scale of the rule is part of the checkpoint"


def test_making_a_program_of_an_aligned_model_is_refused_in_a_sentence():
    model, inputs = nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Linear(4, 2)), torch.randn(2, 3)
    plain = copy.deepcopy(model)
    feedback_align(model)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with pytest.raises(UserError, match=r"cannot be scripted: call release\(model\) first"):
            torch.jit.script(model)
        with pytest.raises(UserError, match=r"cannot be traced: call release\(model\) first"):
            torch.jit.trace(model, inputs)
        with pytest.raises(Exception, match=r"cannot be exported: call release\(model\) first"):
            torch.export.export(model, (inputs,))
        with pytest.raises(UserError, match=r"cannot be quantised: call release\(model\) first"):
            torch.ao.quantization.quantize_dynamic(model, {nn.Linear})
        release(model)
        assert torch.equal(torch.jit.trace(model, inputs)(inputs), model(inputs))
        model.load_state_dict(plain.state_dict())


def test_a_symbolic_trace_keeps_aligned_layers_as_they_are():
    model = nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Linear(4, 2))
    feedback_align(model)
    traced, inputs = torch.fx.symbolic_trace(model), torch.randn(2, 3, requires_grad=True)
    traced(inputs).sum().backward()
    first, inputs.grad = inputs.grad, None
    model(inputs).sum().backward()
    assert torch.equal(inputs.grad, first)


@pytest.mark.filterwarnings("error")
def test_an_example_warns_of_gradients_that_are_far_from_backpropagations():
    torch.manual_seed(0)
    model = nn.Sequential(*(layer for _ in range(6) for layer in (nn.Linear(64, 64), nn.LayerNorm(64))))
    for layer in model[::2]:
        nn.init.normal_(layer.weight, std=0.02)
    example = torch.randn(8, 64)
    with pytest.warns(UserWarning, match=r"times as long as those of backpropagation: training may not work"):
        report = feedback_align(model, scale="he", example=example)
    assert report.gradient_ratio > 100
    report = feedback_align(release(model), example=example)
    assert 0.01 < report.gradient_ratio < 100
    assert "times as long as those of backpropagation" in str(report)


def test_noise_that_the_model_cannot_take_is_said_so_in_a_sentence():
    words = nn.Sequential(nn.Embedding(5, 4), nn.Flatten(), nn.Linear(12, 3))
    with pytest.raises(UserError, match=r"failed on the first batch of noise .*such as token ids from"):
        warm_up(words, (3,), 3, **few)
    assert len(warm_up(words, noise=token_noise(3, 5, 3), **few).losses) == 2


class Packed(nn.Module):
    def __init__(self):
        super().__init__()
        self.gru, self.head = nn.GRU(2, 4), nn.Linear(4, 3)

    def forward(self, sequences):
        assert isinstance(sequences, PackedSequence)
        return self.head(self.gru(sequences)[1][0])


def test_packed_sequences_go_in_as_they_are():
    def draw(size, generator):
        return pack_sequence([torch.randn(3, 2, generator=generator) for _ in range(size)]), torch.zeros(size).long()

    assert len(warm_up(Packed(), noise=draw, **few).losses) == 2


class ComplexFirst(nn.Module):
    def __init__(self):
        super().__init__()
        self.phase, self.head = nn.Parameter(torch.ones(4, dtype=torch.complex64)), nn.Linear(4, 3)

    def forward(self, x):
        return self.head((x * self.phase).real)


def test_noise_is_real_though_the_first_parameter_is_complex():
    assert math.isfinite(warm_up(ComplexFirst(), (4,), 3, **few).losses[-1])


FORMS = {
    "a pair": lambda x, y: (x, y),
    "inputs by name": lambda x, y: ({"x": x}, y),
    "a dict with labels": lambda x, y: {"x": x, "labels": y},
    "several inputs before the labels": lambda x, y: (x, x, y),
}


class Several(nn.Module):
    def __init__(self):
        super().__init__()
        self.head = nn.Linear(4, 3)

    def forward(self, x, again=None):
        return {"logits": self.head(x), "hidden": x}


@pytest.mark.parametrize("name", FORMS)
def test_batches_come_in_the_forms_in_which_people_write_them(name):
    torch.manual_seed(0)
    model, x, y = Several(), torch.randn(16, 4), torch.arange(16) % 3
    batch = FORMS[name](x, y)
    expected = functional.cross_entropy(model.head(x), y).item()
    assert calibration(model, [batch]).log_loss == pytest.approx(expected, rel=1e-5)
    history = warm_up(model, noise=lambda size, generator: batch, examples=16, batch=16)
    assert history.losses[0] == pytest.approx(expected, rel=1e-5)
    assert 0 <= ood_auroc(model, [batch], [batch]) <= 1


def test_a_loss_and_an_output_of_ones_own_serve_regression_and_models_of_many_outputs():
    torch.manual_seed(0)
    model = Several()

    def draw(size, generator):
        return torch.randn(size, 4, generator=generator), torch.zeros(size, 3)

    history = warm_up(model, noise=draw, loss=functional.mse_loss, output=lambda out: out["logits"], **few)
    assert history.losses[-1] > 0

    def of_both(returned, zeros):
        return returned["logits"].mean() * 0 + returned["hidden"].mean() * 0 + 1

    both = warm_up(model, noise=draw, loss=of_both, **few)
    assert both.losses.tolist() == [1.0, 1.0]
    with pytest.raises(UserError, match="expected either uniform_labels or a loss"):
        warm_up(model, noise=draw, loss=functional.mse_loss, uniform_labels=0.5)


def test_alignment_is_of_whole_weights_where_processes_hold_parts(tmp_path):
    from torch import distributed
    from torch.distributed.fsdp import fully_shard

    store = distributed.FileStore(str(tmp_path / "store"), 1)
    distributed.init_process_group("gloo", store=store, rank=0, world_size=1)
    try:
        model = nn.Sequential(nn.Linear(4, 6), nn.ReLU(), nn.Linear(6, 3))
        feedback_align(model)
        expected = alignment(model)
        fully_shard(model, mesh=distributed.device_mesh.init_device_mesh("cpu", (1,)))
        found = alignment(model)
        assert all(torch.allclose(found[name], angles) for name, angles in expected.items())
        model(torch.randn(2, 4)).sum().backward()
        with pytest.raises(UserError, match="its weights are a DTensor: align the model before it is sharded"):
            feedback_align(release(model))
    finally:
        distributed.destroy_process_group()
