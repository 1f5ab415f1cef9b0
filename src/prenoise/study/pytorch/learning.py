"""One run of a real network: prepared as its kind says, trained, and judged."""

from functools import partial

import torch
from torch import Tensor, nn
from torch.nn import functional

from prenoise.adapters.starts import MIRRORED, NOISE, PLAIN, ZERO
from prenoise.adapters.torch.training import Course
from prenoise.study.given import Given
from prenoise.study.kinds import AFTER_MIRROR, AFTER_NOISE, FROM_ZERO
from prenoise.study.pytorch.compared import SMOOTHED, TEMPERED, TEXT
from prenoise.study.pytorch.networks import NETWORKS, with_initial
from prenoise.study.pytorch.tasks import Batches, Task, characters, images

STARTS = {AFTER_NOISE: NOISE, FROM_ZERO: ZERO, AFTER_MIRROR: MIRRORED}
SMOOTHING = 0.1
TEMPERATURES = torch.logspace(-1, 1, 401)


def learned(given: Given, seed: int) -> dict[str, float]:
    """What one network came to, as `Course.run` measures it."""
    torch.set_num_threads(1)  # a worker is one of several, each of one thread
    task = (characters if given.network == TEXT else images)(given, seed)
    optimiser = partial(torch.optim.Adam, lr=given.rate)
    course = Course(
        partial(made, given, task),
        task.train,
        task.test,
        task.foreign,
        epochs=given.epochs,
        optimiser=optimiser,
        loss=smoothed_loss if given.kind.name == SMOOTHED else None,
        axis=-1,
        rule=given.rule,
        noise={"noise": task.noise, "examples": given.noise_examples, "batch": given.batch, "optimiser": optimiser},
        looks=given.epochs,
        afterwards=partial(Tempered, held_out=task.held_out) if given.kind.name == TEMPERED else None,
    )
    return course.run(seed, STARTS.get(given.kind.name, PLAIN))


def made(given: Given, task: Task) -> nn.Module:
    """The network, with the initial weights that the condition names, where PyTorch finds the quickest device."""
    model = with_initial(NETWORKS[given.network](task.shape, task.classes), given.initial)
    return model.to("cuda" if torch.cuda.is_available() else "cpu")


def smoothed_loss(scores: Tensor, labels: Tensor) -> Tensor:
    """The cross-entropy with a share of every label spread over all classes."""
    return functional.cross_entropy(scores.flatten(0, -2), labels.flatten(), label_smoothing=SMOOTHING)


class Tempered(nn.Module):
    """A trained model whose scores are divided by the temperature at which the held-out examples are likeliest.

    Guo, Pleiss, Sun and Weinberger, On calibration of modern neural networks, 2017.
    """

    def __init__(self, model: nn.Module, held_out: Batches):
        super().__init__()
        self.model = model.eval()
        device = next(model.parameters()).device
        with torch.no_grad():
            batches = [(model(inputs.to(device)).flatten(0, -2), labels.flatten()) for inputs, labels in held_out]
        scores, labels = (torch.cat(parts).cpu() for parts in zip(*batches, strict=True))
        losses = torch.stack([functional.cross_entropy(scores / each, labels) for each in TEMPERATURES])
        self.temperature = float(TEMPERATURES[losses.argmin()])

    def forward(self, inputs: Tensor) -> Tensor:
        return self.model(inputs) / self.temperature
