"""A stream of jobs through the workers of a Dask cluster."""

import queue
import secrets
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from prenoise.study.lab.jobs import Job
from prenoise.study.lab.work import Broken, Computed, execute

if TYPE_CHECKING:
    import distributed

_TICK = 0.2
"""Seconds between two looks at whether to stop."""
_FETCH, _SLOW_FETCH = 2.0, 60.0
"""Seconds in which a result has arrived as a rule, and over a slow network."""
RECOUNT = 2.0
"""Seconds between two looks at the workers: their number in a cluster that may grow and shrink, and their health."""


@dataclass(frozen=True)
class _Died:
    """The worker of a job died, so often."""

    times: int


class LostScheduler(ConnectionError):
    """The cluster's scheduler went away while jobs were running."""


class Workers:
    """The workers of a cluster that others look after: a connected client, and how many jobs run at once."""

    retries = 0
    """How often a job is run again whose worker died, after the cluster itself has given up on it."""

    def __init__(self, client: "distributed.Client") -> None:
        self.client = client
        self._counted = 0
        self._when = -RECOUNT

    @property
    def slots(self) -> int:
        if time.monotonic() - self._when >= RECOUNT:
            threads = self.client.nthreads()
            self._counted = sum(dict(threads).values())
            self._when = time.monotonic()
        return self._counted

    def tend(self) -> None:
        """See that the workers are well. Called now and then."""


def stream(
    workers: Workers, jobs: Iterator[Job], stopping: Callable[[], bool], tick: Callable[[int], None]
) -> Iterator[tuple[Job, Computed | Broken]]:
    """Run the jobs and yield each with its result as it comes; `tick` is told now and then how many are running.

    No more jobs are out than there are threads, so that a job is sent to a free worker, few results are in memory,
    and when a worker dies only the job it was running is to blame: it goes out again when a worker is free. When
    `stopping` becomes true, what is finished is still yielded and what is running is given up.
    """
    finished: queue.SimpleQueue[distributed.Future] = queue.SimpleQueue()
    out: dict[Any, tuple[distributed.Future, Job]] = {}
    waiting: list[Job] = []
    """Jobs that lost their worker, and one that found none."""
    deaths: Counter[Job] = Counter()
    run = secrets.token_hex(4)

    def fill() -> None:
        """Give the free threads something to do."""
        while not stopping() and len(out) < workers.slots:
            job = waiting.pop() if waiting else next(jobs, None)
            if job is None:
                return
            key = f"job-{run}-{job.identity}-{deaths[job]}"
            future = workers.client.submit(execute, job, key=key, pure=False)
            out[future.key] = future, job
            future.add_done_callback(finished.put)

    while True:
        fill()
        tick(len(out))
        workers.tend()
        if not out and not waiting:
            job = None if stopping() else next(jobs, None)
            if job is None:
                return
            waiting.append(job)
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
        fill()
        result = _fetch(future, job)
        if result is None:  # its worker died with it, and it is computed once more
            out[future.key] = future, job
            future.add_done_callback(finished.put)
            continue
        if isinstance(result, _Died):
            deaths[job] += result.times
            if deaths[job] <= workers.retries:
                waiting.append(job)
                continue
            result = Broken(
                f"the worker that ran it died, {deaths[job]} times: it may need more memory than a worker has"
            )
        yield job, result


def _fetch(future: "distributed.Future", job: Job) -> Computed | Broken | _Died | None:
    from distributed.scheduler import KilledWorker

    try:
        try:
            return future.result(timeout=_FETCH)
        except TimeoutError:
            return future.result(timeout=_SLOW_FETCH) if future.status == "finished" else None
    except KilledWorker as problem:
        return _Died(problem.allowed_failures + 1)
    except TimeoutError:
        return None
    except CancelledError as problem:
        raise LostScheduler from problem
    except Exception as problem:  # the job reports its own errors: this is Dask's, as when a worker lacks prenoise
        return Broken(f"{type(problem).__name__}: {problem}")
