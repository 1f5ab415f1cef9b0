"""A clock for Dask that only goes forward.

Dask and Tornado time the sending of a waiting message by the clock on the wall. When that is set back by an hour just
then, the message waits for an hour. Tornado leaves the choice of clock to the loop, and Dask compares with its own.
"""

import time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import distributed
    import tornado.ioloop


def use_steady_clock(loop: "tornado.ioloop.IOLoop") -> None:
    """Give it to `loop`, before anything waits in it, and to Dask in this process."""
    import distributed.batched

    steady: Any = time.monotonic
    loop.time = steady
    distributed.batched.time = steady


def dask_setup(worker: "distributed.Worker") -> None:
    """Dask calls this in a worker that preloads this module, as it starts."""
    use_steady_clock(worker.loop)
