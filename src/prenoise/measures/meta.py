"""How quickly a network learns something it does not yet know."""

from collections.abc import Sequence

import equinox as eqx
import jax
import jax.numpy as jnp
from jax import lax
from jaxtyping import Array, Float, Key

from prenoise.errors import UserError
from prenoise.examples import Batch, Examples
from prenoise.keys import as_key
from prenoise.learning import learn, loss_and_gradients
from prenoise.measures.blocks import for_each_seed
from prenoise.network import Network
from prenoise.optimisers import Optimiser, adam
from prenoise.paper import PAPER
from prenoise.rules import Rule, fa, named


class Shots(eqx.Module):
    """A little task: examples to adapt to, and others of the same kind to judge the result by."""

    support: Batch
    query: Batch

    @classmethod
    def of(
        cls, task: Examples, *, key: int | Key[Array, ""], shots: int = PAPER.shots, queries: int = PAPER.shots
    ) -> "Shots":
        """`shots` examples of each class to adapt to and `queries` others of each to judge by, drawn at random."""
        order = jax.random.permutation(as_key(key), len(task))
        labels = task.labels[order]
        rows = [order[labels == label] for label in jnp.unique(labels)]
        if min(len(row) for row in rows) < shots + queries:
            raise UserError(f"found a class of {min(map(len, rows))} examples: expected {shots + queries} of each")
        support = jnp.concatenate([row[:shots] for row in rows])
        query = jnp.concatenate([row[shots : shots + queries] for row in rows])
        return cls(_as_batch(task[support]), _as_batch(task[query]))


@for_each_seed
def meta_loss(
    network: Network,
    tasks: Sequence[Shots],
    *,
    steps: int = PAPER.inner_steps,
    rule: str | Rule = fa,
    optimiser: Optimiser = adam(PAPER.inner_rate),
) -> Float[Array, "*seeds"]:
    r"""Mean over tasks of the loss after adaptation, $\sum_i L_i(\theta'_i) / n$, in nats; low is quick to adapt.

    Each of the `tasks` starts from this `network` and takes `steps` full-batch steps of the `optimiser` on its support
    examples, with errors carried back by the `rule`; the loss is then taken on its query examples.
    Finn, Abbeel and Levine, Model-agnostic meta-learning, ICML 2017.
    """
    rule = named(rule)
    rule.check(network)

    no_seed = jnp.zeros(2, jnp.uint32)

    def adapted_loss(task: Shots) -> Float[Array, ""]:
        def step(carry, number):
            network, state = carry
            network, state, _ = learn(network, state, task.support, rule, optimiser, no_seed, number)
            return (network, state), None

        begin = (network, optimiser.init(network.moving))
        (adapted, _), _ = lax.scan(step, begin, jnp.arange(steps, dtype=jnp.uint32))
        return loss_and_gradients(adapted, task.query, rule)[0]

    return jnp.mean(jnp.stack([adapted_loss(task) for task in tasks]))


def _as_batch(examples: Examples) -> Batch:
    count = len(examples)
    return Batch(examples.inputs, examples.labels, jnp.full(count, 1 / count))
