"""Load paths on cells of voxels: compiled against readable loops, laminates, Hill-Mandel, cutbacks, other cells."""

import numpy as np
import pytest

from laminet.cells import kinds
from laminet.cells.fibres.settings import ReferenceSettings
from laminet.cells.voxels import limit, memory, system
from laminet.cells.voxels.backends import Processor
from laminet.cells.voxels.cell import VoxelCell
from laminet.cells.voxels.element import gather
from laminet.cells.voxels.inclusions import spheres
from laminet.cells.voxels.reference import reference
from laminet.cells.voxels.settings import InclusionSettings
from laminet.cells.voxels.solver import solve
from laminet.cells.voxels.system import VoxelSystem
from laminet.errors import InputError
from laminet.loading.driver import follow
from laminet.loading.paths import piecewise
from laminet.materials.laws import J2, Elastic, Hardening
from laminet.materials.library import Composite
from laminet.materials.stiffness import isotropic_stiffness

MATRIX = J2(3.0, 0.35, Hardening(0.03, 0.02, 0.03, 150.0))
FIBRE = Elastic(isotropic_stiffness(70.0, 0.2))
LAWS = (MATRIX, FIBRE)


@pytest.fixture
def cell(rng):
    return VoxelCell(phase=rng.integers(1, 3, (4, 5, 6)).astype(np.uint8), spacing=np.array([1.0, 2.0, 0.5]))


@pytest.mark.parametrize("control", ["strain", "stress"])
def test_compiled_curves_are_the_readable_ones(cell, control):
    path = piecewise("turn", control, [{"12": 0.02}, {"12": 0.02, "33": 0.01}], 6)
    native, readable, threaded = (
        follow(VoxelSystem(cell, LAWS, 1e-9, Processor(threads, compiled)), path)
        for threads, compiled in ((1, True), (1, False), (3, True))
    )
    for curve in (readable, threaded):
        assert np.allclose(curve.stress, native.stress, rtol=0.0, atol=1e-10)
        assert np.allclose(curve.strain, native.strain, rtol=0.0, atol=1e-10)
        assert np.array_equal(curve.iterations, native.iterations)
    driven = path.prescribed
    assert np.array_equal(native.strain[:, driven], path.strain[:, driven])
    if control == "stress":
        assert np.abs(native.stress[:, ~driven]).max() < 1e-8 * np.abs(native.stress).max()


def test_a_homogeneous_cell_follows_its_law():
    cell = VoxelCell(phase=np.where(np.indices((3, 4, 2)).sum(axis=0) % 2, 1, 2).astype(np.uint8))
    path = piecewise("both", "strain", [{"11": 0.03, "23": 0.01}], 5)
    curve = follow(VoxelSystem(cell, (MATRIX, MATRIX)), path)
    state = np.zeros((1, 7))
    for step in range(1, 6):
        stress, _, state = MATRIX.update(path.strain[step][None], state)
        assert np.allclose(curve.stress[step], stress[0], rtol=1e-9)
    assert curve.iterations.max() <= 2


def test_laminates_have_uniform_layers():
    """Tension across two layers of one law in series: the stress of both, strains by halves."""
    phase = np.ones((4, 2, 2), dtype=np.uint8)
    phase[2:] = 2
    cell, path = VoxelCell(phase=phase), piecewise("12", "strain", [{"12": 0.02}], 8)
    soft = J2(1.0, 0.3, Hardening(0.01, 0.05))
    curve = follow(VoxelSystem(cell, (soft, MATRIX), 1e-10), path)
    # shear in series: both layers carry one stress s; strain = (g1 + g2) / 2 with g = s / 2G + flow
    root = np.sqrt(2.0)
    for strain, stress in zip(curve.strain[1:, 5], curve.stress[1:, 5], strict=True):
        total = 0.0
        for law in (soft, MATRIX):
            mises = np.sqrt(1.5) * stress
            low, high = 0.0, 1.0
            for _ in range(200):  # bisection of the yield stress, by hand
                p = 0.5 * (low + high)
                low, high = (p, high) if law.hardening.stress(p) < mises else (low, p)
            p = p if mises > law.hardening.initial else 0.0
            total += stress / (2.0 * law.shear) + np.sqrt(1.5) * p
        assert np.isclose(strain, 0.5 * total, rtol=1e-7)
    assert np.isclose(curve.strain[-1, 5], 0.02 * root)


