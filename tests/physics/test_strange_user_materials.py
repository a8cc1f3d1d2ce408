"""UMATs that behave in strange ways: what laminet tells them, and one clear line for what may go wrong."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from c_programs import compiled

from laminet import mandel
from laminet.cells.fibres import cell
from laminet.cells.fibres.reference import reference
from laminet.errors import ConvergenceError, InputError, LaminetWarning
from laminet.loading.paths import uniaxial
from laminet.materials.laws import Elastic
from laminet.materials.laws.umat import Umat
from laminet.materials.library import Composite, composite
from laminet.network.initial import initial_parameters
from laminet.online.evaluation import evaluate
from laminet.online.material import Material
from laminet.online.settings import MaterialSettings, OnlineSettings

LAME, SHEAR = 2000.0, 1000.0  # MPa
ABAQUS = [mandel.INDEX[name] for name in ("11", "22", "33", "12", "13", "23")]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """libstrange.so and liblacking.so, of user_materials.c."""
    folder = tmp_path_factory.mktemp("umat")
    source = Path(__file__).parent / "user_materials.c"
    options = ("-shared", "-fPIC", "-Wno-unused-parameter", "-D_GNU_SOURCE")
    compiled(source, folder / "libstrange.so", *options)
    compiled(source, folder / "liblacking.so", *options, "-DMISSING")
    return folder


@pytest.fixture
def strange(folder):
    """Function that makes one of the laws of user_materials.c."""

    def law(symbol: str, state: int = 1, properties=(LAME, SHEAR), **more) -> Umat:
        library = str(folder / "libstrange.so")
        given = {"symbol": f"{symbol}_", "properties": properties, "state": state, "unit": "MPa"}
        return Umat(library=library, **given | more)

    return law


@pytest.mark.parametrize("unit", ["MPa", "GPa", "ksi"])
def test_shear_is_in_abaqus_order_and_the_unit_counts(unit, strange, rng):
    """Stresses and moduli of Voigt's notation by hand, from a stiffness that couples everything."""
    factor = {"MPa": 1e-3, "GPa": 1.0, "ksi": 6.894757293168361e-3}[unit]
    root = rng.normal(0.0, 1.0, (6, 6))
    moduli = root @ root.T + 10.0 * np.eye(6)
    law = strange("anisotropic", properties=tuple(moduli.ravel()), unit=unit)
    tensor = rng.normal(0.0, 1e-3, (3, 3))
    tensor += tensor.T
    rows, columns = np.array([0, 1, 2, 0, 0, 1]), np.array([0, 1, 2, 1, 2, 2])
    doubled = np.array([1.0, 1.0, 1.0, 2.0, 2.0, 2.0])
    voigt = moduli @ (doubled * tensor[rows, columns]) * factor
    expected = np.zeros((3, 3))
    expected[rows, columns] = expected[columns, rows] = voigt
    (stress,), (tangent,), _ = law.update(mandel.to_vector(tensor)[None], np.zeros((1, law.state_size)))
    np.testing.assert_allclose(stress, mandel.to_vector(expected), rtol=1e-12)
    scale = np.sqrt(doubled)
    np.testing.assert_allclose(tangent[np.ix_(ABAQUS, ABAQUS)], factor * moduli * np.outer(scale, scale), rtol=1e-12)
    np.testing.assert_allclose(law.stiffness, tangent, rtol=1e-12)


@pytest.mark.parametrize("model", ["dmn", "imn"])
def test_an_anisotropic_one_turns_with_its_leaf(model, strange, composites, rng):
    """In native code and in Python, whose networks turn strains and laws on ways of their own."""
    root = rng.normal(0.0, 1.0, (6, 6))
    law = strange("anisotropic", properties=tuple(1e3 * (root @ root.T + 10.0 * np.eye(6)).ravel()))
    network, path, fibre = initial_parameters(model, 3, 2), uniaxial("12", "stress", 2, 0.01), composites[1].laws[1]
    curves = [
        evaluate(network, name, [Composite("c", (first, fibre))], [[path]], OnlineSettings(backend=backend))["stress"]
        for first in (law, Elastic(law.stiffness))
        for backend in ("numpy", "native")
        for name in ["newton_condensed", *(["dmn_residual"] if model == "dmn" else [])]
    ]
    for curve in curves[1:]:
        np.testing.assert_allclose(curve, curves[-1], rtol=0.0, atol=1e-11)


