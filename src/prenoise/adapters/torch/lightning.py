"""A callback for Lightning: what an aligned model's feedback does, in the log of every epoch."""

from typing import Any

from lightning.pytorch import Callback, LightningModule, Trainer

from prenoise.adapters.torch.following import Following, learn_feedback
from prenoise.adapters.torch.measuring import numbers


class FeedbackCallback(Callback):
    """Logs `numbers` of the model after every epoch, and lets its feedback follow the steps if its rule says so."""

    def __init__(self) -> None:
        self._following: list[Following] = []

    def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        self._following = [learn_feedback(pl_module, optimiser) for optimiser in trainer.optimizers]

    def on_train_epoch_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        pl_module.log_dict(numbers(pl_module))

    def on_train_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        for following in self._following:
            following.remove()

    def on_exception(self, trainer: Trainer, pl_module: LightningModule, exception: Any) -> None:
        self.on_train_end(trainer, pl_module)
