"""Noise pretraining of a model of PyTorch: the paper's Algorithm 1 around a model, an optimiser and a sampler."""

from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Literal

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.optim import Optimizer

from prenoise.adapters.batches import IGNORED, as_array, class_axis, inputs_and_labels
from prenoise.adapters.torch.checkpoint import Checkpoint
from prenoise.adapters.torch.descent import Descent, Schedule
from prenoise.adapters.torch.feedback import feedback_layers
from prenoise.adapters.torch.following import Following
from prenoise.adapters.torch.measuring import alignment
from prenoise.adapters.torch.noise import gaussian_noise
from prenoise.adapters.torch.running import (
    Output,
    all_or_nothing,
    check_materialised,
    device_of,
    modes_restored,
    moved,
    random_state_restored,
    returned_by,
    scores_in,
    seed_random_state,
    train_what_moves,
)
from prenoise.adapters.warmup import (
    Measurements,
    Progress,
    Record,
    WarmUp,
    Watch,
    check_options,
    check_scores,
    check_weights,
    described,
    sizes,
)
from prenoise.errors import UserError
from prenoise.paper import PAPER
from prenoise.progress import progress as shown

Loss = Callable[[Any, Any], Tensor]
"""From the scores and the labels of a batch to a number, the mean over its examples."""


def warm_up(
    model: nn.Module,
    input_shape: Sequence[int] | None = None,
    classes: int | None = None,
    *,
    examples: int = PAPER.noise_examples,
    batch: int = PAPER.batch,
    noise: Any = None,
    optimiser: Callable[[Iterable[nn.Parameter]], Optimizer] | None = None,
    schedule: Schedule | None = None,
    loss: Loss | None = None,
    output: Output | None = None,
    axis: int | None = None,
    uniform_labels: float | int = 0.0,
    record: Record | None = None,
    at: Sequence[int | float] | None = None,
    stop: Literal["aligned"] | None = None,
    progress: Progress | Literal["bar"] | None = "bar",
    checkpoint: str | Path | None = None,
    on_interrupt: Literal["restore", "keep"] = "restore",
    generator: torch.Generator | None = None,
) -> WarmUp:
    """Pretrain `model` on noise, in place, before it sees data. Errors go back as the model sends them.

    That is through feedback if it is aligned, else by backpropagation.

    - `input_shape` (without the batch) and `classes`: inputs are drawn from N(0, 1) and labels uniformly, fresh for
      every batch, on the model's device. `noise`: a `prenoise.Noise`, a sampler of `prenoise.adapters.torch` (images,
      series, token ids) or one of your own, `(size, generator) -> (inputs, labels)`, for which shape and classes are
      not needed. Batches take all forms that `calibration` takes.
    - `examples`: how many are drawn in all, `batch` of them in a step.
    - `optimiser`: makes an optimiser of the parameters; by default Adam, 1e-4. Half precision parameters are stepped in
      single precision. `schedule`: makes a learning rate scheduler of the optimiser and the number of steps, and is
      stepped with it.
    - `loss`: a function of scores and labels instead of the cross-entropy. `output`: takes the scores from what the
      model returns. `axis`: that of the classes, where the shape of the labels does not say it. `uniform_labels`: the
      share of every label that is spread over all classes evenly; at 1 the model learns to have no opinion.
    - `record`: functions of the model, measured at the times `at` (examples of noise seen; by default the start, the
      end and nine times between). `stop`: with "aligned" the run ends when the mean angle to the feedback has stopped
      falling, and the model comes out as it was when that was smallest; it is looked at whenever anything is measured.
    - `progress`: is told the fraction done; by default a bar on a terminal, and elsewhere a line now and then.
    - `checkpoint`: a file that holds what is needed to go on, written every half minute. A call with the same arguments
      goes on from it, and it is removed at the end.
    - `on_interrupt`: what Ctrl-C leaves: with "restore" the model as it was, and `KeyboardInterrupt`; with "keep" what
      was reached, returned as if that had been the end.
    - `generator`: what the noise is drawn from; by default it starts where PyTorch's own random state stands. As that
      is put back, a second run draws the same noise as the first, unless both are given one generator.

    Only parameters that require gradients move. Parts that are frozen as a whole run as in evaluation, the rest as in
    training; afterwards every module's mode, the parameters' `grad` and PyTorch's random state are as they were. Batch
    norm normalises with the statistics of the noise, but its running statistics are put back: those of noise would be
    wrong for data. If anything fails the weights are put back too.
    """
    check_options(examples, batch, uniform_labels)
    check_materialised(model)
    moving = [parameter for parameter in model.parameters() if parameter.requires_grad]
    if not moving:
        raise UserError("no parameter of the model requires a gradient: there is nothing to warm up")
    _check_choices(model, optimiser, loss, uniform_labels, stop, on_interrupt)
    sampler = _sampler(noise, input_shape, classes)
    batches = sizes(examples, batch)
    measurements = Measurements(record, at, examples, _mean_angle if stop else None)
    loss = loss or _CrossEntropy(device_of(model), classes, axis, uniform_labels)
    with ExitStack() as stack:
        put_back = stack.enter_context(all_or_nothing(model, moving))
        stack.enter_context(modes_restored(model))
        stack.enter_context(random_state_restored(model))
        stack.enter_context(torch.enable_grad())
        train_what_moves(model)
        seed = int(torch.randint(2**62, (), generator=generator, device=generator.device if generator else "cpu"))
        seed_random_state(model, seed)  # of what the model draws itself, in dropout say
        stream = torch.Generator(device_of(model)).manual_seed(seed)
        following = Following(model, torch.Generator().manual_seed(seed))
        descent = Descent(moving, optimiser, schedule, len(batches), following)
        told = stack.enter_context(shown("noise pretraining")) if progress == "bar" else progress
        watch = Watch(len(batches), told)
        saved = Checkpoint(checkpoint, model, descent, watch, measurements, stream, (examples, batch))
        saved.load()
        best: dict[str, Tensor] = {}
        try:
            if not watch.taken and measurements.measured(model, 0) and stop:
                best = _kept(model)
            for size in batches[watch.taken :]:
                drawn = sampler(size, stream)
                looked = watch.saw(_step(model, drawn, descent, loss, output, first=not watch.taken))
                if measurements.measured(model, sum(batches[: watch.taken])):
                    best = _kept(model) if measurements.smallest_now else best
                    if measurements.at_an_end:
                        break
                if looked:
                    saved.save_now_and_then()
        except KeyboardInterrupt:
            if on_interrupt != "keep":
                saved.save()
                raise
        watch.look()
        check_weights(all(bool(parameter.isfinite().all()) for parameter in moving))
        if best:
            model.load_state_dict(best)
        saved.remove()
        put_back.clear()
    return measurements.result(watch.losses, sum(batches[: len(watch.losses)]))


