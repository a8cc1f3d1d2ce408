"""Phases whose law is a UMAT: the same numbers as laminet's own laws, in networks, points, cells and commands."""

import copy
import pickle
import shutil
import subprocess
from dataclasses import replace

import numpy as np
import pytest
import xarray as xr
import yaml
from c_programs import EXAMPLES, compiled

import laminet
from laminet.cells.fibres import cell
from laminet.cells.fibres.reference import reference
from laminet.cli import main
from laminet.errors import InputError
from laminet.loading.driver import follow
from laminet.loading.paths import uniaxial
from laminet.materials.laws.umat import Umat
from laminet.materials.library import composite, read_materials
from laminet.network.initial import initial_parameters
from laminet.online.evaluation import evaluate
from laminet.online.export import text
from laminet.online.material import Material
from laminet.online.native import NativeSystem
from laminet.online.schemes import scheme
from laminet.online.settings import OnlineSettings

SHARED = ("-shared", "-fPIC")
YOUNG, POISSON = 3.8, 0.387
HARDENING = {"initial": 0.010, "linear": 0.30, "saturation": 0.060, "rate": 150.0}
J2 = {"law": "j2", "young": YOUNG, "poisson": POISSON, "hardening": HARDENING}
PROPERTIES = [1e3 * YOUNG, POISSON, 10.0, 300.0, 60.0, 150.0]
FIBRE = {"E11": 19.8, "E22": 19.8, "E33": 245, "G12": 5.9, "G13": 29.2, "G23": 29.2, "nu12": 0.67, "nu13": 0.02}
FIBRE |= {"law": "orthotropic", "nu23": 0.02}
CASES = ("11", "22", "12", "31")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """laminet's example of a UMAT: libj2c.so and, with a Fortran compiler, libj2f.so."""
    folder = tmp_path_factory.mktemp("umat")
    compiled(EXAMPLES / "j2_umat.c", folder / "libj2c.so", *SHARED)
    if shutil.which("gfortran"):
        options = ["-O2", "-Wall", *SHARED, f"-I{laminet.include_dir()}"]
        command = ["gfortran", *options, EXAMPLES / "j2_umat.f", "-o", folder / "libj2f.so"]
        subprocess.run(command, check=True, capture_output=True)
    return folder


@pytest.fixture(params=["c", "fortran"])
def j2(request, folder):
    """The fields of laminet's example of a UMAT."""
    library = folder / f"libj2{request.param[0]}.so"
    if not library.exists():
        pytest.skip("needs a Fortran compiler (gfortran)")
    return {"law": "umat", "library": str(library), "properties": PROPERTIES, "state": 1, "unit": "MPa"}


def pair(j2):
    """Composites that must not differ: laminet's J2 and the UMAT, both with a fibre of carbon."""
    return [composite(name, {"phase_1": law, "phase_2": FIBRE}, "test") for name, law in (("ours", J2), ("umat", j2))]


def close(ours, theirs):
    assert np.isfinite(ours).all()
    np.testing.assert_allclose(theirs, ours, rtol=0.0, atol=1e-10 * np.abs(ours).max())


@pytest.mark.parametrize("backend", ["numpy", "native"])
@pytest.mark.parametrize("model", ["dmn", "imn"])
def test_networks_with_it_are_those_with_our_law(model, backend, j2):
    network = initial_parameters(model, 3, 1)
    paths = [[uniaxial(case, control, 6, 0.05) for case in CASES] for control in ("strain", "stress")]
    settings = OnlineSettings(backend=backend)
    curves = evaluate(network, "newton_condensed", pair(j2), paths, settings)
    ours, theirs = (curves.sel(composite=name) for name in ("ours", "umat"))
    assert curves["converged"].all()
    close(ours["stress"].values, theirs["stress"].values)
    np.testing.assert_array_equal(theirs["iterations"], ours["iterations"])  # exact tangents


@pytest.mark.parametrize("model", ["dmn", "imn"])
def test_material_points_with_it_are_those_with_our_law(model, j2, rng):
    network, points = initial_parameters(model, 3, 1), 19
    laws = [Material(network, each, points) for each in pair(j2)]
    states = [law.virgin() for law in laws]
    assert states[1].shape[1] == states[0].shape[1] + 4 * 15  # of every leaf in phase 1
    strain = np.zeros((points, 6))
    for _ in range(3):
        strain += rng.normal(0.0, 0.01, strain.shape)
        before = states[1].copy()
        answers = [law.update(strain, state) for law, state in zip(laws, states, strict=True)]
        np.testing.assert_array_equal(states[1], before)
        for k in (0, 1):
            close(answers[0][k], answers[1][k])
        states = [answer[2] for answer in answers]


