"""Noise before data: what moves, what is put back, and what a failure leaves."""

# ruff: noqa: E402
import copy
import math
from functools import partial

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="PyTorch is not installed: its adapter is not tested")

from torch import nn
from torch_models import IMAGE_MODELS, ResNet18, Words, perceptron

from prenoise import DivergedError, Noise, UserError
from prenoise.adapters.torch import alignment, feedback_align, gaussian_noise, warm_up
from prenoise.adapters.torch.running import _accelerators

few = {"examples": 48, "batch": 16}
sgd = partial(torch.optim.SGD, lr=0.05)


def state_of(model):
    return {name: value.clone() for name, value in model.state_dict().items()}


def changed(model, before):
    return {name for name, value in model.state_dict().items() if not torch.equal(value, before[name])}


@pytest.mark.parametrize("kind", IMAGE_MODELS)
@pytest.mark.parametrize("aligned", [True, False])
def test_models_of_every_kind_are_warmed_up_and_only_their_parameters_move(kind, aligned):
    model = IMAGE_MODELS[kind]()
    if aligned:
        feedback_align(model)
    before = state_of(model)
    losses = warm_up(model, (3, 32, 32), 5, **few, optimiser=sgd).losses
    assert losses.shape == (3,)
    assert np.isfinite(losses).all()
    assert changed(model, before) == {name for name, _ in model.named_parameters()}
    assert all(parameter.grad is None for parameter in model.parameters())


def test_noise_brings_the_loss_to_chance_and_turns_weights_towards_feedback():
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(20, 60), nn.ReLU(), nn.Linear(60, 10))
    for layer in model[::2]:
        nn.init.kaiming_normal_(layer.weight)
    feedback_align(model)
    before = alignment(model)
    losses = warm_up(model, (20,), 10, examples=64 * 1000, optimiser=partial(torch.optim.Adam, lr=1e-3)).losses
    after = alignment(model)
    assert losses[0] > losses[-50:].mean()
    assert losses[-50:].mean() == pytest.approx(math.log(10), abs=0.08)
    assert after["2"].mean() < before["2"].mean() - 5
    assert after["0"].mean() == pytest.approx(90, abs=5), "the first layer sends no error back"


def test_running_statistics_of_batch_norm_are_put_back():
    model = ResNet18()
    model(torch.randn(8, 3, 32, 32) * 3 + 1)  # statistics of something like data
    before = {name: value.clone() for name, value in model.named_buffers()}
    kept = dict(model.named_buffers())
    warm_up(model, (3, 32, 32), 5, **few)
    for name, value in model.named_buffers():
        assert torch.equal(value, before[name])
        assert value is kept[name]


def test_batch_norm_normalises_with_the_statistics_of_the_noise():
    seen = []
    model = nn.Sequential(nn.BatchNorm1d(6), nn.Linear(6, 3))
    model[1].register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0].detach()))
    warm_up(model, (6,), 3, examples=64, noise=Noise(mean=5.0, scale=3.0))
    assert torch.allclose(seen[0].mean(0), torch.zeros(6), atol=1e-4)
    assert torch.allclose(seen[0].std(0, unbiased=False), torch.ones(6), atol=1e-2)


def test_modes_and_random_state_are_as_before():
    model = nn.Sequential(nn.Linear(4, 4), nn.Dropout(), nn.BatchNorm1d(4), nn.Linear(4, 2))
    model.train()
    model[2].eval()
    state = torch.random.get_rng_state()
    warm_up(model, (4,), 2, **few)
    assert torch.equal(torch.random.get_rng_state(), state)
    assert [module.training for module in model] == [True, True, False, True]
    model.eval()
    warm_up(model, (4,), 2, **few)
    assert not any(module.training for module in model.modules())


def test_gradients_that_were_there_are_put_back_and_do_not_count():
    torch.manual_seed(0)
    model, other = perceptron(), perceptron()
    other.load_state_dict(model.state_dict())
    for parameter in model.parameters():
        parameter.grad = torch.full_like(parameter, 1e6)
    torch.manual_seed(1)
    warm_up(model, (3, 32, 32), 5, **few)
    torch.manual_seed(1)
    warm_up(other, (3, 32, 32), 5, **few)
    assert all((parameter.grad == 1e6).all() for parameter in model.parameters())
    assert not changed(model, other.state_dict())


