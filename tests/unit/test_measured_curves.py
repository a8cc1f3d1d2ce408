"""Measured curves: tables of experiments as training curves, and what may be wrong with them."""

import numpy as np
import pytest
import yaml

import laminet
from laminet.cli import main
from laminet.files import training_curves
from laminet.training.curve_data import curve_data_of


@pytest.fixture(scope="module")
def folder(tmp_path_factory, composites):
    place = tmp_path_factory.mktemp("measured")
    held = {entry.name: entry.to_fields() for entry in composites.values()}
    (place / "materials.yaml").write_text(yaml.safe_dump(held))
    return place


def write(path, text: str):
    path.write_text(text)
    return path


def test_an_experiment_becomes_a_curve(folder, tmp_path, composites, capsys):
    """MPa and engineering shear by hand; one gap in the stress; the zero state comes before the first line."""
    table = write(
        tmp_path / "test.csv",
        "time,strain_11,strain_21,stress_11,stress_12,stress_22\n"
        "1,0.001,0.002,4,1,0.5\n2,0.002,0.004,,2,1\n3,0.003,0.006,9,3,1.5\n",
    )
    words = ["--materials", str(folder / "materials.yaml"), "--composite", "composite_2"]
    words += ["--unit", "MPa", "--shear", "engineering", "--split", "train"]
    out = str(tmp_path / "own.nc")
    assert main(["curves", "--measured", str(table), *words, "--out", out]) == 0
    assert "1 curve for training, 0 for validation, of 1 composite" in capsys.readouterr().out
    curves = training_curves.load(out)
    root = np.sqrt(2.0)
    strain, stress = np.full((4, 6), np.nan), np.full((4, 6), np.nan)
    strain[:, 0], strain[:, 5] = [0.0, 0.001, 0.002, 0.003], root * np.array([0.0, 0.001, 0.002, 0.003])
    stress[:, 0], stress[:, 5] = [0.0, 0.004, np.nan, 0.009], root * np.array([0.0, 0.001, 0.002, 0.003])
    stress[:, 1] = [0.0, 0.0005, 0.001, 0.0015]
    np.testing.assert_allclose(curves["strain"].values[0], strain, rtol=1e-14)
    np.testing.assert_allclose(curves["stress"].values[0], stress, rtol=1e-14)
    assert curves["time"].values[0].tolist() == [0.0, 1.0, 2.0, 3.0]
    assert (curves["control"].item(), curves["path"].item()) == ("stress", "measured")
    (curve,) = curve_data_of(out).train
    assert curve.composite == composites[2]
    assert curve.path.prescribed.tolist() == curve.loaded.tolist() == [True, False, False, False, False, True]
    np.testing.assert_allclose(curve.path.stress[:, 1], [0.0, 0.0005, 0.001, 0.0015])
    assert not curve.path.stress[:, 2:].any(), "free of stress"
    assert curve.compared().sum(axis=1).tolist() == [2, 1, 2]
    same_in_python = laminet.measured_curves(
        table, folder / "materials.yaml", "composite_2", unit="MPa", shear="engineering"
    )
    assert same_in_python.drop_vars("cpu_time").equals(curves.drop_vars("cpu_time"))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("stress_11,time\n1,0\n", "has no column such as strain_11"),
        ("strain_11,stress_22\n0.001,1\n", "no component has both strain and stress"),
        ("strain_11,stress_11\n0.001,1\n,2\n", "line 3, column 'strain_11': is empty; a driven strain"),
        ("strain_11,stress_11,stress_22\n0.001,1,\n", "line 2, column 'stress_22': is empty; a prescribed stress"),
        ("strain_11,stress_11\n0.001,x\n", "line 2, column 'stress_11': 'x' is not a number"),
        ("strain_12,strain_21,stress_12\n0,0,0\n", "'strain_12' and 'strain_21' are one component"),
        ("strain_11,stress_11\n0,0\n0,1\n", "all strains are zero"),
        ("strain_11,stress_11\n5.0,1\n", "has strains above 1; are they percent"),
        ("time,strain_11,stress_11\n2,0.001,1\n1,0.002,2\n", "time is missing or goes back"),
        ("strain_11,stress_11\n", "needs a line of column names and at least one line of numbers"),
    ],
)
def test_faults_of_a_measured_table_are_named(folder, tmp_path, text, words, capsys):
    table = write(tmp_path / "test.csv", text)
    command = ["curves", "--measured", str(table), "--materials", str(folder / "materials.yaml")]
    assert main([*command, "--composite", "composite_2", "--out", str(tmp_path / "own.nc")]) == 1
    error = capsys.readouterr().err
    assert words in error
    assert error.startswith(f"laminet curves: {table}: ")
    assert not (tmp_path / "own.nc").exists()


@pytest.mark.parametrize(("unit", "warns"), [("MPa", False), ("GPa", True), ("Pa", True)])
def test_a_wrong_unit_is_told(folder, tmp_path, unit, warns, recwarn):
    """A polymer with glass fibres of some 10 GPa: 0.1 % makes 10 MPa."""
    table = write(tmp_path / "test.csv", "strain_11,stress_11\n0.001,10\n")
    laminet.measured_curves(table, folder / "materials.yaml", "composite_2", unit=unit)
    assert any("are the units right?" in str(entry.message) for entry in recwarn) == warns


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        ("0.02,10\n0.20,40\n", "strains reach 0.2, nothing was tested above 0.05: are they percent?"),
        ("0,2\n0.01,60\n", "the stress at zero strain is 0.033 of the largest stress, and is taken as zero"),
        ("0.001,-10\n0.002,-20\n", "strain and stress begin with opposite signs"),
        ("0,0.1\n-0.01,-60\n0.05,70\n", None),
    ],
)
def test_strange_measurements_are_told(folder, tmp_path, lines, words, recwarn):
    table = write(tmp_path / "test.csv", f"strain_11,stress_11\n{lines}")
    laminet.measured_curves(table, folder / "materials.yaml", "composite_2", unit="MPa")
    told = [str(entry.message) for entry in recwarn]
    assert len(told) == (words is not None)
    assert all(f"{table}: {words}" in text for text in told)


def test_options_of_the_other_kind_of_curves_are_refused(folder, tmp_path, capsys):
    table, out = write(tmp_path / "test.csv", "strain_11,stress_11\n0.001,0.001\n"), str(tmp_path / "own.nc")
    of_both = [str(folder / "rve.nc"), "--unit", "MPa", "--composite", "glass"]
    assert main(["curves", "--rve", *of_both, "--out", out]) == 1
    assert (
        "composite, unit: only for measured curves, and --rve simulates them; leave one out" in capsys.readouterr().err
    )
    assert main(["curves", "--measured", str(table), "--count", "3", "--out", out]) == 1
    assert "count: only for simulated curves, and --measured reads them; leave one out" in capsys.readouterr().err
    assert main(["curves", "--measured", str(table), "--out", out]) == 1
    assert "--measured needs --materials and --composite: the laws of what was measured" in capsys.readouterr().err
    with pytest.raises(SystemExit) as stop:
        main(["curves", "--out", out])
    assert stop.value.code == 2
