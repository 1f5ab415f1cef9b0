"""A lab that survives: jobs, an engine that runs them on every core or a cluster, a store that never loses one.

Knows nothing of neural networks: a job names an importable function, the function gives back named arrays.
"""

from prenoise.lab.engine import Failure as Failure
from prenoise.lab.engine import Outcome as Outcome
from prenoise.lab.engine import run as run
from prenoise.lab.jobs import Job as Job
from prenoise.lab.progress import Progress as Progress
from prenoise.lab.progress import view as view
from prenoise.lab.results import AmbiguousResults as AmbiguousResults
from prenoise.lab.results import open_results as open_results
from prenoise.lab.store import DamagedFile as DamagedFile
from prenoise.lab.store import Store as Store
from prenoise.lab.width import block_width as block_width
from prenoise.lab.width import find_device as find_device
from prenoise.lab.width import seed_blocks as seed_blocks
