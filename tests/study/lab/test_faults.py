import asyncio
import logging
import os
import random
import resource
import signal
import subprocess
import sys
import time
from multiprocessing import resource_tracker

import faults
import psutil
import pytest
from client import jobs

from prenoise.study.lab import Store, run, workers_here

COUNT, SECONDS = 16, 0.05


@pytest.fixture(scope="module")
def expected(tmp_path_factory):
    return faults.undisturbed(tmp_path_factory.mktemp("undisturbed"), COUNT, SECONDS)


def test_nothing_reported_is_lost_when_the_client_is_killed(folder, expected):
    faults.client_is_killed(folder, COUNT, SECONDS, times=2, longest=3.0, chance=random.Random(1))
    faults.assert_survived(folder, COUNT, SECONDS, expected)


def test_killed_workers_cost_time_and_nothing_else(tmp_path, folder):
    expected = faults.undisturbed(tmp_path / "undisturbed", 8, 0.25)
    assert faults.workers_are_killed(folder, 8, 0.25, times=2, chance=random.Random(2)) == 2
    faults.assert_survived(folder, 8, 0.25, expected)


def test_workers_that_die_while_they_start_are_replaced(tmp_path, folder):
    expected = faults.undisturbed(tmp_path / "undisturbed", 6, 0.25)
    assert faults.workers_are_killed_as_they_start(folder, 6, 0.25, span=1.5) >= 2
    faults.assert_survived(folder, 6, 0.25, expected)


def test_a_worker_that_cannot_be_ended_holds_nobody_up(folder, monkeypatch):
    import distributed

    async def never(nanny, *args, **options):
        await asyncio.sleep(1_000)

    monkeypatch.setattr(distributed.Nanny, "close", never)
    monkeypatch.setattr(workers_here, "_FAREWELL", 1.0)
    resource_tracker.ensure_running()  # else it would begin with the workers, and it stays
    here, begun = psutil.Process(), time.monotonic()
    before = {*here.children()}
    assert len(run(jobs(3), folder, workers=2).done) == 3
    assert time.monotonic() - begun < 60
    patience = time.monotonic() + 10
    while left := [child for child in {*here.children()} - before if child.status() != psutil.STATUS_ZOMBIE]:
        assert time.monotonic() < patience, left
        time.sleep(0.1)


def test_dask_is_silent_until_everything_has_ended(folder, monkeypatch):
    close, levels, shown = workers_here._close, [], logging.StreamHandler()

    def close_and_look(cluster):
        close(cluster)
        levels.append(shown.level)

    monkeypatch.setattr(workers_here, "_close", close_and_look)
    logging.getLogger("distributed").addHandler(shown)
    try:
        assert len(run(jobs(2), folder, workers=1).done) == 2
    finally:
        logging.getLogger("distributed").removeHandler(shown)
    assert levels == [logging.CRITICAL]
    assert shown.level < logging.CRITICAL


@pytest.mark.parametrize("environment", [{}, {"NO_LOCKS": "1"}], ids=["locks", "no locks"])
def test_three_clients_on_one_folder_do_no_harm(folder, expected, environment):
    faults.clients_share(folder, COUNT, SECONDS, 3, **environment)
    faults.assert_survived(folder, COUNT, SECONDS, expected)


def test_a_worker_that_is_stopped_for_good_is_noticed_and_its_job_is_run_elsewhere(tmp_path, folder):
    expected = faults.undisturbed(tmp_path / "undisturbed", 8, 0.25)
    faults.a_worker_is_stopped_for_good(folder, 8, 0.25)
    faults.assert_survived(folder, 8, 0.25, expected)


def test_jobs_that_need_more_memory_than_a_worker_has_are_named_and_the_others_done(folder, expected):
    faults.workers_run_out_of_memory(folder, COUNT, SECONDS)
    faults.assert_survived(folder, COUNT, SECONDS, expected)


def test_a_folder_that_is_deleted_meanwhile_is_made_again(folder, expected):
    faults.the_folder_is_deleted(folder, COUNT, SECONDS)
    faults.assert_survived(folder, COUNT, SECONDS, expected)


def test_a_closed_standard_error_stops_no_run(folder, expected):
    faults.standard_error_is_closed(folder, COUNT, SECONDS)
    faults.assert_survived(folder, COUNT, SECONDS, expected)


def test_a_clock_that_is_set_back_while_jobs_run_changes_nothing(folder, expected):
    faults.the_clock_is_set_back(folder, COUNT, SECONDS)
    faults.assert_survived(folder, COUNT, SECONDS, expected)


def test_a_scheduler_that_restarts_costs_a_sentence_and_the_same_command_again(tmp_path, folder):
    expected = faults.undisturbed(tmp_path / "undisturbed", 12, 0.25)
    faults.the_scheduler_restarts(folder, 12, 0.25)
    faults.assert_survived(folder, 12, 0.25, expected)


