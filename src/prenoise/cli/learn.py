"""`prenoise pretrain` and `prenoise train`: one network, from the command line."""

import hashlib
import importlib.metadata
import json
import time
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from prenoise import atomic
from prenoise.cli import options
from prenoise.cli.progress import progress
from prenoise.paper import PAPER

SIGNS = 50
"""Measurements along a run, and so the signs of its progress."""


class Distribution(StrEnum):
    """What the inputs of the noise are drawn from."""

    normal = "normal"
    uniform = "uniform"


def pretrain(
    out: Annotated[Path, typer.Argument(help="File for the weights, as in ready.safetensors.")],
    sizes: Annotated[str, typer.Option(help="Inputs, hidden layers and classes.")] = "784,100,10",
    examples: Annotated[int, typer.Option(min=0, max=2**31 - 1, help="Examples of noise.")] = PAPER.noise_examples,
    mean: Annotated[float, typer.Option(help="Mean of the noise.")] = 0.0,
    scale: Annotated[float, typer.Option(min=0, help="Deviation of the noise.")] = 1.0,
    distribution: Annotated[Distribution, typer.Option(help="What it is drawn from.")] = Distribution.normal,
    rule: options.RuleName = "fa",
    batch: options.Batch = PAPER.batch,
    rate: options.Rate = PAPER.rate,
    seed: options.Seed = 0,
    as_json: options.Json = False,
) -> None:
    """Train a new network on noise alone and write its weights.

    Example: prenoise pretrain ready.safetensors --sizes 784,100,10 --seed 1
    """
    layers = options.sizes(sizes)
    atomic.check(out)

    import jax
    import numpy as np

    import prenoise
    from prenoise.optimisers import adam
    from prenoise.rules import named

    network_key, noise_key = jax.random.split(jax.random.key(seed))
    network = prenoise.Network.random(layers, key=network_key, direct=named(rule).direct)
    before = prenoise.measures.alignment(network, rule)
    with progress("practising on noise") as tell:
        network, history = prenoise.pretrain(
            network,
            prenoise.Noise(mean, scale, distribution.value),
            key=noise_key,
            examples=examples,
            batch=batch,
            rule=rule,
            optimiser=adam(options.positive(rate)),
            at=np.linspace(0, examples, SIGNS + 1),
            progress=tell,
        )
    made_by = {"rule": rule, "seed": seed, "noise_examples": examples}
    prenoise.save_network(network, out, **made_by)
    after = prenoise.measures.alignment(network, rule)
    result = made_by | {
        "weights": str(out),
        "sizes": layers,
        "loss": [float(history.loss[0]), float(history.loss[-1])],
        "alignment_before": [float(angles.mean()) for angles in before],
        "alignment_after": [float(angles.mean()) for angles in after],
    }
    if as_json:
        print(json.dumps(result))
        return
    print(f"loss on noise {result['loss'][0]:.3f} -> {result['loss'][1]:.3f}")
    for layer, (old, new) in enumerate(zip(result["alignment_before"], result["alignment_after"], strict=True), 1):
        print(f"alignment of hidden layer {layer}: {old:.1f} -> {new:.1f} degrees (90 is chance)")
    print(f"wrote {out}; go on with: prenoise train DATASET --weights {out}")


