"""prenoise with a weight mirror during noise pretraining."""

import jax

from benchmarks.contenders import prenoise_one
from benchmarks.problem import BATCH
from prenoise import pretrain


class Contender(prenoise_one.Contender):
    def pretrain(self, steps):
        noise = {"examples": steps * BATCH, "batch": BATCH, "at": [0]}
        self.network, history = pretrain(self.network, key=self.key, rule="mirror", **noise)
        return jax.block_until_ready(history.loss)
