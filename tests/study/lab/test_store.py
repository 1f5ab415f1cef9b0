import errno
import json
import os
import subprocess
import sys

import pytest
import xarray
from scipy.io import netcdf_file

from prenoise.study.lab import DamagedFile, Job, Store
from prenoise.study.lab.work import Computed, execute

JOB = Job("trivial_jobs:numbers", {"epochs": 50}, experiment="fig1", condition={"scale": 2.0}, seeds=(3, 4))


@pytest.fixture
def payload():
    result = execute(JOB)
    assert isinstance(result, Computed), result
    return result.payload


def test_what_is_written_is_read_with_all_that_is_known_of_it(folder, payload):
    store = Store(folder)
    path = store.write(JOB, payload)
    found = store.read(JOB)
    assert found.loss.dims == ("seed", "epoch")
    assert found.loss.attrs["units"] == "nats"
    assert found.seed.values.tolist() == [3, 4]
    assert found.attrs["identity"] == JOB.identity == path.stem
    assert found.attrs["seconds"] > 0
    assert {"python", "device", "versions"} <= set(json.loads(found.attrs["environment"]))
    assert Job.from_description(json.loads(found.attrs["job"])) == JOB


def test_the_file_is_an_ordinary_netcdf_file_to_others(folder, payload):
    path = Store(folder).write(JOB, payload)
    with netcdf_file(path, mmap=False) as file:
        assert file.variables["loss"].shape == (2, 50)
    with xarray.open_dataset(path, engine="scipy") as found:
        assert found.sizes["epoch"] == 50


def test_the_file_does_not_say_who_or_where(folder, payload):
    for secret in (os.uname().nodename, os.path.expanduser("~/"), str(folder)):
        assert secret.encode() not in payload


@pytest.mark.parametrize("part", [0.0, 0.1, 0.5, 0.9, 0.999])
def test_a_truncated_file_counts_as_absent_and_says_so(folder, payload, part):
    store = Store(folder)
    path = store.write(JOB, payload)
    os.truncate(path, int(path.stat().st_size * part))
    assert not store.holds(JOB)
    with pytest.warns(DamagedFile, match="treated as absent"):
        assert store.read(JOB) is None


def test_every_flipped_byte_is_seen(folder, payload):
    store = Store(folder)
    path = store.write(JOB, payload)
    whole = path.read_bytes()
    for position in range(0, len(whole), 97):
        path.write_bytes(whole[:position] + bytes([whole[position] ^ 1]) + whole[position + 1 :])
        assert not store.holds(JOB)
    path.write_bytes(whole)
    assert store.holds(JOB)


def test_a_result_under_the_name_of_another_job_is_not_its_result(folder, payload):
    store = Store(folder)
    other = Job("trivial_jobs:numbers", experiment="fig1", seeds=(9,))
    store.write(JOB, payload).rename(store.path(other))
    with pytest.warns(DamagedFile, match="another job"):
        assert store.read(other) is None


def test_an_absent_result_is_absent_without_a_word(folder):
    assert Store(folder).read(JOB) is None
    assert not Store(folder).holds(JOB)
    assert Store(folder).experiments() == []


def test_leftovers_of_dead_processes_go_and_those_of_living_ones_stay(folder):
    code = (
        "import os, sys, time; from pathlib import Path; from prenoise import atomic\n"
        "os.fsync = lambda _: (print('writing', flush=True), time.sleep(60))\n"
        "Path(sys.argv[1]).mkdir(parents=True, exist_ok=True)\n"
        "atomic.write(Path(sys.argv[1], 'x.nc'), b'half')"
    )
    store = Store(folder)
    with subprocess.Popen([sys.executable, "-c", code, str(folder / "fig1")], stdout=subprocess.PIPE) as writer:
        writer.stdout.readline()
        assert store.clear_leftovers() == 0
        assert len(list((folder / "fig1").iterdir())) == 1
        writer.kill()
        writer.wait()
    assert store.clear_leftovers() == 1
    assert not list((folder / "fig1").iterdir())


def test_a_writer_whose_new_file_was_taken_for_a_leftover_writes_again(folder, payload, monkeypatch):
    store = Store(folder)
    taken = []

    def cleaner(descriptor):
        if not taken:
            taken.extend((folder / "fig1").glob(".*"))
            taken[0].unlink()
        return True

    monkeypatch.setattr("prenoise.atomic.lock", cleaner)
    store.write(JOB, payload)
    assert taken
    assert store.holds(JOB)


def test_a_failed_write_leaves_nothing_and_keeps_what_was_there(folder, payload, monkeypatch):
    store = Store(folder)
    store.write(JOB, payload)

    def full(descriptor):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        store.write(JOB, payload + b" ")
    assert [path.name for path in (folder / "fig1").iterdir()] == [f"{JOB.identity}.nc"]
    assert store.holds(JOB)
