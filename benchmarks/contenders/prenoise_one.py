"""prenoise as in its README: one network."""

import jax
import jax.numpy as jnp
import numpy as np

from benchmarks.problem import BATCH, Problem
from prenoise import Examples, Network, pretrain, train


class Contender:
    networks = 1

    def __init__(self, problem: Problem):
        weights, feedback = ([jnp.array(array) for array in part] for part in (problem.weights, problem.feedback))
        biases = [jnp.zeros(len(array)) for array in weights]
        self.network = Network(tuple(weights), tuple(biases), tuple(feedback))
        self.examples = Examples.of(problem.images, problem.labels)
        self.key = jax.random.key(2)

    def epoch(self):
        self.network, history = train(self.network, self.examples, key=self.key, epochs=1, batch=BATCH)
        return jax.block_until_ready(history.loss)

    def pretrain(self, steps):
        self.network, history = pretrain(self.network, key=self.key, examples=steps * BATCH, batch=BATCH, at=[0])
        return jax.block_until_ready(history.loss)

    def weights(self):
        return [np.asarray(weights) for weights in self.network.weights]
