"""The script of the clusters page, run as it stands there, up to what it would hand to Slurm."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

PAGE = Path(__file__).parents[3] / "docs" / "many-machines.md"


@pytest.fixture
def script(tmp_path, monkeypatch):
    pytest.importorskip("dask_jobqueue", reason="the extra `cluster` is not installed")
    source = re.search(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)[1]
    names = {"__name__": "slurm"}
    monkeypatch.setenv("HOME", str(tmp_path))
    certificates_as_on_the_page(tmp_path / "prenoise-tls")
    exec(compile(source, str(PAGE), "exec"), names)
    return names


def certificates_as_on_the_page(folder):
    folder.mkdir()
    command = re.search(r'python -c "\n(.*?)"\n', PAGE.read_text(encoding="utf-8"), re.DOTALL)[1]
    subprocess.run([sys.executable, "-c", command], cwd=folder, check=True)


@pytest.mark.slow
def test_the_job_script_asks_slurm_for_single_threaded_workers(script):
    # Port 0: a free one. Nothing is submitted before scale() or adapt().
    scheduler = {"port": 0, "dashboard_address": "127.0.0.1:0", "host": "127.0.0.1"}
    with script["cluster"](scheduler_options=scheduler) as cluster:
        text = cluster.job_script()
    assert text.startswith("#!/usr/bin/env bash\n")
    for line in ("-p standard", "-A my-project", "-t 04:00:00", "--cpus-per-task=16", "--mem=30G"):
        assert f"#SBATCH {line}\n" in text
    assert "export OMP_NUM_THREADS='1'\n" in text
    assert "export NPROC='1'\n" in text
    assert "--nthreads 1 " in text
    assert "tls://" in text
    assert "--tls-key " in text
    assert "--nworkers 16 " in text
    assert "--lifetime 230m" in text
    assert text.index("export NPROC") < text.index("distributed.cli.dask_worker")