def test_the_work_of_the_fields_is_that_of_the_means(cell):
    """Hill and Mandel: forces at nodes balance, so that element forces times displacements are macroscopic work."""
    system = VoxelSystem(cell, LAWS, 1e-10)
    curve = follow(system, piecewise("12", "stress", [{"12": 0.02}], 4))
    response = system.forces.respond(curve.state.fluctuation, curve.state.macro, curve.state.points)
    assert np.abs(response.force).max() < 1e-8 * np.sqrt(response.force_square / cell.phase.size)
    assert abs(np.vdot(response.force, curve.state.fluctuation)) < 1e-10 * (curve.stress[-1] @ curve.strain[-1])
    assert np.allclose(response.stress, curve.stress[-1])
    assert gather(curve.state.fluctuation).shape == (*cell.phase.shape, 24)


def test_the_tangent_is_consistent(cell, rng):
    """Forces change along the tangent: central differences where no point begins to flow or ceases to."""
    system = VoxelSystem(cell, LAWS, 1e-9)
    curve = follow(system, piecewise("11", "strain", [{"11": 0.03}], 2))
    state, shape = curve.state, (3, *cell.phase.shape)
    virgin = system.forces.virgin()
    u, e = rng.standard_normal(shape), rng.standard_normal(6)
    h = 1e-8
    high, low = (
        system.forces.respond(state.fluctuation + sign * h * u, state.macro + sign * h * e, virgin) for sign in (1, -1)
    )
    system.forces.respond(state.fluctuation, state.macro, virgin)
    force, stress = system.forces.tangent(u, e)
    assert np.allclose((high.force - low.force) / (2.0 * h), force, rtol=1e-5, atol=1e-5 * np.abs(force).max())
    assert np.allclose((high.stress - low.stress) / (2.0 * h), stress, rtol=1e-5, atol=1e-5 * np.abs(stress).max())


def test_an_increment_too_large_is_halved(cell, monkeypatch):
    monkeypatch.setattr("laminet.cells.voxels.system.MAX_ITERATIONS", 4)
    path = piecewise("11", "strain", [{"11": 0.05}], 2)
    halved = follow(VoxelSystem(cell, LAWS, 1e-8), path)
    assert halved.converged.all()
    assert halved.iterations.max() > 4
    with pytest.raises(Exception, match="did not converge"):
        follow(VoxelSystem(cell, LAWS, 1e-8), path, cutbacks=0)


def test_an_increment_whose_linear_systems_are_too_hard_is_halved(cell, monkeypatch):
    """The end of the curve is the same, whether the hardest linear system is solved or its increment is halved."""
    path = piecewise("back", "stress", [{"12": 0.04}, {"12": -0.04}], 4)
    counts = []

    def counted(*args, **kwargs):
        solution = solve(*args, **kwargs)
        if kwargs["tolerance"] == system.FORCING:  # something flows
            counts.append(solution.iterations)
        return solution

    monkeypatch.setattr(system, "solve", counted)
    patient = follow(VoxelSystem(cell, LAWS, 1e-8), path)
    hardest = max(counts)
    monkeypatch.setattr(system, "MOST_LINEAR", hardest - 1)
    counts.clear()
    hasty = follow(VoxelSystem(cell, LAWS, 1e-8), path)
    assert hasty.converged.all()
    assert max(counts) == hardest - 1
    assert hasty.iterations.sum() > patient.iterations.sum()
    assert np.allclose(hasty.stress, patient.stress, rtol=0.0, atol=1e-3 * np.abs(patient.stress).max())


IDEAL = (J2(3.0, 0.35, Hardening(0.01, 0.0, 0.0, 0.0)), FIBRE)
"""A matrix that does not harden: its tangents have no stiffness along the flow."""


