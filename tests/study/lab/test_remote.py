"""A scheduler and two workers started as a user would, with Dask's own commands, in a folder of their own."""

import os
import signal
import time
from dataclasses import replace

import faults
import pytest
from client import jobs
from faults import worker

from prenoise.errors import UserError
from prenoise.progress import Progress
from prenoise.study.lab import Certificates, Results, run


@pytest.fixture
def scheduler(tmp_path):
    with faults.scheduler(tmp_path / "scheduler") as found:
        yield found


@pytest.fixture
def certificates(tmp_path):
    """An authority that has signed one certificate, as files."""
    from distributed import Security

    made = Security.temporary()
    for name, text in (("ca", made.tls_ca_file), ("cert", made.tls_client_cert), ("key", made.tls_client_key)):
        (tmp_path / f"{name}.pem").write_text(text)
    return Certificates(*(tmp_path / f"{name}.pem" for name in ("ca", "cert", "key")))


def test_a_cluster_with_certificates_runs_the_jobs_of_those_who_have_them(folder, tmp_path, certificates):
    tls = ["--tls-ca-file", certificates.ca, "--tls-cert", certificates.cert, "--tls-key", certificates.key]
    with faults.scheduler(tmp_path / "scheduler", *tls, protocol="tls") as (address, _):
        with pytest.raises(UserError, match=f"{address} asks for certificates"):
            run(jobs(1), folder, scheduler=address)
        with pytest.raises(UserError, match=r"there is no file .*other\.pem"):
            run(jobs(1), folder, scheduler=address, certificates=replace(certificates, key=tmp_path / "other.pem"))
        with worker(address, tmp_path / "one", *tls):
            outcome = run(jobs(4), folder, scheduler=address, certificates=certificates)
    assert outcome.exit_code == 0, str(outcome)
    assert len(outcome.done) == 4


def test_a_cluster_named_by_its_address_runs_the_jobs(folder, tmp_path, scheduler):
    address, _ = scheduler
    with worker(address, tmp_path / "one"), worker(address, tmp_path / "two"):
        outcome = run(jobs(20), folder, scheduler=address)
    assert outcome.exit_code == 0, str(outcome)
    assert len(outcome.done) == 20
    expected = faults.undisturbed(tmp_path / "undisturbed", 20, 0.02)
    assert faults.same(faults.arrays(folder), expected)


def test_a_scheduler_that_goes_away_ends_the_run_with_a_sentence(folder, tmp_path, scheduler):
    address, process = scheduler

    class Cut(Progress):
        def update(self, done, total, **counts):
            if done == 2:
                process.send_signal(signal.SIGKILL)

    started = time.monotonic()
    with worker(address, tmp_path / "one"):
        outcome = run(jobs(200), folder, scheduler=address, progress=Cut())
    assert f"the scheduler at {address} is gone" in str(outcome)
    assert outcome.exit_code == 1
    assert outcome.left > 0
    assert faults.held(folder, 200, 0.02) == len(outcome.done) >= 2
    assert time.monotonic() - started < 60


def test_an_address_where_nobody_answers_is_named(folder, monkeypatch):
    import dask
    import distributed.config  # noqa: F401 (or its settings would come with the one below, and go with it)

    with dask.config.set({"distributed.comm.timeouts.connect": "1s"}), pytest.raises(ConnectionError, match="tcp://"):
        run(jobs(1), folder, scheduler="tcp://127.0.0.1:9")
    assert not any(path.is_file() for path in folder.rglob("*"))
    assert os.path.isdir(folder)


@pytest.mark.parametrize("address", ["localhost", "http://localhost:8786", "tcp://localhost:port"])
def test_what_is_no_address_is_named_with_an_example_of_one(folder, address):
    with pytest.raises(UserError, match=f"{address}: .*tcp://host:8786"):
        run(jobs(1), folder, scheduler=address)


def test_a_real_experiment_runs_on_a_cluster(folder, tmp_path, scheduler):
    from prenoise.study.figures import chosen
    from prenoise.study.reproduction import plan

    asked = plan(chosen(["fig1"]), "smoke", seeds=1)
    wanted = asked.jobs(asked.parts[0])
    address, _ = scheduler
    with worker(address, tmp_path / "one"), worker(address, tmp_path / "two"):
        outcome = run(wanted, folder, scheduler=address)
    assert set(outcome.done) == set(wanted), str(outcome)
    results = Results.stored(folder, "fig1")
    for cell in results.cells:
        angle = results[cell].angle.mean("neuron")
        assert (angle[:, -1] < angle[:, 0]).all()
