"""`prenoise train`: one network on data, from random weights or from a file."""

import hashlib
import json
import time
from pathlib import Path
from typing import Annotated, Any

import typer

from prenoise import atomic
from prenoise.cli import options
from prenoise.cli.needs import need_study
from prenoise.paper import PAPER
from prenoise.progress import progress

PARTS = 20
"""Of a run, with a checkpoint after each."""


def train(
    dataset: Annotated[
        str,
        typer.Argument(
            help="A data set's name (prenoise data list) or your own .npz file.",
            autocompletion=options.completed(options.data_sets),
        ),
    ],
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
    """Train a network on data, from random weights or from a file. With --save, a killed command goes on.

    Example: prenoise train digits --weights noise.safetensors --epochs 20 --save digits.safetensors
    """
    if save:
        atomic.check(save)
    hidden_sizes = options.sizes(hidden)

    import jax
    import numpy as np
    from jax.tree_util import Partial

    import prenoise
    from prenoise.cli.parts import in_parts
    from prenoise.optimisers import adam
    from prenoise.rules import named

    data = prenoise.data.load(dataset, data_dir=data_dir)
    examples, test = prenoise.load(data, scaling=scaling.value)
    network_key, order_key = jax.random.split(jax.random.key(seed))
    if weights:
        network, made_by = prenoise.load_network(weights)
        began = f"{weights.name} ({hashlib.sha256(weights.read_bytes()).hexdigest()[:12]})"
    else:
        layers = [examples.raw.shape[1], *hidden_sizes, data.classes]
        network = prenoise.Network.random(layers, key=network_key, direct=named(rule).direct)
        began, made_by = "random weights", {}
    record: dict[str, Any] = {"accuracy": Partial(prenoise.measures.accuracy, examples=test)}
    if out:
        _check(out)
        from prenoise.study.trained import last_angle

        record["angle"] = Partial(last_angle, rule=rule)
    optimiser = adam(options.positive(rate))

    def phase(network, begun, until, tell, **start):
        how: dict[str, Any] = {
            "batch": batch,
            "rule": rule,
            "optimiser": optimiser,
            "record": record,
            "progress": tell,
            **start,
        }
        return prenoise.train(network, examples, epochs=until - begun, **how)

    told = {
        **{"dataset": data.name, "content": data.content_hash, "scaling": scaling.value, "start": began},
        **{"layers": list(network.sizes), "rule": rule, "epochs": epochs, "batch": batch, "rate": rate},
    }
    checkpoint = save.with_name(f"{save.name}.checkpoint") if save else None
    start = time.monotonic()
    with progress(f"training on {data.name}") as tell:
        network, history = in_parts(
            phase,
            network,
            np.unique(np.linspace(0, epochs, PARTS + 1).round())[-PARTS:].tolist(),
            time_per_step=1 / examples.steps(batch),
            key=order_key,
            optimiser=optimiser,
            about=told | {"seed": seed, "record": sorted(record)},
            checkpoint=checkpoint,
            progress=tell,
        )
    if save and checkpoint:
        prenoise.save_network(network, save, **made_by | {"rule": rule, "seed": seed, "dataset": data.name})  # pyrefly: ignore[bad-argument-type]
        checkpoint.unlink(missing_ok=True)
    curve = history.record["accuracy"]
    if out:
        from prenoise.study.trained import keep_training

        condition = told | {"weights": str(weights or "")}
        keep_training(out, condition, seed=seed, history=history, seconds=time.monotonic() - start)
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
    _say(result, data.description)
    if save:
        print(f"wrote {save}")
    if out:
        print(f"kept the curves in {out}; look at them with: prenoise report {out}")


def _check(out: Path) -> None:
    """Fail now where the curves could not be kept at the end."""
    need_study()
    (out / "train").mkdir(parents=True, exist_ok=True)
    atomic.check(out / "train" / "curves")


def _say(result: dict[str, Any], data: str) -> None:
    curve = result["test_accuracy"]
    print(f"{data}; {result['train_examples']:,} to learn from, {result['test_examples']:,} to test on")
    print(
        f"test accuracy {curve[0]:.1%} -> {curve[-1]:.1%} after {result['epochs'][-1]:g} epochs with {result['rule']}"
    )
    for layer, angle in enumerate(result["alignment"], 1):
        print(f"alignment of hidden layer {layer}: {angle:.1f} degrees (90 is chance)")
