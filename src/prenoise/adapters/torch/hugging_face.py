"""A callback for Hugging Face's Trainer: what an aligned model's feedback does, in the log of every epoch."""

from typing import Any

from transformers.trainer_callback import TrainerCallback

from prenoise.adapters.torch.following import Following, learn_feedback
from prenoise.adapters.torch.measuring import numbers


class FeedbackCallback(TrainerCallback):
    """Logs `numbers` of the model after every epoch, and lets its feedback follow the steps if its rule says so.

    It is given the `trainer` that it is added to: `trainer.add_callback(FeedbackCallback(trainer))`.
    """

    def __init__(self, trainer: Any):
        self._trainer = trainer
        self._following: Following | None = None

    def on_train_begin(self, args: Any, state: Any, control: Any, **given: Any) -> None:
        self._following = learn_feedback(given["model"], given["optimizer"])

    def on_epoch_end(self, args: Any, state: Any, control: Any, **given: Any) -> None:
        self._trainer.log(numbers(given["model"]))

    def on_train_end(self, args: Any, state: Any, control: Any, **given: Any) -> None:
        if self._following is not None:
            self._following.remove()