def test_gradients_of_what_the_optimiser_leaves_alone_are_put_back_too():
    model = nn.Sequential(nn.Linear(4, 4), nn.Linear(4, 3))
    mine = [torch.ones_like(parameter) for parameter in model.parameters()]
    for parameter, gradient in zip(model.parameters(), mine, strict=True):
        parameter.grad = gradient
    warm_up(model, (4,), 3, **few, optimiser=lambda parameters: sgd(list(parameters)[2:]))
    for parameter, gradient in zip(model.parameters(), mine, strict=True):
        assert parameter.grad is gradient
        assert (gradient == 1).all()


def test_it_works_where_gradients_are_turned_off():
    model = perceptron()
    before = state_of(model)
    with torch.no_grad():
        warm_up(model, (3, 32, 32), 5, **few)
        assert not torch.is_grad_enabled()
    assert changed(model, before)


def test_a_frozen_backbone_stays_and_runs_as_in_evaluation():
    model = nn.Sequential(nn.Sequential(nn.Linear(4, 8), nn.BatchNorm1d(8), nn.Dropout(0.5)), nn.Linear(8, 3))
    model[0].requires_grad_(False)
    modes = []
    model[0][1].register_forward_hook(lambda module, *_: modes.append(module.training))
    before = state_of(model)
    warm_up(model, (4,), 3, **few)
    assert changed(model, before) == {"1.weight", "1.bias"}
    assert modes == [False] * 3
    assert model[0][1].training


def test_the_seed_decides_noise_and_dropout():
    def run(seed=None, generator=None):
        torch.manual_seed(0)
        model = nn.Sequential(nn.Linear(4, 8), nn.Dropout(), nn.Linear(8, 3))
        if seed is not None:
            torch.manual_seed(seed)
        return warm_up(model, (4,), 3, **few, generator=generator).losses

    assert np.array_equal(run(seed=1), run(seed=1))
    assert not np.array_equal(run(seed=1), run(seed=2))
    first, second = (torch.Generator().manual_seed(7) for _ in range(2))
    assert np.array_equal(run(1, first), run(2, second))
    assert not np.array_equal(run(1, first), run(1, torch.Generator().manual_seed(7))), "a generator moves on"


def test_two_runs_in_a_row_draw_the_same_noise_and_with_one_generator_other_noise():
    seen = []
    model = nn.Linear(4, 3)
    model.register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0]))
    generator = torch.Generator().manual_seed(0)
    for source in (None, None, generator, generator):
        warm_up(model, (4,), 3, examples=16, batch=16, generator=source)
    assert torch.equal(seen[0], seen[1])
    assert not torch.equal(seen[2], seen[3])


@pytest.mark.parametrize("distribution", ["normal", "uniform"])
def test_noise_has_the_moments_it_is_asked_for(distribution):
    seen = []
    model = nn.Sequential(nn.Linear(50, 3))
    model.register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0]))
    warm_up(model, (50,), 3, examples=4096, batch=1024, noise=Noise(mean=2, scale=0.5, distribution=distribution))
    drawn = torch.cat(seen)
    assert drawn.mean().item() == pytest.approx(2, abs=0.01)
    assert drawn.std().item() == pytest.approx(0.5, abs=0.01)
    assert (drawn - 2).abs().max() <= 0.5 * 3**0.5 + 1e-6 or distribution == "normal"
    assert not torch.equal(seen[0], seen[1])


def test_every_example_is_drawn_and_one_left_over_joins_the_last_batch():
    sizes = []
    model = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.Linear(4, 2))
    model.register_forward_pre_hook(lambda _, inputs: sizes.append(len(inputs[0])))
    warm_up(model, (3,), 2, examples=33, batch=16)
    warm_up(model, (3,), 2, examples=36, batch=16)
    assert sizes == [16, 17, 16, 16, 4]


def test_a_sampler_of_ones_own_feeds_a_language_model():
    torch.manual_seed(0)
    model = Words()
    feedback_align(model)
    assert model.word.weight is model.head.weight

    def words(size, generator):
        ids, labels = (torch.randint(11, (size, 6), generator=generator, device=generator.device) for _ in range(2))
        return ids, labels

    losses = warm_up(model, noise=words, examples=64 * 60, optimiser=partial(torch.optim.Adam, lr=1e-2)).losses
    assert losses[-10:].mean() < 0.8 * losses[:10].mean()


class Named(nn.Module):
    def __init__(self):
        super().__init__()
        self.left, self.right = nn.Linear(3, 2), nn.Linear(4, 2)

    def forward(self, a, b):
        return self.left(a) + self.right(b)


