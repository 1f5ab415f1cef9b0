"""Runs jobs and stores their results as they come, whatever happens to workers, disk or the person at the keyboard."""

import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass

from prenoise import atomic
from prenoise.progress import Progress
from prenoise.study.lab.interrupt import Interrupt
from prenoise.study.lab.jobs import Job
from prenoise.study.lab.store import Store
from prenoise.study.lab.stream import LostScheduler, stream
from prenoise.study.lab.work import Broken, Computed, execute
from prenoise.study.lab.workers_elsewhere import Certificates, remote_workers
from prenoise.study.lab.workers_here import local_workers

_AGAIN = "The same command continues from here."
_ANEW = "the same command with --again computes them anew."
_STOPPING = "Stopping: what is finished is being stored. Ctrl-C again leaves now."


@dataclass(frozen=True)
class Failure:
    """A job that failed: what happened in one sentence, and the traceback where the job itself raised."""

    job: Job
    sentence: str
    traceback: str = ""


@dataclass(frozen=True)
class Outcome:
    """How a run ended. What is in `done` and `skipped` is on the disk."""

    done: tuple[Job, ...] = ()
    """Computed and stored by this run."""
    skipped: tuple[Job, ...] = ()
    """Stored before, or by another process meanwhile."""
    outdated: tuple[Job, ...] = ()
    """Of the skipped, those of another version or of a source that has changed since."""
    failed: tuple[Failure, ...] = ()
    """Failed by themselves or lost their worker too often."""
    left: int = 0
    """How many were not come to."""
    interrupted: bool = False
    """Ctrl-C ended the run early."""
    stopped: str = ""
    """Why the run ended early otherwise (disk full, scheduler gone); empty where it did not."""

    @property
    def exit_code(self) -> int:
        """What a command should exit with: 0 when every job has a result, 130 after Ctrl-C, else 1."""
        if self.interrupted:
            return 130
        return 1 if self.failed or self.stopped else 0

    def __str__(self) -> str:
        """The report for the end of a run, tracebacks included."""
        lines = [
            f"{failure.job} failed: {failure.sentence}\n{failure.traceback}".rstrip() + "\n" for failure in self.failed
        ]
        if self.stopped:
            lines.append(f"Stopped: {self.stopped}")
        counts = f"{len(self.done)} jobs done, {len(self.skipped)} were there already, {len(self.failed)} failed"
        lines.append(f"{counts}, {self.left} not run." if self.left else f"{counts}.")
        if self.outdated:
            lines.append(f"{len(self.outdated)} of those were computed by other code than is here now: {_ANEW}")
        if self.left:
            lines.append(_AGAIN)
        return "\n".join(lines)


class _Tally:
    """What has become of the jobs so far."""

    def __init__(self, jobs: Iterable[Job], store: Store, progress: Progress, again: bool) -> None:
        self.store = store
        self.progress = progress
        wanted = dict.fromkeys(jobs)
        found = store.find(wanted)
        outdated = [job for job, answer in found.items() if answer.outdated]
        self.anew = {*outdated} if again else set[Job]()
        self.outdated = [] if again else outdated
        self.done: list[Job] = []
        self.skipped = [job for job in wanted if job in found and job not in self.anew]
        self.failed: list[Failure] = []
        self.todo = [job for job in wanted if job not in found or job in self.anew]
        self.left = len(self.todo)
        """Jobs that nothing has become of yet."""
        self.running = 0
        for job in self.todo:
            if job not in self.anew and store.path(job).exists():
                progress.say(f"{store.path(job)} does not read back whole and is computed again")

    def fresh(self) -> Iterator[Job]:
        """The jobs to do, without those that another process has stored since this run began."""
        for job in self.todo:
            source = self.store.source(job)
            if source is None or (job in self.anew and source != job.source):
                yield job
            else:
                self.skipped.append(job)
                self.left -= 1

    def take(self, job: Job, result: Computed | Broken) -> None:
        """Store what a job computed, or note why it failed; `OSError` where it cannot be stored."""
        if isinstance(result, Computed):
            self.store.write(job, result.payload, result.source)
            self.done.append(job)
        else:
            self.failed.append(Failure(job, result.sentence, result.traceback))
            self.progress.say(f"{job} failed: {result.sentence}")
        self.left -= 1

    def tell(self, running: int) -> None:
        self.running = running
        ended = len(self.done) + len(self.failed)
        self.progress.update(ended, self.left + ended, running=running, failed=len(self.failed))


