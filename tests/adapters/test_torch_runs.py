"""A warm-up as people run one: recorded, scheduled, stopped, interrupted, taken up again, with noise of every kind."""

# ruff: noqa: E402
import copy
from contextlib import contextmanager
from functools import partial

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="PyTorch is not installed: its adapter is not tested")

from torch import nn

from prenoise import UserError
from prenoise.adapters.torch import (
    alignment,
    feedback_align,
    gaussian_noise,
    image_noise,
    learn_feedback,
    release,
    series_noise,
    token_noise,
    warm_up,
)
from prenoise.adapters.torch import checkpoint as checkpoint_module
from prenoise.rules import Rule, weight_mirror

fast = partial(torch.optim.Adam, lr=1e-2)


def perceptron(rule="fa"):
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(12, 20), nn.ReLU(), nn.Dropout(0.2), nn.Linear(20, 4))
    if rule:
        feedback_align(model, rule)
    torch.manual_seed(1)
    return model


def state_of(model):
    return {name: value.clone() for name, value in model.state_dict().items()}


def same(one, other):
    return all(torch.equal(value, other[name]) for name, value in one.items())


def test_what_is_recorded_is_measured_at_the_times_asked_for():
    model = perceptron()
    record = {"angle": lambda model: float(alignment(model)["3"].mean()), "bias": lambda model: model[0].bias.tolist()}
    history = warm_up(model, (12,), 4, examples=160, batch=16, record=record, at=[0, 50, 160], optimiser=fast)
    assert history.at.tolist() == [0, 64, 160], "at the end of the step in which the time falls"
    assert len(history.record["angle"]) == 3
    assert history.record["bias"][2] == model[0].bias.tolist()
    assert history.record["bias"][0] != history.record["bias"][1]
    assert history.ended_at == history.kept_at == 160
    assert len(warm_up(model, (12,), 4, examples=160, batch=16, record=record).at) == 11


@pytest.mark.usefixtures("unchecked")
def test_times_and_records_that_make_no_sense_are_said_so_in_a_sentence():
    for wrong in ({"at": [2, 1]}, {"at": [0, 500]}):
        with pytest.raises(UserError, match="expected examples of noise that rise from 0 to 64"):
            warm_up(perceptron(), (12,), 4, examples=64, record={"one": lambda model: 1}, **wrong)
    with pytest.raises(UserError, match="expected names with a function of the model each"):
        warm_up(perceptron(), (12,), 4, examples=64, record=alignment)
    with pytest.raises(UserError, match="cannot stop when 'bored'"):
        warm_up(perceptron(), (12,), 4, stop="bored")
    with pytest.raises(UserError, match="the model has no feedback; call feedback_align first"):
        warm_up(perceptron(rule=None), (12,), 4, stop="aligned")
    with pytest.raises(UserError, match="expected 'restore' or 'keep'"):
        warm_up(perceptron(), (12,), 4, on_interrupt="weep")


def test_a_run_that_stops_when_aligned_keeps_the_smallest_angle(monkeypatch):
    monkeypatch.setattr("prenoise.stopping.LEAST", 64)
    model = perceptron()
    angle = {"angle": lambda model: float(torch.cat(list(alignment(model).values())).mean())}
    at = list(range(0, 64 * 400 + 1, 64))
    history = warm_up(model, (12,), 4, examples=64 * 400, optimiser=fast, record=angle, at=at, stop="aligned")
    angles = history.record["angle"]
    assert history.ended_at < 64 * 400
    assert history.kept_at == history.at[int(np.argmin(angles))] < history.ended_at
    assert angle["angle"](model) == pytest.approx(min(angles), abs=1e-3)
    assert len(history.losses) == history.ended_at / 64


def test_a_schedule_is_stepped_with_the_optimiser():
    model, rates = perceptron(), []
    schedule = partial(torch.optim.lr_scheduler.LinearLR, start_factor=1.0, end_factor=0.0)
    before = state_of(model)
    warm_up(
        model, (12,), 4, examples=160, batch=16, optimiser=lambda p: rates.append(fast(p)) or rates[0],
        schedule=lambda optimiser, steps: schedule(optimiser, total_iters=steps),
    )  # fmt: skip
    assert rates[0].param_groups[0]["lr"] == pytest.approx(0.0)
    assert not same(before, model.state_dict())


