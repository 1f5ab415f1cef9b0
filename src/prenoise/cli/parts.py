"""A run of one network in parts, with a checkpoint after each: a command that was killed goes on from its last one."""

import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from prenoise.history import History, Interrupted
from prenoise.network import Network
from prenoise.weights_file import WeightsFileError, load_state, save_network

EVERY = 10.0
"""Seconds between checkpoints: a kill costs no more, and one second of a run is not spent on writing."""

Phase = Callable[..., tuple[Network, History]]
"""`phase(network, from_time, to_time, progress, key=... or state=...)`: trains that far."""


def in_parts(
    phase: Phase,
    network: Network,
    ends: Sequence[float | int],
    *,
    time_per_step: float | int,
    key: Any,
    optimiser: Any,
    about: dict[str, Any],
    checkpoint: Path | None,
    progress: Callable[[float], None],
) -> tuple[Network, History]:
    """The network after all parts, and their history as one.

    `ends` are the times (epochs, or examples of noise) at which the parts end, each a whole number of steps but the
    last, and a step takes `time_per_step` of the same unit.
    A `checkpoint` made by a run that was told the same (`about`) is gone on from. It is written now and then and on
    Ctrl-C; whoever writes the result removes it. `progress` is told the fraction that is done.
    """
    done: tuple[Network, Any] = (network, None)
    begun, whole = 0.0, float(ends[-1])
    if checkpoint and checkpoint.exists() and (found := _gone_on(checkpoint, optimiser, about)):
        done = found
        begun = int(found[1].state.step) * time_per_step
        print(f"going on from {checkpoint} ({begun:g} of {whole:g} done)", file=sys.stderr)
    written = time.monotonic()
    try:
        for stop in [float(end) for end in ends if end > begun] or [whole]:

            def tell(fraction: float, begun: float = begun, stop: float = stop) -> None:
                progress((begun + fraction * (stop - begun)) / max(whole, 1))

            network, history = done
            start = {"key": key} if history is None else {"state": history.state}
            network, later = phase(network, begun, stop, tell, **start)
            done, begun = (network, _joined(history, later)), stop
            if checkpoint and stop < whole and time.monotonic() - written > EVERY:
                _write(checkpoint, *done, about)
                written = time.monotonic()
    except KeyboardInterrupt as interrupt:
        network, history = done
        if isinstance(interrupt, Interrupted) and len(interrupt.history.at):  # in the middle of a part
            network, history = interrupt.network, _joined(history, interrupt.history)
        if not checkpoint or history is None:
            raise
        _write(checkpoint, network, history, about)
        raise Interrupted(f"interrupted: the same command goes on from {checkpoint}") from None
    return done


def _joined(history: History | None, later: History) -> History:
    return later if history is None else history.then(later)


def _write(checkpoint: Path, network: Network, history: History, about: dict[str, Any]) -> None:
    measured = {name: np.asarray(values).tolist() for name, values in history.record.items()}
    so_far = {"at": history.at.tolist(), "loss": np.asarray(history.loss).tolist(), "record": measured}
    save_network(network, checkpoint, state=history.state, about=about, history=so_far)


def _gone_on(checkpoint: Path, optimiser: Any, about: dict[str, Any]) -> tuple[Network, History] | None:
    """Network and history in a checkpoint; None where another command left it, or nothing can be made of it."""
    try:
        network, state, made_by = load_state(checkpoint, optimiser)
        so_far = made_by["history"]
        record = {name: np.array(values, np.float32) for name, values in so_far["record"].items()}
        at, loss = np.array(so_far["at"], float), np.array(so_far["loss"], np.float32)
        if made_by["about"] != about or not len(at) == len(loss) > 0:
            raise ValueError("another run")
    except (WeightsFileError, KeyError, TypeError, ValueError, AttributeError):
        print(f"{checkpoint} is of another run: beginning anew", file=sys.stderr)
        return None
    return network, History(at, loss, record, state.diverged_at, at[-1], at[-1], state)
