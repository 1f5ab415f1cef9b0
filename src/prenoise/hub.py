"""Models in a folder and on the Hugging Face Hub: one safetensors file and a card that says how it was made.

A model is a `prenoise.Network`, or an aligned model of PyTorch, Equinox or Flax: weights, feedback and the rule of each
layer go with it. Only `push_to_hub`, and `from_pretrained` with a name on the Hub, need `pip install "prenoise[hub]"`.
"""

import json
import tempfile
from pathlib import Path
from typing import Any

from prenoise import atomic
from prenoise.errors import UserError
from prenoise.network import Network
from prenoise.version import __version__
from prenoise.weights_file import load_network, save_network

WEIGHTS, CARD = "model.safetensors", "README.md"


def save_pretrained(model: Any, folder: str | Path, **made_by: Any) -> None:
    """Write a `model` and its card into a `folder`, which is made if need be.

    `made_by` (rule, seed, examples of noise seen ...) is kept with it: plain values, as JSON has them.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    if isinstance(model, Network):
        save_network(model, folder / WEIGHTS, **made_by)
    elif hasattr(model, "load_state_dict"):
        from safetensors.torch import save_model

        save_model(model, str(folder / WEIGHTS), {"prenoise": json.dumps({"made_by": made_by})})
    else:
        from safetensors.numpy import save

        atomic.write(folder / WEIGHTS, save(_named_arrays(model), {"prenoise": json.dumps({"made_by": made_by})}))
    atomic.write(folder / CARD, _card(model, made_by).encode())


def from_pretrained(
    name: str | Path, model: Any = None, *, revision: str | None = None, token: str | None = None
) -> tuple[Any, dict[str, Any]]:
    """A model and what it was made by, from a folder or from the Hub.

    `name` is a folder that `save_pretrained` wrote, or a name on the Hub as in `"someone/model"`; there, `revision` is
    a branch, tag or commit, and `token` is needed for what is private. Without a `model`, what is there is a
    `prenoise.Network`. With one, it is a model of the same layers, aligned as the stored one was, and comes back with
    the stored numbers: one of PyTorch is changed in place.
    """
    folder = Path(name)
    if folder.is_dir():
        path = folder / WEIGHTS
        if not path.is_file():
            raise UserError(f"{folder} has no {WEIGHTS}: expected a folder that save_pretrained wrote")
    else:
        path = _download(str(name), revision, token)
    if model is None:
        return load_network(path)
    return _filled(model, path), _made_by(path)


def push_to_hub(model: Any, name: str, *, private: bool | None = None, token: str | None = None, **made_by: Any) -> str:
    """Upload a `model` with its card as `name`, as in `"you/model"`, and return its address.

    What is not there is made, `private` or not; `token` is by default the one that `hf auth login` keeps. `made_by` is
    kept as in `save_pretrained`.
    """
    with tempfile.TemporaryDirectory() as folder:
        save_pretrained(model, folder, **made_by)
        hub = _hub()
        api = hub.HfApi(token=token)
        try:
            made = api.create_repo(name, private=private, exist_ok=True)
            api.upload_folder(repo_id=name, folder_path=folder, commit_message=f"prenoise {__version__}")
        except (hub.errors.HfHubHTTPError, hub.errors.HFValidationError) as error:
            raise UserError(f"the Hub did not take {name}: {_first_line(error)}") from None
    return str(made)


def _download(name: str, revision: str | None, token: str | None) -> Path:
    hub = _hub()
    try:
        return Path(hub.hf_hub_download(name, WEIGHTS, revision=revision, token=token))
    except (hub.errors.HfHubHTTPError, hub.errors.HFValidationError, hub.errors.LocalEntryNotFoundError) as error:
        raise UserError(f"there is no folder {name}, and the Hub gives no model: {_first_line(error)}") from None


def _first_line(error: Exception) -> str:
    return next(filter(None, map(str.strip, str(error).splitlines())), type(error).__name__)


def _hub() -> Any:
    try:
        import huggingface_hub
    except ModuleNotFoundError:
        raise UserError('the Hub needs a package that is not installed: pip install "prenoise[hub]"') from None
    return huggingface_hub


def _filled(model: Any, path: Path) -> Any:
    """The model with the numbers of a file in it; a `UserError` where they are of another model."""
    if hasattr(model, "load_state_dict"):
        from safetensors.torch import load_model

        try:
            load_model(model, str(path))
        except Exception as error:  # a file from outside: whatever is wrong, the sentence names it
            raise UserError(f"{path} does not fit this model: {_first_line(error)}") from None
        return model

    import equinox
    import jax
    import jax.numpy as jnp
    from safetensors.numpy import load

    try:
        stored = load(path.read_bytes())
    except Exception as error:
        raise UserError(f"{path} is no whole safetensors file: {_first_line(error)}") from None
    arrays = _named_arrays(model)
    found, expected = ({name: (array.shape, str(array.dtype)) for name, array in of.items()} for of in (stored, arrays))
    if found != expected:
        different = sorted({*found.items()} ^ {*expected.items()})[0][0]
        raise UserError(
            f"{path} does not fit this model at {different}: found {found.get(different)}, expected "
            f"{expected.get(different)}"
        )
    values = iter(jnp.asarray(stored[name]) for name in arrays)
    return jax.tree.map(lambda leaf: next(values) if equinox.is_array(leaf) else leaf, model)


def _named_arrays(model: Any) -> dict[str, Any]:
    """The arrays of a pytree by their place in it, in its order."""
    import equinox
    import jax
    import numpy as np

    leaves = jax.tree_util.tree_leaves_with_path(model)
    return {jax.tree_util.keystr(place): np.asarray(leaf) for place, leaf in leaves if equinox.is_array(leaf)}


def _made_by(path: Path) -> dict[str, Any]:
    from safetensors import safe_open

    with safe_open(path, framework="np") as file:
        about = json.loads((file.metadata() or {}).get("prenoise", "{}"))
    return about.get("made_by", {}) if isinstance(about, dict) else {}


def _card(model: Any, made_by: dict[str, Any]) -> str:
    """A page for the Hub: how to load the model, and how it was made."""
    network = isinstance(model, Network)
    kind = f"A network of layers {list(model.sizes)}" if network else f"A {type(model).__name__}"
    given = "" if network else ", model"
    rows = "".join(f"| {name} | `{json.dumps(value)}` |\n" for name, value in made_by.items())
    return (
        "---\nlibrary_name: prenoise\ntags: [noise-pretraining, feedback-alignment]\n---\n\n"
        f"{kind}, written by prenoise {__version__}.\n\n"
        "```python\nfrom prenoise.hub import from_pretrained\n\n"
        f'model, made_by = from_pretrained("THIS_NAME"{given})\n```\n\n'
        f"| made by | |\n| --- | --- |\n{rows}"
    )