@pytest.mark.parametrize("form", [tuple, list, lambda pair: {"b": pair[1], "a": pair[0]}])
def test_a_model_of_several_inputs_takes_them_by_place_or_name(form):
    def pairs(size, generator):
        return form([torch.randn(size, n, generator=generator) for n in (3, 4)]), torch.zeros(size, dtype=torch.long)

    assert len(warm_up(Named(), noise=pairs, **few).losses) == 3


def test_uniform_labels_ask_for_no_opinion_at_all():
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(6, 20), nn.ReLU(), nn.Linear(20, 4))
    losses = warm_up(
        model, (6,), 4, examples=64 * 300, uniform_labels=1.0, optimiser=partial(torch.optim.Adam, lr=1e-2)
    ).losses
    assert losses[-1] == pytest.approx(math.log(4), abs=1e-3)
    chance = model(torch.randn(100, 6)).softmax(1)
    assert (chance - 0.25).abs().max() < 0.02


def test_progress_rises_to_the_end():
    told = []
    warm_up(perceptron(), (3, 32, 32), 5, examples=160, batch=16, progress=told.append)
    assert told == sorted(told)
    assert told[-1] == 1.0
    assert len(told) == 10


def test_a_half_precision_model_gets_half_precision_noise():
    model = perceptron().to(torch.bfloat16)
    losses = warm_up(model, (3, 32, 32), 5, **few, optimiser=sgd).losses
    assert np.isfinite(losses).all()
    assert model[1].weight.dtype == torch.bfloat16


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_in_half_precision_weights_move_as_in_single_precision(dtype):
    torch.manual_seed(0)
    half = nn.Sequential(nn.Linear(12, 30), nn.Tanh(), nn.Linear(30, 4)).to(dtype)
    single = copy.deepcopy(half).float()
    before = state_of(single)
    for model in (half, single):
        torch.manual_seed(1)
        warm_up(model, (12,), 4, examples=6400)
    moved = {name: value - before[name] for name, value in single.state_dict().items()}
    for name, value in half.state_dict().items():
        assert value.dtype == dtype
        along = nn.functional.cosine_similarity((value.float() - before[name]).flatten(), moved[name].flatten(), 0)
        assert along > 0.9


def test_divergence_names_its_step_and_leaves_the_model_as_it_was():
    model = nn.Sequential(nn.Linear(4, 8), nn.BatchNorm1d(8), nn.Linear(8, 3))
    before = state_of(model)
    calls = []

    def breaking(size, generator):
        calls.append(size)
        scale = math.nan if len(calls) == 3 else 1.0
        return torch.randn(size, 4, generator=generator) * scale, torch.zeros(size, dtype=torch.long)

    with pytest.raises(DivergedError, match="at step 2: try a smaller learning rate"):
        warm_up(model, noise=breaking, examples=640, batch=2)
    assert not changed(model, before)
    assert model.training
    with pytest.raises(DivergedError, match="the first loss is infinite or not a number: look at the noise"):
        warm_up(model, **few, noise=gaussian_noise((4,), 3, scale=math.inf))


def test_a_last_step_that_breaks_the_weights_is_noticed():
    model = nn.Linear(4, 3)
    before = state_of(model)
    with pytest.raises(DivergedError, match="last step"):
        warm_up(model, (4,), 3, examples=8, batch=8, optimiser=partial(torch.optim.SGD, lr=math.inf))
    assert not changed(model, before)


def test_an_interrupted_run_leaves_the_model_as_it_was():
    model = ResNet18()
    before = state_of(model)

    def interrupt(fraction):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        warm_up(model, (3, 32, 32), 5, **few, progress=interrupt)
    assert not changed(model, before)
    assert all(parameter.grad is None for parameter in model.parameters())


