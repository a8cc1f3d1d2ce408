"""The bundle of a study for an archive: complete, checkable, the same each time, and without the machine's name."""

import subprocess
import zipfile
from pathlib import Path

import numpy as np
import pytest
import study_bundle
import xarray as xr
import yaml

from laminet_study import configuration, design

ROOT = Path(__file__).parents[2]
HOST = "a-machine-of-ours"
ERRORS = np.array([0.1, 1 / 3, np.nan])


def write(path: Path) -> None:
    attributes = {"content": "study", "host": HOST, "command": f"laminet-study collect /home/{HOST}/runs/a"}
    path.parent.mkdir(parents=True, exist_ok=True)
    xr.Dataset({"error": ("run", ERRORS, {"units": "1"})}, attrs=attributes).to_netcdf(path)


@pytest.fixture
def folder(tmp_path):
    """A finished study, made by hand: every file that the design asks for, with three numbers in each."""
    folder = tmp_path / "results"
    config = configuration.read([ROOT / "config.yaml", ROOT / "profiles/quick/study.yaml"], {})
    names = [f"datasets/{study.name}.nc" for study in design.studies(config)]
    for name in (*names, "datasets/.depth-half-written.nc", "data/rve.nc", "runs/a/network.nc", "runs/a/history.nc"):
        write(folder / name)
    (folder / "config.yaml").write_text(yaml.safe_dump(config))
    page = f"<dl><dt>host</dt><dd>{HOST}</dd>\n<dt>laminet</dt><dd>0</dd></dl>"
    for name, text in {"claims.json": "{}", "claims.html": page, "report.html": page, "fig14.pdf": "%PDF"}.items():
        (folder / name).write_text(text)
    (folder / "logs").mkdir()
    (folder / "logs/train.log").write_text(f"on {HOST}")
    return folder


@pytest.fixture
def unpacked(folder, tmp_path):
    study_bundle.pack(folder, tmp_path / "study.zip")
    with zipfile.ZipFile(tmp_path / "study.zip") as bundle:
        bundle.extractall(tmp_path / "archive")
    return tmp_path / "archive/study"


def test_what_is_needed_is_packed_and_nothing_else(unpacked):
    names = {str(path.relative_to(unpacked)) for path in unpacked.rglob("*") if path.is_file()}
    datasets = {f"datasets/{name}.nc" for name in ("data_size", "eta", "xi", "depth")}
    pages = {"claims.json", "claims.html", "report.html", "fig14.pdf"}
    added = {"README.md", "SHA256SUMS", "LICENSE", "CITATION.cff"}
    assert names == datasets | pages | added | {"config.yaml", "data/rve.nc", "runs/a/network.nc"}


def test_the_checksums_are_those_of_every_other_file(unpacked):
    listed = (unpacked / "SHA256SUMS").read_text().splitlines()
    assert len(listed) == sum(path.is_file() for path in unpacked.rglob("*")) - 1
    subprocess.run(["sha256sum", "--check", "--strict", "SHA256SUMS"], cwd=unpacked, check=True, capture_output=True)


def test_numbers_keep_every_digit(unpacked):
    with xr.open_dataset(unpacked / "datasets/depth.nc") as study:
        np.testing.assert_array_equal(study["error"], ERRORS)
        assert study["error"].attrs["units"] == "1"


def test_no_file_names_the_machine(unpacked):
    for path in unpacked.rglob("*"):
        assert not path.is_file() or HOST.encode() not in path.read_bytes(), path
    assert (unpacked / "report.html").read_text() == "<dl><dt>laminet</dt><dd>0</dd></dl>"


def test_the_same_study_gives_the_same_bytes(folder, tmp_path):
    for name in ("first", "second"):
        study_bundle.pack(folder, tmp_path / name / "study.zip")
    assert (tmp_path / "first/study.zip").read_bytes() == (tmp_path / "second/study.zip").read_bytes()


@pytest.mark.parametrize("name", ["config.yaml", "claims.json", "datasets/depth.nc"])
def test_an_unfinished_study_is_refused_by_name(folder, tmp_path, name, capsys):
    (folder / name).unlink()
    out = tmp_path / "study.zip"
    assert study_bundle.main([str(folder), "--out", str(out)]) == 1
    error = capsys.readouterr().err
    assert error == f"study_bundle: {folder}: the study is not finished ({name} missing); run `make all` first\n"
    assert not out.exists()
