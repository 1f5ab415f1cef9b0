import json
import os
import subprocess
import sys

import faults
import pytest
from client import jobs

from prenoise.progress import Progress
from prenoise.study.lab import Job, Results, Store, find_device, run
from prenoise.study.lab.environment import worker_environment


class Words(Progress):
    def __init__(self):
        self.said = []
        self.seen = []

    def update(self, done, total, running=0, failed=0):
        self.seen.append((total, done - failed, failed, running))

    def say(self, sentence):
        self.said.append(sentence)


def one(name, seed=0, **arguments):
    return Job(f"trivial_jobs:{name}", arguments, experiment="one", condition={"what": name}, seeds=(seed,))


@pytest.mark.parametrize("name", ["fails", "exits", "missing"])
def test_a_job_that_fails_is_reported_and_the_others_finish(folder, name):
    outcome = run([one("numbers"), one(name), one("numbers", 1)], folder, workers=0)
    assert [failure.job for failure in outcome.failed] == [one(name)]
    assert len(outcome.done) == 2
    assert outcome.exit_code == 1
    assert "Traceback" in str(outcome)
    assert outcome.failed[0].sentence in str(outcome)


@pytest.mark.parametrize(
    ("returned", "words"),
    [("numbers_of_nobody", "3 seeds"), ("a_number", "returned a int"), ("takes_a_name", "names that are taken")],
)
def test_a_result_of_the_wrong_form_is_the_jobs_failure(folder, returned, words, monkeypatch):
    import trivial_jobs

    monkeypatch.setattr(trivial_jobs, "numbers_of_nobody", lambda seeds, **_: {"a": ("seed", [1, 2, 3])}, raising=False)
    monkeypatch.setattr(trivial_jobs, "a_number", lambda seeds, **_: 3, raising=False)
    monkeypatch.setattr(trivial_jobs, "takes_a_name", lambda seeds, **_: {"what": ("seed", [1])}, raising=False)
    outcome = run([one(returned)], folder, workers=0)
    assert words in outcome.failed[0].sentence


def test_finished_jobs_are_skipped(folder):
    assert len(run(jobs(4), folder, workers=0).done) == 4
    again = run(jobs(6), folder, workers=0)
    assert len(again.skipped) == 4
    assert len(again.done) == 2
    assert again.exit_code == 0


def test_a_damaged_result_is_computed_again_and_said_so(folder):
    run(jobs(2), folder, workers=0)
    path = Store(folder).path(jobs(2)[0])
    path.write_bytes(b"")
    words = Words()
    assert len(run(jobs(2), folder, workers=0, progress=words).done) == 1
    assert str(path) in words.said[0]


def test_a_job_another_process_stored_meanwhile_is_not_computed(folder):
    class Other(Words):
        def update(self, done, total, **counts):
            if not done:
                run(jobs(3)[1:2], folder, workers=0)

    outcome = run(jobs(3), folder, workers=0, progress=Other())
    assert len(outcome.done) == 2
    assert outcome.skipped == (jobs(3)[1],)
    assert outcome.left == 0


def test_nothing_to_do_starts_no_workers(folder):
    run(jobs(2), folder, workers=0)
    words = Words()
    assert run(jobs(2), folder, workers=2, progress=words).exit_code == 0
    assert run([], folder).exit_code == 0
    assert words.said == []


def test_workers_compute_what_this_process_computes(folder, tmp_path):
    before = dict(os.environ)
    words = Words()
    outcome = run([*jobs(6), one("fails"), one("environment")], folder, workers=2, progress=words)
    assert dict(os.environ) == before
    assert len(outcome.done) == 7
    assert "ArithmeticError: seven is not eight" in str(outcome)
    assert "trivial_jobs.py" in outcome.failed[0].traceback
    assert max(running for *_, running in words.seen) == 2
    assert words.seen[-1] == (8, 7, 1, 0)
    run(jobs(6), tmp_path / "here", workers=0)
    assert faults.same(faults.arrays(tmp_path / "here"), faults.arrays(folder))
    seen = Results.stored(folder, "one")[one("environment").condition]
    assert seen.OMP_NUM_THREADS.item() == "1"
    assert seen.NPROC.item() == "1"


def test_a_worker_computes_on_one_core(folder):
    outcome = run([one("multiplies")], folder, workers=1)
    assert outcome.exit_code == 0, str(outcome)
    assert Results.stored(folder, "one")[one("multiplies").condition].cores_used.item() < 1.4


def test_a_job_that_kills_its_workers_is_given_up_and_the_others_finish(folder):
    outcome = run([one("kills_its_worker"), *jobs(4)], folder, workers=2, retries=1)
    assert [failure.job for failure in outcome.failed] == [one("kills_its_worker")]
    assert "died, 2 times" in outcome.failed[0].sentence
    assert len(outcome.done) == 4


def test_a_job_whose_worker_dies_once_is_run_again(folder, tmp_path):
    outcome = run([one("kills_its_worker_once", flag=str(tmp_path / "flag"))], folder, workers=1, retries=1)
    assert outcome.exit_code == 0, str(outcome)


def test_a_worker_whose_memory_is_nearly_full_goes_on(folder):
    """It holds more than the four fifths at which Dask lets a worker pause."""
    full = [one("keeps_memory", seed, megabytes=1_700) for seed in range(2)]
    outcome = run(full, folder, workers=1, memory_limit="2GB")
    assert len(outcome.done) == 2, str(outcome)


def test_compiled_programs_are_there_for_the_next_run(folder, tmp_path, monkeypatch):
    monkeypatch.setenv("JAX_COMPILATION_CACHE_DIR", str(tmp_path / "compiled"))
    monkeypatch.setenv("JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS", "0")
    assert [int(run_and_open(folder, seed).hits.item()) for seed in (0, 1)] == [0, 1]


def run_and_open(folder, seed):
    outcome = run([one("compiles", seed)], folder, workers=1)
    assert outcome.exit_code == 0, str(outcome)
    return Results(folder, [one("compiles", seed)])[one("compiles").condition]


def test_the_workers_environment_keeps_what_the_user_set():
    ours = worker_environment({"JAX_COMPILATION_CACHE_DIR": "mine"})
    assert ours["JAX_COMPILATION_CACHE_DIR"] == "mine"
    assert worker_environment(ours) == ours
    printed = subprocess.run(
        [sys.executable, "-m", "prenoise.study.lab.environment"], capture_output=True, text=True, check=True
    )
    assert "export OMP_NUM_THREADS=1\n" in printed.stdout


def test_importing_the_package_stays_light():
    code = "import sys, json, prenoise.study.lab; print(json.dumps(sorted(sys.modules)))"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert not {"jax", "dask", "distributed", "xarray", "rich"} & set(json.loads(loaded))


def test_the_device_is_found_without_jax(monkeypatch):
    monkeypatch.setenv("JAX_PLATFORMS", "cpu")
    assert find_device() == "cpu"
