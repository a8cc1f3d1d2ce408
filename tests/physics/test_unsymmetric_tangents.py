"""Laws whose tangents are not symmetric in networks and cells: the same schemes, exact tangents, quadratic Newton."""

import ctypes
from itertools import islice, pairwise
from pathlib import Path

import numpy as np
import pytest
from c_programs import exported
from layered_cell import layered_cell

import laminet
from laminet.cells.fibres.cell import CellSettings, build
from laminet.cells.fibres.system import CellSystem, group_of
from laminet.cells.voxels.cell import VoxelCell
from laminet.cells.voxels.element import Element
from laminet.cells.voxels.operators import NonlinearForces
from laminet.errors import InputError
from laminet.files.network import NetworkParameters
from laminet.loading.driver import Target, follow
from laminet.loading.paths import CONTROLS, piecewise, uniaxial
from laminet.materials.laws import Elastic, Hardening
from laminet.materials.laws.drucker_prager import DruckerPrager
from laminet.materials.library import Composite
from laminet.materials.stiffness import orthotropic_stiffness
from laminet.online.material import Material
from laminet.online.native import NativeSystem, native_law
from laminet.online.schemes import SCHEMES, scheme
from laminet.online.settings import MaterialSettings, OnlineSettings

HARDENING = Hardening(0.03, 0.15, 0.04, 200.0)
EPOXY = DruckerPrager(3.5, 0.36, 25.0, 8.0, HARDENING)
SOIL = DruckerPrager(20.0, 0.25, 40.0, 5.0, Hardening(0.1, 2.0))
CARBON = Elastic(orthotropic_stiffness(20.0, 25.0, 240.0, 6.0, 30.0, 25.0, 0.3, 0.02, 0.03))
COMPOSITES = {"carbon in epoxy": Composite("a", (EPOXY, CARBON)), "soil in epoxy": Composite("b", (EPOXY, SOIL))}
TIGHT = MaterialSettings(tolerance=1e-9)
TANGENTS = [name for name, recipe in SCHEMES.items() if not recipe.secant]
each_composite = pytest.mark.parametrize("composite", COMPOSITES.values(), ids=COMPOSITES)


def of_scheme(name, network, composite, **options):
    return scheme(name, network, composite, OnlineSettings(**options))


@each_composite
@pytest.mark.parametrize("control", CONTROLS)
@pytest.mark.parametrize("name", TANGENTS)
def test_native_schemes_are_the_readable_ones(name, control, composite, sparse_network):
    network = sparse_network(SCHEMES[name].models[0], 4, 2, 9)
    path = piecewise("tour", control, [{"22": 0.03}, {"22": 0.01, "12": 0.02}], 8)
    system = of_scheme(name, network, composite, max_iterations=60)
    readable, compiled = follow(system, path, strict=False), NativeSystem(system).follow(path)
    np.testing.assert_array_equal(compiled.iterations, readable.iterations)
    np.testing.assert_array_equal(compiled.converged, readable.converged)
    scale = np.abs(readable.stress).max()
    np.testing.assert_allclose(compiled.stress, readable.stress, rtol=0.0, atol=1e-10 * scale)


@pytest.mark.parametrize("control", CONTROLS)
@pytest.mark.parametrize("case", ["22", "23"])
def test_newton_schemes_agree(case, control, sparse_network):
    """Condensed, dense and, on a DMN, with rotations at every node: one method."""
    path = uniaxial(case, control, 6, 0.03)
    for model, other in (("imn", "imn_newton_dense"), ("dmn", "dmn_residual")):
        network, composite = sparse_network(model, 4, 3, 9), COMPOSITES["carbon in epoxy"]
        one, two = (
            follow(of_scheme(name, network, composite, tolerance=1e-10), path) for name in ("newton_condensed", other)
        )
        assert one.converged.all()
        np.testing.assert_allclose(two.stress, one.stress, rtol=0.0, atol=1e-9 * np.abs(one.stress).max())


def test_newton_converges_quadratically(sparse_network):
    system = of_scheme("newton_condensed", sparse_network("imn", 4, 1, 12), COMPOSITES["carbon in epoxy"])
    path = uniaxial("22", "stress", 10, 0.05)
    state = follow(system, uniaxial("22", "stress", 5, 0.025)).state
    target = Target(path.prescribed, path.strain[6], path.stress[6])
    imbalance = [system.imbalance(iterate.stress, target) for iterate in islice(system.iterates(state, target), 2, 7)]
    falling = [value for value in imbalance if value > 1e-12]
    assert len(falling) >= 2
    assert all(after < 100.0 * before**2 for before, after in pairwise(falling))
    assert imbalance[-1] < 1e-10


