"""Networks to and from files: safetensors, which hold arrays and text and nothing that could run."""

import json
from importlib.metadata import version
from pathlib import Path
from typing import Any

import jax.numpy as jnp
import numpy as np

from prenoise import atomic
from prenoise.errors import UserError
from prenoise.network import Network, feedback_shapes

FORMAT = "prenoise-network-1"


class WeightsFileError(UserError):
    """A file that should hold a network does not."""


def save_network(network: Network, path: str | Path, **made_by: Any) -> None:
    """Write a network. `made_by` (rule, seed, examples of noise seen ...) is kept with it.

    The file appears under its name when it is whole, or not at all.
    """
    from safetensors.numpy import save

    if network.weights[0].ndim != 2:
        raise UserError("this is a block of networks: save one at a time, jax.tree.map(lambda leaf: leaf[0], block)")
    arrays = {
        f"{field}.{layer}": np.ascontiguousarray(array)
        for field in ("weights", "biases", "feedback")
        for layer, array in enumerate(getattr(network, field))
    }
    about = {"format": FORMAT, "version": version("prenoise"), "sizes": network.sizes, "made_by": made_by}
    metadata = {"prenoise": json.dumps(about)}  # one entry, for the order of several is not the same twice
    atomic.write(path, save(arrays, metadata))


def load_network(path: str | Path) -> tuple[Network, dict[str, Any]]:
    """Read a network and what it was made by. Anything else in the file ends in a `WeightsFileError`."""
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, framework="np") as file:
            metadata = file.metadata() or {}
            arrays = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 (no mapping)
    except FileNotFoundError:
        raise WeightsFileError(f"{path}: there is no such file") from None
    except (SafetensorError, OSError, TypeError, ValueError) as error:
        raise WeightsFileError(f"{path} is no whole safetensors file: {error}") from None
    try:
        about = json.loads(metadata.get("prenoise", "{}"))
        form, made_by = about.get("format"), about.get("made_by", {})
    except (ValueError, AttributeError):
        form, made_by = None, None
    if form != FORMAT:
        raise WeightsFileError(f"{path} has format {form!r}: expected {FORMAT!r}")
    if not isinstance(made_by, dict):
        raise WeightsFileError(f"{path}: what the network was made by is no JSON object")
    network = _network(arrays, path)
    return network, made_by


def _network(arrays: dict[str, np.ndarray], path: str | Path) -> Network:
    layers = sum(name.startswith("weights.") for name in arrays)
    fields = {"weights": layers, "biases": layers, "feedback": max(layers - 1, 0)}
    expected = {f"{field}.{layer}" for field, count in fields.items() for layer in range(count)}
    if layers == 0 or set(arrays) != expected:
        raise WeightsFileError(f"{path} holds {sorted(arrays)}: expected weights and biases 0.. and feedback 0..")
    if any(array.dtype != np.float32 or not np.isfinite(array).all() for array in arrays.values()):
        raise WeightsFileError(f"{path} holds numbers that are not finite 32-bit floats")
    shape = {name: array.shape for name, array in arrays.items()}
    whole = all(len(shape[f"weights.{layer}"]) == 2 and min(shape[f"weights.{layer}"]) > 0 for layer in range(layers))
    fits = whole and all(
        shape[f"biases.{layer}"] == shape[f"weights.{layer}"][:1]
        and (layer == 0 or shape[f"weights.{layer}"][1] == shape[f"weights.{layer - 1}"][0])
        for layer in range(layers)
    )
    sizes = [shape["weights.0"][-1], *(shape[f"weights.{layer}"][0] for layer in range(layers))] if fits else []
    feedback = [shape[f"feedback.{layer}"] for layer in range(layers - 1)]
    if not fits or feedback not in (feedback_shapes(sizes), feedback_shapes(sizes, direct=True)):
        raise WeightsFileError(f"{path} holds layers that do not fit together: {dict(sorted(shape.items()))}")
    return Network(
        *(tuple(jnp.asarray(arrays[f"{field}.{layer}"]) for layer in range(count)) for field, count in fields.items())
    )