def test_damaged_files_are_computed_again(folder, expected):
    faults.undisturbed(folder, COUNT, SECONDS)
    assert faults.files_are_damaged(folder, random.Random(3)) == 4
    assert faults.held(folder, COUNT, SECONDS) == COUNT - 4
    faults.assert_survived(folder, COUNT, SECONDS, expected)


@pytest.fixture
def disk(tmp_path):
    """A small file system of its own."""
    disk = tmp_path / "small disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=100k", "tmpfs", str(disk)]
    if sys.platform != "linux" or subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("no small disk can be mounted here: not root")
    yield disk
    subprocess.run(["umount", str(disk)], check=True)


def test_a_full_disk_stops_the_run_and_loses_nothing(disk, expected):
    (disk / "filled").write_bytes(bytes(70_000))
    assert faults.disk_fills(disk, disk / "results", COUNT, SECONDS) > 0
    (disk / "filled").unlink()
    faults.assert_survived(disk / "results", COUNT, SECONDS, expected)


def test_a_disk_that_becomes_read_only_stops_the_run_and_loses_nothing(disk, tmp_path, expected):
    faults.the_disk_becomes_read_only(disk, disk / "results", COUNT, SECONDS)
    faults.assert_survived(disk / "results", COUNT, SECONDS, expected)


@pytest.mark.skipif(not hasattr(resource, "RLIMIT_FSIZE"), reason="no limits on files here")
def test_a_file_that_cannot_be_written_whole_is_not_there(folder, expected):
    client = faults.Client(folder, COUNT, SECONDS, 0, 1024)
    assert client.end() == 1
    assert any("could not be stored" in line for line in client.lines)
    assert not any(path.is_file() for path in folder.rglob("*"))
    faults.assert_survived(folder, COUNT, SECONDS, expected)


def test_ctrl_c_once_keeps_what_is_done_and_says_how_to_continue(folder):
    client = faults.Client(folder, 40, 0.3, 2)
    assert client.read_until("reported 2")
    client.send_all(signal.SIGINT)
    started = time.monotonic()
    assert client.end() == 130
    assert time.monotonic() - started < 60
    text = "\n".join(client.lines)
    assert "Ctrl-C again leaves now" in text
    assert "The same command continues from here." in text
    assert client.reported == sum(Store(folder).holds(job) for job in jobs(40, 0.3)) < 40
    assert "Traceback" not in client.errors


@pytest.mark.parametrize("moment", [0.0, 0.5, 1.5])
def test_ctrl_c_while_workers_start_is_one_sentence_and_leaves_nothing_running(folder, moment):
    client = faults.Client(folder, 40, 0.3, 2)
    assert client.read_until("reported 0 0")
    time.sleep(moment)
    client.send_all(signal.SIGINT)
    workers = client.worker_processes()
    assert client.end() == 130
    assert "The same command continues from here." in "\n".join(client.lines)
    assert client.errors == ""
    assert not any(worker.is_running() for worker in workers)


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can act as another account")
def test_another_account_cannot_run_code_in_a_run(folder):
    """The ports can be reached by everybody on the machine; without the certificates nobody is let in."""
    from distributed import LocalCluster

    if faults.as_nobody("import distributed").returncode:
        pytest.skip("another account cannot read this Python or its packages")
    with LocalCluster(n_workers=0, dashboard_address=None, host="127.0.0.1") as open_to_all:
        assert "in control" in faults.attack_as_nobody(int(open_to_all.scheduler_address.rsplit(":")[-1]))[0]
    client = faults.Client(folder, 400, 0.3, 1)
    assert client.read_until("reported 1")
    ports = faults.listening_ports(client)
    assert ports
    said = faults.attack_as_nobody(*ports)
    client.send(signal.SIGINT)
    assert client.end() == 130  # it was there to be attacked
    assert not any("in control" in text for text in said), said


def test_ctrl_c_twice_leaves_at_once(folder):
    client = faults.Client(folder, 3, 90, 0)
    assert client.read_until("reported 0 1")
    client.send(signal.SIGINT)
    assert client.read_until("said Stopping")
    client.send(signal.SIGINT)
    started = time.monotonic()
    assert client.end() in (130, -signal.SIGINT)
    assert time.monotonic() - started < 60  # and not the 90 seconds that a job takes
    assert "KeyboardInterrupt" in client.errors


def test_ctrl_c_twice_leaves_at_once_with_workers(folder):
    client = faults.Client(folder, 4, 90, 2)
    assert client.read_until("reported 0 2")
    workers = client.worker_processes()
    client.send_all(signal.SIGINT)
    time.sleep(0.05)
    client.send_all(signal.SIGINT)
    started = time.monotonic()
    assert client.end() in (130, -signal.SIGINT)
    assert time.monotonic() - started < 60  # and not the 90 seconds that a job takes
    assert workers
    assert not any(worker.is_running() for worker in workers)
