"""Times of a study from Snakemake's benchmark files."""

import os

import pytest

from laminet.errors import InputError
from laminet_study import cli, times

HEAD = "s\th:m:s\tmax_rss\tmax_vms\tmax_uss\tmax_pss\tio_in\tio_out\tmean_load\tcpu_time\n"


def job(path, wall, cpu, memory, end):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"{HEAD}{wall}\t0:00:01\t{memory}\t1\t1\t1\t0\t0\t90\t{cpu}\n")
    os.utime(path, (end, end))


@pytest.fixture
def folder(tmp_path):
    job(tmp_path / "benchmarks/rve.tsv", 10.0, 8.0, 200.0, end=1010.0)
    job(tmp_path / "benchmarks/train/a.tsv", 20.0, 19.0, 100.0, end=1040.0)
    job(tmp_path / "benchmarks/train/b.tsv", 30.0, 29.0, 150.0, end=1050.0)
    job(tmp_path / "benchmarks/evaluate/runs/a.tsv", 2.0, "NA", "-", end=1060.0)
    job(tmp_path / "benchmarks/evaluate/variants/loose/runs/a.tsv", 3.0, 2.0, 50.0, end=1070.0)
    job(tmp_path / "variants/packing/benchmarks/rve.tsv", 5.0, 4.0, 210.0, end=1080.0)
    return tmp_path


def test_jobs_are_summed_by_stage(folder):
    jobs = times.jobs(folder)
    stages = times.stages(jobs)
    assert stages.index.tolist() == ["train", "rve", "variants/rve", "variants/evaluate", "evaluate"]
    assert stages.loc["train", list(times.PUBLISHED)].tolist() == [2, 48.0, 50.0, 30.0, 150.0, 0]
    assert stages.loc["train", "median_s"] == 25.0
    assert stages.loc["evaluate", list(times.PUBLISHED)].tolist() == [1, 0.0, 2.0, 2.0, 0.0, 1]
    assert times.elapsed(jobs) == pytest.approx(50.0)  # 1000 - 1010 and 1020 - 1050, and what is short thereafter


def test_the_command_prints_and_writes(folder, capsys):
    assert cli.main(["times", str(folder), "--out", str(folder / "times.csv")]) == 0
    assert "jobs ran for 0.8 min" in capsys.readouterr().out
    assert (folder / "times.csv").read_text().splitlines()[1] == "train,2,48.0,50.0,30.0,150.0,0"


def test_what_is_no_study_or_no_benchmark_is_refused(folder, tmp_path):
    with pytest.raises(InputError, match="no benchmark files"):
        times.jobs(tmp_path / "nothing")
    (folder / "benchmarks/rve.tsv").write_text(HEAD)
    with pytest.raises(InputError, match=r"rve\.tsv"):
        times.jobs(folder)