def run(
    jobs: Iterable[Job],
    store: Store | str | os.PathLike[str],
    *,
    scheduler: str | None = None,
    certificates: Certificates | None = None,
    workers: int | None = None,
    memory_limit: str | int | float | None = "auto",
    retries: int = 3,
    again: bool = False,
    progress: Progress | None = None,
) -> Outcome:
    """Compute the jobs that `store` has no whole result of, and store each result as it comes.

    A result of another version, or of a source that has changed since, counts as there and is named in the outcome;
    `again` computes those anew.

    By default one single-threaded worker process a core (one in all with a GPU), each with an equal share of the
    memory or `memory_limit` ("2GB"); `workers` sets their number, and 0 runs the jobs in this very process,
    one after the other. With `scheduler="tls://..."` and `certificates`, or `scheduler="tcp://..."` in a network that
    only trusted people can reach, the workers of an existing Dask cluster are used; they need prenoise and the jobs'
    functions installed, and no shared disk.

    A job whose worker dies is run again elsewhere up to `retries` times (on an existing cluster its own setting
    counts). A job that fails is reported in the outcome, and the others go on. Ctrl-C once stores what is finished
    and returns; twice raises `KeyboardInterrupt`. A result that cannot be written ends the run. However a run
    ends, the next one over the same jobs does what is left. Prints nothing: `progress=prenoise.progress.view("jobs")`
    shows how it goes, and `str(outcome)` is the report. As the workers are new processes, a script calls this under
    `if __name__ == "__main__":`.
    """
    if retries < 0 or (workers is not None and workers < 0):
        raise ValueError(f"workers and retries are 0 or more, not {workers} and {retries}")
    store = store if isinstance(store, Store) else Store(store)
    atomic.make_folder(store.folder)
    store.clear_leftovers()
    progress = Progress() if progress is None else progress
    stopped = ""
    with progress, Interrupt(lambda: progress.say(_STOPPING)) as interrupt, ExitStack() as stack:
        tally = _Tally(jobs, store, progress, again)
        tally.tell(0)
        try:
            if not tally.todo:
                results = iter(())
            elif workers == 0 and scheduler is None:
                results = _here(tally.fresh(), lambda: interrupt.asked, tally.tell)
            else:
                if scheduler is None:
                    connected = local_workers(workers, memory_limit, retries, progress.say)
                else:
                    connected = remote_workers(scheduler, certificates, progress.say)
                results = stream(stack.enter_context(connected), tally.fresh(), lambda: interrupt.asked, tally.tell)
            for job, result in results:
                try:
                    tally.take(job, result)
                except OSError as problem:
                    stopped = f"a result could not be stored ({problem})."
                    break
                tally.tell(tally.running - 1 if workers == 0 else tally.running)
        except LostScheduler:
            stopped = f"the scheduler{'' if scheduler is None else f' at {scheduler}'} is gone."
    lists = (tuple(tally.done), tuple(tally.skipped), tuple(tally.outdated), tuple(tally.failed))
    return Outcome(*lists, left=tally.left, interrupted=interrupt.asked, stopped=stopped)


def _here(
    jobs: Iterator[Job], stopping: Callable[[], bool], tick: Callable[[int], None]
) -> Iterator[tuple[Job, Computed | Broken]]:
    """The jobs one after the other in this process."""
    while not stopping() and (job := next(jobs, None)) is not None:
        tick(1)
        yield job, execute(job)
