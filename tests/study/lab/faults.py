"""Things that go wrong, done for real; each leaves the folder and says whether the lab survived it.

Small in the tests, large in `torture.py`. After each the same jobs are run again, and the store must hold every job
once, with the very arrays of an undisturbed run.
"""

import os
import random
import re
import shlex
import shutil
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import psutil
from client import jobs

from prenoise.study.lab import Job, Results, Store, run

CLIENT = Path(__file__).with_name("client.py")


def with_the_jobs():
    """The environment of a new process that finds the functions of the jobs."""
    path = filter(None, [str(CLIENT.parent), os.environ.get("PYTHONPATH", "")])
    return {**os.environ, "PYTHONPATH": os.pathsep.join(path)}


class Client:
    """The script `client.py`, running, with all that it has printed."""

    def __init__(self, folder, count, seconds, workers, *more, **environment):
        self._process = subprocess.Popen(
            [sys.executable, str(CLIENT), *map(str, (folder, count, seconds, workers, *more))],
            env={**with_the_jobs(), **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        self.lines = []
        self.errors = ""

    @property
    def pid(self):
        return self._process.pid

    def read_until(self, word):
        for line in self._process.stdout:
            self.lines.append(line.rstrip("\n"))
            if line.startswith(word):
                return True
        return False

    def send(self, number):
        self._process.send_signal(number)

    def send_all(self, number):
        """As a terminal does with Ctrl-C: to the client and to its workers."""
        os.killpg(self._process.pid, number)

    def worker_processes(self):
        try:
            children = psutil.Process(self._process.pid).children(recursive=True)
            return [child for child in children if "spawn_main" in " ".join(child.cmdline())]
        except psutil.NoSuchProcess:
            return []

    def end(self, timeout=120):
        try:
            output, self.errors = self._process.communicate(timeout=timeout)
        finally:
            self._process.kill()
            self._process.wait()
            self._process.stdout.close()
            self._process.stderr.close()
        self.lines += output.splitlines()
        return self._process.returncode

    @property
    def reported(self):
        """The last number of jobs it has called done."""
        return max((int(line.split()[1]) for line in self.lines if line.startswith("reported")), default=0)


def listening_ports(client):
    """The ports at which a client and its workers can be reached."""
    processes = [psutil.Process(client.pid), *client.worker_processes()]
    return sorted(
        {
            one.laddr.port
            for process in processes
            for one in process.net_connections("tcp")
            if one.status == psutil.CONN_LISTEN
        }
    )


def attack_as_nobody(*ports):
    """What another account gets, port by port, who tells a scheduler to run code: how it went by either protocol."""
    code = """
import asyncio, sys
from distributed import Client, Security

async def attack(address, security):
    try:
        async with asyncio.timeout(10), Client(address, asynchronous=True, timeout=3, security=security) as client:
            await client.run_on_scheduler(lambda: 1)
            return "in control"
    except Exception as problem:
        return type(problem).__name__

async def attack_all(ports):  # at once, while there is something to attack
    ways = (("tcp", None), ("tls", Security.temporary()))
    attacks = [(f"{by}://127.0.0.1:{port}", security) for port in ports for by, security in ways]
    answers = await asyncio.gather(*(attack(*one) for one in attacks))
    for plain, encrypted in zip(answers[::2], answers[1::2]):
        print(plain, encrypted, sep=", ")

asyncio.run(attack_all(sys.argv[1:]))
"""
    done = as_nobody(code, *map(str, ports))
    answers = done.stdout.splitlines()
    assert len(answers) == len(ports), done.stderr
    return answers


def as_nobody(code, *arguments):
    """Run Python as an account that owns nothing."""
    command = ["setpriv", "--reuid", "65534", "--clear-groups", sys.executable, "-c", code, *arguments]
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": os.pathsep.join(sys.path), "HOME": "/tmp"}
    return subprocess.run(command, capture_output=True, text=True, timeout=120, env=environment, cwd="/", check=False)


def held(folder, count, seconds):
    store = Store(folder)
    return sum(store.holds(job) for job in jobs(count, seconds))


def undisturbed(folder, count, seconds):
    assert run(jobs(count, seconds), folder, workers=0).exit_code == 0
    return arrays(folder)


def arrays(folder):
    """All that was computed, without how long it took and where."""
    results = Results.stored(folder, "torture")
    return {results[cell].attrs["condition"]: results[cell] for cell in results.cells}


def same(some, others):
    """Whether both have the very same arrays."""
    return some.keys() == others.keys() and all(some[name].identical(others[name]) for name in some)


def assert_survived(folder, count, seconds, expected):
    """The rerun finishes, every job is there once, nothing else is, and the arrays are those of `expected`."""
    outcome = run(jobs(count, seconds), folder, workers=0)
    assert outcome.exit_code == 0, str(outcome)
    names = sorted(path.name for path in Path(folder).rglob("*") if path.is_file())
    assert names == sorted(f"{job.identity}.nc" for job in jobs(count, seconds))
    assert same(arrays(folder), expected)


def client_is_killed(folder, count, seconds, times, longest, chance=random):
    """SIGKILL to the client at `times` random moments of its life."""
    deaths = 0
    for _ in range(times):
        before = held(folder, count, seconds)
        client = Client(folder, count, seconds, 2)
        time.sleep(chance.uniform(0.5, longest))
        client.send(signal.SIGKILL)
        deaths += client.end() == -signal.SIGKILL
        now = held(folder, count, seconds)
        assert now >= before + client.reported, "a result that was reported as done is lost"
    return deaths


def workers_are_killed(folder, count, seconds, times, chance=random):
    """SIGKILL to a random worker, again and again while the jobs run; between two kills three jobs are done.

    Without that, one job can lose four workers in a row, which is what the bound on retries is for.
    """
    client = Client(folder, count, seconds, 2)
    deaths = 0
    while deaths < times and client.read_until(f"reported {client.reported + 3} "):
        time.sleep(chance.uniform(0.0, seconds))
        if workers := client.worker_processes():
            chance.choice(workers).kill()
            deaths += 1
    code = client.end()
    assert code == 0, "\n".join([*client.lines[-20:], client.errors])
    return deaths


def workers_are_killed_as_they_start(folder, count, seconds, span):
    """For `span` seconds every worker is killed as soon as it is seen, the first ones while they compute."""
    client = Client(folder, count, seconds, 2)
    assert client.read_until("reported 1 ")
    until, killed = time.monotonic() + span, set()
    while time.monotonic() < until:
        for worker in client.worker_processes():
            worker.kill()
            killed.add(worker.pid)
        time.sleep(0.05)
    code = client.end()
    assert code == 0, "\n".join([*client.lines[-20:], client.errors])
    return len(killed)


def disk_fills(disk, folder, count, seconds):
    """The disk under `disk` (a small file system) fills while results are written to `folder` on it."""
    client = Client(folder, count, seconds, 0)
    code = client.end()
    assert code == 1, "\n".join(client.lines)
    assert any("could not be stored" in line for line in client.lines)
    assert held(folder, count, seconds) == client.reported < count
    assert not list(Path(disk).rglob("*.unfinished"))
    return client.reported


def files_are_damaged(folder, chance=random, times=4):
    """Truncate, corrupt, empty or replace stored files at random; the number damaged."""
    paths = sorted(Path(folder).rglob("*.nc"))
    chosen = chance.sample(paths, min(times, len(paths)))
    for index, path in enumerate(chosen):
        contents = bytearray(path.read_bytes())
        if index % 4 == 0:
            contents = contents[: chance.randrange(1, len(contents))]
        elif index % 4 == 1:
            contents[chance.randrange(len(contents))] ^= 1 << chance.randrange(8)
        elif index % 4 == 2:
            contents = bytearray()
        else:
            contents = bytearray(chance.randbytes(len(contents)))
        path.write_bytes(contents)
    return len(chosen)


def clients_share(folder, count, seconds, clients=2, **environment):
    """So many clients start on the same folder at the same time; all end well."""
    started = [Client(folder, count, seconds, 1, **environment) for _ in range(clients)]
    codes = [client.end(timeout=300) for client in started]
    assert codes == [0] * clients, "\n".join(client.errors for client in started)


def a_worker_is_stopped_for_good(folder, count, seconds):
    """SIGSTOP to one of two workers while it computes: it is there and says nothing any more."""
    client = Client(folder, count, seconds, 2, SILENCE="5")
    assert client.read_until("reported 2 ")
    stopped = client.worker_processes()[0]
    stopped.suspend()
    code = client.end(timeout=300)
    assert code == 0, "\n".join([*client.lines[-20:], client.errors])
    assert not stopped.is_running()


def workers_run_out_of_memory(folder, count, seconds):
    """Two jobs take more memory than a worker has; they fail, named as what they are, and all others are done."""
    hungry = [Job("trivial_jobs:takes_memory", experiment="hungry", seeds=(seed,), version="test") for seed in (0, 1)]
    outcome = run([*hungry, *jobs(count, seconds)], folder, workers=2, memory_limit="800MB", retries=1)
    assert {failure.job for failure in outcome.failed} == set(hungry), str(outcome)
    assert all("more memory" in failure.sentence for failure in outcome.failed)
    assert len(outcome.done) == count


def the_folder_is_deleted(folder, count, seconds):
    """All results go while more are computed; what is computed afterwards is stored all the same."""
    client = Client(folder, count, seconds, 1)
    assert client.read_until("reported 3 ")
    shutil.rmtree(folder, ignore_errors=True)
    code = client.end()
    assert code == 0, "\n".join([*client.lines[-20:], client.errors])
    assert 0 < held(folder, count, seconds) < count


def the_disk_becomes_read_only(disk, folder, count, seconds):
    """The disk under `disk` (a file system of its own) can only be read any more, in the middle of a run."""
    client = Client(folder, count, seconds, 1)
    assert client.read_until("reported 3 ")
    for _ in range(100):
        if not subprocess.run(["mount", "-o", "remount,ro", str(disk)], capture_output=True, check=False).returncode:
            break
    code = client.end()
    subprocess.run(["mount", "-o", "remount,rw", str(disk)], check=True)
    assert code == 1, "\n".join([*client.lines[-20:], client.errors])
    assert any("could not be stored" in line for line in client.lines)
    assert client.errors == ""
    assert held(folder, count, seconds) >= client.reported


def standard_error_is_closed(folder, count, seconds):
    """A command whose standard error nobody reads, closed before it starts."""
    command = f'exec {shlex.quote(sys.executable)} {shlex.quote(str(CLIENT))} "$0" {count} {seconds} 0 2>&-'
    done = subprocess.run(["sh", "-c", command, str(folder)], env=with_the_jobs(), capture_output=True, check=False)
    assert done.returncode == 0, done.stdout.decode()


def the_clock_is_set_back(folder, count, seconds, workers=2):
    """By an hour, and forward again, over and over while jobs run: some message is just then waiting to be sent."""
    now = Path(folder).with_name(f"{Path(folder).name} now")
    client = Client(folder, count, seconds, workers, SET_BACK=str(now))
    try:
        assert client.read_until("reported 3 ")
        until = time.monotonic() + count * seconds / workers
        while time.monotonic() < until:
            now.touch()
            time.sleep(0.01)
            now.unlink()
            time.sleep(0.01)
        now.touch()
    finally:
        code = client.end(timeout=60)
    now.unlink()
    assert code == 0, "\n".join([*client.lines[-20:], client.errors])


@contextmanager
def dask(command, *arguments, folder):
    """One of Dask's own commands, `scheduler` or `worker`, running in a folder of its own."""
    folder.mkdir(parents=True)
    process = subprocess.Popen(
        [sys.executable, "-m", f"distributed.cli.dask_{command}", *map(str, arguments)],
        cwd=folder,
        env=with_the_jobs(),
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        text=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()
        process.stderr.close()


@contextmanager
def scheduler(folder, *more, port=0, protocol="tcp"):
    """A scheduler's address and its process."""
    options = ("--host", "127.0.0.1", "--port", port, "--protocol", protocol, "--no-dashboard", *more)
    with dask("scheduler", *options, folder=folder) as process:
        for line in process.stderr:
            if address := re.search(rf"Scheduler at:\s*({protocol}://\S+)", line):
                yield address[1], process
                return
        raise AssertionError("the scheduler did not start")


def worker(address, folder, *more):
    """A worker of the scheduler at an address."""
    options = ("--nthreads", "1", "--no-dashboard", "--host", "127.0.0.1", "--local-directory", folder, *more)
    return dask("worker", address, *options, folder=folder)


def the_scheduler_restarts(folder, count, seconds):
    """A cluster's scheduler is killed while jobs run, and another takes its address; the command says so and ends."""
    place = Path(folder).with_name(f"{Path(folder).name} cluster")
    with scheduler(place / "first") as (address, process), worker(address, place / "one"):
        client = Client(folder, count, seconds, 0, SCHEDULER=address)
        assert client.read_until("reported 3 ")
        process.kill()
        process.wait()
        again = scheduler(place / "second", port=address.rpartition(":")[2])
        with again as (same, _), worker(same, place / "two"):
            assert same == address
            code = client.end()
            assert code == 1, "\n".join([*client.lines[-20:], client.errors])
            assert any(f"the scheduler at {address} is gone" in line for line in client.lines)
            assert "Traceback" not in client.errors, client.errors
            assert client.reported <= held(folder, count, seconds) < count
            client = Client(folder, count, seconds, 0, SCHEDULER=address)
            code = client.end()
            assert code == 0, "\n".join([*client.lines[-20:], client.errors])
    shutil.rmtree(place)
