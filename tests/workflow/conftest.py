"""The tiny study of the workflow tests."""

import pytest
from study_project import TINY, Project, copy_project


@pytest.fixture(scope="session")
def project(tmp_path_factory) -> Project:
    return copy_project(tmp_path_factory.mktemp("project"), TINY)
