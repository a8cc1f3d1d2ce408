"""Killed, full, read-only: what a process leaves behind, and that it says what is wrong."""

import os
import resource
import signal
import subprocess
import sys
import time
from importlib.metadata import entry_points

import numpy as np
import pytest
import xarray as xr

from laminet.errors import InputError, LaminetWarning
from laminet.files import destination, netcdf
from laminet.materials.sampling import Sampling, sample_phases
from laminet.training import data as training_data
from laminet.training import loop
from laminet.training.settings import TrainingSettings

PREAMBLE = "import sys, time; from pathlib import Path; from laminet.files import destination; "


def dataset(size: int = 1000) -> xr.Dataset:
    return xr.Dataset({"a": ("x", np.random.default_rng(0).normal(size=size), {"units": "1"})})


def test_what_a_killed_writer_left_is_removed_by_the_next(tmp_path):
    path = tmp_path / "a.nc"
    script = f"{PREAMBLE} context = destination.replacing(sys.argv[1]); context.__enter__(); time.sleep(60)"
    writer = subprocess.Popen([sys.executable, "-c", script, str(path)])
    while not list(tmp_path.iterdir()):
        time.sleep(0.01)
    netcdf.write(dataset(), tmp_path / "b.nc", content="study", parameters={})
    assert len(list(tmp_path.glob(".a-*"))) == 1, "a living writer's file is its own"
    writer.kill()
    writer.wait()
    others = tmp_path / ".a-elsewhere-1234567-abcdefgh.nc"
    others.write_bytes(b"")
    netcdf.write(dataset(), path, content="study", parameters={})
    assert sorted(tmp_path.iterdir()) == [others, path, tmp_path / "b.nc"]


@pytest.mark.parametrize("limit", [0, 100, 4000, 7000])
def test_a_full_disk_is_one_clear_error_and_the_old_file_stays(tmp_path, limit):
    path = tmp_path / "a.nc"
    netcdf.write(dataset(10), path, content="study", parameters={})
    before = path.read_bytes()
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, hard))
    try:
        with pytest.raises(InputError, match=r"a\.nc: could not be written .*is the disk full\?"):
            netcdf.write(dataset(), path, content="study", parameters={})
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_a_training_outlives_a_disk_that_is_full_for_a_while(tmp_path, monkeypatch):
    monkeypatch.setattr(loop, "CHECKPOINT_INTERVAL", 0.0)
    phases = sample_phases(8, seed=1, stream=0, sampling=Sampling(contrast=1.0))
    samples = training_data.Samples(np.stack(phases, axis=1), sum(phases) / 2)
    data = training_data.ElasticData(samples, samples)
    settings = TrainingSettings(model="dmn", depth=1, batch=4, epochs=30, seed=1)
    expected = loop.train(data, settings)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, hard))

    def make_room(epoch: int, epochs: int, _error: float) -> None:
        if epoch == epochs:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))

    try:
        with pytest.warns(LaminetWarning, match="no new checkpoint"):
            trained = loop.train(data, settings, tmp_path, progress=make_room)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    np.testing.assert_array_equal(trained.network.angle, expected.network.angle)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["history.nc", "network.nc"]


@pytest.mark.parametrize("place", ["file/a.nc", "file/more/a.nc", "."])
def test_a_place_that_cannot_be_written_is_told_before_any_work(tmp_path, place):
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match=r"cannot write here|is a folder"):
        destination.check_destination(tmp_path / place)
    destination.check_destination(tmp_path / "new/folders/a.nc")
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


LIFELINE = """
import os, subprocess, sys, time
job = "from laminet.cli import lifeline; lifeline.hold(); print('held', flush=True); import time; time.sleep(60)"
environment = os.environ | {"LAMINET_LIFELINE": str(os.getpid())}
shell = subprocess.Popen(["bash", "-c", '"$0" -c "$1"; true', sys.executable, job], env=environment)
time.sleep(60)
"""


def test_a_job_ends_with_its_snakemake(tmp_path):
    """Killed with SIGKILL, it can tell nobody; a shell stands between it and the job."""
    snakemake = subprocess.Popen([sys.executable, "-c", LIFELINE], stdout=subprocess.PIPE, text=True)
    assert snakemake.stdout.readline() == "held\n"
    snakemake.send_signal(signal.SIGKILL)
    snakemake.wait()
    began = time.monotonic()
    assert snakemake.stdout.read() == "", "closed by the last of its processes"
    assert time.monotonic() - began < 30.0


def test_a_lifeline_that_is_no_ancestor_is_not_held(monkeypatch):
    from laminet.cli import lifeline

    other = subprocess.Popen(["sleep", "60"])
    try:
        monkeypatch.setenv(lifeline.VARIABLE, str(other.pid))
        before = len(os.listdir("/proc/self/task"))
        lifeline.hold()
        assert len(os.listdir("/proc/self/task")) == before
    finally:
        other.kill()
        other.wait()


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="only Linux has a device that is always full")
def test_a_full_disk_behind_the_output_is_one_clear_error(tmp_path):
    netcdf.write(dataset(10), tmp_path / "a.nc", content="study", parameters={})
    command = [sys.executable, "-m", "laminet", "info", str(tmp_path / "a.nc")]
    with open("/dev/full", "w") as full:
        job = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert job.returncode == 1
    assert job.stderr == (
        "laminet info: what it prints could not be written (No space left on device); is the disk full?\n"
    )


@pytest.mark.parametrize("command", ["laminet", "laminet-study"])
@pytest.mark.parametrize("installed", [True, False])
def test_ctrl_c_while_the_command_is_imported_ends_it_without_a_traceback(tmp_path, command, installed):
    """It comes while a module of the standard library is imported, which the command needs."""
    (tmp_path / "argparse.py").write_text("raise KeyboardInterrupt")
    (script,) = entry_points(group="console_scripts", name=command)
    as_installed = f"from {script.module} import {script.attr}; raise SystemExit({script.attr}())"
    program = ["-c", as_installed] if installed else ["-m", command.replace("-", "_")]
    environment = os.environ | {"PYTHONPATH": str(tmp_path)}
    job = subprocess.run([sys.executable, *program, "--version"], env=environment, capture_output=True, text=True)
    assert (job.returncode, job.stdout, job.stderr) == (130, "", "")
