"""A lab that survives: jobs, an engine that runs them on every core or a cluster, a store that never loses one.

Knows nothing of neural networks: a job names an importable function, the function gives back named arrays.
The names are listed in `__init__.pyi`.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