class Stopped(BaseException):
    pass


RUNS = {"fa": torch.float32, "mirror": torch.float32, "kp": torch.bfloat16}


@pytest.mark.parametrize("rule", RUNS)
def test_a_run_that_is_taken_up_again_ends_as_one_that_was_never_ended(tmp_path, monkeypatch, rule):
    monkeypatch.setattr(checkpoint_module, "EVERY", 0.0)
    path, dtype = tmp_path / "noise.pt", RUNS[rule]
    cosine = torch.optim.lr_scheduler.CosineAnnealingLR
    options = {"examples": 640, "batch": 16, "optimiser": fast, "schedule": cosine, "record": {"one": lambda model: 1}}
    whole, parts = perceptron(rule).to(dtype), perceptron(rule).to(dtype)
    expected = warm_up(whole, (12,), 4, **options)
    start, calls = state_of(parts), []

    def stopping(size, generator):
        calls.append(size)
        if len(calls) == 21:
            raise Stopped
        return gaussian_noise((12,), 4)(size, generator)

    torch.manual_seed(1)
    with pytest.raises(Stopped):
        warm_up(parts, noise=stopping, checkpoint=path, **options)
    assert same(start, parts.state_dict()), "until then the model is as it was"
    assert path.exists()
    torch.manual_seed(99)  # which does not matter any more
    found = warm_up(parts, (12,), 4, checkpoint=path, **options)
    assert np.array_equal(found.losses, expected.losses)
    assert same(whole.state_dict(), parts.state_dict())
    assert found.at.tolist() == expected.at.tolist()
    assert not path.exists()


def test_a_checkpoint_of_another_run_is_refused_and_changes_nothing(tmp_path):
    path, model = tmp_path / "noise.pt", perceptron()

    def interrupted(fraction):
        if fraction > 0.5:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        warm_up(model, (12,), 4, examples=160, batch=16, checkpoint=path, progress=interrupted)
    assert path.exists(), "Ctrl-C leaves one"
    before = state_of(model)
    with pytest.raises(UserError, match=r"does not fit this run \(its numbers of examples or its batches are others\)"):
        warm_up(model, (12,), 4, examples=320, batch=16, checkpoint=path)
    path.write_text("something else")
    with pytest.raises(UserError, match="does not fit this run"):
        warm_up(model, (12,), 4, examples=160, batch=16, checkpoint=path)
    assert same(before, model.state_dict())


def test_ctrl_c_keeps_what_was_reached_if_that_is_asked_for():
    model = perceptron()
    before = state_of(model)

    def interrupted(fraction):
        if fraction > 0.5:
            raise KeyboardInterrupt

    history = warm_up(
        model, (12,), 4, examples=160, batch=16, progress=interrupted, on_interrupt="keep", optimiser=fast
    )
    assert history.ended_at == 96
    assert len(history.losses) == 6
    assert not same(before, model.state_dict())


def test_a_long_run_shows_its_progress_unless_it_is_told_not_to(monkeypatch):
    told = []

    @contextmanager
    def shown(task):
        yield lambda fraction: told.append((task, fraction))

    monkeypatch.setattr("prenoise.adapters.torch.warming.shown", shown)
    warm_up(perceptron(), (12,), 4, examples=64, progress=None)
    assert told == []
    warm_up(perceptron(), (12,), 4, examples=64)
    assert told[-1] == ("noise pretraining", 1.0)


def test_noise_of_images_and_series_has_its_spectrum_and_unit_variance():
    generator = torch.Generator().manual_seed(0)
    for make, shape, axes in ((image_noise, (3, 32, 32), (-2, -1)), (series_noise, (2, 64), (-1,))):
        for exponent in (0, 1):
            inputs, labels = make(shape, 5, exponent=exponent)(256, generator)
            assert inputs.shape == (256, *shape)
            assert labels.min() >= 0
            assert labels.max() < 5
            assert inputs.mean().item() == pytest.approx(0, abs=0.05)
            assert inputs.std().item() == pytest.approx(1, abs=0.05)
            power = torch.fft.fftn(inputs, dim=axes).abs().square().mean(0)[0]
            slow, quick = power[(2,) * len(axes)], power[(8,) * len(axes)]
            assert (slow / quick).sqrt().item() == pytest.approx(4.0**exponent, rel=0.25)
        with pytest.raises(UserError, match="expected channels"):
            make((8,), 5)


