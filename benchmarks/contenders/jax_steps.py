"""Plain JAX: a jitted function takes one step, and a Python loop calls it for every batch."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import optax

from benchmarks.problem import BATCH, CLASSES, RATE, Problem

adam = optax.adam(RATE)


@jax.custom_vjp
def linear(inputs, weight, bias, feedback):
    return inputs @ weight.T + bias


def forward(inputs, weight, bias, feedback):
    return linear(inputs, weight, bias, feedback), (inputs, feedback)


def backward(kept, error):
    inputs, feedback = kept
    return error @ feedback, error.T @ inputs, error.sum(0), jnp.zeros_like(feedback)


linear.defvjp(forward, backward)


def loss(parameters, feedback, inputs, labels):
    (weight, bias), *above = parameters
    activity = inputs @ weight.T + bias
    for (weight, bias), back in zip(above, feedback, strict=True):
        activity = linear(jax.nn.relu(activity), weight, bias, back)
    return optax.softmax_cross_entropy_with_integer_labels(activity, labels).mean()


@partial(jax.jit, donate_argnums=(0, 1))
def step(parameters, state, feedback, inputs, labels):
    value, gradients = jax.value_and_grad(loss)(parameters, feedback, inputs, labels)
    updates, state = adam.update(gradients, state)
    return optax.apply_updates(parameters, updates), state, value


@partial(jax.jit, donate_argnums=(0, 1), static_argnums=4)
def noise_step(parameters, state, feedback, key, inputs):
    inputs_key, labels_key = jax.random.split(key)
    noise = jax.random.normal(inputs_key, (BATCH, inputs))
    return step(parameters, state, feedback, noise, jax.random.randint(labels_key, (BATCH,), 0, CLASSES))


class Contender:
    networks = 1

    def __init__(self, problem: Problem):
        self.inputs = ((problem.images - problem.mean) / problem.deviation).astype(np.float32)
        self.labels = problem.labels.astype(np.int32)
        self.parameters = [(jnp.array(weights), jnp.zeros(len(weights))) for weights in problem.weights]
        self.state = adam.init(self.parameters)
        self.feedback = [jnp.array(feedback) for feedback in problem.feedback]
        self.key = jax.random.key(0)
        self.rng = np.random.default_rng(0)

    def epoch(self, order=None):
        order = self.rng.permutation(len(self.labels)) if order is None else order
        total = jnp.zeros(())
        for start in range(0, len(order), BATCH):
            rows = order[start : start + BATCH]
            self.parameters, self.state, value = step(
                self.parameters, self.state, self.feedback, self.inputs[rows], self.labels[rows]
            )
            total += value
        return float(total)

    def pretrain(self, steps):
        self.key, *keys = jax.random.split(self.key, steps + 1)
        total = jnp.zeros(())
        for key in keys:
            self.parameters, self.state, value = noise_step(
                self.parameters, self.state, self.feedback, key, self.inputs.shape[1]
            )
            total += value
        return float(total)

    def weights(self):
        return [np.asarray(weight) for weight, _ in self.parameters]
