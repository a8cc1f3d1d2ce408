"""`laminet info` says of every kind of file what a person asks it."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

import laminet
from laminet import mandel
from laminet.cli import main
from laminet.errors import InputError
from laminet.files import netcdf
from laminet.info import iterations_a_step, summary
from laminet.materials.sampling import Sampling, sample_phases
from laminet.network.block import laminate
from laminet.tables import write_table

MATERIALS = """
glass:
  phase_1: {law: j2, young: 2.1, poisson: 0.3, hardening: {initial: 0.029, linear: 0.14}}
  phase_2: {law: j2, young: 72, poisson: 0.22, hardening: {initial: 9.0}}
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder with one file of each kind that a user has."""
    folder = tmp_path_factory.mktemp("files")
    phases = sample_phases(40, 1, 0, Sampling(contrast=1.0))
    data = laminet.elastic_data(phases, laminate(0.7, *phases, mandel.interface(np.array([0.0, 0.6, 0.8]))))
    netcdf.write(data, folder / "elastic.nc", content="elastic", parameters={})
    (folder / "materials.yaml").write_text(MATERIALS)
    network = laminet.train(data, "imn", 2, epochs=20, seeds=2, directory=folder / "own")
    options = {"steps": 4, "load_case": ("11", "12")}
    curves = network.evaluate(folder / "materials.yaml", **options)
    truth = curves.squeeze(["scheme", "composite"], drop=True).assign_attrs(composite="glass")
    netcdf.write(truth, folder / "reference.nc", content="reference", parameters={})
    netcdf.write(curves, folder / "alone.nc", content="online", parameters={})
    netcdf.write(
        network.evaluate(folder / "materials.yaml", references=[truth], **options),
        folder / "online.nc",
        content="online",
        parameters={},
    )
    netcdf.write(network.predict(data), folder / "predicted.nc", content="predicted", parameters={})
    return folder


def test_what_each_file_says(folder):
    network = laminet.load(folder / "own/network.nc")
    fibre = f"{100 * network.volume_fraction:.3g} % fibre"
    for name, words in {
        "elastic.nc": ["36 samples for training, 4 for validation", "contrast of the phases"],
        "materials.yaml": ["elastic-plastic (J2), E = 2.1, 2.1, 2.1 GPa, yields at 29 MPa"],
        "own/network.nc": [f"IMN of depth 2: {network.active_nodes} of 4 leaves", fibre, "errors after 20 epochs"],
        "own/history.nc": ["errors after 20 epochs", "lowest validation error"],
        "own": ["best by validation error", "seed", fibre],
        "reference.nc": ["composite glass, 4 steps", "every step converged", "largest driven stress [MPa]"],
        "alone.nc": ["glass: largest driven stress [MPa] (no reference"],
        "online.nc": ["glass: error against the reference [%] (Eq. 32), mean 0.00", "uniaxial stress"],
        "predicted.nc": ["error, validation: mean"],
    }.items():
        said = summary(folder / name)
        for word in words:
            assert word in said, (name, said)
        assert "params_sha256" in said or name in ("own", "materials.yaml")


def test_numbers_are_those_of_the_file(folder):
    """The driven stress of shear is a tensor component, not Mandel's."""
    curves = laminet.load(folder / "own/network.nc").evaluate(
        folder / "materials.yaml", steps=4, load_case=("11", "12")
    )
    peak = float(abs(curves["stress"].sel(control="strain", load_case="12", component="12")).max())
    row = next(line for line in summary(folder / "alone.nc").splitlines() if "uniaxial strain" in line)
    assert row.split()[-1] == f"{1e3 * peak / np.sqrt(2.0):.1f}"


def test_tables_hold_what_the_files_hold(folder):
    for name, lines, head in (
        ("online.nc", 1 * 2 * 2 * 5, "scheme,composite,control,load_case,step,strain_11"),
        ("reference.nc", 2 * 2 * 5, "control,load_case,step,strain_11"),
        ("own/history.nc", 2, "epoch,"),
        ("own/network.nc", 7, "node,layer,phase,weight,normal_1,normal_2,normal_3,theta,phi"),
    ):
        out = folder / "table.csv"
        assert write_table(folder / name, out) == lines
        text = out.read_text().splitlines()
        assert text[0].startswith(head)
        assert len(text) == lines + 1
    with pytest.raises(InputError, match="holds 'predicted' data"):
        write_table(folder / "predicted.nc", folder / "table.csv")