def test_noise_of_token_ids_has_a_label_for_a_text_or_for_each_place():
    generator = torch.Generator().manual_seed(0)
    ids, labels = token_noise(7, 11)(500, generator)
    assert ids.shape == labels.shape == (500, 7)
    assert sorted(ids.unique().tolist()) == list(range(11))
    inputs, labels = token_noise(7, 11, 3, name="input_ids")(500, generator)
    assert inputs["input_ids"].shape == (500, 7)
    assert labels.shape == (500,)
    assert labels.max() == 2


def test_a_mirror_learns_on_noise_what_the_weights_are_and_stays_under_fa():
    torch.manual_seed(0)
    model = nn.Sequential(
        nn.Conv2d(3, 8, 3, groups=1), nn.ReLU(), nn.Flatten(2), nn.MultiheadAttention(16, 2, batch_first=True)
    )
    layers = nn.ModuleDict(
        {
            "conv": model[0],
            "grouped": nn.Conv2d(8, 8, 3, groups=4),
            "attention": model[3],
            "up": nn.ConvTranspose1d(4, 6, 3),
        }
    )
    layers["head"] = nn.Linear(16, 4)
    for parameter in layers.parameters():
        nn.init.normal_(parameter, std=0.05)
    feedback_align(layers, weight_mirror(rate=0.1))
    before = {name: float(angles.mean()) for name, angles in alignment(layers).items()}
    optimiser = torch.optim.SGD(layers.parameters(), lr=0.0)
    following = learn_feedback(layers, optimiser)
    for _ in range(100):
        optimiser.step()
    following.remove()
    after = {name: float(angles.mean()) for name, angles in alignment(layers).items()}
    assert set(after) == {"conv", "grouped", "attention.in_proj", "attention.out_proj", "up", "head"}
    assert all(before[name] > 60 for name in before)
    assert all(after[name] < 30 for name in after)
    learned = layers["head"].feedback.clone()
    assert learned.std().item() == pytest.approx(0.05, rel=0.3), "it has the scale of the weights"
    feedback_align(layers, "fa")
    assert torch.equal(layers["head"].feedback, learned)
    optimiser.step()
    assert torch.equal(layers["head"].feedback, learned)


@pytest.mark.parametrize("rule", ["kp", "brsf", "mirror"])
def test_a_rule_that_changes_feedback_does_so_in_a_warm_up_as_by_its_own_words(rule):
    model = nn.Sequential(nn.Linear(6, 5), nn.ReLU(), nn.Linear(5, 3))
    feedback_align(model, rule)
    assert "in a loop of your own, learn_feedback(model, optimiser)" in str(feedback_align(model, rule))
    start = copy.deepcopy(model)
    warm_up(model, (6,), 3, examples=16, batch=16, optimiser=partial(torch.optim.SGD, lr=0.1))
    after, before = model[2], start[2]
    if rule == "kp":
        moved = after.weight / (1 - 1e-4) - before.weight
        assert torch.allclose(after.feedback, (before.feedback + moved) * (1 - 1e-4), atol=1e-6)
    elif rule == "brsf":
        assert not torch.allclose(after.feedback, before.feedback)
    else:
        assert 0 < (after.feedback - before.feedback).norm() < 0.05 * before.feedback.norm()


def test_a_rule_of_ones_own_is_followed_and_survives_a_copy():
    def negative(weights, feedback):
        return -feedback

    mine = Rule("negative", negative, "the other way round", "nobody, never")
    layer = nn.Linear(4, 3)
    feedback_align(layer, mine)
    inputs = torch.randn(2, 4, requires_grad=True)
    copy.deepcopy(layer)(inputs).sum().backward()
    assert torch.allclose(inputs.grad, -layer.feedback.sum(0).expand(2, -1))
    assert type(release(layer)) is nn.Linear
