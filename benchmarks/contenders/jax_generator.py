"""prenoise's own step in one compiled loop, on noise from JAX's default generator: what its own way to draw saves."""

from functools import partial

import jax
import jax.numpy as jnp

from benchmarks.contenders import prenoise_one
from benchmarks.problem import BATCH, CLASSES
from prenoise.examples import Batch
from prenoise.learning import learn
from prenoise.optimisers import adam
from prenoise.rules import fa


@partial(jax.jit, static_argnums=2)
def pretrain(network, key, steps):
    def step(number, carry):
        network, state = carry
        inputs_key, labels_key = jax.random.split(jax.random.fold_in(key, number))
        batch = Batch(
            jax.random.normal(inputs_key, (BATCH, network.sizes[0])),
            jax.random.randint(labels_key, (BATCH,), 0, CLASSES),
            jnp.full(BATCH, 1 / BATCH),
        )
        network, state, _ = learn(network, state, batch, fa, adam(), key, number)
        return network, state

    return jax.lax.fori_loop(0, steps, step, (network, adam().init(network.moving)))[0]


class Contender(prenoise_one.Contender):
    def pretrain(self, steps):
        self.network = jax.block_until_ready(pretrain(self.network, self.key, steps))
