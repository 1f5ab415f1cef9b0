"""The paper's protocol, and our defaults for what its text leaves open: each number once."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Protocol:
    """What a run does unless told otherwise."""

    hidden: tuple[int, ...] = (100,)
    noise_examples: int = 500_000
    """Ours: alignment is best between 0.5 and 1 million examples."""
    epochs: int = 100
    batch: int = 64
    rate: float = 1e-4
    """Of Adam, with its usual constants."""
    shots: int = 10
    inner_steps: int = 10
    inner_rate: float = 1e-3
    """Of the adaptation whose result the meta-loss judges."""


PAPER = Protocol()
