"""A measure of one network, made to take a block of them."""

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

Measure = TypeVar("Measure", bound=Callable[..., Any])


def for_each_seed(measure: Measure) -> Measure:
    """The `measure` of a network, its first argument, that gives a leading axis of seeds if it is given a block."""

    @wraps(measure)
    def measured(network: Any, *others: Any, **options: Any) -> Any:
        if network.weights[0].ndim == 2:
            return measure(network, *others, **options)
        import jax

        return jax.vmap(lambda network: measured(network, *others, **options))(network)

    return measured  # pyrefly: ignore[bad-return]