def test_what_it_is_told(strange):
    """The first and the third increment: time, numbers, sizes, unit matrices, name, and zeros for all else."""
    law = strange("clock", 25, material="RESIN").over(0.5)
    assert law.over(0.5) is law  # it does not depend on rate
    strain, state = np.zeros((1, 6)), np.zeros((1, law.state_size))
    strain[0, [0, mandel.INDEX["12"]]] = 1e-3, np.sqrt(2.0) * 2e-3  # gamma_12 = 4e-3
    _, _, state = law.update(strain, state)
    first = [0, 0, 1, 1, 1, 1, 1, 3, 3, 6, 25, 2, 1, 1, 3, 1, 0, 1e-3, 0, 4e-3, 1, 0, 1, 1, 0]
    np.testing.assert_allclose(state[0, :25], first, atol=1e-15)
    _, _, state = law.update(2.0 * strain, law.update(strain, state)[2])
    third = [2, 2, 1, 3, 1, 1, 1, 3, 3, 6, 25, 2, 1, 1, 3, 1, 1e-3, 1e-3, 4e-3, 4e-3, 1, 0, 1, 1, 0]
    np.testing.assert_allclose(state[0, :25], third, atol=1e-15)
    parts = law.split(state)
    assert parts["SDV4"].shape == (1,)
    assert (parts["time"], parts["increments"]) == (3.0, 3.0)
    np.testing.assert_array_equal(parts["last_strain"], 2.0 * strain)


def test_the_duration_is_dtime(strange):
    """sigma = (lame tr 1 + 2 G) strain rate."""
    law = strange("viscous", rate_dependent=True)
    strain = np.zeros((1, 6))
    strain[0, 0] = 1e-3
    stress, tangent, state = law.over(4.0).update(strain, np.zeros((1, law.state_size)))
    assert stress[0, 0] == pytest.approx(1e-3 * (LAME + 2.0 * SHEAR) * 1e-3 / 4.0)
    assert tangent[0, 3, 3] == pytest.approx(1e-3 * 2.0 * SHEAR / 4.0)
    assert law.over(4.0).split(state)["time"] == 4.0
    assert law.over(0.0).over(4.0) == law


def elastic_curve(path):
    """Stress of the laws of user_materials.c when every phase has it."""
    moduli = 1e-3 * (LAME * np.outer(mandel.IDENTITY, mandel.IDENTITY) + 2.0 * SHEAR * np.eye(6))
    return path.strain @ moduli


@pytest.mark.parametrize("backend", ["numpy", "native"])
def test_the_time_of_a_path_reaches_it(backend, strange):
    """The stress is that of the strain rate: 0.02 in ten seconds, then the same in four by a material point."""
    law, path = strange("viscous", rate_dependent=True), uniaxial("11", "strain", 5, 0.02, 10.0)
    network, both = initial_parameters("imn", 1, 1), Composite("c", (law, law))
    curves = evaluate(network, "newton_condensed", [both], [[path]], OnlineSettings(backend=backend))
    expected = elastic_curve(path)[-1]
    stress = curves["stress"].squeeze().values[1:]
    np.testing.assert_allclose(stress, np.tile(expected / 10.0, (5, 1)), rtol=0.0, atol=1e-12)
    material = Material(network, both)
    with pytest.raises(InputError, match="duration is missing"):
        material.update(path.strain[-1:], material.virgin())
    stress, _, state = material.update(path.strain[-1:], material.virgin(), 4.0)
    np.testing.assert_allclose(stress[0], expected / 4.0, rtol=0.0, atol=1e-12)
    assert state[0, -2] == 4.0  # TIME of the last leaf


@pytest.mark.parametrize("backend", ["numpy", "native"])
def test_pnewdt_halves_the_increment(backend, strange):
    """Steps of 0.01 where it takes 0.003: quarters. What it wrote before it refused is forgotten."""
    law, path = strange("cutting", properties=(LAME, SHEAR, 0.003)), uniaxial("11", "strain", 3, 0.03)
    network, twice = initial_parameters("imn", 1, 1), Composite("c", (law, law))
    curves = evaluate(network, "newton_condensed", [twice], [[path]], OnlineSettings(backend=backend))
    assert curves["converged"].all()
    np.testing.assert_allclose(curves["stress"].squeeze().values, elastic_curve(path), rtol=0.0, atol=1e-12)
    material = Material(network, twice)
    stress, _, state = material.update(path.strain[1:2], material.virgin())
    np.testing.assert_allclose(stress[0], elastic_curve(path)[1], rtol=0.0, atol=1e-12)
    assert state[0, -15] == 4.0  # updates of the last leaf
    with pytest.raises(ConvergenceError, match=r"no equilibrium after 1 halvings .*; cutting_ of .*PNEWDT below 1"):
        Material(network, twice, settings=MaterialSettings(cutbacks=1)).update(path.strain[1:2], material.virgin())


