"""Running somebody's model: its inputs and outputs in the forms people use, and its modes put back afterwards."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _NormBase
from torch.nn.parameter import is_lazy
from torch.nn.utils.rnn import PackedSequence

from prenoise.errors import UserError

Output = Callable[[Any], Any]
"""From what a model returns to the scores of the classes, before any softmax."""


def returned_by(model: nn.Module, inputs: Any, output: Output | None = None) -> Any:
    """What `model` returns for `inputs`: a tensor, a tuple of arguments or a dict; `output` takes a part of it."""
    match inputs:
        case Tensor() | PackedSequence():
            returned = model(inputs)
        case Mapping():
            returned = model(**inputs)
        case tuple() | list():
            returned = model(*inputs)
        case _:
            raise UserError(f"inputs are of type {type(inputs).__name__}: expected a tensor, tuple or dict")
    return returned if output is None else output(returned)


def scores_in(returned: Any) -> Tensor:
    """The scores in what a model returned: it is them, or has them as `logits`."""
    if isinstance(returned, Tensor):
        return returned
    scores = returned.get("logits") if isinstance(returned, Mapping) else getattr(returned, "logits", None)
    if not isinstance(scores, Tensor):
        raise UserError(
            f"the model returned {type(returned).__name__}: expected class scores, something with .logits, or an "
            "`output` that takes them from it"
        )
    return scores


def scores_of(model: nn.Module, inputs: Any, output: Output | None = None) -> Tensor:
    """The scores that `model` gives to `inputs`."""
    return scores_in(returned_by(model, inputs, output))


def moved(inputs: Any, device: torch.device) -> Any:
    """Tensors, in whatever tuple, list or dict, on that device."""
    match inputs:
        case Tensor():
            return inputs.to(device)
        case PackedSequence():
            return inputs.to(device)
        case Mapping():
            return {name: moved(value, device) for name, value in inputs.items()}
        case tuple() | list():
            return tuple(moved(value, device) for value in inputs)
        case _:
            return inputs


def check_materialised(model: nn.Module) -> None:
    """Raise if a layer of `model` has no weights yet: it is lazy, or on the meta device."""
    for path, module in model.named_modules():
        own = (*module.parameters(recurse=False), *module.buffers(recurse=False))
        if any(is_lazy(tensor) for tensor in own):
            raise UserError(f"{path or type(module).__name__} has no weights yet: run a batch through the model first")
        if any(tensor.is_meta for tensor in own):
            raise UserError(
                f"{path or type(module).__name__} is on the meta device, where weights have no values: load or "
                "initialise the model first"
            )


def device_of(model: nn.Module) -> torch.device:
    """Where the model takes its inputs: the place of its first parameter or buffer."""
    tensors = (*model.parameters(), *model.buffers())
    return tensors[0].device if tensors else torch.device("cpu")


@contextmanager
def modes_restored(model: nn.Module) -> Iterator[None]:
    """Each module trains or evaluates afterwards as it did before."""
    before = [(module, module.training) for module in model.modules()]
    try:
        yield
    finally:
        for module, training in before:
            module.training = training


@contextmanager
def as_evaluated(model: nn.Module) -> Iterator[None]:
    """In evaluation mode; afterwards modes and random numbers are as they were."""
    with modes_restored(model), random_state_restored(model):
        model.eval()
        yield


def train_what_moves(model: nn.Module) -> None:
    """Training mode, except for what is frozen as a whole, such as a backbone with running statistics of its own."""
    model.train()
    for module in model.modules():
        parameters = list(module.parameters())
        if parameters and not any(parameter.requires_grad for parameter in parameters):
            module.eval()


@contextmanager
def all_or_nothing(model: nn.Module, moving: list[nn.Parameter]) -> Iterator[list[Any]]:
    """Running statistics and `grad` as before in any case; weights and buffers too, unless the list is cleared."""
    gradients = [parameter.grad for parameter in moving]
    with torch.no_grad():
        weights = [(parameter, parameter.clone()) for parameter in moving]
        buffers = [
            (module, name, buffer, buffer.clone())
            for module in model.modules()
            for name, buffer in module.named_buffers(recurse=False)
        ]
    failed = [True]
    try:
        for parameter in moving:
            parameter.grad = None  # or what an optimiser of some of them leaves would be added to it, in place
        yield failed
    finally:
        with torch.no_grad():
            for parameter, value in weights if failed else []:
                parameter.copy_(value)
            for module, name, buffer, value in buffers:
                if failed or isinstance(module, _NormBase):
                    module._buffers[name] = buffer.copy_(value)
        for parameter, gradient in zip(moving, gradients, strict=True):
            parameter.grad = gradient


@contextmanager
def random_state_restored(model: nn.Module) -> Iterator[None]:
    """PyTorch's random numbers go on as if nothing had been drawn, on the CPU and wherever else the model computes."""
    with ExitStack() as restored:
        restored.enter_context(torch.random.fork_rng(devices=[]))
        for device in _accelerators(model):
            restored.enter_context(torch.random.fork_rng(devices=[device], device_type=device.type))
        yield


def seed_random_state(model: nn.Module, seed: int) -> None:
    """Of the same devices, where `torch.manual_seed` would seed all that there are."""
    torch.default_generator.manual_seed(seed)
    for device in _accelerators(model):
        state = torch.Generator(device).manual_seed(seed).get_state()
        getattr(torch, device.type).set_rng_state(state, device)


def random_state(model: nn.Module) -> list[Tensor]:
    """Where the random numbers of the same devices stand."""
    return [
        torch.get_rng_state(),
        *(getattr(torch, device.type).get_rng_state(device) for device in _accelerators(model)),
    ]


def set_random_state(model: nn.Module, states: list[Tensor]) -> None:
    """Have them go on from where they stood."""
    torch.set_rng_state(states[0])
    for device, state in zip(_accelerators(model), states[1:], strict=True):
        getattr(torch, device.type).set_rng_state(state, device)


def _accelerators(model: nn.Module) -> list[torch.device]:
    """Where the parameters are, and where `DataParallel` copies them to."""
    devices = {parameter.device for parameter in model.parameters()}
    for module in model.modules():
        if isinstance(module, nn.DataParallel) and module.device_ids:
            devices |= {torch.device(module.src_device_obj.type, number) for number in module.device_ids}
    return sorted((device for device in devices if device.type not in ("cpu", "meta")), key=str)
