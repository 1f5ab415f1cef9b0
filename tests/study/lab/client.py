"""Runs jobs as a user's command would, and prints how many it has reported as done; something to kill.

`python client.py FOLDER COUNT SECONDS WORKERS [LIMIT]`: LIMIT is the largest file in bytes it may write, a stand-in
for a full disk where none can be mounted. Environment variables: SILENCE, the seconds after which a worker without a
sign of life is given up; NO_LOCKS, as on a network file system that has none; SET_BACK, a file: when it is
there the clock is set back by an hour, in this process and in its workers; SCHEDULER, the address of a cluster to use.
"""

import errno
import fcntl
import os
import sys
import time

if "SET_BACK" in os.environ:  # before Dask takes hold of the clock; workers run these lines too when they start
    right = time.time
    time.time = lambda: right() - 3600 * os.path.exists(os.environ["SET_BACK"])

from prenoise.progress import Progress
from prenoise.study.lab import Job, run, workers_here


def jobs(count, seconds=0.02, function="trivial_jobs:slow_numbers"):
    """`count` jobs over two conditions, each job taking about `seconds`."""
    return [
        Job(
            function,
            {"seconds": seconds},
            experiment="torture",
            condition={"scale": 1.0 + index % 2},
            seeds=(index // 2,),
            version="test",
        )
        for index in range(count)
    ]


class Reports(Progress):
    def update(self, done, total, running=0, failed=0):
        print("reported", done - failed, running, flush=True)

    def say(self, sentence):
        print("said", sentence, flush=True)


def no_locks(*_):
    raise OSError(errno.ENOLCK, "No locks available")


def main(folder, count, seconds, workers, limit=None):
    if limit is not None:
        import resource
        import signal

        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (int(limit), int(limit)))
    if "SILENCE" in os.environ:
        workers_here.SILENCE = float(os.environ["SILENCE"])
    if "NO_LOCKS" in os.environ:
        fcntl.flock = no_locks
    scheduler = os.environ.get("SCHEDULER")
    outcome = run(
        jobs(int(count), float(seconds)), folder, workers=int(workers), scheduler=scheduler, progress=Reports()
    )
    print(outcome, flush=True)
    sys.exit(outcome.exit_code)


if __name__ == "__main__":
    main(*sys.argv[1:])
