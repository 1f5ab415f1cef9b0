"""Dask on this machine: worker processes of our own, which nobody else can reach, replaced when they die."""

import importlib.util
import logging
import os
import signal
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from typing import TYPE_CHECKING, Any

from prenoise.study.lab.environment import worker_environment
from prenoise.study.lab.steady_clock import use_steady_clock
from prenoise.study.lab.stream import RECOUNT, Workers
from prenoise.study.lab.width import find_device

if TYPE_CHECKING:
    import distributed
    import tornado.ioloop

_PATIENCE = 5.0
"""Seconds that a worker may be without a process before another takes its place."""
SILENCE = 60.0
"""Seconds without a sign of life from a worker, as one that is stopped for good, after which its job runs elsewhere."""
_FAREWELL = 10.0
"""Seconds that Dask may take to close; with nothing left to end it takes less than one."""


class _OwnWorkers(Workers):
    """Our own workers, `count` of them, however many die.

    Dask's nanny restarts a worker that dies while it runs, and gives up on one that dies while it starts. Such a
    nanny is replaced.
    """

    def __init__(
        self, client: "distributed.Client", cluster: "distributed.LocalCluster", count: int, retries: int
    ) -> None:
        super().__init__(client)
        self.retries = retries
        self._cluster = cluster
        self._count = count
        self._ill: dict[object, float] = {}
        self._looked = time.monotonic()

    @property
    def slots(self) -> int:
        scheduler = self._cluster.scheduler
        return len(scheduler.workers) if scheduler else 0  # those that are alive, as far as is known

    def tend(self) -> None:
        now = time.monotonic()
        if now - self._looked < RECOUNT:
            return
        self._looked = now
        nannies = dict(self._cluster.workers)
        ill = [name for name, nanny in nannies.items() if not nanny.is_alive()]
        self._ill = {name: self._ill.get(name, now) for name in ill}
        gone = [name for name in ill if nannies[name].status.name in ("closed", "failed")]
        hopeless = [name for name, since in self._ill.items() if now - since > _PATIENCE]
        for name in {*gone, *hopeless}:
            self._cluster.worker_spec.pop(name, None)
            del self._ill[name]
        if len(nannies) < self._count or gone or hopeless:
            self._cluster.scale(self._count)


@contextmanager
def local_workers(
    count: int | None, memory_limit: str | int | float | None, retries: int, say: Callable[[str], None]
) -> Iterator[Workers]:
    """Single-threaded worker processes on this machine: one a core, one in all with a GPU, or `count`.

    Client, scheduler and workers know each other by certificates that exist for this run alone, and only in memory:
    every account of the machine can reach the ports, and whoever is let in there can run code.
    """
    import dask.config
    from dask.system import CPU_COUNT
    from distributed import Client, LocalCluster, Security
    from distributed.utils import silence_logging_cmgr

    if count is None:
        count = 1 if find_device() == "gpu" else CPU_COUNT
    before = dict(os.environ)
    settings = {
        # Not run again by Dask, which may send it to a worker that has a job: were that lost too, it would be blamed.
        "distributed.scheduler.allowed-failures": 0,
        "distributed.scheduler.worker-ttl": SILENCE,
        # One job at a time, and no data to give away: a worker that paused because its memory is nearly full would have
        # nothing to wait for, and the run would wait for it without end.
        "distributed.worker.memory.pause": False,
        "distributed.worker.preload": [use_steady_clock.__module__],
        # Set before the process starts: a variable set after NumPy or JAX is imported comes too late.
        "distributed.nanny.pre-spawn-environ": worker_environment(),
    }
    try:
        with ExitStack() as stack:
            stack.enter_context(silence_logging_cmgr(logging.CRITICAL))  # what ends after the cluster too
            stack.enter_context(dask.config.set(settings))  # all the while: workers may start at any time
            cluster = LocalCluster(
                n_workers=count,
                threads_per_worker=1,
                memory_limit=memory_limit,
                dashboard_address="127.0.0.1:0",  # without it Dask takes port 8787, on every network interface
                silence_logs=logging.CRITICAL,
                security=Security.temporary(),
                loop=stack.enter_context(_loop()),
            )
            stack.callback(_close, cluster)
            client = stack.enter_context(Client(cluster))
            if importlib.util.find_spec("bokeh") is not None:  # else Dask serves a page that says to install it
                say(f"dashboard: {cluster.dashboard_link}")
            try:
                yield _OwnWorkers(client, cluster, count, retries)
            finally:
                _kill(cluster.workers.values())
    finally:  # Dask puts the workers' variables into this process too; nothing of it is to stay
        os.environ.clear()
        os.environ.update(before)


@contextmanager
def _loop() -> "Iterator[tornado.ioloop.IOLoop]":
    """The loop that Dask runs in, by a steady clock, in a thread that starts workers such that Ctrl-C spares them.

    A terminal sends it to every process, from their first moment on; what it means is for the client alone to decide.
    Processes inherit the blocked signals of the thread that starts them.
    """
    from multiprocessing import resource_tracker

    from distributed.utils import LoopRunner

    runner = LoopRunner()
    if hasattr(signal, "pthread_sigmask"):
        resource_tracker.ensure_running()  # or the first process would start it, and that lets Ctrl-C through again
        before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        try:
            runner.start()
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
    else:
        runner.start()
    loop: Any = runner.loop
    use_steady_clock(loop)
    try:
        yield loop
    finally:
        runner.stop()


def _close(cluster: "distributed.LocalCluster") -> None:
    """Close; where Dask would wait without end, as for a worker that began when it was to end, the worker is killed."""
    nannies = list(cluster.workers.values())
    try:
        cluster.close(timeout=_FAREWELL)
    except TimeoutError:
        _kill(nannies)


def _kill(nannies: Iterable[Any]) -> None:
    """End the workers at once: whatever they still do is given up, and asking them politely takes seconds."""
    for nanny in nannies:
        nanny.close_gracefully()  # or Dask would start another in its place
        if nanny.pid is not None:
            with suppress(ProcessLookupError):
                os.kill(nanny.pid, getattr(signal, "SIGKILL", signal.SIGTERM))