@pytest.mark.parametrize("name", [name for name, recipe in SCHEMES.items() if recipe.secant])
def test_secant_schemes_refuse_in_one_line(name, sparse_network):
    network = sparse_network(SCHEMES[name].models[0], 3, 1, 5)
    with pytest.raises(
        InputError, match=f"scheme '{name}' takes symmetric secant moduli.*phase 1 of.*take newton"
    ) as told:
        scheme(name, network, COMPOSITES["carbon in epoxy"])
    assert "\n" not in str(told.value)
    associated = Composite("c", (DruckerPrager(3.5, 0.36, 25.0, 25.0, HARDENING), CARBON))
    curve = follow(scheme(name, network, associated), uniaxial("22", "strain", 4, 0.02))
    exact = follow(scheme("newton_condensed", network, associated), uniaxial("22", "strain", 4, 0.02))
    np.testing.assert_allclose(curve.stress, exact.stress, atol=1e-5 * np.abs(exact.stress).max())


@pytest.mark.parametrize("model", ["dmn", "imn"])
def test_associated_flow_is_the_same_on_both_paths(model, sparse_network, rng):
    """Dilatancy a hair below friction goes the way of unsymmetric tangents, equal angles that of symmetric ones."""
    network = sparse_network(model, 4, 2, 9)
    laws = [DruckerPrager(3.5, 0.36, 25.0, dilatancy, HARDENING) for dilatancy in (25.0, 25.0 * (1.0 - 1e-13))]
    assert [native_law(law).symmetric for law in laws] == [True, False]
    for points in (1, 11):
        one, two = (Material(network, Composite("c", (law, CARBON)), points, TIGHT) for law in laws)
        strain = 0.02 * rng.normal(size=(points, 6))
        for found, expected in zip(two.update(strain, two.virgin()), one.update(strain, one.virgin()), strict=True):
            np.testing.assert_allclose(found, expected, rtol=0.0, atol=1e-9 * np.abs(expected).max())


@each_composite
@pytest.mark.parametrize("model", ["dmn", "imn"])
def test_points_together_are_points_alone_with_the_derivative_of_the_stress(model, composite, sparse_network, rng):
    network = sparse_network(model, 4, 1, 9)
    law, alone = Material(network, composite, 21, TIGHT), Material(network, composite, 1, TIGHT)
    first, second = 0.015 * rng.normal(size=(2, 21, 6))
    first[::5] *= 1e-3
    _, _, state = law.update(first, law.virgin())
    stress, tangent, updated = law.update(second, state)
    each = [alone.update(second[[point]], state[[point]]) for point in range(21)]
    for found, results in zip((stress, tangent, updated), zip(*each, strict=True), strict=True):
        expected = np.concatenate(results)
        np.testing.assert_allclose(found, expected, rtol=0.0, atol=1e-11 * np.abs(expected).max())
    step, errors = 1e-6, []
    for j, direction in enumerate(np.eye(6)):
        ahead, behind = (law.update(second + sign * step * direction, state)[0] for sign in (1.0, -1.0))
        difference = (ahead - behind) / (2.0 * step)
        errors.append(np.abs(tangent[..., j] - difference).max(axis=1) / np.abs(tangent).max(axis=(1, 2)))
    assert np.sort(errors, axis=1)[:, -3].max() < 5e-6  # a leaf may begin to flow, or come to its apex, in between
    asymmetry = np.abs(tangent - np.swapaxes(tangent, 1, 2)).max(axis=(1, 2)) / np.abs(tangent).max(axis=(1, 2))
    assert np.median(asymmetry) > 1e-3


def test_an_outer_newton_converges_quadratically(sparse_network):
    """Uniaxial stress found from outside, as a finite-element code would: the free strains solve stress = 0."""
    path, free = uniaxial("22", "stress", 6, 0.04), np.arange(6) != 1
    law = Material(sparse_network("imn", 4, 1, 9), COMPOSITES["carbon in epoxy"], settings=TIGHT)
    strain, state, quadratic = np.zeros((1, 6)), law.virgin(), 0
    for step in range(1, 7):
        strain[0, 1] = path.strain[step, 1]
        errors = []
        while not errors or (errors[-1] > 1e-12 and len(errors) < 15):
            stress, tangent, updated = law.update(strain, state)
            errors.append(np.linalg.norm(stress[0, free]) / np.linalg.norm(stress))
            strain[0, free] -= np.linalg.solve(tangent[0][np.ix_(free, free)], stress[0, free])
        state = updated
        assert errors[-1] < 1e-12
        quadratic += errors[-1] < 100.0 * errors[-2] ** 2 or errors[-2] < 1e-7
    assert quadratic == 6


