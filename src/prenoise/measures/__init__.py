"""Instruments: what a network is like, in numbers. Each is a pure function of arrays or of a network.

Those of arrays take the arrays of JAX, NumPy and PyTorch and give the same kind back, on the same device. All take a
block of seeds as they take one network, and then give a leading axis of seeds. The names are listed in `__init__.pyi`.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
