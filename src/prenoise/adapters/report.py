"""What became of a model: which layers send their error back through feedback, and which weights do not."""

from dataclasses import dataclass

from prenoise.errors import UserError

FAR_FROM_BACKPROPAGATION = 100
"""Gradients more than so many times as long or as short as backpropagation's are warned of."""


@dataclass(frozen=True)
class Aligned:
    """Names as the framework spells them, in the model's order.

    >>> print(Aligned(("fc1", "fc2"), {"word": "an embedding looks its rows up and sends no error back"}))
    2 layers send their error back through feedback weights: fc1, fc2
    not aligned:
      word: an embedding looks its rows up and sends no error back
    """

    layers: tuple[str, ...]
    """Layers that send their error back through feedback."""
    not_aligned: dict[str, str]
    """Every other weight matrix of the model, and why."""
    gradient_ratio: float | None = None
    """With an example: the length of the model's gradients, by that of backpropagation's."""
    note: str = ""
    """What is left to the user to do."""

    def __str__(self) -> str:
        count = len(self.layers)
        lines = [
            f"{count} layer{' sends its' if count == 1 else 's send their'} error back through feedback weights: "
            + ", ".join(self.layers)
        ]
        if self.gradient_ratio is not None:
            lines.append(f"gradients are {self.gradient_ratio:.2g} times as long as those of backpropagation")
        lines += [self.note] if self.note else []
        if self.not_aligned:
            lines += ["not aligned:", *(f"  {name}: {why}" for name, why in self.not_aligned.items())]
        return "\n".join(lines)

    def or_raise(self) -> "Aligned":
        """This report; an error if there was nothing to align, for then the model is as it was."""
        if self.layers:
            return self
        why = "; ".join(f"{name}: {why}" for name, why in self.not_aligned.items())
        raise UserError(f"no layer of the model can be aligned ({why or 'it has no weight matrices'})")
