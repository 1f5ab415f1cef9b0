"""Noise pretraining of a model of PyTorch: the paper's Algorithm 1 around a model, an optimiser and a sampler."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.modules.batchnorm import _NormBase
from torch.optim import Optimizer

from prenoise.adapters.batches import as_array, inputs_and_labels
from prenoise.adapters.torch.layers import Feedback
from prenoise.adapters.torch.running import (
    call,
    check_materialised,
    device_of,
    modes_restored,
    moved,
    random_state_restored,
    seed_random_state,
)
from prenoise.adapters.warmup import (
    check_default_optimiser,
    check_options,
    check_scores,
    check_weights,
    described,
    sizes,
    watched,
)
from prenoise.errors import UserError
from prenoise.loop import Progress
from prenoise.noise import Noise
from prenoise.paper import PAPER

Sampler = Callable[[int, torch.Generator], tuple[Any, Tensor]]
"""Draws a batch of that many inputs and labels; the generator is on the model's device."""


def warm_up(
    model: nn.Module,
    input_shape: Sequence[int] | None = None,
    classes: int | None = None,
    *,
    examples: int = PAPER.noise_examples,
    batch: int = PAPER.batch,
    noise: Noise | Sampler = Noise(),
    optimiser: Callable[[Iterable[nn.Parameter]], Optimizer] | None = None,
    uniform_labels: float | int = 0.0,
    progress: Progress | None = None,
    generator: torch.Generator | None = None,
) -> Float[np.ndarray, " steps"]:
    """Train `model` in place on noise before it sees data. Returns the loss of every step.

    Inputs of `input_shape` (without the batch) are drawn from `noise` and labels from a hat of `classes`, fresh for
    every batch, on the model's device. Errors go back as the model sends them: through feedback weights if it is
    aligned, else by backpropagation. `noise` may be a function of your own, `(size, generator) -> (inputs, labels)`,
    and then shape and classes are not needed. `optimiser` makes an optimiser of the parameters; default Adam, 1e-4.

    `uniform_labels` moves that share of every label's weight from the drawn class to all classes evenly: at 1 nothing
    is drawn, and the model learns to have no opinion.

    Only parameters that require gradients move. Parts that are frozen as a whole run as in evaluation, the rest as in
    training; afterwards every module's mode, the parameters' `grad` and PyTorch's random state are as they were.
    Batch norm normalises with the statistics of the noise, but its running statistics are put back: those of noise
    would be wrong for data. If anything fails the weights are put back too: a warm-up happens as a whole or not at all.

    A run draws from `generator`, or else from where PyTorch's own random state stands: set it by `torch.manual_seed`.
    As that state is put back, a second run draws the same noise as the first: to go on with other noise give both runs
    one `generator`, which moves on.
    """
    check_options(examples, batch, uniform_labels)
    check_materialised(model)
    moving = [parameter for parameter in model.parameters() if parameter.requires_grad]
    if not moving:
        raise UserError("no parameter of the model requires a gradient: there is nothing to warm up")
    if isinstance(optimiser, Optimizer):
        raise UserError(
            f"the optimiser is an {type(optimiser).__name__} already: expected what makes one of the parameters, such "
            "as functools.partial(torch.optim.Adam, lr=1e-3)"
        )
    if optimiser is None:
        check_default_optimiser(half=any(parameter.dtype == torch.float16 for parameter in moving))
    sampler = _sampler(noise, input_shape, classes, model) if isinstance(noise, Noise) else noise
    batches = sizes(examples, batch)
    with _all_or_nothing(model, moving), modes_restored(model), random_state_restored(model), torch.enable_grad():
        _train_what_moves(model)
        seed = int(torch.randint(2**62, (), generator=generator, device=generator.device if generator else "cpu"))
        seed_random_state(model, seed)  # of what the model draws itself, in dropout say
        stream = torch.Generator(device_of(model)).manual_seed(seed)
        descent = torch.optim.Adam(moving, lr=PAPER.rate) if optimiser is None else optimiser(moving)
        drawn = (sampler(size, stream) for size in batches)
        losses = watched(_descend(model, drawn, descent, classes, uniform_labels), len(batches), progress)
        check_weights(all(bool(parameter.isfinite().all()) for parameter in moving))
    return losses


