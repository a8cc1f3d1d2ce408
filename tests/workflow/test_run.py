"""Snakemake at work: from any folder, in any folder, and a failed job says why."""

import re
import shlex
import subprocess

import pytest
import yaml
from study_project import TINY, Project, job_counts


def test_a_key_given_twice_stops_before_anything_is_written(project: Project):
    (project.folder / "twice.yaml").write_text("folder: twice\nrve: {seed: 1}\nrve: {fibres: 3}\n")
    done = project.run("snakemake", "--configfile", "twice.yaml", "--", "all")
    output = done.stdout + done.stderr
    assert done.returncode == 1
    assert "twice.yaml: line 3: the key 'rve' is given twice" in output
    assert "Traceback" not in output
    assert not (project.folder / "twice").exists()


def test_a_doubtful_configuration_gives_a_warning_at_the_start(project: Project):
    (project.folder / "doubtful.yaml").write_text("loading: {paths: {hold: [{11: 0.01}, {12: 0.01}]}}\n")
    done = project.run("snakemake", "-n", "--configfile", "doubtful.yaml", "--", "results/data/rve.nc")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "snakemake: warning: load path 'hold': vertex 2 does not name 11" in done.stderr


def test_a_failed_job_says_why_on_the_terminal(project: Project):
    study = TINY | {"folder": "failed", "rve": {"fibres": 3, "refinement": 16, "candidates": 1}}
    (project.folder / "failed.yaml").write_text(yaml.safe_dump(study))
    done = project.run("snakemake", "--cores", "1", "--configfile", "failed.yaml", "--", "failed/data/rve.nc")
    assert done.returncode == 1
    assert "no packing of 3 fibres" in (project.folder / "failed/logs/rve.log").read_text()
    assert "laminet rve: rve: no packing of 3 fibres at 60% with a gap of 0.2 radii" in done.stderr


def test_a_folder_with_a_space_is_one_word_of_every_command(project: Project):
    quick = ("--profile", "profiles/quick", "--config", "folder=my results")
    done = project.run("snakemake", "-n", "-p", "--quiet", "host", *quick, "--", "all", "my results/convergence.pdf")
    assert done.returncode == 0, done.stdout + done.stderr
    lines = re.findall(r"^Shell command: (laminet.*)$", done.stdout + done.stderr, re.MULTILINE)
    commands = [shlex.split(line) for line in lines]
    stages = {
        "rve",
        "sample",
        "merge",
        "reference",
        "train",
        "evaluate",
        "collect",
        "time",
        "figure",
        "claims",
        "report",
    }
    assert {words[1] for words in commands} == stages | {"convergence", "plot"}
    for words in commands:
        named = [word for word in words if "results/" in word]
        assert len(named) >= 2, words
        assert all(word.startswith("my results/") for word in named), words


def test_jobs_run_in_a_folder_with_a_space(project: Project):
    (project.folder / "space.yaml").write_text(yaml.safe_dump(TINY | {"folder": "my results"}))
    wanted = ("my results/data/rve.nc", "my results/data/materials_composite_1.yaml", "my results/config.yaml")
    done = project.run("snakemake", "--cores", "2", "--configfile", "space.yaml", "--", *wanted)
    assert done.returncode == 0, done.stdout + done.stderr
    assert all((project.folder / name).is_file() for name in wanted)
    assert not (project.folder / "my").exists()


@pytest.mark.parametrize("relative", [False, True])
def test_the_workflow_serves_from_any_folder(project: Project, tmp_path, relative):
    """Configuration, profiles and schema are those beside the Snakefile; results are where Snakemake is called."""
    elsewhere = project.folder if relative else tmp_path
    snakefile = "Snakefile" if relative else str(project.folder / "Snakefile")
    profile = "profiles/quick" if relative else str(project.folder / "profiles/quick")
    command = (
        "snakemake",
        "-n",
        "--quiet",
        "host",
        "-s",
        snakefile,
        "--directory",
        str(tmp_path),
        "--profile",
        profile,
    )
    done = subprocess.run(
        command, cwd=elsewhere, env=project.environment(), capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stdout + done.stderr
    counts = job_counts(done.stdout + done.stderr)
    assert counts["train"] == 24 + 6 + 6 + 18 - 6  # of profiles/quick/study.yaml; six runs serve two studies
    assert "results/quick/report.html" in done.stdout
