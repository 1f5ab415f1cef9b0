"""Turns in rounds: every contender once a round, in an order that rotates, so that a drift of the machine hits all."""

import statistics
from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

Say = Callable[[str], None]

Name = TypeVar("Name")


def in_turns(turns: Mapping[Name, Callable[[], float]], rounds: int, say: Say) -> dict[Name, list[float]]:
    """What each turn returned, a number a round."""
    names = list(turns)
    found: dict[Name, list[float]] = {name: [] for name in names}
    for number in range(rounds):
        shift = number % max(len(names), 1)
        for name in names[shift:] + names[:shift]:
            found[name].append(turns[name]())
        say(f"round {number + 1} of {rounds}")
    return found


def middle(values: Sequence[float]) -> float:
    return statistics.median(values)


def ratios(over: Sequence[float], under: Sequence[float]) -> list[float]:
    """Round by round."""
    return [a / b for a, b in zip(over, under, strict=True)]


def spread(values: Sequence[float], unit: str = "", scale: float = 1) -> str:
    """Median, least and greatest, as text.

    >>> spread([1.0, 3.0, 2.0], "s")
    '2 s (1 to 3)'
    """
    numbers = [scale * value for value in (middle(values), min(values), max(values))]
    centre, low, high = (f"{number:,.0f}" if number >= 1_000 else f"{number:.3g}" for number in numbers)
    return f"{centre}{' ' * bool(unit)}{unit} ({low} to {high})"