def _descend(
    model: nn.Module, drawn: Iterable[Any], optimiser: Optimizer, classes: int | None, uniform_labels: float | int
) -> Iterator[Tensor]:
    """One step for every batch, and its loss."""
    device = device_of(model)

    def closure(loss_of: Callable[[], Tensor]) -> Tensor:
        optimiser.zero_grad(set_to_none=True)
        loss = loss_of()
        loss.backward()
        return loss

    for step, batch in enumerate(drawn):
        inputs, labels = inputs_and_labels(batch, "sampler")
        inputs, labels = moved(inputs, device), torch.as_tensor(labels, device=device)
        check = step == 0 or device.type == "cpu"  # to look at labels makes a GPU wait
        loss_of = partial(_loss, model, inputs, labels, classes, uniform_labels, check=check)
        loss: Any = optimiser.step(partial(closure, loss_of))  # pyright: ignore[reportCallIssue, reportArgumentType]
        yield loss.detach()


def _loss(
    model: nn.Module, inputs: Any, labels: Tensor, classes: int | None, uniform_labels: float | int, *, check: bool
) -> Tensor:
    """Mean cross-entropy. Classes are on the last axis if the labels have all axes but that, as for words in a text."""
    scores = call(model, inputs)
    axis = -1 if scores.ndim > 2 and scores.shape[:-1] == labels.shape else 1
    if check:
        check_scores(tuple(scores.shape), axis, classes, as_array(labels))
    scores = scores if scores.dtype == torch.float64 else scores.float()
    return functional.cross_entropy(scores.movedim(axis, 1), labels.long(), label_smoothing=uniform_labels)


def _sampler(noise: Noise, shape: Sequence[int] | None, classes: int | None, model: nn.Module) -> Sampler:
    """Noise as the library describes it, drawn where the model is and in the model's precision."""
    shape, classes = described(shape, classes)
    device, mean, scale = device_of(model), float(noise.mean), float(noise.scale)
    dtype = next(parameter.dtype for parameter in model.parameters())

    def draw(size: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        inputs = torch.empty(size, *shape, device=device)
        if noise.distribution == "uniform":
            inputs.uniform_(-(3**0.5), 3**0.5, generator=generator)
        else:
            inputs.normal_(generator=generator)
        labels = torch.randint(classes, (size,), generator=generator, device=device)
        return (inputs * scale + mean).to(dtype), labels

    return draw


def _train_what_moves(model: nn.Module) -> None:
    """Training mode, except for what is frozen as a whole, such as a backbone with running statistics of its own."""
    model.train()
    for module in model.modules():
        parameters = list(module.parameters())
        if parameters and not any(parameter.requires_grad for parameter in parameters):
            module.eval()


@contextmanager
def _all_or_nothing(model: nn.Module, moving: list[nn.Parameter]) -> Iterator[None]:
    """Running statistics and `grad` as before in any case; after an error, everything."""
    gradients = [parameter.grad for parameter in moving]
    with torch.no_grad():
        weights = [(parameter, parameter.clone()) for parameter in moving]
        buffers = [
            (module, name, buffer, buffer.clone())
            for module in model.modules()
            for name, buffer in module.named_buffers(recurse=False)
            if not (isinstance(module, Feedback) and name == "feedback")  # which only DDP changes, and that is to stay
        ]
    failed = True
    try:
        for parameter in moving:
            parameter.grad = None  # or what an optimiser of some of them leaves would be added to it, in place
        yield
        failed = False
    finally:
        with torch.no_grad():
            for parameter, value in weights if failed else []:
                parameter.copy_(value)
            for module, name, buffer, value in buffers:
                if failed or isinstance(module, _NormBase):
                    module._buffers[name] = buffer.copy_(value)
        for parameter, gradient in zip(moving, gradients, strict=True):
            parameter.grad = gradient