def test_a_failed_run_puts_back_the_buffers_of_an_aligned_layer_too():
    model = nn.Sequential(nn.Linear(4, 8), nn.Linear(8, 3))
    torch.nn.utils.spectral_norm(model[1])
    feedback_align(model[0])
    feedback_align(model[1])
    before, feedback = state_of(model), model[1].feedback
    with pytest.raises(DivergedError):
        warm_up(model, (4,), 3, **few, noise=gaussian_noise((4,), 3, scale=math.inf))
    assert not changed(model, before)
    assert model[1].feedback is feedback


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"classes": 4}, "returned 5 scores an example: expected one for each of 4"),
        ({"examples": 0}, "0 examples of noise"),
        ({"batch": 0}, "in batches of 0"),
        ({"uniform_labels": 1.5}, "weight of 1.5 on uniform labels"),
        ({"examples": 1e2}, "100.0 examples of noise .*: expected whole numbers"),
        ({"input_shape": None}, "shape None and 5 classes: expected a shape such as .* or a sampler"),
        ({"input_shape": 3072}, "shape 3072 and 5 classes: expected a shape such as"),
        ({"classes": 0}, "and 0 classes: expected .* 2 classes or more"),
        ({"optimiser": torch.optim.SGD(nn.Linear(2, 2).parameters())}, "the optimiser is an SGD already"),
    ],
)
@pytest.mark.usefixtures("unchecked")
def test_what_cannot_be_is_said_in_a_sentence(options, sentence):
    with pytest.raises(UserError, match=sentence):
        warm_up(perceptron(), **({"input_shape": (3, 32, 32), "classes": 5} | few | options))


@pytest.mark.parametrize(
    ("drawn", "sentence"),
    [
        (torch.zeros(16, 4), "the sampler gave a Tensor"),
        ((torch.zeros(16, 4), torch.full((16,), 3)), "labels from 3 to 3 .* whole numbers from 0 to 2"),
        ((torch.zeros(16, 4), torch.zeros(15, dtype=torch.long)), r"shape \(15,\): expected .* of shape \(16,\)"),
        ((torch.zeros(16, 4), torch.zeros(16)), "type float32"),
    ],
)
def test_a_sampler_that_does_not_fit_the_model_is_said_so_in_a_sentence(drawn, sentence):
    model = nn.Linear(4, 3)
    before = state_of(model)
    with pytest.raises(UserError, match=sentence):
        warm_up(model, noise=lambda size, generator: drawn, **few)
    assert not changed(model, before)


@pytest.mark.parametrize("wrong", [-1, 3, -100])
def test_labels_that_are_wrong_later_on_are_said_so_in_a_sentence(wrong):
    labels = [torch.zeros(16, dtype=torch.long), torch.full((16,), wrong)]
    model = nn.Linear(4, 3)
    before = state_of(model)
    sentence = rf"labels from {wrong} to {wrong} .* whole numbers from 0 to 2" if wrong != -100 else "that are all -100"
    with pytest.raises(UserError, match=sentence):
        warm_up(model, noise=lambda size, generator: (torch.zeros(size, 4), labels.pop(0)), **few)
    assert not changed(model, before)


def test_an_optimiser_that_asks_for_the_loss_several_times_a_step_works():
    torch.manual_seed(0)
    inputs, labels = torch.randn(16, 4), torch.randint(3, (16,), dtype=torch.int32)
    losses = warm_up(
        nn.Linear(4, 3), noise=lambda size, generator: (inputs, labels), **few, optimiser=torch.optim.LBFGS
    ).losses
    assert losses[1] < losses[0] - 0.1


def test_other_devices_than_the_models_keep_their_random_numbers(monkeypatch):
    seeded = []
    monkeypatch.setattr(torch.cuda, "manual_seed_all", seeded.append)
    warm_up(nn.Linear(4, 3), (4,), 3, **few)
    assert seeded == []


def test_the_random_numbers_of_every_copy_of_data_parallel_are_put_back():
    model = nn.DataParallel(nn.Linear(4, 3))
    assert _accelerators(model) == []
    model.device_ids, model.src_device_obj = [0, 1], torch.device("cuda", 0)
    assert _accelerators(model) == [torch.device("cuda", 0), torch.device("cuda", 1)]


@pytest.mark.filterwarnings("ignore:Lazy modules")
def test_a_model_with_nothing_to_move_or_no_scores_is_an_error():
    with pytest.raises(UserError, match="no parameter of the model requires a gradient"):
        warm_up(perceptron().requires_grad_(False), (3, 32, 32), 5)
    with pytest.raises(UserError, match="returned tuple: expected class scores"):
        warm_up(nn.LSTM(4, 3), (4,), 3, examples=4)
    with pytest.raises(UserError, match="inputs are of type int"):
        warm_up(nn.Linear(4, 3), noise=lambda size, generator: (3, torch.zeros(size)), examples=4)
    with pytest.raises(UserError, match="1 has no weights yet: run a batch through the model first"):
        warm_up(nn.Sequential(nn.Linear(4, 3), nn.LazyBatchNorm1d()), (4,), 3)
