"""The method on a model of PyTorch. A tour is in docs/your-own-model.md; the names are listed in `__init__.pyi`.

Nothing here starts JAX, but for the four functions that turn a model into a `prenoise.Network` and back.
"""

import lazy_loader

try:
    import torch as _  # noqa: F401 (asked for here, so that whoever lacks it is told how to get it)
except ModuleNotFoundError as error:
    if error.name != "torch":
        raise
    raise ModuleNotFoundError(
        "prenoise.adapters.torch needs PyTorch: install it with `pip install torch`", name="torch"
    ) from None

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
