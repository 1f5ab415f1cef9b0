"""The networks that stand for real ones, what they learn, and what is done to them before they are judged."""

# ruff: noqa: E402
import math
import re

import pytest

torch = pytest.importorskip("torch", reason="PyTorch is not installed: there are no networks of its kinds")

from torch import nn

from prenoise.adapters.torch import feedback_align
from prenoise.study.pytorch import text
from prenoise.study.pytorch.compared import MLP, TEXT, VIT
from prenoise.study.pytorch.learning import Tempered, smoothed_loss
from prenoise.study.pytorch.networks import NETWORKS, resnet, with_initial
from prenoise.study.pytorch.tasks import Batches, resized


def inputs_for(name, count=3):
    return torch.randint(28, (count, 32)) if name == TEXT else torch.randn(count, 3, 16, 16)


def made(name):
    return NETWORKS[name]((32,), 28) if name == TEXT else NETWORKS[name]((3, 16, 16), 10)


@pytest.mark.parametrize("name", NETWORKS)
def test_a_network_is_small_and_can_be_aligned_whole(name):
    model, inputs = made(name), inputs_for(name)
    assert model(inputs).shape == ((3, 32, 28) if name == TEXT else (3, 10))
    assert 2_000 < sum(parameter.numel() for parameter in model.parameters()) < 100_000
    report = feedback_align(model, example=inputs)
    assert len(report.layers) >= 3
    assert all("embedding" in why or "code of its own" in why for why in report.not_aligned.values())
    model(inputs).logsumexp(-1).sum().backward()
    assert all(parameter.grad is not None for parameter in model.parameters())


def test_a_resnet_of_the_usual_size_is_that_of_its_paper():
    """11,173,962 is the number that implementations of ResNet-18 for CIFAR-10 agree on."""
    with torch.device("meta"):
        model = resnet((3, 32, 32), 10, width=64, blocks=(2, 2, 2, 2), stride=1)
    assert sum(parameter.numel() for parameter in model.parameters()) == 11_173_962


def test_the_character_transformer_knows_nothing_of_the_future():
    model, ids = made(TEXT).eval(), inputs_for(TEXT)
    changed = ids.clone()
    changed[:, 20] = (ids[:, 20] + 1) % 28
    scores, other = model(ids), model(changed)
    assert torch.equal(scores[:, :20], other[:, :20])
    assert not torch.allclose(scores[:, 20:], other[:, 20:])


@pytest.mark.parametrize("name", [MLP, VIT])
def test_initial_weights_are_hes_or_left_as_pytorch_has_them(name):
    torch.manual_seed(0)
    plain = made(name)
    torch.manual_seed(0)
    assert all(map(torch.equal, plain.parameters(), with_initial(made(name), "PyTorch").parameters()))
    he = with_initial(made(name), "He")
    for module in he.modules():
        weight = getattr(module, "in_proj_weight", None)
        weight = module.weight if isinstance(module, (nn.Linear, nn.Conv2d)) else weight
        if weight is not None:
            deviation = math.sqrt(2 / weight[0].numel())
            assert float(weight.detach().std()) == pytest.approx(deviation, rel=5 / math.sqrt(2 * weight.numel()))
            assert not any(bias.any() for name, bias in module.named_parameters(recurse=False) if "bias" in name)


def test_every_sum_is_right_and_there_once():
    values = {text.in_words(number): number for number in range(200)}
    assert len(values) == 200
    found = [re.fullmatch(r"(.+?) and (.+) is (.+)\. ", sentence).groups() for sentence in text.sums(3)]
    pairs = [tuple(values[words] for words in sentence) for sentence in found]
    assert all(one + other == total for one, other, total in pairs)
    assert len({pair[:2] for pair in pairs}) == 10_000
    assert text.sums(3) != text.sums(4)


def test_windows_are_the_text_cut():
    rows = text.windows(["two is two. ", "no"], 7)
    assert ["".join(text.ALPHABET[place] for place in row) for row in rows] == ["two is ", "two. no"]


def test_an_image_keeps_its_mean_and_a_grey_one_has_every_channel():
    grey = torch.rand(4, 28, 28).numpy()
    images = resized(grey, 3, 14)
    assert images.shape == (4, 3, 14, 14)
    assert torch.equal(images[:, 0], images[:, 2])
    assert float(images.mean()) == pytest.approx(grey.mean(), abs=0.02)


def test_batches_show_every_example_once_in_another_order_each_time():
    batches = Batches(torch.arange(10), torch.arange(10), 4, shuffled=True)
    first, second = (torch.cat([labels for _, labels in batches]).tolist() for _ in range(2))
    assert sorted(first) == sorted(second) == list(range(10))
    assert first != second
    assert len(batches) == 3


def test_temperature_undoes_scores_that_are_too_sure_and_changes_no_answer():
    torch.manual_seed(0)
    scores = torch.randn(4_000, 5)
    labels = torch.distributions.Categorical(logits=scores).sample()
    sure = nn.Linear(5, 5, bias=False)
    nn.init.eye_(sure.weight)
    sure.weight.data *= 3
    tempered = Tempered(sure, Batches(scores, labels, 1_000))
    assert tempered.temperature == pytest.approx(3, rel=0.1)
    assert torch.equal(tempered(scores).argmax(1), sure(scores).argmax(1))


def test_label_smoothing_is_the_mean_of_the_truth_and_of_no_opinion():
    scores, labels = torch.randn(6, 4), torch.arange(6) % 4
    log = scores.log_softmax(1)
    expected = -(0.9 * log[range(6), labels] + 0.1 * log.mean(1)).mean()
    assert torch.allclose(smoothed_loss(scores, labels), expected)
