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
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from prenoise.errors import UserError
from prenoise.study.lab.environment import worker_environment
from prenoise.study.lab.jobs import Job
from prenoise.study.lab.width import find_device
from prenoise.study.lab.work import Broken, Computed, execute

if TYPE_CHECKING:
    import distributed
    import tornado.ioloop

_TICK = 0.2
"""Seconds between two looks at whether to stop."""
_FETCH, _SLOW_FETCH = 2.0, 60.0
"""Seconds in which a result has arrived as a rule, and over a slow network."""
_RECOUNT = 2.0
"""Seconds between two looks at the workers: their number in a cluster that may grow and shrink, and their health."""
_PATIENCE = 5.0
"""Seconds that a worker of our own may be without a process before another takes its place."""
SILENCE = 60.0
"""Seconds without a sign of life from a worker, as one that is stopped for good, after which its job runs elsewhere."""


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
        now = time.monotonic()
        if now - self._looked < _RECOUNT:
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

    if count is None:
        count = 1 if find_device() == "gpu" else CPU_COUNT
    before = dict(os.environ)
    settings = {
        "distributed.scheduler.allowed-failures": retries,
        "distributed.scheduler.worker-ttl": SILENCE,
        # One job at a time, and no data to give away: a worker that paused because its memory is nearly full would have
        # nothing to wait for, and the run would wait for it without end.
        "distributed.worker.memory.pause": False,
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
                dashboard_address="127.0.0.1:0",  # without it Dask takes port 8787, on every network interface
                silence_logs=logging.CRITICAL,
                security=Security.temporary(),
                loop=stack.enter_context(_loop_without_interrupts()),
            )
            stack.enter_context(cluster)
            client = stack.enter_context(Client(cluster))
            if importlib.util.find_spec("bokeh") is not None:  # else Dask serves a page that says to install it
                say(f"dashboard: {cluster.dashboard_link}")
            try:
                yield _OwnWorkers(client, cluster, count)
            finally:
                _kill(cluster)
    finally:  # Dask puts the workers' variables into this process too; nothing of it is to stay
        os.environ.clear()
        os.environ.update(before)


@contextmanager
def _loop_without_interrupts() -> "Iterator[tornado.ioloop.IOLoop | None]":
    """The thread that Dask starts workers from, such that Ctrl-C does not reach them.

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
    try:
        yield runner.loop
    finally:
        runner.stop()


def _kill(cluster: "distributed.LocalCluster") -> None:
    """End the workers at once: whatever they still do is given up, and asking them politely takes seconds."""
    for nanny in cluster.workers.values():
        nanny.auto_restart = False
        if nanny.pid is not None:
            with suppress(ProcessLookupError):
                os.kill(nanny.pid, getattr(signal, "SIGKILL", signal.SIGTERM))


@dataclass(frozen=True)
class Certificates:
    """The files, in PEM format, by which this process and a cluster know each other."""

    ca: str | Path
    """Certificates of the authority that has signed those of the cluster."""
    cert: str | Path
    """The certificate of this process."""
    key: str | Path
    """Its private key."""


@contextmanager
def remote_workers(scheduler: str, certificates: Certificates | None, say: Callable[[str], None]) -> Iterator[Workers]:
    """The workers of a cluster that is already there; without certificates, those that Dask's own settings name."""
    from distributed import Client
    from distributed.comm.addressing import get_address_host_port
    from distributed.utils import silence_logging_cmgr

    security = _security(scheduler, certificates)
    try:
        get_address_host_port(scheduler, strict=True)  # before there is a client, which would leave threads behind
        client = Client(scheduler, security=security)
    except ValueError as problem:
        raise UserError(f"{scheduler}: {problem}, expected a scheduler's address, as in tcp://host:8786") from problem
    except OSError as problem:
        raise ConnectionError(f"no Dask scheduler answers at {scheduler}: {problem}") from problem
    with silence_logging_cmgr(logging.CRITICAL), client:  # a scheduler that goes is said in a sentence, not by Dask
        workers = Workers(client)
        if not workers.slots:
            say(f"the cluster at {scheduler} has no workers yet: waiting for them")
        yield workers


def _security(scheduler: str, certificates: Certificates | None) -> "distributed.Security":
    """How to speak to a scheduler; a `UserError` where what that needs is not there."""
    from distributed import Security

    if certificates is None:
        security = Security()
        if scheduler.startswith("tls://") and security.tls_client_cert is None:
            raise UserError(
                f"{scheduler} asks for certificates: name the files of the authority, the certificate and its key"
            )
        return security
    for path in (certificates.ca, certificates.cert, certificates.key):
        if not Path(path).is_file():
            raise UserError(f"there is no file {path}: expected a certificate or key in PEM format")
    ca, cert, key = map(str, (certificates.ca, certificates.cert, certificates.key))
    return Security(tls_ca_file=ca, tls_client_cert=cert, tls_client_key=key, require_encryption=True)


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