def test_native_states_are_the_readable_ones(j2):
    path = uniaxial("22", "stress", 5, 0.03)
    system = scheme("newton_condensed", initial_parameters("dmn", 3, 1), pair(j2)[1])
    readable, native = follow(system, path), NativeSystem(system).follow(path)
    close(readable.state.law, native.state.law)
    close(readable.state.leaf_strain, native.state.leaf_strain)


def test_cells_with_it_are_those_with_our_law(j2):
    rve = cell.build(cell.CellSettings(fibres=2, refinement=12, candidates=1, seed=0))
    paths = [[uniaxial(case, "stress", 3, 0.02) for case in ("22", "31")]]
    ours, theirs = (reference(rve, each, paths, error_estimate="none") for each in pair(j2))
    close(ours["stress"].values, theirs["stress"].values)
    np.testing.assert_array_equal(theirs["iterations"], ours["iterations"])


def test_commands_take_a_library_beside_the_materials(folder, j2, tmp_path, monkeypatch, capsys):
    """From the folder of the materials to the curves; in other folders the path of the library is right, too."""
    (tmp_path / "own").mkdir()
    shutil.copy(j2["library"], tmp_path / "own/libmatrix.so")
    entry = {"phase_1": j2 | {"library": "libmatrix.so"}, "phase_2": FIBRE}
    (tmp_path / "own/materials.yaml").write_text(yaml.safe_dump({"resin": entry}))
    monkeypatch.chdir(tmp_path)
    laminet.Network(initial_parameters("imn", 2, 1)).save("network.nc")
    cell.save(cell.build(cell.CellSettings(fibres=2, refinement=12, candidates=1, seed=0)), "rve.nc", {})
    options = "--materials own/materials.yaml --composite resin --control stress --steps 2"
    assert main(["info", "own/materials.yaml"]) == 0
    assert "E = 3.8, 3.8, 3.8 GPa, umat_ of libmatrix.so with 1 state variable" in capsys.readouterr().out
    assert main(["reference", "--rve", "rve.nc", *options.split(), "--error-estimate", "none", "--out", "r.nc"]) == 0
    compare = "--network network.nc --reference r.nc --out online.nc"
    assert main(["evaluate", *options.split(), *compare.split()]) == 0
    assert "other laws" not in capsys.readouterr().err
    with xr.open_dataset("r.nc") as stored, xr.open_dataset("online.nc") as online:
        assert "libmatrix.so" in stored.attrs["materials"]
        assert str(tmp_path) not in stored.attrs["materials"]
        assert read_materials("own/materials.yaml")["resin"].laws[0].sha256 in stored.attrs["materials"]
        assert online["error"].notnull().all()


def test_properties_that_its_own_check_refuses_are_told(j2):
    if j2["library"].endswith("c.so"):
        pytest.skip("only the Fortran example checks them")
    with pytest.raises(
        InputError, match=r"umat_ of .* calls XIT after the message 'J2 needs 6 properties, not 5'; check"
    ):
        composite("soft", {"phase_1": j2 | {"properties": PROPERTIES[:5]}}, "materials.yaml")


def test_a_library_that_changed_is_told(folder, tmp_path):
    library = tmp_path / "lib.so"
    shutil.copy(folder / "libj2c.so", library)
    given = {"properties": PROPERTIES, "state": 1, "unit": "MPa"}
    law = Umat(library=str(library), **given)
    assert law == Umat(library=str(folder / "libj2c.so"), **given)
    assert hash(law) == hash(replace(law))
    assert law != replace(law, state=2)
    assert pickle.loads(pickle.dumps(law)) == copy.deepcopy(law) == law
    library.unlink()
    library.write_bytes((folder / "libj2c.so").read_bytes() + b"x")
    with pytest.raises(InputError, match=r"lib\.so: has changed since it was loaded; start the program again"):
        Umat(library=str(library), **given)


def test_what_it_cannot_do_is_said(j2):
    network, ours = initial_parameters("imn", 2, 1), pair(j2)[1]
    with pytest.raises(InputError, match="phase 1: the law 'umat' is compiled code, which the file cannot hold"):
        text(network, ours)
    path = [[uniaxial("22", "stress", 2, 0.01)]]
    for backend, message in (("native", "the law umat has no secant"), ("numpy", "the law Umat has no secant")):
        with pytest.raises(InputError, match=message):
            evaluate(network, "imn_fixed_point_secant", [ours], path, OnlineSettings(backend=backend))