def _step(model: nn.Module, drawn: Any, descent: Descent, loss: Loss, output: Output | None, *, first: bool) -> Tensor:
    """One step on a batch, and its loss."""
    device, dtype = device_of(model), _precision(model)
    inputs, labels = inputs_and_labels(drawn, "sampler")
    inputs, labels = _fitting(moved(inputs, device), dtype), moved(labels, device)

    def loss_of() -> Tensor:
        try:
            returned = returned_by(model, inputs, output)
        except (UserError, torch.OutOfMemoryError):
            raise
        except Exception as error:
            if not first:
                raise
            raise UserError(
                f"the model failed on the first batch of noise ({type(error).__name__}: {str(error).splitlines()[0]}): "
                "expected inputs as the model takes them, such as token ids from `noise=token_noise(...)` for an "
                "embedding, or from a sampler of your own"
            ) from error
        return loss(scores_in(returned) if isinstance(loss, _CrossEntropy) else returned, labels)

    return descent.step(loss_of)


class _CrossEntropy:
    """Mean cross-entropy in nats, for scores that fit the labels; raises if they do not."""

    def __init__(self, device: torch.device, classes: int | None, axis: int | None, uniform_labels: float | int):
        self._checks_all, self._checked = device.type == "cpu", False  # to look at labels makes a GPU wait
        self._classes, self._axis, self._uniform = classes, axis, uniform_labels

    def __call__(self, scores: Tensor, labels: Any) -> Tensor:
        labels = torch.as_tensor(labels, device=scores.device)
        axis = class_axis(tuple(scores.shape), tuple(labels.shape), self._axis)
        if self._checks_all or not self._checked:
            check_scores(tuple(scores.shape), axis, self._classes, as_array(labels))
            self._checked = True
        scores = (scores if scores.dtype == torch.float64 else scores.float()).movedim(axis, 1)
        return functional.cross_entropy(scores, labels.long(), ignore_index=IGNORED, label_smoothing=self._uniform)


def _check_choices(model: nn.Module, optimiser: Any, loss: Any, uniform_labels: float, stop: Any, on_interrupt: Any):
    """Raise if arguments are of the wrong kind, or make no sense together."""
    if isinstance(optimiser, Optimizer):
        raise UserError(
            f"the optimiser is an {type(optimiser).__name__} already: expected what makes one of the parameters, such "
            "as functools.partial(torch.optim.Adam, lr=1e-3)"
        )
    if loss is not None and uniform_labels:
        raise UserError("uniform labels belong to the cross-entropy: expected either uniform_labels or a loss")
    if stop not in (None, "aligned"):
        raise UserError(f"noise pretraining cannot stop when {stop!r}: expected None or 'aligned'")
    if stop and not any(layer.feedback_rule != "bp" for _, layer in feedback_layers(model)):
        raise UserError(
            "noise pretraining cannot stop when aligned: the model has no feedback; call feedback_align first"
        )
    if on_interrupt not in ("restore", "keep"):
        raise UserError(f"found on_interrupt={on_interrupt!r}: expected 'restore' or 'keep'")


def _sampler(noise: Any, shape: Sequence[int] | None, classes: int | None) -> Any:
    """The sampler that `noise` is or describes."""
    if callable(noise):
        return noise
    shape, classes = described(shape, classes)
    if noise is None:
        return gaussian_noise(shape, classes)
    if not all(hasattr(noise, name) for name in ("mean", "scale", "distribution")):
        raise UserError(f"found {noise!r} as noise: expected a prenoise.Noise or a sampler, (size, generator) -> batch")
    mean, scale = float(noise.mean), float(noise.scale)
    return gaussian_noise(shape, classes, mean=mean, scale=scale, distribution=noise.distribution)


def _precision(model: nn.Module) -> torch.dtype:
    real = (parameter.dtype for parameter in model.parameters() if parameter.is_floating_point())
    return next(real, torch.float32)


def _fitting(inputs: Any, dtype: torch.dtype) -> Any:
    """Inputs in single precision as the model has its weights."""
    if isinstance(inputs, Tensor):
        return inputs.to(dtype) if inputs.dtype == torch.float32 else inputs
    if isinstance(inputs, dict):
        return {name: _fitting(value, dtype) for name, value in inputs.items()}
    return tuple(_fitting(value, dtype) for value in inputs) if type(inputs) is tuple else inputs


def _mean_angle(model: nn.Module) -> float:
    return float(torch.cat([angles.cpu() for angles in alignment(model).values()]).mean())


def _kept(model: nn.Module) -> dict[str, Tensor]:
    return {name: value.clone() for name, value in model.state_dict().items()}
