"""Makes the small models of these tests importable, and keeps PyTorch to one thread."""

import sys
from pathlib import Path

HERE = str(Path(__file__).parent)
if HERE not in sys.path:
    sys.path.insert(0, HERE)

try:
    import torch
except ModuleNotFoundError:
    pass  # each file of tests that needs it says that it is skipped
else:
    torch.set_num_threads(1)
