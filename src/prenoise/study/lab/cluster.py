"""Dask: workers of our own on this machine or somebody's cluster, and a stream of jobs through them."""

import importlib.util
import logging
import os
import queue
import secrets
import signal
import time
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError
from contextlib import ExitStack, contextmanager, suppress
from typing import TYPE_CHECKING, Any

from prenoise.errors import UserError
from prenoise.study.lab.environment import worker_environment
from prenoise.study.lab.jobs import Job
from prenoise.study.lab.width import find_device
from prenoise.study.lab.work import Broken, Computed, execute

if TYPE_CHECKING:
    import distributed

_TICK = 0.2
"""Seconds between two looks at whether to stop."""
_FETCH, _SLOW_FETCH = 2.0, 60.0
"""Seconds in which a result has arrived as a rule, and over a slow network."""
_RECOUNT = 2.0
"""Seconds between two looks at the workers: their number in a cluster that may grow and shrink, and their health."""
_PATIENCE = 5.0
"""Seconds that a worker of our own may be without a process before another takes its place."""


class LostScheduler(ConnectionError):
    """The cluster's scheduler went away while jobs were running."""


class Workers:
    """The workers of a cluster that others look after: a connected client, and how many jobs run at once."""

    def __init__(self, client: "distributed.Client") -> None:
        self.client = client
        self._counted = 0
        self._when = -_RECOUNT

    @property
    def slots(self) -> int:
        if time.monotonic() - self._when >= _RECOUNT:
            threads = self.client.nthreads()
            self._counted = sum(dict(threads).values())  # pyright: ignore[reportArgumentType, reportCallIssue]
            self._when = time.monotonic()
        return self._counted

    def tend(self) -> None:
        """See that the workers are well. Called now and then."""


class _OwnWorkers(Workers):
    """Our own workers, `count` of them, however many die.

    Dask's nanny restarts a worker that dies while it runs, and gives up on one that dies while it starts. Such a
    nanny is replaced.
    """

    def __init__(self, client: "distributed.Client", cluster: "distributed.LocalCluster", count: int) -> None:
        super().__init__(client)
        self._cluster = cluster
        self._count = count
        self._ill: dict[object, float] = {}
        self._looked = time.monotonic()

    @property
    def slots(self) -> int:
        return self._count

    def tend(self) -> None:
        import psutil

        now = time.monotonic()
        if now - self._looked < _RECOUNT:
            return
        self._looked = now
        nannies = dict(self._cluster.workers)
        ill = [name for name, nanny in nannies.items() if not (nanny.pid and psutil.pid_exists(nanny.pid))]
        self._ill = {name: self._ill.get(name, now) for name in ill}
        gone = [name for name in ill if nannies[name].status.name in ("closed", "failed")]
        hopeless = [name for name, since in self._ill.items() if now - since > _PATIENCE]
        for name in {*gone, *hopeless}:
            self._cluster.worker_spec.pop(name, None)
            del self._ill[name]
        if len(nannies) < self._count or gone or hopeless:
            self._cluster.scale(self._count)


class _IgnoreInterrupt:
    """Ctrl-C reaches every process of the terminal; what it means is for the client alone to decide."""

    name = "prenoise-ignore-interrupt"

    def setup(self, worker: object) -> None:
        signal.signal(signal.SIGINT, signal.SIG_IGN)

    def teardown(self, worker: object) -> None:
        pass

    def transition(self, *_: object, **__: object) -> None:
        pass


@contextmanager
def local_workers(
    count: int | None, memory_limit: str | int | float | None, retries: int, dashboard: str, say: Callable[[str], None]
) -> Iterator[Workers]:
    """Single-threaded worker processes on this machine: one a core, one in all with a GPU, or `count`."""
    import dask.config
    from dask.system import CPU_COUNT
    from distributed import Client, LocalCluster
    from distributed.diagnostics.plugin import WorkerPlugin

    if count is None:
        count = 1 if find_device() == "gpu" else CPU_COUNT
    before = dict(os.environ)
    settings = {
        "distributed.scheduler.allowed-failures": retries,
        # Set before the process starts: a variable set after NumPy or JAX is imported comes too late.
        "distributed.nanny.pre-spawn-environ": worker_environment(),
    }
    try:
        with ExitStack() as stack:
            stack.enter_context(dask.config.set(settings))  # all the while: workers may start at any time
            cluster = LocalCluster(
                n_workers=count,
                threads_per_worker=1,
                memory_limit=memory_limit,
                dashboard_address=dashboard,  # without it Dask takes port 8787, on every network interface
                silence_logs=logging.CRITICAL,
            )
            stack.enter_context(cluster)
            client = stack.enter_context(Client(cluster))
            client.register_plugin(type("IgnoreInterrupt", (_IgnoreInterrupt, WorkerPlugin), {})())
            if importlib.util.find_spec("bokeh") is not None:  # else Dask serves a page that says to install it
                say(f"dashboard: {cluster.dashboard_link}")
            try:
                yield _OwnWorkers(client, cluster, count)
            finally:
                _kill(cluster)
    finally:  # Dask puts the workers' variables into this process too; nothing of it is to stay
        os.environ.clear()
        os.environ.update(before)


