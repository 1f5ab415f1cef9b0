"""prenoise with a block of seeds: eight networks trained at once."""

import jax

from benchmarks.contenders import prenoise_one
from prenoise import Network


class Contender(prenoise_one.Contender):
    networks = 8

    def __init__(self, problem):
        super().__init__(problem)
        self.key = jax.random.split(jax.random.key(2), self.networks)
        self.network = jax.vmap(lambda key: Network.random(problem.sizes, key=key))(self.key)
