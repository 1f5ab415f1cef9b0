"""What was found, beside what is possible on the same machine in the same rounds."""

from typing import Any

from benchmarks import lab, limit, pretraining, startup
from benchmarks.contest import times
from benchmarks.rounds import middle, ratios


def rows(sections: dict[str, Any]) -> list[list[str]]:
    """For each thing measured: what it is, how long it takes, the least that is possible, and the share reached.

    `sections` holds what each section found, by its name; what was not measured has no row.
    """
    found = []
    if "limit" in sections:
        part = limit.parts(sections["limit"])
        least = part["in_shape"] + part["optimiser"]
        found.append(_row("a step on data", part["step"], least, "its products in their shapes, and Adam's traffic"))
        if "pretraining" in sections:
            noise, data = (times(pretraining.usual(sections["pretraining"]), "prenoise_one", task) for task in TASKS)
            if noise and data:
                step = part["step"] * middle(ratios(noise, data))
                found.append(_row("a step on noise", step, least, "the same, were noise free"))
        if "learning" in sections and {1, 2} <= set(lab.counts_of(sections["learning"])):
            others, flops = sections["learning"]["others"], sections["limit"]
            gain = middle(ratios(others["lab_1"], lab.on_all(sections["learning"])))
            most = middle(ratios(flops["all_cores_flops"], flops["jax_flops"]))
            text = f"{max(lab.counts_of(sections['learning']))} workers: times as fast as one"
            found.append([text, f"{gain:.2f}", f"{most:.2f}", "large products on all cores", f"{gain / most:.2f}"])
    if "startup" in sections:
        found += [
            _row(startup.MEANING[name], middle(sections["startup"][name]), middle(sections["startup"][least]), what)
            for name, (least, what) in startup.AT_LEAST.items()
            if least in sections["startup"]
        ]
    return found


TASKS = ("pretrain", "epoch")


def _row(what: str, seconds: float, least: float, of_what: str) -> list[str]:
    unit, scale = ("s", 1) if seconds > 0.01 else ("µs", 1e6)
    found, best = (
        f"{number * scale:,.0f} {unit}" if number * scale >= 100 else f"{number * scale:.3g} {unit}"
        for number in (seconds, least)
    )
    return [what, found, best, of_what, f"{least / seconds:.2f}"]
