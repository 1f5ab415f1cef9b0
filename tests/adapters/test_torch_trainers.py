"""Aligned models in the hands of Lightning, Hugging Face's Trainer and accelerate, each as it really is."""

# ruff: noqa: E402
import json

import pytest

torch = pytest.importorskip("torch", reason="PyTorch is not installed: its adapter is not tested")

from torch import nn
from torch.utils.data import DataLoader, TensorDataset

import prenoise
from prenoise import UserError
from prenoise.adapters.torch import (
    feedback_align,
    learn_feedback,
    load_feedback,
    numbers,
    release,
    save_feedback,
    warm_up,
)
from prenoise.adapters.torch.layers import Feedback

pytestmark = [pytest.mark.filterwarnings("ignore"), pytest.mark.usefixtures("unchecked")]


def perceptron():
    return nn.Sequential(nn.Linear(6, 8), nn.ReLU(), nn.Linear(8, 3))


def examples():
    return TensorDataset(torch.randn(32, 6), torch.arange(32) % 3)


def test_numbers_are_flat_and_ready_to_be_logged():
    model = perceptron()
    feedback_align(model, "bp")
    found = numbers(model)
    assert list(found) == ["alignment/0", "alignment/2", "weight_ratio/0", "weight_ratio/2", "alignment/mean"]
    assert all(isinstance(value, float) for value in found.values())
    assert found["alignment/mean"] < 0.1
    assert found["weight_ratio/0"] == pytest.approx(1)
    json.dumps(found)


def test_lightning_logs_numbers_every_epoch_and_feedback_follows_its_rule(tmp_path):
    lightning = pytest.importorskip("lightning.pytorch", reason="Lightning is not installed")
    from prenoise.adapters.torch.lightning import FeedbackCallback

    class Module(lightning.LightningModule):
        def __init__(self):
            super().__init__()
            self.model = perceptron()

        def training_step(self, batch, number):
            inputs, labels = batch
            return nn.functional.cross_entropy(self.model(inputs), labels)

        def configure_optimizers(self):
            return torch.optim.SGD(self.parameters(), lr=0.1)

    module = Module()
    feedback_align(module, "mirror")
    before = module.model[2].feedback.clone()
    quiet = {"enable_progress_bar": False, "enable_model_summary": False, "enable_checkpointing": False}
    logger = lightning.loggers.CSVLogger(tmp_path)
    trainer = lightning.Trainer(
        max_epochs=2, accelerator="cpu", logger=logger, callbacks=[FeedbackCallback()], log_every_n_steps=1, **quiet
    )
    trainer.fit(module, DataLoader(examples(), 8))
    assert "alignment/model.2" in trainer.logged_metrics
    assert not torch.equal(module.model[2].feedback, before)
    assert "alignment/mean" in (tmp_path / "lightning_logs/version_0/metrics.csv").read_text()


def tiny_vit(layers=6, width=64, **options):
    transformers = pytest.importorskip("transformers", reason="transformers is not installed")
    torch.manual_seed(0)
    shape = {"image_size": 8, "patch_size": 4, "num_channels": 1, "num_labels": 10}
    config = transformers.ViTConfig(
        **shape, hidden_size=width, num_hidden_layers=layers, num_attention_heads=4, **options
    )
    return transformers.ViTForImageClassification(config)


class Digits(torch.utils.data.Dataset):
    def __init__(self, part):
        digits = prenoise.data.load("digits")
        self.images = (torch.tensor(getattr(digits, f"x_{part}")).float().reshape(-1, 1, 8, 8) - 4.9) / 6
        self.labels = torch.tensor(getattr(digits, f"y_{part}")).long()

    def __len__(self):
        return len(self.labels)

    def __getitem__(self, row):
        return {"pixel_values": self.images[row], "labels": self.labels[row]}


def trainer_of(model, folder, **options):
    import transformers

    quiet = {"report_to": [], "disable_tqdm": True, "save_strategy": "no", "use_cpu": True, "logging_strategy": "no"}
    arguments = transformers.TrainingArguments(str(folder), **quiet, **options)
    return transformers.Trainer(model, arguments, train_dataset=Digits("train"))


def accuracy(model):
    test = Digits("test")
    with torch.no_grad():
        return float((model.eval()(test.images).logits.argmax(1) == test.labels).float().mean())


@pytest.mark.slow
@pytest.mark.parametrize("noise", [False, True])
def test_a_vit_of_six_layers_learns_digits_by_feedback_alignment_under_the_trainers_defaults(tmp_path, noise):
    from prenoise.adapters.torch.hugging_face import FeedbackCallback

    model = tiny_vit(width=192, intermediate_size=768)
    report = feedback_align(model, example=torch.randn(4, 1, 8, 8))
    assert 0.01 < report.gradient_ratio < 100
    if noise:
        warm_up(model, (1, 8, 8), 10, examples=3200)
    trainer = trainer_of(model, tmp_path)
    trainer.add_callback(FeedbackCallback(trainer))
    trainer.train()
    assert accuracy(model) > 0.5
    assert sum("alignment/mean" in entry for entry in trainer.state.log_history) == 3