def test_an_exported_law_has_the_full_tangent_in_c(sparse_network, tmp_path, rng):
    network, composite = sparse_network("dmn", 3, 2, 6), COMPOSITES["carbon in epoxy"]
    library = ctypes.CDLL(str(next(Path(laminet.library_dir()).glob("*laminet.*"))))
    law, doubles = ctypes.c_void_p(), ctypes.POINTER(ctypes.c_double)
    file = str(exported(network, composite, tmp_path)).encode()
    assert library.laminet_law_read(file, None, ctypes.byref(law)) == 0
    material = Material(network, composite, 5)
    strain, state = 0.02 * rng.normal(size=(5, 6)), material.virgin()
    found = np.empty((5, 6)), np.empty((5, 6, 6)), np.empty_like(state)
    arrays = [array.ctypes.data_as(doubles) for array in (strain, state, *found)]
    assert library.laminet_update(law, ctypes.c_size_t(5), *arrays, 1) == 0
    library.laminet_law_destroy(law)
    for values, expected in zip(found, material.update(strain, state), strict=True):
        np.testing.assert_allclose(values, expected, rtol=1e-9, atol=1e-12)
    assert np.abs(found[1] - np.swapaxes(found[1], 1, 2)).max() > 1e-3 * np.abs(found[1]).max()


def layered_network(axis: int) -> NetworkParameters:
    """Two leaves of the weights of `layered_cell`, with the normal along the axis."""
    angle = np.array([[0.25 * axis, 0.5]])  # n = (cos 2 pi theta sin pi phi, sin 2 pi theta sin pi phi, cos pi phi)
    return NetworkParameters("imn", 1, np.array([0.6, 0.4]), angle)


@pytest.mark.parametrize("control", CONTROLS)
@pytest.mark.parametrize("axis", [0, 1])
def test_a_layered_cell_is_a_network_of_two_leaves(axis, control):
    composite = COMPOSITES["soil in epoxy"]
    path = piecewise("tour", control, [{"11": 0.01, "12": 0.01}, {"22": 0.01, "31": 0.01}], 8)
    system = CellSystem(layered_cell(axis), composite.laws, group_of(path, composite.laws), 1e-11)
    cell, network = follow(system, path), follow(of_scheme("newton_condensed", layered_network(axis), composite), path)
    np.testing.assert_allclose(cell.stress, network.stress, rtol=0.0, atol=1e-7 * np.abs(cell.stress).max())
    assert cell.state.points[:, 6].min() > 1e-3


@pytest.fixture(scope="module")
def cell():
    return build(CellSettings(fibres=4, refinement=12, candidates=1, seed=1))


@pytest.mark.parametrize("control", CONTROLS)
@pytest.mark.parametrize("case", ["22", "12", "31"])
def test_newton_of_a_cell_converges_quadratically(case, control, cell):
    path, laws, seen = uniaxial(case, control, 6, 0.02), COMPOSITES["carbon in epoxy"].laws, []
    system = CellSystem(cell, laws, group_of(path, laws), 1e-11)
    curve = follow(system, path, observe=lambda _, increment: seen.append(increment.residuals))
    assert curve.converged.all()
    rates = [after / before**2 for _, *values in seen for before, after in pairwise(values) if before > 1e-7]
    assert len(rates) >= 4
    assert np.median(rates) < 100.0
    assert max(map(len, seen)) <= 8


def test_a_cell_of_associated_flow_has_the_stress_of_both_factorisations(cell):
    path, curves = uniaxial("22", "stress", 4, 0.03), []
    for dilatancy in (25.0, 25.0 * (1.0 - 1e-13)):
        laws = (DruckerPrager(3.5, 0.36, 25.0, dilatancy, HARDENING), CARBON)
        curves.append(follow(CellSystem(cell, laws, group_of(path, laws), 1e-10), path).stress)
    np.testing.assert_allclose(*curves, rtol=0.0, atol=1e-8 * np.abs(curves[0]).max())


def test_singular_and_infinite_systems_are_refused(cell):
    assembly = cell.operator.assembly(group_of(uniaxial("22", "strain", 1, 0.01), (EPOXY, CARBON)))
    matrices = np.zeros((*assembly.dof.shape, assembly.dof.shape[1]))
    for wrong in (matrices, matrices + np.nan):
        with pytest.raises(np.linalg.LinAlgError):
            assembly.factorize_unsymmetric(wrong)


def test_cells_of_voxels_refuse_in_one_line():
    cell, element = VoxelCell(phase=np.ones((2, 2, 2), dtype=np.uint8)), Element((1.0, 1.0, 1.0))
    words = "law .drucker_prager. of phase 1 has a tangent that is not symmetric; .*take a cell of fibres"
    with pytest.raises(InputError, match=words) as told:
        NonlinearForces(cell, [EPOXY], element)
    assert "\n" not in str(told.value)