def _kill(cluster: "distributed.LocalCluster") -> None:
    """End the workers at once: whatever they still do is given up, and asking them politely takes seconds."""
    import psutil

    for nanny in cluster.workers.values():
        nanny.auto_restart = False
        if nanny.pid is not None:
            with suppress(psutil.NoSuchProcess):
                psutil.Process(nanny.pid).kill()


@contextmanager
def remote_workers(scheduler: str, say: Callable[[str], None]) -> Iterator[Workers]:
    """The workers of a cluster that is already there."""
    from distributed import Client
    from distributed.comm.addressing import get_address_host_port

    try:
        get_address_host_port(scheduler, strict=True)  # before there is a client, which would leave threads behind
        client = Client(scheduler)
    except ValueError as problem:
        raise UserError(f"{scheduler}: {problem}, expected a scheduler's address, as in tcp://host:8786") from problem
    except OSError as problem:
        raise ConnectionError(f"no Dask scheduler answers at {scheduler}: {problem}") from problem
    with client:
        workers = Workers(client)
        if not workers.slots:
            say(f"the cluster at {scheduler} has no workers yet: waiting for them")
        yield workers


def stream(
    workers: Workers, jobs: Iterator[Job], stopping: Callable[[], bool], tick: Callable[[int], None]
) -> Iterator[tuple[Job, Computed | Broken]]:
    """Run the jobs and yield each with its result as it comes; `tick` is told now and then how many are running.

    No more jobs are out than there are threads, so that a job is sent to a free worker, few results are in memory,
    and when a worker dies only the job it was running is to blame. When `stopping` becomes true, what is
    finished is still yielded and what is running is given up.
    """
    finished: queue.SimpleQueue[distributed.Future] = queue.SimpleQueue()
    out: dict[Any, tuple[distributed.Future, Job]] = {}
    run = secrets.token_hex(4)
    left = True

    while True:
        left = _submit(workers, jobs, out, finished, run) if left and not stopping() else left
        tick(len(out))
        workers.tend()
        if not out and not left:
            return
        try:
            future = finished.get(block=not stopping(), timeout=_TICK)
        except queue.Empty:
            if stopping():
                return
            if workers.client.status == "closed":
                raise LostScheduler from None
            continue
        if future.status == "cancelled":
            raise LostScheduler
        _, job = out.pop(future.key)
        left = _submit(workers, jobs, out, finished, run) if left and not stopping() else left
        result = _fetch(future, job)
        if result is None:  # its worker died with it, and it is computed once more
            out[future.key] = future, job
            future.add_done_callback(finished.put)
            continue
        yield job, result


def _submit(
    workers: Workers,
    jobs: Iterator[Job],
    out: "dict[Any, tuple[distributed.Future, Job]]",
    finished: "queue.SimpleQueue[distributed.Future]",
    run: str,
) -> bool:
    """Fill the free threads; False when there are no more jobs to send."""
    while len(out) < workers.slots:
        job = next(jobs, None)
        if job is None:
            return False
        future = workers.client.submit(execute, job, key=f"job-{run}-{job.identity}", pure=False)
        out[future.key] = future, job
        future.add_done_callback(finished.put)
    return True


def _fetch(future: "distributed.Future", job: Job) -> Computed | Broken | None:
    from distributed.scheduler import KilledWorker

    try:
        try:
            return future.result(timeout=_FETCH)
        except TimeoutError:
            return future.result(timeout=_SLOW_FETCH) if future.status == "finished" else None
    except KilledWorker as problem:
        deaths = problem.allowed_failures + 1
        return Broken(f"the worker that ran it died, {deaths} times: it may need more memory than a worker has")
    except TimeoutError:
        return None
    except CancelledError as problem:
        raise LostScheduler from problem
    except Exception as problem:  # the job reports its own errors: this is Dask's, as when a worker lacks prenoise
        return Broken(f"{type(problem).__name__}: {problem}")