def test_folders_and_files_that_say_nothing(tmp_path, capsys):
    with pytest.raises(InputError, match=r"a folder without network\.nc"):
        summary(tmp_path)
    (tmp_path / "broken.nc").write_text("no")
    assert main(["info", str(tmp_path / "broken.nc")]) == 1
    assert "not a readable NetCDF file" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("own.law", b"laminet-law 1\n", "a law for the C interface; 'laminet export' writes it"),
        ("own.txt", b"laminet-law 1\n", "a law for the C interface"),
        ("own.vtu", b'<?xml version="1.0"?>', "local fields; 'laminet plot' draws them"),
        ("own.npz", b"PK\x03\x04", "arrays of NumPy; 'laminet import' reads"),
        ("own.png", b"\x89PNG\r\n\x1a\n", "is no NetCDF file but a picture"),
        ("own.svg", b"<svg/>", "is no NetCDF file but a picture"),
        ("own.PDF", b"%PDF-1.4", "is no NetCDF file but a picture"),
        ("own.html", b"<!doctype html>", "is no NetCDF file but a page; a browser shows it"),
        ("own.json", b"{}", "is no NetCDF file but JSON"),
        ("own.csv", b"stiffness_11\n1\n", "a table; 'laminet import' reads"),
    ],
)
def test_good_files_of_other_kinds_are_not_called_damaged(tmp_path, capsys, name, content, words):
    (tmp_path / name).write_bytes(content)
    for command in ("info", "table", "train"):
        options = {"info": [], "table": ["--out", "x.csv"], "train": ["--model", "imn", "--out", str(tmp_path / "x")]}
        given = ["--data"] * (command == "train")
        assert main([command, *given, str(tmp_path / name), *options[command]]) == 1
        error = capsys.readouterr().err
        assert "damaged" not in error
        assert words in error or (command == "train" and "laminet import" in error)


@pytest.mark.parametrize("content", [b"\x89HDF\r\n\x1a\nxx", b"CDF\x01xxxx"])
def test_what_begins_as_netcdf_is_called_damaged(tmp_path, capsys, content):
    (tmp_path / "own.npz").write_bytes(content)
    assert main(["info", str(tmp_path / "own.npz")]) == 1
    assert "not a readable NetCDF file (truncated or damaged?)" in capsys.readouterr().err


def test_yaml_is_told_apart(tmp_path, capsys):
    root = Path(__file__).parents[2]
    assert "configuration of a study, of the settings " in summary(root / "config.yaml")
    (tmp_path / "overlay.yaml").write_text("training: {depth: 5}")
    for overlay in (root / "profiles/quick/study.yaml", tmp_path / "overlay.yaml"):
        with pytest.raises(
            InputError, match=r"yaml: holds no materials, no entry has a phase_1; is it a configuration"
        ):
            summary(overlay)
    (tmp_path / "materials.yaml").write_text(MATERIALS)
    for command in ("table", "plot"):
        out = str(tmp_path / ("x.csv" if command == "table" else "x.png"))
        assert main([command, str(tmp_path / "materials.yaml"), "--out", out]) == 1
        assert "is no NetCDF file but YAML; 'laminet info' and --materials read materials" in capsys.readouterr().err


def test_reading_only_the_beginning_is_no_error(folder):
    code = f"{sys.executable} -m laminet info {folder / 'online.nc'} | head -1"
    done = subprocess.run(["bash", "-o", "pipefail", "-c", code], capture_output=True, text=True)
    assert done.stderr == ""
    assert done.stdout.startswith(str(folder / "online.nc"))


def test_a_missing_extra_is_named_with_its_remedy(folder, monkeypatch, capsys):
    for name in [name for name in sys.modules if name.split(".")[0] in ("matplotlib", "seaborn") or "pictures" in name]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    assert main(["plot", str(folder / "own/network.nc"), "--out", str(folder / "tree.png")]) == 1
    assert "pip install 'laminet[figures]'" in capsys.readouterr().err


def test_iterations_are_counted_by_step_without_the_zero_state():
    counts = [[0, 2, 4], [0, 3, 3]]
    assert iterations_a_step(xr.Dataset({"iterations": (("load_case", "step"), counts)})) == 3.0
