"""A user's model of PyTorch, trained as the user would, from a start of a kind that is to be compared."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import torch
from torch import nn
from torch.nn import functional
from torch.optim import Optimizer

from prenoise.adapters.batches import IGNORED, class_axis, inputs_and_labels
from prenoise.adapters.starts import MIRROR, MIRRORED, NOISE, ZERO
from prenoise.adapters.torch.descent import Descent, Schedule
from prenoise.adapters.torch.feedback import feedback_align
from prenoise.adapters.torch.following import Following
from prenoise.adapters.torch.layers import kind_of, plain_class
from prenoise.adapters.torch.measuring import Calibration, calibration, ood_auroc
from prenoise.adapters.torch.running import (
    Output,
    as_evaluated,
    device_of,
    moved,
    random_state_restored,
    returned_by,
    scores_in,
    scores_of,
)
from prenoise.adapters.torch.warming import Loss, warm_up
from prenoise.adapters.warmup import Progress
from prenoise.errors import UserError
from prenoise.measures import area_under_curve


@dataclass(frozen=True)
class Course:
    """A model, the data, and how it is trained on them: all that is the same for every start."""

    make_model: Callable[[], nn.Module]
    train_loader: Iterable[Any]
    test_loader: Iterable[Any]
    foreign_loader: Iterable[Any] | None = None
    epochs: int = 1
    optimiser: Callable[[Iterable[nn.Parameter]], Optimizer] = torch.optim.Adam
    schedule: Schedule | None = None
    loss: Loss | None = None
    output: Output | None = None
    axis: int | None = None
    rule: Any = None
    readout: str | None = None
    noise: Mapping[str, Any] = field(default_factory=dict)
    looks: int = 10
    afterwards: Callable[[nn.Module], nn.Module] | None = None
    """What is made of the trained model before it is judged, such as one whose scores are scaled."""

    def run(self, seed: int, start: str, progress: Progress | None = None) -> dict[str, float]:
        """Train from that `start`, and say how it went. `seed` decides initial weights, feedback, noise and order.

        `accuracy`, `calibration_error`, `log_loss` and `foreign` (the AUROC against the foreign loader) are those at
        the end, on the test loader; `speed` is the mean height of the curve of accuracy.
        """
        with random_state_restored(nn.Module()):
            torch.manual_seed(seed)
            model = self.make_model()
            if self.rule is not None:
                feedback_align(model, self.rule, generator=torch.Generator().manual_seed(seed))
            self._prepare(model, seed, start)
            torch.manual_seed(seed)
            for source in (self.train_loader, getattr(self.train_loader, "sampler", None)):
                if isinstance(getattr(source, "generator", None), torch.Generator):
                    source.generator.manual_seed(seed)  # pyrefly: ignore[missing-attribute]
            at, accuracies = self._train(model, seed, progress)
            if self.afterwards is not None:
                model = self.afterwards(model)
            judged = self._judged(model)
            curve = torch.tensor([*accuracies, judged.accuracy])
            numbers = {
                "accuracy": judged.accuracy,
                "speed": float(area_under_curve(curve, torch.tensor(at))),
                "calibration_error": judged.expected_calibration_error,
                "log_loss": judged.log_loss,
            }
            if self.foreign_loader is not None:
                options = {"output": self.output, "axis": self.axis}
                numbers["foreign"] = ood_auroc(model, self.test_loader, self.foreign_loader, **options)
        return numbers

    def _prepare(self, model: nn.Module, seed: int, start: str) -> None:
        """Bring a fresh model to its `start`."""
        noise = {"progress": None, "generator": torch.Generator().manual_seed(seed), **self.noise}
        if start == ZERO:
            zero_readout(model, self._example(), output=self.output, name=self.readout)
        elif start == NOISE:
            warm_up(model, **noise)  # pyrefly: ignore[bad-argument-type]
        elif start == MIRRORED:
            feedback_align(model, MIRROR)
            warm_up(model, **noise)  # pyrefly: ignore[bad-argument-type]
            feedback_align(model, self.rule)

    def _train(self, model: nn.Module, seed: int, progress: Progress | None) -> tuple[list[int], list[float]]:
        """The steps at which one looks, and the accuracy at each but the last, which is yet to be judged."""
        moving = [parameter for parameter in model.parameters() if parameter.requires_grad]
        total = self.epochs * len(self.train_loader)  # pyrefly: ignore[bad-argument-type]
        following = Following(model, torch.Generator().manual_seed(seed))
        descent = Descent(moving, self.optimiser, self.schedule, total, following)
        due = sorted({round(total * look / self.looks) for look in range(self.looks + 1)})
        accuracies, step = [self._judged(model).accuracy], 0
        for _ in range(self.epochs):
            model.train()
            for batch in self.train_loader:
                inputs, labels = moved(inputs_and_labels(batch, "loader"), device_of(model))
                descent.step(partial(self._loss, model, inputs, labels))
                step += 1
                if step in due[1:-1]:
                    accuracies.append(self._judged(model).accuracy)
                if progress and step in due:
                    progress(step / total)
        return due, accuracies

    def _judged(self, model: nn.Module) -> Calibration:
        return calibration(model, self.test_loader, output=self.output, axis=self.axis)

    def _loss(self, model: nn.Module, inputs: Any, labels: Any) -> torch.Tensor:
        returned = returned_by(model, inputs, self.output)
        if self.loss is not None:
            return self.loss(returned, labels)
        scores = scores_in(returned)
        axis = class_axis(tuple(scores.shape), tuple(labels.shape), self.axis)
        return functional.cross_entropy(scores.movedim(axis, 1).float(), labels.long(), ignore_index=IGNORED)

    def _example(self) -> Any:
        return inputs_and_labels(next(iter(self.test_loader)), "loader")[0]


def zero_readout(model: nn.Module, example: Any, *, output: Output | None = None, name: str | None = None) -> str:
    """Make the read-out of `model` zero, so that it has no opinion of any class; the name of that layer.

    It is the layer called `name`, or the last that is called for the inputs `example`; `output` takes the scores from
    what the model returns. Raises if the scores are not all the same afterwards.
    """
    called: list[str] = []
    layers = {path: layer for path, layer in model.named_modules() if kind_of(plain_class(layer)) is not None}
    if name is not None and name not in layers:
        raise UserError(f"there is no layer {name!r} with weights: expected one of {', '.join(layers)}")
    hooks = [layer.register_forward_hook(lambda *_, path=path: called.append(path)) for path, layer in layers.items()]
    inputs = moved(example, device_of(model))
    try:
        with as_evaluated(model), torch.no_grad():
            scores_of(model, inputs, output)
    finally:
        for hook in hooks:
            hook.remove()
    name = name or (called[-1] if called else "")
    readout: Any = layers.get(name)
    with as_evaluated(model), torch.no_grad():
        for parameter in readout.parameters(recurse=False) if readout is not None else ():
            parameter.zero_()
        scores = scores_of(model, inputs, output)
    if readout is None or float(scores.max() - scores.min()) > 0:
        raise UserError(
            f"with {name or 'no layer'} at zero the model still has opinions: name its read-out with `readout`"
        )
    return name
