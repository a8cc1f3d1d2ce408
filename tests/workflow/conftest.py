"""The tiny study of the workflow tests."""

import pytest
from study_project import TARGETS, TINY, Project, copy_project


@pytest.fixture(scope="session")
def project(tmp_path_factory) -> Project:
    return copy_project(tmp_path_factory.mktemp("project"), TINY)


@pytest.fixture(scope="session")
def finished(project) -> Project:
    """The project with its tiny study done."""
    done = project.snakemake("--set-threads", "train=1", "--", *TARGETS)
    assert done.returncode == 0, done.stdout + done.stderr
    return project