def test_pnewdt_halves_the_increment_of_a_cell(strange):
    law, path = strange("cutting", properties=(LAME, SHEAR, 0.003)), uniaxial("11", "strain", 2, 0.01)
    rve = cell.build(cell.CellSettings(fibres=2, refinement=12, candidates=1, seed=0))
    curves = reference(rve, Composite("c", (law, law)), [[path]], error_estimate="none")
    np.testing.assert_allclose(curves["stress"].squeeze().values, elastic_curve(path), rtol=0.0, atol=1e-12)
    never = Composite("c", (replace(law, properties=(LAME, SHEAR, 1e-6)),) * 2)
    with pytest.raises(ConvergenceError, match=r"step 1 of 2 did not converge.*; cutting_ of .*PNEWDT below 1\); take"):
        reference(rve, never, [[path]], error_estimate="none")


@pytest.mark.parametrize("backend", ["numpy", "native"])
@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_nan_is_one_clear_line(backend, sign, strange):
    """In the stress or in the state: the curve ends, and a warning says why, once."""
    both = Composite("c", (strange("nan"), strange("nan")))
    path = uniaxial("11", "strain", 3, 0.03 * sign)
    network, settings = initial_parameters("imn", 1, 1), OnlineSettings(backend=backend)
    with pytest.warns(LaminetWarning, match=r"load case 11 \(strain .*: nan_ of .* gives a number that is not finite"):
        curves = evaluate(network, "newton_condensed", [both], [[path]], settings)
    np.testing.assert_array_equal(curves["converged"].squeeze(), [True, True, False, False])
    material = Material(network, both)
    with pytest.raises(ConvergenceError, match=r"nan_ of .*libstrange.so gives a number that is not finite; take"):
        material.update(path.strain[-1:], material.virgin())


@pytest.mark.parametrize("backend", ["numpy", "native"])
def test_xit_is_an_error_with_the_last_message(backend, strange):
    both = Composite("c", (strange("ending"), strange("ending")))
    network, settings = initial_parameters("imn", 1, 1), OnlineSettings(backend=backend)
    for strain, message in ((0.03, r"'resin has 7 of 0.25, 100% sure'"), (-0.03, r"ending_ of .* calls XIT(; .*|$)")):
        path = uniaxial("11", "strain", 1, strain)
        with pytest.raises(InputError, match=message):
            evaluate(network, "newton_condensed", [both], [[path]], settings)
        material = Material(network, both, 3, threads=2)
        with pytest.raises(InputError, match=message):
            material.update(path.strain[[-1] * 3], material.virgin())


def test_an_end_of_the_program_is_told(folder):
    code = (
        "import sys, numpy as np\nfrom laminet.materials.laws.umat import Umat\n"
        "law = Umat(library=sys.argv[1], symbol='stopping_', properties=(2e3, 1e3), state=0, unit='MPa')\n"
        "law.update(np.full((1, 6), 0.02), np.zeros((1, law.state_size)))\nprint('not reached')"
    )
    done = subprocess.run([sys.executable, "-c", code, folder / "libstrange.so"], capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (
        "laminet: error: the user material stopping_ ended the program (STOP or exit); let it set PNEWDT, or call XIT\n"
    )


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"library": "absent.so"}, r"phase_1: library .*absent.so: no such file"),
        ({"library": ""}, r"phase_1: library .*: is a folder; name a file"),
        ({"library": __file__}, r"phase_1: library .*\.py: it does not load \(.*\); compile it again"),
        ({"library": "liblacking.so"}, r"liblacking.so: it does not load \(undefined symbol: missing_\); compile it"),
        ({"symbol": "umat"}, r"libstrange.so: it has no symbol umat; those that it has are listed by nm -D"),
        ({"state": -1}, r"phase_1: state is -1; it must be a whole number from 0 to 100000"),
        ({"state": 1.5}, r"phase_1: state is 1.5; it must be a whole number"),
        ({"properties": 3}, r"phase_1: properties is 3; it must be several numbers"),
        ({"properties": [1, "x"]}, r"phase_1: properties is \[1, 'x'\]; it must be several numbers"),
        ({"unit": "bar"}, r"phase_1: unit is 'bar'; it must be one of GPa, MPa"),
        ({"symmetric": 1}, r"phase_1: symmetric is 1; it must be true or false"),
        ({"young": 1}, r"phase_1: unknown setting young; there are library, symbol, properties"),
        ({"sha256": "abc"}, r"libstrange.so: is not that of sha256; compile it again, or remove sha256"),
        ({"symbol": "writing_beyond_"}, r"writing_beyond_ of .* writes beyond its 1 state variables; check the number"),
        ({"symbol": "reading_beyond_"}, r"reading_beyond_ of .* reads more properties or state variables than there"),
        ({"symbol": "finite_"}, r"stress does not follow DSTRAN; give a routine for small strains"),
        ({"symbol": "no_tangent_"}, r"DDSDDE of no_tangent_ of .* at no load: stiffness with a zero on its diagonal"),
        ({"properties": [0, 0]}, r"DDSDDE of nan_ of .* at no load: stiffness with a zero on its diagonal"),
        ({"properties": [-3e3, 1e3]}, r"DDSDDE of nan_ of .* at no load: stiffness that is not positive definite"),
        ({"properties": [1e308, 1e308]}, r"nan_ of .* gives a number that is not finite at no load; check the number"),
    ],
)
def test_wrong_fields_are_told(change, message, folder, monkeypatch):
    monkeypatch.chdir(folder)
    fields = {"law": "umat", "library": "libstrange.so", "symbol": "nan_", "properties": [LAME, SHEAR]}
    with pytest.raises(InputError, match=message):
        composite("soft", {"phase_1": fields | {"state": 1, "unit": "MPa"} | change}, "materials.yaml")


