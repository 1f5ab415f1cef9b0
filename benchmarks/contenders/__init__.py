"""Ways to train a network with feedback alignment, each as one would write it. A file has a class `Contender`:

`Contender(problem)` starts from the problem's weights; `epoch(order)` learns every example once, in a new random order
unless told which rows; `pretrain(steps)` learns from noise, as many batches; `weights()` are the layers' now. Where
`networks` is more than 1, it trains as many at once.
"""

import importlib
from typing import Any

from benchmarks.problem import Problem

NAMES = {
    "prenoise_one": "prenoise, one network",
    "prenoise_block": "prenoise, a block of 8 seeds",
    "prenoise_mirror": "prenoise, noise through a weight mirror",
    "jax_generator": "prenoise's loop with JAX's default generator",
    "jax_steps": "JAX, one jitted call a step",
    "pytorch_dataloader": "PyTorch, Dataset and DataLoader",
    "pytorch_tensors": "PyTorch, tensors in memory",
    "biotorch_layers": "BioTorch's layers, tensors in memory",
    "pytorch_compiled": "PyTorch, the whole step under torch.compile",
}


def contender(name: str, problem: Problem) -> Any:
    return importlib.import_module(f"benchmarks.contenders.{name}").Contender(problem)
