"""The data sets: by name, from a user's own file or arrays; and shifted copies and frames of them.

This package stands alone: it knows nothing of networks. The names are listed in `__init__.pyi`, and each is imported
when it is first used.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
