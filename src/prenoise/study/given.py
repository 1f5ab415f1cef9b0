"""What a run is given: the seeds, the data, the kind, and whatever its condition and its options say."""

import importlib
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from prenoise import data as data_sets
from prenoise.data.splits import stratified
from prenoise.errors import UserError
from prenoise.examples import Examples, Scaling
from prenoise.history import History
from prenoise.network import Network
from prenoise.noise import Noise
from prenoise.program import PerSeed
from prenoise.rules import Rule
from prenoise.rules import named as rule_named
from prenoise.study import tasks
from prenoise.study.kinds import Kind, kind_named
from prenoise.training import pretrain, train


class UnknownOption(UserError, AttributeError):
    """A run asked for an option that neither its condition nor its size has."""


class Keys(NamedTuple):
    """What is random of each seed in a block, beside the subset of the data."""

    network: jax.Array
    noise: jax.Array
    order: jax.Array


class Start(NamedTuple):
    """A block of networks as they are when data comes, and what was measured on noise before, if there was any."""

    network: Network
    noise: History | None


class Given:
    """One condition for a block of seeds.

    The names of the condition and of the options are attributes: `given.epochs`. A name that neither has raises a
    sentence with those that are there. Everything that chance decides differs from seed to seed and is the same for
    all kinds of a seed: weights and feedback, noise, order of the data, and the subset of it.
    """

    seeds: list[int]
    scaling: Scaling

    def __init__(
        self,
        seeds: Sequence[int],
        options: Mapping[str, Any],
        *,
        data: Mapping[str, Mapping[str, str]] = {},
        scaling: Scaling = "standardise",
    ) -> None:
        """`options` are those of condition and size together; `data` has each set's name and content hash."""
        self.seeds, self.scaling = list(seeds), scaling
        self._options, self._data = dict(options), data

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        if name not in self._options:
            known = ", ".join(sorted(self._options)) or "none"
            raise UnknownOption(f"this run has no option {name!r}: expected one of its condition's and size's, {known}")
        return self._options[name]

    @cached_property
    def keys(self) -> Keys:
        """Three keys per seed."""
        drawn = jax.vmap(lambda seed: jax.random.split(jax.random.key(seed), 3))(jnp.asarray(self.seeds))
        return Keys(drawn[:, 0], drawn[:, 1], drawn[:, 2])

    @property
    def kind(self) -> Kind:
        """The kind that the condition names."""
        return kind_named(self._options["kind"]) if "kind" in self._options else self.__getattr__("kind")

    @property
    def rule(self) -> str:
        """The rule that data is learned by: the kind's, or the condition's where the kind leaves it open."""
        return self.kind.rule or self.__getattr__("rule")

    def arrays(self, role: str = "") -> data_sets.Dataset:
        """The arrays of the set that is named `role`, or of the only one; in `smoke` those of the digits instead."""
        return tasks.arrays(self._used(role))

    def data(self, role: str = "") -> tuple[Examples, Examples]:
        """Training and test examples of that set."""
        return tasks.examples(self._used(role), self.scaling)

    def _used(self, role: str) -> tasks.Used:
        if not role and len(self._data) == 1:
            role = next(iter(self._data))
        if role not in self._data:
            raise UserError(f"this run has no data set {role!r}: expected one of {', '.join(self._data) or 'none'}")
        return tasks.Used(self._data[role]["name"], self._data[role]["hash"])

    def sizes(self, hidden: Sequence[int], role: str = "") -> list[int]:
        """Inputs of that set, hidden layers, and its classes."""
        dataset = self.arrays(role)
        return [int(np.prod(dataset.x_train.shape[1:])), *hidden, dataset.classes]

    def subset(self, examples: Examples, count: int) -> Examples | PerSeed:
        """`count` of the examples, each class in its share, others for every seed; all where `count` is 0."""
        if not 0 < count < len(examples):
            return examples
        return self._of_rows(examples, slice(0, count))

    def split(self, examples: Examples, count: int, share: float) -> tuple[PerSeed, PerSeed]:
        """The subset of `count` in two: what is learned from, and the `share` that is held out to choose by."""
        count = min(count or len(examples), len(examples))
        kept = count - max(round(count * share), 1)
        return self._of_rows(examples, slice(0, kept)), self._of_rows(examples, slice(kept, count))

    def _of_rows(self, examples: Examples, rows: slice) -> PerSeed:
        """Some places of each seed's stratified order of the examples."""
        labels = np.asarray(examples.labels)
        chosen = [examples[stratified(labels, rows.stop, seed)[rows]] for seed in self.seeds]
        return PerSeed(jax.tree.map(lambda *leaves: jnp.stack(leaves), *chosen))

    def random(self, sizes: Sequence[int], *, rule: str | Rule | None = None, **options: Any) -> Network:
        """A block of random networks, with the feedback that the rule needs; `options` are `Network.random`'s."""
        direct = rule_named(self._learning(rule)).direct
        return jax.vmap(lambda key: Network.random(sizes, key=key, direct=direct, **options))(self.keys.network)

    def start(self, sizes: Sequence[int], *, rule: str | Rule | None = None, **noise: Any) -> Start:
        """The block of the condition's kind before data. `noise` are options of `pretrain`, as `record` and `at`."""
        return self.prepare(self.random(sizes, rule=rule), rule=rule, **noise)

    def prepare(
        self, network: Network, *, rule: str | Rule | None = None, mirror: Rule | None = None, **noise: Any
    ) -> Start:
        """As `start`, from random networks made elsewhere; `mirror` is the weight mirror of kinds that use one."""
        histories = []

        def on_noise(network: Network, **options: Any) -> Network:
            if mirror is not None and options.get("rule") == "mirror":
                options["rule"] = mirror
            after, history = self.pretrain(network, **{"rule": self._learning(rule), **noise, **options})  # pyrefly: ignore[bad-argument-type]
            histories.append(history)
            return after

        network = self.kind.before(network, on_noise)
        return Start(network, histories[-1] if histories else None)

    def pretrain(self, network: Network, noise: Noise = Noise(), **options: Any) -> tuple[Network, History]:
        """`prenoise.pretrain` of the block, with the seeds' keys and by default as many examples as the options say."""
        examples = options.pop("examples", None) or self.noise_examples
        options = {"key": self.keys.noise, "examples": examples, **options}
        return pretrain(network, noise, **options)

    def train(self, network: Network, examples: Examples | PerSeed, **options: Any) -> tuple[Network, History]:
        """`prenoise.train` of the block, with the seeds' keys and by default the rule and epochs of the condition."""
        rule = self._learning(options.pop("rule", None))
        epochs = options.pop("epochs", None) or self.epochs
        return train(network, examples, key=self.keys.order, rule=rule, epochs=epochs, **options)

    def _learning(self, rule: str | Rule | None) -> str | Rule:
        if rule is not None:
            return rule
        return self.rule if "kind" in self._options else "fa"


