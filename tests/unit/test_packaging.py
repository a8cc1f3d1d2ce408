"""What is said about versions and packages in more than one place says the same."""

import ast
import re
import sys
import tomllib
from pathlib import Path

import pytest
import release_notes
import yaml

import laminet

ROOT = Path(__file__).parents[2]
SETTINGS = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
PROJECT = SETTINGS["project"]
EXTRAS = PROJECT["optional-dependencies"]


def name(requirement: str) -> str:
    """Normalised name of a requirement."""
    return re.sub(r"[-_.]+", "-", re.match(r"[\w.-]+", requirement).group()).lower()


def pins(lines: list[str]) -> dict[str, str]:
    """Version by name; every line must pin one."""
    found = {}
    for line in lines:
        requirement, separator, version = line.partition("==")
        assert separator, f"{line} is not pinned"
        found[name(requirement)] = version
    return found


@pytest.fixture(scope="module")
def required() -> dict[str, str]:
    lines = (ROOT / "envs/requirements.txt").read_text(encoding="utf-8").splitlines()
    return pins([line for line in lines if line and not line.startswith("#")])


def direct(extra: str) -> set[str]:
    """Packages of an extra, those of the extras it names included."""
    found = set()
    for requirement in EXTRAS[extra]:
        if requirement.startswith("laminet["):
            for other in requirement[len("laminet[") : -1].split(","):
                found |= direct(other)
        else:
            found.add(name(requirement))
    return found


MODULES = {"PIL": "pillow", "netCDF4": "netcdf4", "yaml": "pyyaml"}
"""Packages that are imported by another name."""


def imported(folder: str) -> set[str]:
    """Packages that the sources in a folder import, wherever in a file the import stands."""
    names = set()
    for path in (ROOT / folder).rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                names |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                names.add(str(node.module).split(".")[0])
    return {MODULES.get(found, found) for found in names} - set(sys.stdlib_module_names) - {"laminet", "laminet_study"}


