"""A file from which a warm-up that was ended goes on as if it had not been."""

import os
import time
from pathlib import Path
from typing import Any

import torch
from torch import nn

from prenoise.adapters.torch.descent import Descent
from prenoise.adapters.torch.running import random_state, set_random_state
from prenoise.adapters.warmup import Measurements, Watch
from prenoise.errors import UserError

EVERY = 30.0
"""Seconds between one writing of the file and the next."""


class Checkpoint:
    """The state of a warm-up in a file at `path`; without one, nothing is written and nothing read."""

    def __init__(
        self,
        path: str | Path | None,
        model: nn.Module,
        descent: Descent,
        watch: Watch,
        measurements: Measurements,
        stream: torch.Generator,
        plan: tuple[int, ...],
    ):
        self._path = None if path is None else Path(path)
        self._model, self._descent, self._watch, self._measurements = model, descent, watch, measurements
        self._stream, self._plan, self._written = stream, plan, time.monotonic()

    def save(self) -> None:
        """Write the file: it is whole under its name, or the one before it is there."""
        if self._path is None or not self._watch.taken:
            return
        self._watch.look()
        state = {
            "plan": self._plan,
            "model": self._model.state_dict(),
            "descent": self._descent.state_dict(),
            "losses": self._watch.losses,
            "measurements": self._measurements.state_dict(),
            "stream": self._stream.get_state(),
            "random": random_state(self._model),
        }
        beside = self._path.with_name(f"{self._path.name}.{os.getpid()}.part")
        torch.save(state, beside)
        beside.replace(self._path)
        self._written = time.monotonic()

    def save_now_and_then(self) -> None:
        """Write the file if the last is half a minute old."""
        if self._path is not None and time.monotonic() - self._written >= EVERY:
            self.save()

    def load(self) -> None:
        """Go on from the file, if there is one; raise if it is of another run."""
        if self._path is None or not self._path.exists():
            return
        try:
            state: Any = torch.load(self._path, weights_only=True)
            if state["plan"] != self._plan:
                raise UserError("its numbers of examples or its batches are others")
            self._model.load_state_dict(state["model"])
            self._descent.load_state_dict(state["descent"])
        except Exception as error:
            raise UserError(
                f"the checkpoint {self._path} does not fit this run ({str(error).splitlines()[0]}): remove it, or call "
                "with the arguments that wrote it"
            ) from error
        self._watch.losses = list(state["losses"])
        self._measurements.load_state_dict(state["measurements"])
        self._stream.set_state(state["stream"])
        set_random_state(self._model, state["random"])

    def remove(self) -> None:
        """The run is over: the file is not needed any more."""
        if self._path is not None:
            self._path.unlink(missing_ok=True)
