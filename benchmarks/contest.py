"""Contenders against each other on one problem, after a check that they compute the same."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from benchmarks.contenders import NAMES, contender
from benchmarks.problem import Problem
from benchmarks.processes import NotReady, Process
from benchmarks.rounds import Say, in_turns, middle

TOLERANCE = 1e-2
"""How far a contender's weights may be from prenoise's after the check, as a part of the way those have gone."""


@dataclass(frozen=True)
class Entry:
    """A contender with a number of threads, at one task: `epoch` or `pretrain`."""

    name: str
    threads: int
    task: str


def enter(name: str, path: str):
    """A target of `processes.Process`: check the contender, warm it up, and let it take turns."""
    problem = Problem.load(path)
    entered = contender(name, problem)
    facts: dict[str, Any] = {}
    if not name.startswith(("prenoise", "jax_generator")):
        entered.epoch(problem.order)
        facts["difference"] = problem.difference(entered.weights())
        if not facts["difference"] <= TOLERANCE:
            raise ArithmeticError(f"its weights differ from prenoise's by {facts['difference']:.1g} of their way")

    def turn(task: str, steps: int) -> float:
        """Seconds a network and step."""
        started = time.perf_counter()
        if task == "epoch":
            entered.epoch()
            steps = problem.steps
        else:
            entered.pretrain(steps)
        return (time.perf_counter() - started) / steps / entered.networks

    warmed = set()

    def warm_turn(task: str, steps: int) -> float:
        if task not in warmed:
            turn(task, steps)
            warmed.add(task)
        return turn(task, steps)

    return warm_turn, facts


def contest(
    path: str,
    entries: Sequence[Entry],
    noise_steps: int,
    rounds: int,
    say: Say,
    others: Mapping[str, Callable[[], float]] | None = None,
) -> dict[str, Any]:
    """Seconds a network and step, a number a round, of every entry and of other turns; and who did not take part."""
    processes = {
        (name, threads): Process("benchmarks.contest:enter", threads=threads, name=name, path=path)
        for name, threads in dict.fromkeys((entry.name, entry.threads) for entry in entries)
    }
    try:
        facts, left_out = {}, {}
        for (name, threads), process in processes.items():
            try:
                facts[name, threads] = process.ready()
                for entry in entries:
                    if (entry.name, entry.threads) == (name, threads):
                        process(entry.task, noise_steps)
                say(f"{NAMES[name]}, {threads} threads: checked and warm")
            except NotReady as problem:
                left_out[NAMES[name]] = str(problem)
                facts.pop((name, threads), None)
                say(f"{NAMES[name]} does not take part: {problem}")
        turns: dict[Any, Callable[[], float]] = dict(others or {})
        for entry in entries:
            key = (entry.name, entry.threads)
            if key in facts:
                turns[entry] = lambda process=processes[key], task=entry.task: process(task, noise_steps)
        seconds = in_turns(turns, rounds, say)
    finally:
        for process in processes.values():
            process.close()
    return {
        "entries": [
            {"name": entry.name, "threads": entry.threads, "task": entry.task, "seconds": values}
            | facts[entry.name, entry.threads]
            for entry, values in seconds.items()
            if isinstance(entry, Entry)
        ],
        "others": {name: values for name, values in seconds.items() if not isinstance(name, Entry)},
        "left_out": left_out,
    }


def times(found: Mapping[str, Any], name: str, task: str = "epoch", threads: int | None = None) -> list[float] | None:
    """The seconds a step of a contender: with so many threads, or those of the number it was fastest with."""
    candidates = [
        entry["seconds"]
        for entry in found["entries"]
        if entry["name"] == name and entry["task"] == task and threads in (None, entry["threads"])
    ]
    return min(candidates, key=middle, default=None)
