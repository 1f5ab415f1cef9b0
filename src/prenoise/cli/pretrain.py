"""`prenoise pretrain`: a new network, trained on noise alone."""

import json
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from prenoise import atomic
from prenoise.cli import options
from prenoise.paper import PAPER
from prenoise.progress import progress

MEASUREMENTS, PARTS = 50, 20
"""Along a run."""


class Distribution(StrEnum):
    """What the inputs of the noise are drawn from."""

    normal = "normal"
    uniform = "uniform"


class Stop(StrEnum):
    """When pretraining ends before its time."""

    aligned = "aligned"


def pretrain(
    out: Annotated[Path, typer.Argument(help="File for the weights, as in noise.safetensors.")],
    sizes: Annotated[str, typer.Option(help="Inputs, hidden layers and classes.")] = "784,100,10",
    examples: Annotated[int, typer.Option(min=0, max=2**31 - 1, help="Examples of noise.")] = PAPER.noise_examples,
    stop: Annotated[
        Stop | None, typer.Option(help="End where the weights turn no further to the feedback.", show_default=False)
    ] = None,
    mean: Annotated[float, typer.Option(help="Mean of the noise.")] = 0.0,
    scale: Annotated[float, typer.Option(min=0, help="Deviation of the noise.")] = 1.0,
    distribution: Annotated[Distribution, typer.Option(help="What it is drawn from.")] = Distribution.normal,
    rule: options.RuleName = "fa",
    batch: options.Batch = PAPER.batch,
    rate: options.Rate = PAPER.rate,
    seed: options.Seed = 0,
    as_json: options.Json = False,
) -> None:
    """Pretrain a new network on noise and write its weights. A killed command goes on from its last checkpoint.

    Example: prenoise pretrain noise.safetensors --sizes 64,100,10 --examples 200000
    """
    layers = options.sizes(sizes)
    atomic.check(out)

    import jax
    import numpy as np

    import prenoise
    from prenoise.cli.parts import in_parts
    from prenoise.optimisers import adam
    from prenoise.rules import named

    network_key, noise_key = jax.random.split(jax.random.key(seed))
    network = prenoise.Network.random(layers, key=network_key, direct=named(rule).direct)
    before = prenoise.measures.alignment(network, rule)
    noise, optimiser = prenoise.Noise(mean, scale, distribution.value), adam(options.positive(rate))

    def phase(network, begun, until, tell, **start):
        times = np.linspace(0, examples, MEASUREMENTS + 1)
        measured = [begun, *times[(times > begun) & (times < until)], until]
        how: dict[str, Any] = {"batch": batch, "rule": rule, "optimiser": optimiser, "progress": tell, **start}
        if stop:
            return prenoise.pretrain(network, noise, examples=examples, stop="aligned", **how)
        return prenoise.pretrain(network, noise, examples=int(until - begun), at=measured, **how)

    told = {"sizes": list(layers), "examples": examples, "noise": [mean, scale, distribution.value], "rule": rule}
    checkpoint = out.with_name(f"{out.name}.checkpoint")
    with progress("pretraining on noise") as tell:
        network, history = (
            phase(network, 0, examples, tell, key=noise_key)
            if stop
            else in_parts(
                phase,
                network,
                [*np.linspace(0, examples, PARTS + 1)[1:-1] // batch * batch, examples],
                time_per_step=batch,
                key=noise_key,
                optimiser=optimiser,
                about=told | {"batch": batch, "rate": rate, "seed": seed},
                checkpoint=checkpoint,
                progress=tell,
            )
        )
    made_by = {"rule": rule, "seed": seed, "noise_examples": int(history.kept_at)}
    prenoise.save_network(network, out, **made_by)
    checkpoint.unlink(missing_ok=True)
    after = prenoise.measures.alignment(network, rule)
    result: dict[str, Any] = made_by | {
        "weights": str(out),
        "sizes": layers,
        "loss": [float(history.loss[0]), float(history.loss[-1])],
        "alignment_before": [float(angles.mean()) for angles in before],
        "alignment_after": [float(angles.mean()) for angles in after],
    }
    if as_json:
        print(json.dumps(result))
        return
    if stop:
        print(f"the smallest angle came after {made_by['noise_examples']:,} examples of noise")
    print(f"loss on noise {result['loss'][0]:.3f} -> {result['loss'][1]:.3f}")
    for layer, (old, new) in enumerate(zip(result["alignment_before"], result["alignment_after"], strict=True), 1):
        print(f"alignment of hidden layer {layer}: {old:.1f} -> {new:.1f} degrees (90 is chance)")
    print(f"wrote {out}; go on with: prenoise train DATASET --weights {out}")