@pytest.mark.parametrize("control", ["strain", "stress"])
def test_hard_systems_have_weights_and_give_the_same_curve(cell, monkeypatch, control):
    """Compiled and readable loops agree with weights, and both agree with the curve without."""
    path = piecewise("turn", control, [{"12": 0.02}, {"12": 0.02, "33": 0.01}], 6)
    plain = follow(VoxelSystem(cell, IDEAL, 1e-9), path)
    monkeypatch.setattr(system, "HARD", 0)
    monkeypatch.setattr(system, "EASY", 0)
    native, readable, threaded = (
        follow(VoxelSystem(cell, IDEAL, 1e-9, Processor(threads, compiled)), path)
        for threads, compiled in ((1, True), (1, False), (3, True))
    )
    largest = np.abs(plain.stress).max()
    for curve in (native, readable, threaded):
        assert curve.converged.all()
        assert np.allclose(curve.stress, plain.stress, rtol=0.0, atol=1e-7 * largest)
    assert np.array_equal(native.iterations, readable.iterations)


def test_weights_spare_iterations_where_the_matrix_hardly_hardens(monkeypatch):
    cell = spheres(0.2, InclusionSettings(voxels=(12,), inclusions=4))
    laws = J2(1.33, 0.39, Hardening(0.005, 0.0, 0.004, 60.0)), FIBRE
    path, iterations = piecewise("12", "strain", [{"12": 0.04}], 6), []
    for hard, easy in ((10**9, 0), (30, 15)):
        monkeypatch.setattr(system, "HARD", hard)
        monkeypatch.setattr(system, "EASY", easy)
        driven = VoxelSystem(cell, laws)
        assert follow(driven, path).converged.all()
        iterations.append(driven.linear_iterations)
    assert iterations[1] < 0.6 * iterations[0]


def test_the_shear_stiffness_of_voxels_is_that_of_their_tangents(cell):
    """Before any flow it is the phases' shear modulus; a matrix that flows has less."""
    driven, still = VoxelSystem(cell, LAWS), np.zeros((3, *cell.phase.shape))
    moduli = np.array([3.0 / (2.0 * 1.35), 70.0 / (2.0 * 1.2)])[cell.phase - 1]
    for strain in (0.0, 0.05):
        driven.forces.respond(still, np.array([0.0, 0.0, 0.0, 0.0, 0.0, strain]), driven.forces.virgin())
        shear = driven.forces.shear()
        assert np.allclose(shear[cell.phase == 2], moduli[cell.phase == 2], rtol=1e-6)
        assert np.allclose(shear[cell.phase == 1], moduli[cell.phase == 1], rtol=1e-6) == (strain == 0.0)
        assert (shear <= moduli * (1.0 + 1e-6)).all()


def test_the_reference_says_its_error_and_keeps_its_contract(cell):
    paths = [[piecewise("11", control, [{"11": 0.02}], 3)] for control in ("strain", "stress")]
    composite = Composite("glass", LAWS)
    coarse = VoxelCell(phase=np.repeat(np.repeat(np.repeat(cell.phase, 2, 0), 2, 1), 2, 2), spacing=cell.spacing / 2.0)
    steps = []
    curves = reference(coarse, composite, paths, progress=lambda *step: steps.append(step))
    assert curves["stress"].dims == ("control", "load_case", "step", "component")
    assert curves.attrs["error_estimate"] == "mesh"
    assert len(steps) == 4
    assert steps[-1][3] == 1.0
    alone = reference(cell, composite, paths, error_estimate=False)
    assert "estimated_error" not in alone
    fine, coarser = curves["stress"].values[:, 0, :, 0], alone["stress"].values[:, 0, :, 0]
    expected = 3.0 * np.linalg.norm(fine - coarser, axis=1) / np.linalg.norm(fine, axis=1)
    assert np.allclose(curves["estimated_error"].values[:, 0], expected, rtol=1e-6)
    with pytest.raises(InputError, match="fineness: only for cells of parallel fibres"):
        kinds.reference(cell, composite, paths, ReferenceSettings(fineness=1.0))


def test_memory_is_told_before_it_is_taken(cell, monkeypatch):
    monkeypatch.setattr(limit, "LIMIT", memory.curve_bytes(cell, LAWS) - 1)
    with pytest.raises(InputError, match="curves on this cell would take"):
        VoxelSystem(cell, LAWS)
    assert memory.curve_bytes(cell, LAWS) < memory.curve_bytes(cell)
