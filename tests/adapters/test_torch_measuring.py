"""The numbers of a model of PyTorch are those of the library."""

# ruff: noqa: E402
import jax.numpy as jnp
import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="PyTorch is not installed: its adapter is not tested")

from torch import nn
from torch.utils.data import DataLoader, TensorDataset
from torch_models import ResNet18

from prenoise import Network, UserError, measures
from prenoise.adapters.carriers import LAYER_RULES
from prenoise.adapters.torch import alignment, calibration, effective_rank, feedback_align, ood_auroc, to_sequential


def test_alignment_and_rank_are_the_librarys_for_its_networks():
    network = Network.random([6, 5, 4, 3], key=0)
    model = to_sequential(network)
    found = alignment(model)
    assert list(found) == ["2", "4"]
    for mine, expected in zip(found.values(), measures.alignment(network), strict=True):
        assert np.allclose(mine, expected, atol=1e-3)
    ranks = effective_rank(model)
    for mine, weight in zip(ranks.values(), network.weights, strict=True):
        assert mine == pytest.approx(float(measures.effective_rank(weight)), rel=1e-5)


def test_an_untrained_model_is_near_ninety_degrees_and_a_copy_of_its_feedback_at_zero():
    model = ResNet18(width=8)
    feedback_align(model)
    angles = alignment(model)
    assert len(angles) == 21
    assert np.mean([angle.mean() for angle in angles.values()]) == pytest.approx(90, abs=3)
    assert len(angles["layer2.0.conv1"]) == 8, "one angle for every channel below"
    with torch.no_grad():
        model.fc.weight.copy_(model.fc.feedback)
    assert alignment(model)["fc"].max() < 0.1


@pytest.mark.parametrize("rule", LAYER_RULES)
def test_alignment_is_with_what_the_rule_carries_errors_through(rule):
    network = Network.random([6, 50, 40, 3], key=0)
    model = to_sequential(network)
    for layer in model[2::2]:
        feedback_align(layer, rule)
    for mine, expected in zip(alignment(model).values(), measures.alignment(network, rule), strict=True):
        assert np.allclose(mine, expected, atol=0.05)


@pytest.mark.parametrize("groups", [1, 2, 4])
def test_the_angle_of_a_channel_is_taken_over_all_that_leaves_it(groups):
    layer = nn.Conv2d(4, 8, 3, groups=groups)
    feedback_align(layer)
    (found,) = alignment(layer).values()
    for channel in range(4):
        only = torch.zeros(1, 4, 5, 5)
        only[0, channel, 2, 2] = 1
        bias = layer.bias.detach()[:, None, None]
        forward = (layer(only) - bias).flatten().detach().double()
        back = nn.functional.conv2d(only, layer.feedback, groups=groups).flatten().double()
        cosine = torch.nn.functional.cosine_similarity(forward, back, 0)
        assert found[channel] == pytest.approx(torch.rad2deg(torch.acos(cosine)).item(), abs=0.05)


def test_rank_is_given_for_layers_that_are_not_aligned_too():
    model = nn.Sequential(nn.Conv2d(3, 4, 3), nn.Flatten(), nn.Linear(4, 4))
    with torch.no_grad():
        model[2].weight.copy_(torch.eye(4))
        model[0].weight.copy_(torch.ones(4, 3, 3, 3))
    assert effective_rank(model) == pytest.approx({"0": 1.0, "2": 4.0}, abs=1e-3)


def case():
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(4, 6), nn.Dropout(0.5), nn.Linear(6, 3)).train()
    inputs, labels = torch.randn(101, 4), torch.randint(3, (101,))
    return model, inputs, labels, DataLoader(TensorDataset(inputs, labels), 16)


def test_calibration_is_the_librarys_on_the_probabilities_in_evaluation_mode():
    model, inputs, labels, loader = case()
    found = calibration(model, loader, bins=10)
    assert model[1].training
    model.eval()
    chance = model(inputs).softmax(1).detach().numpy()
    truth = jnp.asarray(labels.numpy().astype(np.int32))
    assert found.accuracy == pytest.approx((chance.argmax(1) == labels.numpy()).mean())
    expected = measures.expected_calibration_error(jnp.asarray(chance), truth, bins=10)
    assert found.expected_calibration_error == pytest.approx(float(expected), abs=1e-5)
    assert found.log_loss == pytest.approx(nn.functional.cross_entropy(model(inputs), labels).item(), rel=1e-4)
    one_hot = nn.functional.one_hot(labels).numpy()
    assert found.brier_score == pytest.approx(((chance - one_hot) ** 2).sum(1).mean(), rel=1e-4)
    assert found.bins.share.shape == (10,)
    assert found.bins.share.sum() == pytest.approx(1)


def test_ood_auroc_is_the_area_under_the_curve_of_confidence():
    roc_auc_score = pytest.importorskip("sklearn.metrics").roc_auc_score
    model, inputs, _, loader = case()
    far = torch.randn(50, 4) * 4
    found = ood_auroc(model, loader, far.split(20))
    model.eval()
    scores = [model(x).softmax(1).max(1).values.detach().numpy() for x in (inputs, far)]
    truth = np.repeat([1, 0], [len(inputs), len(far)])
    assert found == pytest.approx(roc_auc_score(truth, np.concatenate(scores)), abs=1e-4)


def test_a_loader_that_does_not_fit_is_said_so_in_a_sentence():
    model, inputs, labels, _ = case()
    with pytest.raises(UserError, match=r"the loader gave a Tensor: expected \(inputs, labels\)"):
        calibration(model, [inputs])
    with pytest.raises(UserError, match="gave no examples"):
        calibration(model, [])
    with pytest.raises(UserError, match="gave no examples"):
        calibration(model, [(inputs[:0], labels[:0])])
    with pytest.raises(UserError, match="whole numbers from 0 to 2"):
        calibration(model, [(inputs, labels + 1)])
    with pytest.raises(UserError, match="whole numbers from 0 to 2"):
        calibration(model, [(inputs, labels.float())])
    with pytest.raises(UserError, match=r"shape \(101,\): expected whole numbers"):
        calibration(model, [(inputs[None], labels)])
    with pytest.raises(UserError, match=r"scores of shape \(3,\): expected examples x classes"):
        calibration(model, [(inputs[0], labels[0])])