def per_seed(function: Callable[..., Any], *arguments: Any, **options: Any) -> Any:
    """`function` for every seed alone, computed together: what is in `PerSeed` differs by seed, all else is shared.

    It is compiled, once for the same function, shapes and plain values. What comes back has a leading axis of seeds.

    >>> per_seed(jnp.add, PerSeed(jnp.array([1, 2])), jnp.array(10))
    Array([11, 12], dtype=int32)
    """
    leaves, structure = jax.tree.flatten((function, arguments, options), is_leaf=_is_per_seed)
    own = {place: leaf.value for place, leaf in enumerate(leaves) if _is_per_seed(leaf)}
    shared = {place: leaf for place, leaf in enumerate(leaves) if isinstance(leaf, jax.Array)}
    plain = tuple(None if place in own or place in shared else leaf for place, leaf in enumerate(leaves))
    return _for_each(structure, plain, own, shared)


@eqx.filter_jit
def _for_each(structure: Any, plain: tuple, own: dict, shared: dict) -> Any:
    def for_one(own: dict[int, Any]) -> Any:
        leaves = [{**own, **shared}.get(place, leaf) for place, leaf in enumerate(plain)]
        function, arguments, options = jax.tree.unflatten(structure, leaves)
        return function(*arguments, **options)

    return eqx.filter_vmap(for_one)(own)


def _is_per_seed(leaf: Any) -> bool:
    return isinstance(leaf, PerSeed)


def compute(seeds: Sequence[int], *, run: str, **options: Any) -> Mapping[str, Any]:
    """What a worker calls: imports `run` (`module:name`) and hands it what it is given."""
    module, name = run.split(":")
    data, scaling = options.pop("data", {}), options.pop("scaling", "standardise")
    return getattr(importlib.import_module(module), name)(Given(seeds, options, data=data, scaling=scaling))
