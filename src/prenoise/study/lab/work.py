"""What happens in a worker: run one job and give back the bytes of its file, or say what went wrong."""

import time
import traceback
from dataclasses import dataclass

from prenoise.study.lab.environment import describe_environment
from prenoise.study.lab.jobs import Job
from prenoise.study.lab.netcdf import as_dataset, encode


@dataclass(frozen=True)
class Computed:
    """A job that came to its end: the NetCDF file of its result, and the source of the worker that computed it."""

    payload: bytes
    source: str


@dataclass(frozen=True)
class Broken:
    """A job that failed: one sentence, and the traceback as text where there is one.

    Text and not the exception, which may be of a class that cannot travel between processes.
    """

    sentence: str
    traceback: str = ""


def execute(job: Job) -> Computed | Broken:
    """Import the job's function, call it and encode what it returns. Raises nothing that the job did wrong."""
    started = time.perf_counter()
    try:
        source = job.source  # before the work, which may take hours in which the files are edited
        returned = job.resolve()(seeds=list(job.seeds), **job.condition, **job.arguments)
        dataset = as_dataset(job, returned)
        seconds = time.perf_counter() - started
        return Computed(encode(job, dataset, describe_environment(), seconds), source)
    except (KeyboardInterrupt, GeneratorExit):
        raise
    except BaseException as problem:  # SystemExit too: a job that calls exit() must not take the worker with it
        sentence = "".join(traceback.format_exception_only(problem)).strip().splitlines()[-1]
        return Broken(sentence, traceback.format_exc())