def test_a_tangent_in_another_order_is_doubted(strange):
    moduli = np.diag([5.0, 5.0, 5.0, 1.0, 2.0, 3.0])
    given = {"properties": tuple(1e3 * moduli.ravel())}
    assert strange("anisotropic", **given).doubt() is None  # 6 GPa, twice the largest shear modulus, is 2 there
    assert "differs from the derivative of its stress by 0.67 of" in strange("disordered", **given).doubt()


@pytest.mark.parametrize(("safe", "most"), [(False, 1.0), (True, 2.0)])
def test_threads_enter_one_after_the_other_unless_it_allows_several(safe, most, strange):
    law = strange("counting", thread_safe=safe)
    material = Material(initial_parameters("imn", 1, 1), Composite("c", (law, law)), 64, threads=2)
    _, _, state = material.update(np.full((64, 6), 1e-3), material.virgin())
    inside = state[:, [-30, -15]]
    assert inside.min() >= 1.0
    assert inside.max() <= most


def test_abaqus_routines_are_there(strange, rng):
    """Invariants, principal values and rotations, against NumPy."""
    tensor = rng.normal(0.0, 1.0, (3, 3))
    tensor += tensor.T
    rotation = np.linalg.qr(rng.normal(0.0, 1.0, (3, 3)))[0]
    rows, columns = np.array([0, 1, 2, 0, 0, 1]), np.array([0, 1, 2, 1, 2, 2])
    law = strange("utilities", 29, (LAME, SHEAR, *tensor[rows, columns], *rotation.T.ravel()))
    _, _, state = law.update(np.zeros((1, 6)), np.zeros((1, law.state_size)))
    mean, mises, principal, of_strain, vectors, stress, strain = np.split(state[0, :29], [1, 2, 5, 8, 17, 23])
    deviator = tensor - np.trace(tensor) / 3.0 * np.eye(3)
    assert mean == pytest.approx(np.trace(tensor) / 3.0)
    assert mises == pytest.approx(np.sqrt(1.5) * np.linalg.norm(deviator))
    np.testing.assert_allclose(np.sort(principal), np.linalg.eigvalsh(tensor), rtol=1e-12)
    halved = tensor * np.where(np.eye(3), 1.0, 0.5)  # a strain whose shear is given twice
    np.testing.assert_allclose(np.sort(of_strain), np.linalg.eigvalsh(halved), rtol=1e-12)
    for value, vector in zip(of_strain, vectors.reshape(3, 3, order="F"), strict=True):
        np.testing.assert_allclose(halved @ vector, value * vector, atol=1e-12)
    turned = rotation @ tensor @ rotation.T
    np.testing.assert_allclose(stress, turned[rows, columns], atol=1e-12)
    turned = rotation @ halved @ rotation.T
    np.testing.assert_allclose(strain, np.where(rows == columns, 1.0, 2.0) * turned[rows, columns], atol=1e-12)
