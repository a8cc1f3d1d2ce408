"""Networks as materials of CalculiX: stresses, convergence, cutbacks, several laws, and cards of elastic constants."""

import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import calculix
import decks
import numpy as np
import pytest
from decks import FACTOR, MANDEL
from tested_blocks import environment

import laminet
from laminet.files import cards
from laminet.materials.library import Composite, read_materials
from laminet.online import constants as of_networks
from laminet.online import export

ROOT = Path(__file__).parents[2]
NETWORKS = {kind: ROOT / f"docs/networks/unidirectional_60_{kind}.nc" for kind in ("imn", "dmn")}
MATERIALS = ROOT / "examples/composite_2.yaml"
CASES = {"11": 0, "22": 1, "33": 2, "12": 3, "31": 4, "23": 5}
"""Load cases by their place in PAIRS."""
STEPS, STRAIN = 10, 0.02
CUT = "increment size decrease requested by a material user routine"


@pytest.fixture(autouse=True)
def _built():
    if reason := calculix.obstacle():
        pytest.skip(reason)


@pytest.fixture
def laws(tmp_path) -> list[str]:
    """Law and cards of both networks in `tmp_path`; the names of their materials."""
    names = []
    for kind, path in NETWORKS.items():
        network = laminet.load(path).parameters
        composite = read_materials(MATERIALS)["composite_2"]
        named = Composite(f"ply_{kind}", composite.laws)
        export.export(network, named, tmp_path / f"{kind}.law")
        (tmp_path / f"{kind}.inp").write_text(export.user_material(network, named, "calculix"))
        names.append(cards.material_name(named.name, "calculix"))
    return names


def stresses(done: decks.Run, cube: int) -> np.ndarray:
    """Stress (increments, 6) of a cube, MPa, in the order 11, 22, 33, 12, 13, 23; the same at all its points."""
    of_cube = done.table("stresses")[:, 8 * cube : 8 * cube + 8, 2:]
    np.testing.assert_allclose(of_cube, np.broadcast_to(of_cube[:, :1], of_cube.shape), rtol=1e-5, atol=1e-3)
    return of_cube[:, 0]


def expected(kind: str, case: str) -> np.ndarray:
    """The same by `laminet evaluate`, without the zero state."""
    curves = laminet.evaluate(NETWORKS[kind], MATERIALS, control="stress", load_case=case, strain=STRAIN, steps=STEPS)
    stress = curves["stress"].squeeze().transpose("step", "component").values
    return 1e3 * stress[1:, MANDEL] / FACTOR


@pytest.mark.parametrize("case", CASES)
def test_one_element_is_the_network(case, laws, tmp_path):
    deck = decks.cubes(laws[:1], ["imn.inp"])
    done = decks.run(
        deck + "\n" + decks.strain_step({CASES[case]: STRAIN}, static="*STATIC, DIRECT", size="0.1, 1."), tmp_path
    )
    assert done.code == 0, done.text[-2000:]
    truth = expected("imn", case)
    np.testing.assert_allclose(stresses(done, 0), truth, rtol=0.0, atol=2e-5 * abs(truth).max())


def test_two_laws_in_one_model_are_their_networks(laws, tmp_path):
    deck = decks.cubes(laws, ["imn.inp", "dmn.inp"])
    step = decks.strain_step({0: STRAIN}, 2, static="*STATIC, DIRECT", size="0.1, 1.")
    done = decks.run(f"{deck}\n{step}", tmp_path, threads=2)
    assert done.code == 0, done.text[-2000:]
    for cube, kind in enumerate(NETWORKS):
        truth = expected(kind, "11")
        np.testing.assert_allclose(stresses(done, cube), truth, rtol=0.0, atol=2e-5 * abs(truth).max())