def test_every_import_is_declared():
    library = {name(requirement) for requirement in PROJECT["dependencies"]}
    assert imported("src/laminet") == library | {"torch", "matplotlib", "pillow", "seaborn"}
    study = tomllib.loads((ROOT / "src/laminet_study/pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert study["dependencies"] == ["laminet[torch,workflow]"]
    assert imported("src/laminet_study") <= library | direct("torch") | direct("workflow")


def test_every_dependency_has_a_lower_bound():
    typing = {"types-PyYAML"}
    asked = [*PROJECT["dependencies"], *(entry for extra in EXTRAS.values() for entry in extra)]
    loose = {entry for entry in asked if not re.search(r"[>=]=", entry) and not entry.startswith("laminet[")}
    assert loose == typing


def test_every_package_asked_for_is_pinned(required):
    asked = {name(requirement) for requirement in PROJECT["dependencies"]}.union(*map(direct, EXTRAS))
    assert asked - set(required) == {"snakemake-executor-plugin-slurm"}, "the plugin slows all runs: an extra alone"


def test_the_conda_environment_has_the_same_versions(required):
    file = yaml.safe_load((ROOT / "envs/laminet.yaml").read_text(encoding="utf-8"))
    conda = pins(next(entry["pip"] for entry in file["dependencies"] if isinstance(entry, dict)))
    assert conda == {package: required[package] for package in conda}
    wanted = {name(requirement) for requirement in PROJECT["dependencies"]} | direct("torch") | direct("workflow")
    assert set(conda) == wanted


def test_torch_is_one_version_everywhere(required):
    assert EXTRAS["torch"] == [f"torch=={required['torch']}"]


def test_the_version_is_semantic_and_one():
    assert re.fullmatch(r"\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?", laminet.__version__)
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert citation["version"] == laminet.__version__
    assert f"## {laminet.__version__}" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


def workflow(name: str) -> dict:
    """Jobs of a workflow of GitHub Actions."""
    return yaml.safe_load((ROOT / f".github/workflows/{name}.yml").read_text(encoding="utf-8"))["jobs"]


def test_the_conda_recipe_asks_for_the_same_packages():
    recipe = yaml.safe_load((ROOT / "conda/recipe.yaml").read_text(encoding="utf-8"))
    assert recipe["context"]["version"] == laminet.__version__
    written = {wanted.replace(" ", "") for wanted in recipe["requirements"]["run"]}
    assert written == {wanted.lower() for wanted in PROJECT["dependencies"]} | {"python"}
    host = {wanted.replace(" ", "") for wanted in recipe["requirements"]["host"]}
    assert host == set(SETTINGS["build-system"]["requires"]) | {"python", "pip"}


def test_tests_wheels_and_classifiers_name_the_same_versions_of_python():
    tested = workflow("ci")["test"]["strategy"]["matrix"]["python"]
    assert SETTINGS["tool"]["cibuildwheel"]["build"] == [f"cp{version.replace('.', '')}-*" for version in tested]
    named = [entry.rpartition(" ")[2] for entry in PROJECT["classifiers"] if "Python :: 3." in entry]
    assert named == tested
    assert PROJECT["requires-python"] == f">={tested[0]}"


def test_workflows_call_what_there_is():
    targets = re.search(r"^\.PHONY: (.*)$", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE).group(1)
    commands = [
        step["run"]
        for name in ("ci", "wheels", "release")
        for job in workflow(name).values()
        for step in job.get("steps", [])
        if "run" in step
    ]
    made = {target for command in commands for target in re.findall(r"\bmake ([\w-]+)", command)}
    assert made
    assert made <= set(targets.split())
    commands.append(SETTINGS["tool"]["cibuildwheel"]["test-command"])
    for script in re.findall(r"tools/\S+\.py", " ".join(commands)):
        assert (ROOT / script).is_file(), script


@pytest.fixture
def sources(tmp_path):
    """Sources of version 1.2.0, ready for its release."""
    (tmp_path / "src/laminet").mkdir(parents=True)
    (tmp_path / "src/laminet/__init__.py").write_text('__version__ = "1.2.0"\n')
    (tmp_path / "CITATION.cff").write_text("cff-version: 1.2.0\nversion: 1.2.0\n")
    (tmp_path / "CHANGELOG.md").write_text(
        "# Changelog\n\n## 1.2.0 (2031-05-17)\n\n- new\n\n## 1.1.0 (2030-01-01)\n\n- old\n"
    )
    return tmp_path


def test_the_notes_of_a_release_are_its_section_of_the_changelog(sources):
    assert release_notes.notes("v1.2.0", sources) == "- new\n"


@pytest.mark.parametrize(
    ("file", "text", "tag", "told"),
    [
        ("CITATION.cff", "version: 1.2.0", "v1.3.0", "the tag is v1.3.0, but"),
        ("CITATION.cff", "cff-version: 1.2.0\nversion: 1.1.0\n", "v1.2.0", "CITATION.cff does not have version 1.2.0"),
        ("CHANGELOG.md", "## 1.2.0 (unreleased)\n\n- new\n", "v1.2.0", "needs the heading '## 1.2.0 \\(YYYY-MM-DD\\)'"),
        ("CHANGELOG.md", "## 1.1.0 (2030-01-01)\n", "v1.2.0", "CHANGELOG.md needs"),
    ],
)
def test_a_release_that_is_not_ready_is_refused(sources, file, text, tag, told):
    (sources / file).write_text(text)
    with pytest.raises(SystemExit, match=told):
        release_notes.notes(tag, sources)


def test_the_container_copies_what_there_is():
    text = (ROOT / "envs/Containerfile").read_text(encoding="utf-8")
    for source in re.findall(r"^COPY (\S+) ", text, re.MULTILINE):
        assert (ROOT / source).exists(), source
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    for package in re.search(r"apt install ([\w -]+)`", readme).group(1).split():
        assert package in text, package
