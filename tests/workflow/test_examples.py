"""The examples run as the documentation shows them, and find what theory says."""

import re
import subprocess
import sys
from pathlib import Path

import nbformat
import numpy as np
import pytest
import tutorial_notebook
import xarray as xr
from nbclient import NotebookClient
from PIL import Image
from tested_blocks import environment

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "examples"
PAGE = (ROOT / "docs/examples.md").read_text(encoding="utf-8")
LONG = ("overview.py", "two_scale.py", "calculix.sh")
SHORT = sorted({*EXAMPLES.glob("*.py"), *EXAMPLES.glob("*.sh")} - {EXAMPLES / name for name in LONG})


@pytest.fixture
def clone(tmp_path) -> Path:
    """A folder with what the examples read."""
    for name in ("docs", "examples", "tools"):
        (tmp_path / name).symlink_to(ROOT / name)
    return tmp_path


def run(clone: Path, *command: str) -> str:
    done = subprocess.run(command, cwd=clone, env=environment(), capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert "Warning" not in done.stderr, done.stderr
    return done.stdout


def script(clone: Path, name: str) -> str:
    """What an example in Python prints; its picture is drawn."""
    path = name if "/" in name else f"examples/{name}"
    printed = run(clone, sys.executable, f"{path}.py", "picture.png")
    assert Image.open(clone / "picture.png").width >= 600
    return printed


def numbers(text: str, pattern: str) -> np.ndarray:
    return np.array(re.findall(pattern, text), dtype=float)


def test_the_network_stays_near_the_rve(clone):
    (largest,) = numbers(script(clone, "bounds"), r"within ([\d.]+) %")
    assert largest < 2.0


def test_unseen_phases_are_predicted(clone):
    (error,) = numbers(script(clone, "train_and_predict"), r"unseen phases: ([\d.]+) %")
    assert error < 5.0


def test_a_plate_of_networks_flows_beside_its_hole(clone):
    """Newton converges as with exact tangents. Fibres carry the load, so the force stays near the elastic one."""
    pytest.importorskip("skfem", reason="needs scikit-fem")
    printed = script(clone, "two_scale")
    points, increments, iterations = numbers(printed, r"(\d+) points, (\d+) increments, ([\d.]+) Newton")[0]
    assert (points, increments) == (1536, 8)
    assert iterations <= 4.5
    force, elastic = numbers(printed, r"force (\d+) N, of (\d+) N")[0]
    assert 0.9 * elastic < force < 0.99 * elastic


def test_the_tangent_makes_newton_quadratic(clone):
    increments, iterations = numbers(script(clone, "material_law"), r"(\d+) increments, ([\d.]+) Newton")[0]
    assert increments == 120
    assert iterations < 3.0


def test_fibre_fractions_are_learnt_from_stiffnesses(clone):
    rows = numbers(script(clone, "fibre_fractions"), r"(\d+)% of fibres, ([\d.]+)% learned: modulus ([\d.]+)")
    assert len(rows) == 5
    np.testing.assert_allclose(rows[:, 1], rows[:, 0], atol=2.0)
    assert (np.diff(rows[:, 2]) > 0.0).all()


def test_a_viscoplastic_matrix_is_predicted_as_well_as_a_plastic_one(clone):
    plastic, *timed = numbers(script(clone, "tools/rate_picture"), r"(?m)^(?:J2|1 s|1000 s) +([\d.]+) %.*?([\d.]+) %")
    assert len(timed) == 2
    assert (np.array(timed) < 1.5 * plastic).all()


def test_a_laminate_from_a_csv_is_learnt(clone):
    run(clone, "bash", "examples/own_data.sh", "own")
    assert Image.open(clone / "own/own_data.png").width >= 600
    with xr.open_dataset(clone / "own/predicted.nc") as predicted:
        assert predicted["error"].mean() < 0.005
    with xr.open_dataset(clone / "own/online.nc") as online:
        assert online["converged"].all()


def test_the_csv_holds_laminates():
    """In series the tractions are equal: compliances add up in 33 and shear 13, 23; in parallel stiffnesses do in 12.

    The columns are in the order 11, 22, 33, 12, 13, 23.
    """
    rows = np.genfromtxt(EXAMPLES / "layers.csv", delimiter=",", names=True)
    assert len(rows) == 60
    for column in ("33", "55", "66"):
        series = 0.7 / rows[f"stiffness_1_{column}"] + 0.3 / rows[f"stiffness_2_{column}"]
        np.testing.assert_allclose(1.0 / rows[f"stiffness_{column}"], series, rtol=1e-5)
    parallel = 0.7 * rows["stiffness_1_44"] + 0.3 * rows["stiffness_2_44"]
    np.testing.assert_allclose(rows["stiffness_44"], parallel, rtol=1e-5)


def test_every_example_is_shown_with_its_picture():
    for path in filter(Path.is_file, EXAMPLES.iterdir()):
        assert f"(../examples/{path.name})" in PAGE, path.name
    for path in SHORT:
        assert re.search(
            rf"\(images/{path.stem}\.png\)\n\n\[examples/{path.name}\]\(\.\./examples/{path.name}\)\n", PAGE
        )


@pytest.mark.parametrize("path", SHORT, ids=lambda path: path.name)
def test_it_fits_on_a_screen(path):
    lines = path.read_text(encoding="utf-8").splitlines()
    assert len(lines) < 60
    assert max(map(len, lines)) <= 92


@pytest.mark.parametrize("path", sorted((ROOT / "docs/images").glob("*.png")), ids=lambda path: path.name)
def test_pictures_load_quickly(path):
    old = {"accuracy_cases", "accuracy_curves", "accuracy_guides", "convergence", "overview", "plastic_strain"}
    assert path.stat().st_size < (500_000 if path.stem in old else 150_000)


def test_the_notebook_is_the_tutorial():
    page = (ROOT / "docs/tutorial.md").read_text(encoding="utf-8")
    text = tutorial_notebook.NOTEBOOK.read_text(encoding="utf-8")
    assert text == tutorial_notebook.notebook(page), "python tools/tutorial_notebook.py"
    nbformat.validate(nbformat.reads(text, as_version=4))


@pytest.mark.slow
def test_the_notebook_runs(monkeypatch):
    for name, value in environment().items():
        monkeypatch.setenv(name, value)
    notebook = nbformat.read(tutorial_notebook.NOTEBOOK, as_version=4)
    NotebookClient(notebook, timeout=120, kernel_name="python3").execute()
    outputs = [output for cell in notebook.cells if cell.cell_type == "code" for output in cell.outputs]
    assert sum("image/png" in output.get("data", {}) for output in outputs) == 3
    assert "times faster" in "".join(output.get("text", "") for output in outputs)
