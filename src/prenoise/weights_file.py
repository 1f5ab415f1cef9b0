"""Networks to and from files: safetensors, which hold arrays and text and nothing that could run.

A checkpoint is such a file that also holds the state of a run, from which training goes on as if it had never stopped.
"""

import json
from importlib.metadata import version
from itertools import pairwise
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from prenoise import atomic
from prenoise.errors import UserError
from prenoise.loop import State
from prenoise.network import ACTIVATIONS, Network, feedback_shapes

FORMAT = "prenoise-network-2"
TYPES = ("float32", "float64", "bfloat16", "float16")
"""Of weights. Half precision is written as float32, which holds it exactly and which every reader knows."""


class WeightsFileError(UserError):
    """A file that should hold a network does not."""


def save_network(network: Network, path: str | Path, *, state: State | None = None, **made_by: Any) -> None:
    """Write a `network` to the file `path`, with the `state` of its training if it is to go on from there.

    `made_by` (rule, seed, examples of noise seen ...) is kept with it: plain values, as JSON has them. The file appears
    under its name when it is whole, or not at all.
    """
    from safetensors.numpy import save

    if network.seeds is not None:
        raise UserError("this is a block of networks: save one at a time, jax.tree.map(lambda leaf: leaf[0], block)")
    activation = next((name for name, known in ACTIVATIONS.items() if known is network.activation), None)
    if activation is None:
        raise UserError(f"a file cannot hold an activation of your own: expected one of {', '.join(ACTIVATIONS)}")
    arrays = {
        f"{field}.{layer}": array
        for field in ("weights", "biases", "feedback")
        for layer, array in enumerate(getattr(network, field))
        if array is not None
    }
    if state is not None:
        arrays |= {f"state.optimiser.{place}": leaf for place, leaf in enumerate(jax.tree.leaves(state.optimiser))}
        arrays |= {f"state.{name}": getattr(state, name) for name in ("seed", "step", "diverged_at")}
    about = {
        "format": FORMAT,
        "version": version("prenoise"),
        "sizes": network.sizes,
        "activation": activation,
        "type": str(network.weights[0].dtype),
        "made_by": made_by,
    }
    metadata = {"prenoise": json.dumps(about)}  # one entry, for the order of several is not the same twice
    atomic.write(path, save({name: _writable(array) for name, array in arrays.items()}, metadata))


def load_network(path: str | Path) -> tuple[Network, dict[str, Any]]:
    """The network in the file `path`, and what it was made by. Anything else there ends in a `WeightsFileError`."""
    arrays, about = _read(path)
    network = _network({name: array for name, array in arrays.items() if not name.startswith("state.")}, about, path)
    return network, about.get("made_by", {})


def load_state(path: str | Path, optimiser: Any) -> tuple[Network, State, dict[str, Any]]:
    """The network in a checkpoint, the state to go on from with this `optimiser`, and what it was made by."""
    network, made_by = load_network(path)
    arrays = _read(path)[0]
    single = jax.tree.map(lambda leaf: leaf.astype(jnp.promote_types(leaf.dtype, jnp.float32)), network.moving)
    expected, structure = jax.tree.flatten(jax.eval_shape(optimiser.init, single))
    stored = sum(name.startswith("state.optimiser.") for name in arrays)
    found = [arrays.get(f"state.optimiser.{place}") for place in range(stored)]
    others: dict[str, Any] = {name: arrays.get(f"state.{name}") for name in ("seed", "step", "diverged_at")}
    if any(array is None for array in others.values()):
        raise WeightsFileError(f"{path} holds a network and no state to go on from: expected a checkpoint")
    shapes = [None if array is None else (array.shape, str(array.dtype)) for array in found]
    if shapes != [(leaf.shape, str(leaf.dtype)) for leaf in expected] or others["seed"].shape != (2,):
        raise WeightsFileError(f"{path} holds the state of another optimiser than this one")
    state = State(
        jax.tree.unflatten(structure, [jnp.asarray(array) for array in found]),
        jnp.asarray(others["seed"]),
        int(others["step"]),
        jnp.asarray(others["diverged_at"]),
    )
    return network, state, made_by


def _writable(array: Any) -> np.ndarray:
    array = np.asarray(array)
    return np.array(array, np.float32 if str(array.dtype) in ("bfloat16", "float16") else None, order="C")


def _read(path: str | Path) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    from safetensors import safe_open

    if not Path(path).exists():
        raise WeightsFileError(f"{path}: there is no such file")
    try:
        with safe_open(path, framework="np") as file:
            about = json.loads((file.metadata() or {}).get("prenoise", "{}"))
            arrays = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 (no mapping)
    except Exception as error:  # the file comes from outside: whatever is wrong with it, it holds no network
        raise WeightsFileError(f"{path} is no whole safetensors file: {str(error) or type(error).__name__}") from None
    form = about.get("format") if isinstance(about, dict) else None
    if form != FORMAT:
        raise WeightsFileError(f"{path} has format {form!r}: expected {FORMAT!r}")
    if not isinstance(about.get("made_by", {}), dict):
        raise WeightsFileError(f"{path}: what the network was made by is no JSON object")
    return arrays, about


def _network(arrays: dict[str, np.ndarray], about: dict[str, Any], path: str | Path) -> Network:
    activation, dtype = about.get("activation"), about.get("type")
    if activation not in tuple(ACTIVATIONS) or dtype not in TYPES:
        raise WeightsFileError(f"{path} has activation {activation!r} and type {dtype!r}: this version knows neither")
    layers = sum(name.startswith("weights.") for name in arrays)
    names = {field: [f"{field}.{layer}" for layer in range(layers)] for field in ("weights", "biases")}
    names["feedback"] = [f"feedback.{layer}" for layer in range(layers - 1)]
    needed = {*names["weights"], *names["feedback"]}
    if layers == 0 or not needed <= set(arrays) <= needed | set(names["biases"]):
        raise WeightsFileError(f"{path} holds {sorted(arrays)}: expected weights and biases 0.. and feedback 0..")
    stored = "float64" if dtype == "float64" else "float32"
    if any(array.dtype != stored or not np.isfinite(array).all() for array in arrays.values()):
        raise WeightsFileError(f"{path} holds numbers that are not finite and of type {stored}")
    shape = {name: array.shape for name, array in arrays.items()}
    matrices = [shape[name] for name in names["weights"]]
    fits = (
        all(len(matrix) == 2 and min(matrix) > 0 for matrix in matrices)
        and all(above[1] == below[0] for below, above in pairwise(matrices))
        and all(shape.get(f"biases.{layer}") in (None, matrix[:1]) for layer, matrix in enumerate(matrices))
    )
    sizes = [matrices[0][1], *(matrix[0] for matrix in matrices)] if fits else []
    feedback = [shape[name] for name in names["feedback"]]
    if not fits or feedback not in (feedback_shapes(sizes), feedback_shapes(sizes, direct=True)):
        raise WeightsFileError(f"{path} holds layers that do not fit together: {dict(sorted(shape.items()))}")

    def part(field: str) -> tuple[Any, ...]:
        return tuple(jnp.asarray(arrays[name], dtype) if name in arrays else None for name in names[field])

    return Network(part("weights"), part("biases"), part("feedback"), ACTIVATIONS[activation])
