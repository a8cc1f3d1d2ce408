"""A few faults on the tiny study; `make faults` has many, on a larger one."""

import random
import shutil

import pytest
from fault_injection import KINDS, assert_same_results, inject
from study_project import Project

TARGET = "out/datasets/data_size.nc"
ARGUMENTS = ["--cores", "2", "--configfile", "tiny.yaml", "--set-threads", "train=1", "--", TARGET]


@pytest.fixture
def fresh(finished, tmp_path) -> Project:
    """The finished study's project, with nothing done."""
    folder = tmp_path / "fresh"
    shutil.copytree(finished.folder, folder, ignore=shutil.ignore_patterns("out", ".snakemake", "cache"))
    return Project(folder)


@pytest.mark.slow
def test_a_study_killed_again_and_again_ends_with_the_same_results(finished, fresh):
    jobs = sum(fresh.planned(TARGET).values())
    tally = inject(fresh, ARGUMENTS, iter(KINDS), random.Random(1), spread=3.0)
    assert tally.kills.total() >= 2, "the study ended before it was disturbed"
    expected = fresh.folder.parent / "expected"
    done = [path.relative_to(fresh.folder) for path in fresh.folder.glob("out/**/*.nc")]
    for name in done:
        (expected / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(finished.folder / name, expected / name)
    assert_same_results(fresh.folder / "out", expected / "out")
    assert fresh.planned(TARGET) == {}
    assert tally.finished == jobs, "a finished job was done again"
