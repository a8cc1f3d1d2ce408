"""The tiny study through a real SLURM: what its jobs ask for, a cancelled job is done again, the results are whole."""

import subprocess
import time

import cluster
import numpy as np
import pytest
import xarray as xr
from study_project import ROOT, Project, copy_project

STUDY = {
    "folder": "out",
    "rve": {"fibres": 4, "refinement": 16, "candidates": 1},
    "data": {"samples": 12, "validation": 4, "shards": 2},
    "loading": {"steps": 2, "controls": ["stress"]},
    "training": {"depth": 2, "samples": 12, "batch": 6, "epochs": 3},
    "studies": [
        {
            "name": "data_size",
            "seeds": 3,
            "schemes": {"dmn": ["dmn_residual"]},
            "timed": ["online"],
            "grids": [{"model": "dmn"}],
        },
    ],
}
TARGET, TIMES = "out/datasets/data_size.nc", "out/times.nc"
TEST_ONLY = ("--slurm-status-command", "squeue", "--slurm-init-seconds-before-status-checks", "3")
TEST_ONLY += ("--seconds-between-status-checks", "2", "--latency-wait", "20")
PLUGIN = ROOT / "build/slurm-plugin"


@pytest.fixture(scope="module")
def project(tmp_path_factory) -> Project:
    return copy_project(tmp_path_factory.mktemp("study"), STUDY)


@pytest.fixture(scope="module")
def done(project, tmp_path_factory) -> tuple[int, str, dict[str, dict[str, str]], str]:
    """The study run through SLURM, one training cancelled: exit code, output, all jobs, the id of the cancelled one."""
    obstacle = cluster.obstacle()
    if obstacle:
        pytest.skip(obstacle)
    command = ("snakemake", "--profile", "profiles/slurm", "--configfile", "tiny.yaml", *TEST_ONLY, "--", TARGET, TIMES)
    environment = project.environment()
    environment["PYTHONPATH"] += f":{PLUGIN}"
    log = project.folder / "snakemake.log"
    folder = tmp_path_factory.mktemp("slurm")
    for part in (folder, *folder.parents[:2]):  # the user munge must come to its socket
        part.chmod(0o755)
    jobs: dict[str, dict[str, str]] = {}
    cancelled = ""
    with cluster.running(folder), open(log, "w") as output:
        process = subprocess.Popen(command, cwd=project.folder, env=environment, stdout=output, stderr=output)
        limit = time.monotonic() + 2400
        try:
            while process.poll() is None and time.monotonic() < limit:
                jobs |= cluster.jobs()
                running = [job for job in of_rule(jobs, "train") if jobs[job]["JobState"] == "RUNNING"]
                if running and not cancelled:
                    cancelled = running[0]
                    cluster.cancel(cancelled)
                time.sleep(0.3)
            jobs |= cluster.jobs()
        finally:
            process.kill()
            process.wait()
    return process.returncode, log.read_text(), jobs, cancelled


def of_rule(jobs: dict[str, dict[str, str]], rule: str) -> list[str]:
    """Ids of a rule's jobs, in the order of their submission."""
    return [job for job, fields in jobs.items() if fields.get("Comment", "").startswith(f"rule_{rule}")]


def asked(fields: dict[str, str]) -> tuple[int, int, str]:
    """CPUs, memory [MB] to within the few the plugin adds for an array's list of commands, and time of a job."""
    memory = fields["MinMemoryNode"]
    megabytes = int(float(memory[:-1]) * {"M": 1, "G": 1024}[memory[-1]])
    return int(fields["CPUs/Task"]), round(megabytes, -2), fields["TimeLimit"]


def test_the_study_is_finished(project, done):
    code, output, _, _ = done
    assert code == 0, output
    with xr.open_dataset(project.folder / TARGET) as study:
        assert study.sizes["run"] == 3
        assert np.isfinite(study["error"].values).all()


def test_jobs_ask_for_what_the_profile_says(done):
    _, output, jobs, _ = done
    trainings = of_rule(jobs, "train")
    assert len(trainings) == 4, output
    first = [asked(jobs[job]) for job in trainings if "_" in job]
    assert first == [(20, 4000, "04:00:00")] * 3
    assert {asked(jobs[job]) for job in of_rule(jobs, "simulate")} == {(1, 8000, "04:00:00")}
    assert {asked(jobs[job]) for job in of_rule(jobs, "evaluate")} == {(1, 3000, "01:00:00")}
    assert {asked(jobs[job]) for job in of_rule(jobs, "sample")} == {(1, 4000, "02:00:00")}


def test_jobs_use_the_cores_they_have(project, done):
    """As many threads as asked for, as far as the process may use cores; where it may not, the log says so."""
    for path in sorted(project.folder.glob("out/runs/*/history.nc")):
        attributes = xr.open_dataset(path).attrs
        assert attributes["threads"] == min(20, attributes["cores"])
        log = (project.folder / f"out/logs/train/{path.parent.name}.log").read_text()
        assert ("threads were asked for" in log) == (attributes["cores"] < 20), log


def test_times_are_measured_on_a_node_of_their_own(project, done):
    _, output, jobs, _ = done
    (timing,) = of_rule(jobs, "time")
    assert asked(jobs[timing]) == (20, 4000, "01:00:00"), output
    assert jobs[timing]["OverSubscribe"] == "NO"
    with xr.open_dataset(project.folder / TIMES) as times:
        assert np.isfinite(times["online_time"]).all()
        assert times.sizes["run"] == 3


def test_a_cancelled_job_is_done_again_and_asks_for_more(done):
    _, output, jobs, cancelled = done
    assert jobs[cancelled]["JobState"] == "CANCELLED"
    again = [job for job in of_rule(jobs, "train") if "_" not in job]
    assert [asked(jobs[job]) for job in again] == [(20, 8000, "08:00:00")], output
    assert jobs[again[0]]["JobState"] == "COMPLETED"


def test_trainings_and_shards_are_arrays_and_nothing_is_grouped(done):
    _, _, jobs, _ = done
    assert len({jobs[job]["ArrayJobId"] for job in of_rule(jobs, "train") if "_" in job}) == 1
    assert all("_" in job for job in of_rule(jobs, "sample"))
    assert not [fields for fields in jobs.values() if fields.get("Comment", "").startswith("group")]


def test_results_are_those_of_a_run_without_slurm(project, done, tmp_path):
    alone = copy_project(tmp_path, STUDY)
    run = alone.snakemake("--set-threads", "train=1", "--", TARGET)
    assert run.returncode == 0, run.stdout + run.stderr
    with xr.open_dataset(project.folder / TARGET) as found, xr.open_dataset(alone.folder / TARGET) as expected:
        for name in expected.data_vars:
            if expected[name].attrs["units"] != "s" and name != "training_threads":  # how long and with what, not what
                np.testing.assert_array_equal(found[name], expected[name], err_msg=str(name))


def test_nothing_stays_behind(done):
    assert not cluster.CONFIGURATION.exists()
    listed = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=True).stdout
    daemons = ("munged --foreground", "slurmctld -D", "slurmd -D")
    assert not [line for line in listed.splitlines() if line.startswith(daemons)]