def test_a_notched_plate_converges_quadratically(laws, tmp_path):
    """1,024 elements, in Pa, because CalculiX prints residuals with six places: each is the square of that before."""
    network, composite = laminet.load(NETWORKS["imn"]).parameters, read_materials(MATERIALS)["composite_2"]
    (tmp_path / "imn.inp").write_text(
        export.user_material(network, Composite("ply_imn", composite.laws), "calculix", "Pa")
    )
    plate = decks.notched_plate(laws[0], "imn.inp")
    done = decks.run(f"{plate}\n{decks.pulled(0.3, '0.5, 1.', '*STATIC, DIRECT', decks.EXACT)}", tmp_path, threads=2)
    assert done.code == 0, done.text[-2000:]
    assert len(done.residuals()) == 2
    for residuals in done.residuals():
        print("residuals:", ", ".join(f"{value:.1e}" for value in residuals))
        assert len(residuals) <= 8
        near = [(before, after) for before, after in pairwise(residuals) if before < 1e-2]
        assert len(near) >= 2
        assert all(after <= max(30.0 * before**2, 1e-10) for before, after in near)


def test_too_large_an_increment_is_cut_and_gives_the_same_force(laws, tmp_path):
    forces = []
    for size in ("1., 1.", "0.05, 1."):
        plate = decks.notched_plate(laws[0], "imn.inp", 12, 12)
        done = decks.run(f"{plate}\n{decks.pulled(0.3, size)}", tmp_path)
        assert done.code == 0, done.text[-2000:]
        forces.append(done.table("total force")[-1, 0, 1])
    assert forces[0] == pytest.approx(forces[1], rel=0.01)


def test_a_strain_that_no_law_takes_asks_for_smaller_increments(laws, tmp_path):
    """The host cuts until its smallest increment and ends with its own message."""
    deck = decks.cubes(laws[:1], ["imn.inp"])
    done = decks.run(f"{deck}\n{decks.strain_step({0: 1e200}, size='1., 1.')}", tmp_path)
    assert CUT in done.text
    assert "UMAT of laminet" not in done.text
    assert done.code != 0 or "increment size smaller than minimum" in done.text


def test_elastic_cards_give_the_constants_back(tmp_path):
    """Six tests under one stress each, on a cube of *ELASTIC, TYPE=ENGINEERING CONSTANTS."""
    data = laminet.constants(NETWORKS["imn"], MATERIALS, axes="312")
    given = of_networks.card_values(data)["composite_2"]
    (tmp_path / "ply.inp").write_text(cards.elastic_cards({"ply": given}))
    deck = decks.cubes(["PLY"], ["ply.inp"])
    steps = "".join(decks.strain_step({k: 1e-3}) for k in range(6))
    done = decks.run(f"{deck}\n{steps}", tmp_path)
    assert done.code == 0, done.text[-2000:]
    stress, strain = done.table("stresses")[:, 0, 2:], done.table("displacements")[..., 1:].reshape(6, 6)
    driven = np.arange(6)
    moduli = 1e-3 * stress[driven, driven] / strain[driven, driven]
    ratios = [-strain[i, j] / strain[i, i] for i, j in ((0, 1), (0, 2), (1, 2))]
    np.testing.assert_allclose([*moduli[:3], *(0.5 * moduli[3:]), *ratios], given, rtol=1e-5)


def test_the_script_of_the_documentation_runs(tmp_path):
    """docs/solvers.md shows examples/calculix.sh, from elastic data to a result of CalculiX."""
    script = (ROOT / "examples/calculix.sh").read_text()
    assert script in (ROOT / "docs/solvers.md").read_text()
    data = [sys.executable, "-m", "laminet", "sample", "--rve", "rve.nc", "--samples", "40", "--out", "elastic.nc"]
    cell = [sys.executable, "-m", "laminet", "rve", "--fibres", "4", "--refinement", "16", "--candidates", "1"]
    for command in ([*cell, "--out", "rve.nc"], data):
        subprocess.run(command, cwd=tmp_path, check=True, capture_output=True)
    for name in ("composite_2.yaml", "cube.inp"):
        (tmp_path / name).write_text((ROOT / "examples" / name).read_text())
    shell = environment()
    shell["PATH"] = f"{calculix.CACHE}:{shell['PATH']}"
    done = subprocess.run(["bash", "-eu"], input=script, cwd=tmp_path, env=shell, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "total force" in done.stdout