@pytest.mark.slow
def test_weights_turn_to_their_feedback_at_a_rate_for_training_and_hardly_at_one_for_fine_tuning(tmp_path):
    angles = {}
    for rate in (5e-5, 5e-4):
        model = tiny_vit(intermediate_size=256)
        feedback_align(model, generator=torch.Generator().manual_seed(0))
        trainer_of(model, tmp_path, learning_rate=rate, max_steps=270).train()
        angles[rate] = numbers(model)["alignment/classifier"]
    assert angles[5e-5] > 80
    assert angles[5e-4] < 65


def test_feedback_follows_its_rule_under_hugging_faces_trainer(tmp_path):
    model = tiny_vit(layers=1, width=8, intermediate_size=16)
    from prenoise.adapters.torch.hugging_face import FeedbackCallback

    feedback_align(model, "kp")
    before = model.classifier.feedback.clone()
    trainer = trainer_of(model, tmp_path, max_steps=2)
    trainer.add_callback(FeedbackCallback(trainer))
    trainer.train()
    assert not torch.equal(model.classifier.feedback, before)


def test_a_pretrained_model_is_saved_and_its_feedback_comes_back_with_it(tmp_path):
    model, images = tiny_vit(layers=1, width=8, intermediate_size=16), torch.randn(2, 1, 8, 8)
    feedback_align(model.vit, "usf", scale=0.1)
    model.save_pretrained(tmp_path)
    save_feedback(model, tmp_path / "feedback.safetensors")
    loaded = type(model).from_pretrained(tmp_path)
    assert not any(isinstance(module, Feedback) for module in loaded.modules()), "Hugging Face leaves it out"
    report = load_feedback(loaded, tmp_path / "feedback.safetensors")
    assert report.not_aligned["classifier.weight"] == "it had no feedback when it was saved"
    for each in (model, loaded):
        each.eval()(images).logits.square().sum().backward()
    for mine, theirs in zip(model.parameters(), loaded.parameters(), strict=True):
        assert torch.allclose(mine.grad, theirs.grad, atol=1e-6)
    with pytest.raises(UserError, match="holds feedback of another model: this one has no layer"):
        load_feedback(perceptron(), tmp_path / "feedback.safetensors")
    with pytest.raises(UserError, match="is no file of feedback"):
        load_feedback(loaded, tmp_path / "config.json")
    with pytest.raises(UserError, match="has no feedback to save"):
        save_feedback(perceptron(), tmp_path / "none.safetensors")


def test_a_head_that_was_replaced_is_aligned_again(tmp_path):
    transformers = pytest.importorskip("transformers", reason="transformers is not installed")
    config = transformers.GPT2Config(vocab_size=11, n_embd=8, n_layer=1, n_head=2, tie_word_embeddings=False)
    model = transformers.GPT2LMHeadModel(config)
    feedback_align(model)
    kept = model.transformer.h[0].mlp.c_fc.feedback
    model.resize_token_embeddings(13)
    assert "lm_head" in feedback_align(model).layers
    assert model.lm_head.feedback.shape == (13, 8)
    assert model.transformer.h[0].mlp.c_fc.feedback is kept


@pytest.mark.parametrize("hooked_first", [True, False])
def test_accelerates_hooks_and_feedback_come_and_go_in_any_order(hooked_first):
    hooks = pytest.importorskip("accelerate.hooks", reason="accelerate is not installed")
    model, inputs = perceptron(), torch.randn(4, 6)

    def hook():
        for layer in (model[0], model[2]):
            hooks.add_hook_to_module(layer, hooks.ModelHook())

    steps = [hook, lambda: feedback_align(model)]
    for step in steps if hooked_first else steps[::-1]:
        step()
    error = torch.randn(4, 3)
    below = torch.zeros(4, 8)

    def noted(_, gradient):
        below.add_(gradient[0])

    model[1].register_full_backward_pre_hook(noted)
    model(inputs).backward(error)
    assert torch.allclose(below, error @ model[2].feedback)
    expected = model(inputs)
    release(model)
    assert torch.allclose(model(inputs), expected)
    hooks.remove_hook_from_submodules(model)
    assert torch.allclose(model(inputs), expected)
    assert type(model[0]) is nn.Linear


def test_accelerates_own_optimiser_is_followed():
    accelerate = pytest.importorskip("accelerate", reason="accelerate is not installed")
    model = perceptron()
    feedback_align(model, "brsf")
    accelerator = accelerate.Accelerator(cpu=True)
    prepared, optimiser = accelerator.prepare(model, torch.optim.SGD(model.parameters(), lr=0.1))
    before, following = model[2].feedback.clone(), learn_feedback(prepared, optimiser)
    accelerator.backward(prepared(torch.randn(4, 6)).sum())
    optimiser.step()
    after = model[2].feedback.clone()
    assert not torch.equal(after, before)
    following.remove()
    optimiser.step()
    assert torch.equal(model[2].feedback, after)
