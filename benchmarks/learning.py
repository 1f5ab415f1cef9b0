"""An epoch of MNIST: prenoise, alone and through the lab, against what one would use instead."""

import tempfile
from pathlib import Path
from typing import Any

from benchmarks import lab
from benchmarks.contenders import NAMES
from benchmarks.contest import TOLERANCE, Entry, contest, times
from benchmarks.markdown import paragraphs, table
from benchmarks.processes import cores, fresh
from benchmarks.rounds import Say, ratios, spread

TITLE = "An epoch of MNIST"
SIZES = [784, 100, 10]
RIVALS = ["pytorch_dataloader", "pytorch_tensors", "biotorch_layers", "pytorch_compiled", "jax_steps"]


def measure(fast: bool, say: Say) -> dict[str, Any]:
    examples = 1_300 if fast else 60_000
    both = [1] if fast else sorted({1, cores()})
    entries = [Entry("prenoise_block", 1, "epoch")]
    entries += [Entry(name, threads, "epoch") for name in ("prenoise_one", *RIVALS) for threads in both]
    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder) / "problem.npz")
        problem = fresh(
            "benchmarks.problem:prepare",
            path=path,
            sizes=SIZES,
            examples=examples,
            check_steps=20 if fast else 400,
            source="mnist",
        )
        lab_turns = {
            f"lab_{workers}": lambda workers=workers: lab.training(path, workers, epochs=1 if fast else 15)
            for workers in lab.counts()
        }
        found = contest(path, entries, noise_steps=0, rounds=1 if fast else 5, say=say, others=lab_turns)
    return problem | {"steps": -(-examples // 64)} | found


def describe(found: dict[str, Any]) -> str:
    steps = found["steps"]
    alone = times(found, "prenoise_one", threads=1)
    everything = lab.on_all(found)
    rows = []
    for workers in lab.counts_of(found):
        seconds = found["others"][f"lab_{workers}"]
        rows.append([f"prenoise, {lab.in_words(workers)}", "", spread(seconds, "s", steps)])
    for entry in sorted(found["entries"], key=lambda entry: list(NAMES).index(entry["name"])):
        rows.append([NAMES[entry["name"]], str(entry["threads"]), spread(entry["seconds"], "s", steps)])
    rival_rows = []
    for name in RIVALS:
        single, best = times(found, name, threads=1), times(found, name)
        if single is not None and best is not None and alone is not None:
            rival_rows.append([NAMES[name], spread(ratios(single, alone)), spread(ratios(best, everything))])
    checked = {entry["name"]: entry["difference"] for entry in found["entries"] if "difference" in entry}
    return paragraphs(
        f"Time of one epoch for one network, layers {SIZES}, batches of 64, feedback alignment, Adam at 1e-4, on "
        f"{found['data']}: median of {len(everything)} rounds, least and greatest in brackets. In each round every "
        "contender takes one turn, in an order that rotates. Compilation is over before the first. The lab trains two "
        "networks a core and stores them; its time is from the start of the first to the end of the last, over the "
        "epochs of all, without starting the workers.",
        table(["", "threads", "an epoch"], rows),
        "How many times as long as prenoise: *one core each* compares one thread with one thread, *as used* compares "
        "the number of threads with which the other is fastest with prenoise on all cores, a network. Ratios are taken "
        "round by round.",
        table(["", "one core each", "as used"], rival_rows),
        f"Before the first round each contender learned the same {found['check_steps']} batches from the same weights "
        f"and feedback as prenoise. Its weights ended within {max(checked.values()):.0e} of the way that prenoise's "
        f"had gone; {TOLERANCE:g} was allowed."
        if checked
        else "",
        *(f"{name} did not take part: {why}." for name, why in found["left_out"].items()),
    )