def train(
    dataset: Annotated[str, typer.Argument(help="A data set's name (prenoise data list) or your own .npz file.")],
    weights: Annotated[
        Path | None, typer.Option(help="Start from these weights instead of random ones.", show_default=False)
    ] = None,
    hidden: Annotated[str, typer.Option(help="Hidden layers of a new network.")] = ",".join(map(str, PAPER.hidden)),
    rule: options.RuleName = "fa",
    epochs: Annotated[int, typer.Option(min=0, help="Times every example is seen.")] = PAPER.epochs,
    batch: options.Batch = PAPER.batch,
    rate: options.Rate = PAPER.rate,
    scaling: options.Scaling = options.Scale.standardise,
    save: Annotated[Path | None, typer.Option(help="File for the trained weights.", show_default=False)] = None,
    out: Annotated[
        Path | None, typer.Option(help="Folder to keep the curves in, for prenoise report.", show_default=False)
    ] = None,
    seed: options.Seed = 0,
    data_dir: options.DataDir = None,
    as_json: options.Json = False,
) -> None:
    """Train a network on data, from scratch or from a weights file.

    Example: prenoise train digits --weights ready.safetensors --epochs 20
    """
    if save:
        atomic.check(save)
    hidden_sizes = options.sizes(hidden)

    import jax
    from jax.tree_util import Partial

    import prenoise
    from prenoise.optimisers import adam
    from prenoise.rules import named

    data = prenoise.data.load(dataset, data_dir=data_dir)
    examples, test = prenoise.load(data, scaling=scaling.value)
    network_key, order_key = jax.random.split(jax.random.key(seed))
    if weights:
        network, made_by = prenoise.load_network(weights)
        began = f"{weights.name} ({hashlib.sha256(weights.read_bytes()).hexdigest()[:12]})"
        if network.sizes[-1] < data.classes:
            raise prenoise.UserError(f"{weights} has {network.sizes[-1]} classes and {data.name} has {data.classes}")
    else:
        layers = [examples.raw.shape[1], *hidden_sizes, data.classes]
        network = prenoise.Network.random(layers, key=network_key, direct=named(rule).direct)
        began, made_by = "random weights", {}
    if out:
        (out / "train").mkdir(parents=True, exist_ok=True)
        atomic.check(out / "train" / "curves")
    record: dict[str, Any] = {"accuracy": Partial(prenoise.measures.accuracy, examples=test)}
    if out:
        record["angle"] = Partial(_mean_angle, rule=rule)
    start = time.monotonic()
    with progress(f"training on {data.name}") as tell:
        network, history = prenoise.train(
            network,
            examples,
            key=order_key,
            epochs=epochs,
            batch=batch,
            rule=rule,
            optimiser=adam(options.positive(rate)),
            record=record,
            progress=tell,
        )
    if save:
        prenoise.save_network(network, save, **made_by | {"rule": rule, "seed": seed, "dataset": data.name})
    curve = history.record["accuracy"]
    if out:
        import numpy as np

        from prenoise.study.lab import keep

        keep(
            out,
            "train",
            "prenoise.training:train",
            condition={
                "dataset": data.name,
                "content": data.content_hash,
                "rule": rule,
                "start": began,
                "layers": list(network.sizes),
                "epochs": epochs,
                "batch": batch,
                "rate": rate,
                "scaling": scaling.value,
                "prenoise": importlib.metadata.version("prenoise"),
            },
            seeds=[seed],
            arrays={
                "accuracy": (("seed", "epoch"), np.asarray(curve)[None]),
                "loss": (("seed", "epoch"), np.asarray(history.loss)[None], {"units": "nats"}),
                "angle": (("seed", "epoch"), np.asarray(history.record["angle"])[None], {"units": "degrees"}),
                "epoch": (("epoch",), history.at),
            },
            seconds=time.monotonic() - start,
        )
    result = {
        "dataset": data.name,
        "source": data.source,
        "content_hash": data.content_hash,
        "train_examples": len(examples),
        "test_examples": len(test),
        "sizes": network.sizes,
        "rule": rule,
        "seed": seed,
        "epochs": history.at.tolist(),
        "loss": [float(loss) for loss in history.loss],
        "test_accuracy": [float(accuracy) for accuracy in curve],
        "area_under_curve": float(prenoise.measures.area_under_curve(curve, history.at)) if epochs else None,
        "alignment": [float(angles.mean()) for angles in prenoise.measures.alignment(network, rule)],
    }
    if as_json:
        print(json.dumps(result))
        return
    print(f"{data.description}; {len(examples):,} to learn from, {len(test):,} to test on")
    print(f"test accuracy {curve[0]:.1%} -> {curve[-1]:.1%} after {epochs} epochs with {rule}")
    for layer, angle in enumerate(result["alignment"], 1):
        print(f"alignment of hidden layer {layer}: {angle:.1f} degrees (90 is chance)")
    if save:
        print(f"wrote {save}")
    if out:
        print(f"kept the curves in {out}; look at them with: prenoise report {out}")


def _mean_angle(network, rule):
    """Of the last hidden layer, in degrees."""
    from prenoise.measures import alignment

    return alignment(network, rule)[-1].mean()
