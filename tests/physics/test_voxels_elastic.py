"""Elastic homogenisation of cells of voxels: against a direct solution, laminates, bounds and dilute theory."""

import itertools

import numpy as np
import pytest
from scipy.sparse import coo_array
from scipy.sparse.linalg import spsolve

from laminet import mandel
from laminet.cells.voxels.backends import Processor
from laminet.cells.voxels.cell import VoxelCell
from laminet.cells.voxels.element import CORNERS, Element
from laminet.cells.voxels.homogenisation import Homogenizer
from laminet.cells.voxels.inclusions import spheres
from laminet.cells.voxels.operators import LinearForces
from laminet.cells.voxels.settings import InclusionSettings
from laminet.cells.voxels.solver import Preconditioner
from laminet.materials.sampling import Sampling, sample_phases
from laminet.materials.stiffness import isotropic_stiffness

SPACING = np.array([1.0, 2.0, 0.5])


@pytest.fixture
def cell(rng):
    """Three phases at random in a cell whose sides and voxels differ; one side is odd."""
    return VoxelCell(phase=rng.integers(1, 4, (4, 5, 6)).astype(np.uint8), spacing=SPACING)


def phases(count, contrast, seed=3):
    return [stiffness[0] for stiffness in sample_phases(1, seed, 0, Sampling(contrast=contrast), count)]


def direct(cell, stiffness):
    """Effective stiffness (6, 6) by a sparse direct solver, assembled node by node without laminet's operators."""
    h, shape = cell.spacing, cell.phase.shape
    corner = np.array(list(itertools.product((0, 1), repeat=3)))
    points = np.array(list(itertools.product((0.5 - 0.5 / np.sqrt(3.0), 0.5 + 0.5 / np.sqrt(3.0)), repeat=3)))
    strain = np.zeros((8, 6, 24))
    for g, point in enumerate(points):
        for n, place in enumerate(corner):
            factor = np.where(place, point, 1.0 - point)
            slope = np.where(place, 1.0, -1.0) / h
            dx, dy, dz = (slope[k] * factor[(k + 1) % 3] * factor[(k + 2) % 3] for k in range(3))
            r = np.sqrt(0.5)
            strain[g, :, 3 * n : 3 * n + 3] = [
                *([dx, 0, 0], [0, dy, 0], [0, 0, dz]),
                *([0, r * dz, r * dy], [r * dz, 0, r * dx], [r * dy, r * dx, 0]),
            ]
    trace = strain[:, :3].sum(axis=1)
    strain[:, :3] += (trace.mean(axis=0) - trace)[:, None] / 3.0
    rows, columns, entries = [], [], []
    load = np.zeros((3 * cell.phase.size, 6))
    mean = np.zeros((6, 6))
    for voxel in np.ndindex(shape):
        C = stiffness[cell.phase[voxel] - 1]
        nodes = np.ravel_multi_index(tuple(((voxel + corner) % shape).T), shape)
        dof = (3 * nodes[:, None] + np.arange(3)).ravel()
        K = np.einsum("gia,ij,gjb->ab", strain, C, strain) / 8.0
        rows.append(np.repeat(dof, 24))
        columns.append(np.tile(dof, 24))
        entries.append(K.ravel())
        np.add.at(load, dof, np.einsum("gia,ij->aj", strain, C) / 8.0)
        mean += C / cell.phase.size
    size = len(load)
    entries, rows, columns = (np.concatenate(each) for each in (entries, rows, columns))
    K = coo_array((entries, (rows, columns)), shape=(size, size)).tocsc()[3:, 3:]  # the first node is held
    return mean - load[3:].T @ spsolve(K, load[3:]) / cell.phase.size


@pytest.mark.parametrize("contrast", [1.0, 3.0])
def test_stiffness_is_that_of_a_direct_solver(cell, contrast):
    stiffness = phases(3, contrast)
    effective = Homogenizer(cell, tolerance=1e-9)(*stiffness)
    expected = direct(cell, stiffness)
    assert np.allclose(effective, expected, rtol=0.0, atol=1e-7 * np.abs(expected).max())
    assert np.linalg.eigvalsh(effective)[0] > 0.0


def test_compiled_loops_are_the_readable_ones(cell, rng):
    element, stiffness = Element(SPACING), np.stack(phases(3, 2.0))
    u, macro = rng.standard_normal((3, *cell.phase.shape)), rng.standard_normal(6)
    expected = LinearForces(cell, stiffness, element, Processor(compiled=False))(u, macro)
    for threads in (1, 3, 16):
        for values, wanted in zip(
            LinearForces(cell, stiffness, element, Processor(threads))(u, macro), expected, strict=True
        ):
            assert np.allclose(values, wanted, rtol=0.0, atol=1e-13 * np.abs(wanted).max())
    native, readable = (
        Preconditioner(cell, stiffness[0], element, Processor(2, compiled)) for compiled in (True, False)
    )
    assert np.allclose(native(u), readable(u), rtol=0.0, atol=1e-6 * np.abs(readable(u)).max())  # single precision


@pytest.mark.parametrize("shape", [(2, 2, 2), (2, 3, 4), (5, 4, 7)])
def test_the_preconditioner_is_the_inverse_of_a_homogeneous_cell(shape, rng):
    cell, element = VoxelCell(phase=np.ones(shape, dtype=np.uint8), spacing=SPACING), Element(SPACING)
    (stiffness,) = phases(2, 1.0)[:1]
    u = rng.standard_normal((3, *shape))
    u -= u.mean(axis=(1, 2, 3), keepdims=True)
    force, stress = LinearForces(cell, stiffness[None], element)(u, np.zeros(6))
    assert np.allclose(Preconditioner(cell, stiffness, element, Processor(compiled=False))(force), u, atol=1e-11)
    assert np.allclose(stress, 0.0, atol=1e-12)  # fluctuations have no mean strain


def test_no_strain_is_free(rng):
    element = Element(SPACING)
    assert np.allclose(element.strain @ element.affine, np.eye(6), atol=1e-14)
    stiffness = element.matrices(np.stack(phases(2, 1.0)))[0]
    assert np.count_nonzero(np.linalg.eigvalsh(stiffness) < 1e-10) == 6  # rigid motions, no hourglass
    position = CORNERS * SPACING
    rotation = np.cross(rng.standard_normal(3), position).T.ravel()
    assert np.allclose(element.strain @ rotation, 0.0, atol=1e-14)


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_laminates_are_exact(axis):
    layers = np.array([1, 1, 2, 1, 2])
    shape = [2, 2, 2]
    shape[axis] = 5
    phase = np.moveaxis(np.broadcast_to(layers, (2, 2, 5)), 2, axis)
    cell = VoxelCell(phase=np.ascontiguousarray(phase, dtype=np.uint8), spacing=SPACING)
    first, second = phases(2, 3.0)
    # continuous: stresses on the layers' plane, strains within it
    names = [name for name in mandel.COMPONENTS if str(axis + 1) in name]
    across = np.array([mandel.COMPONENTS.index(name) for name in names])
    within = np.setdiff1d(np.arange(6), across)
    turned = []
    for C in (first, second):
        a, b, c = (C[np.ix_(*each)] for each in ((across, across), (across, within), (within, within)))
        inverse = np.linalg.inv(a)
        turned.append(np.block([[inverse, -inverse @ b], [b.T @ inverse, c - b.T @ inverse @ b]]))
    mean = 0.6 * turned[0] + 0.4 * turned[1]
    a = np.linalg.inv(mean[:3, :3])
    expected = np.empty((6, 6))
    expected[np.ix_(across, across)] = a
    expected[np.ix_(across, within)] = -a @ mean[:3, 3:]
    expected[np.ix_(within, across)] = mean[3:, :3] @ a
    expected[np.ix_(within, within)] = mean[3:, 3:] - mean[3:, :3] @ a @ mean[:3, 3:]
    effective = Homogenizer(cell, tolerance=1e-12)(first, second)
    assert np.allclose(effective, expected, rtol=0.0, atol=1e-8 * np.abs(expected).max())


def test_stiffness_lies_within_the_bounds_of_voigt_and_reuss(cell):
    stiffness = np.stack(phases(3, 2.0))
    effective = Homogenizer(cell)(*stiffness)
    voigt = np.einsum("p,pij->ij", cell.fractions, stiffness)
    reuss = np.linalg.inv(np.einsum("p,pij->ij", cell.fractions, np.linalg.inv(stiffness)))
    assert np.linalg.eigvalsh(voigt - effective)[0] > 0.0
    assert np.linalg.eigvalsh(effective - reuss)[0] > 0.0
    assert np.array_equal(effective, effective.T)


def test_the_tolerance_bounds_the_error(cell):
    stiffness = phases(3, 3.0)
    exact = Homogenizer(cell, tolerance=1e-12)(*stiffness)
    for tolerance in (1e-2, 1e-4, 1e-6):
        error = np.linalg.norm(Homogenizer(cell, tolerance)(*stiffness) - exact) / np.linalg.norm(exact)
        assert error < 3.0 * tolerance


@pytest.mark.parametrize("contrast", [1e-6, 1e-3, 1e3, 1e6])
def test_a_sphere_follows_dilute_theory(contrast):
    """Eshelby's sphere at 1.5 %: bulk and shear modulus of the dilute limit, and of pores."""
    cell = spheres(0.015, InclusionSettings(voxels=(28,), inclusions=1))
    matrix, inclusion = isotropic_stiffness(1.0, 0.3), isotropic_stiffness(contrast, 0.3)
    C = Homogenizer(cell)(matrix, inclusion)
    fraction = cell.fractions[1]
    k, g = 1.0 / (3.0 * 0.4), 1.0 / 2.6
    k_change = fraction * (contrast - 1.0) * k / (1.0 + (contrast - 1.0) * 3.0 * k / (3.0 * k + 4.0 * g))
    beta = 6.0 * (k + 2.0 * g) / (5.0 * (3.0 * k + 4.0 * g))
    g_change = fraction * (contrast - 1.0) * g / (1.0 + (contrast - 1.0) * beta)
    bulk, shear = (C[0, 0] + 2.0 * C[0, 1]) / 3.0, C[3, 3] / 2.0
    error = 0.05 if contrast < 1.0 else 0.2  # eight voxels across: the steps of a rigid sphere are felt more
    assert np.isclose(bulk - k, k_change, rtol=error)
    assert np.isclose(shear - g, g_change, rtol=error)


def test_refinement_converges_with_the_first_order():
    """A cube of four by four by four voxels, or of twice and four times as many: errors halve, or better."""
    matrix, inclusion = isotropic_stiffness(1.0, 0.3), isotropic_stiffness(20.0, 0.2)
    moduli = []
    for size in (4, 8, 16, 32):
        phase = np.ones((size,) * 3, dtype=np.uint8)
        phase[: size // 2, : size // 2, : size // 2] = 2
        moduli.append(Homogenizer(VoxelCell(phase=phase), 1e-7)(matrix, inclusion)[0, 0])
    changes = -np.diff(moduli)
    assert (changes > 0.0).all()  # displacements that are richer are softer
    ratios = changes[:-1] / changes[1:]
    assert (ratios > 1.8).all()
    assert (ratios < 4.5).all()


def test_a_foam_is_as_stiff_as_its_thin_walls_allow():
    """A cube of walls one voxel thick around a pore: far below Voigt, above the walls along the load alone."""
    phase = np.full((8, 8, 8), 2, dtype=np.uint8)
    phase[0] = phase[:, 0] = phase[:, :, 0] = 1
    cell = VoxelCell(phase=phase)
    C = Homogenizer(cell)(isotropic_stiffness(1.0, 0.3), isotropic_stiffness(1e-6, 0.3))
    compliance = np.linalg.inv(C)
    young = 1.0 / compliance[0, 0]
    along = 1.0 - (7 / 8) ** 2  # cross-section of the walls along the load
    assert along < young < cell.fractions[0]
    assert np.allclose(C[0, 0], C[1, 1])
    assert np.allclose(C[3, 3], C[5, 5])


def test_the_voxel_error_is_the_change_by_larger_voxels():
    cell = spheres(0.2, InclusionSettings(voxels=(12,), inclusions=2))
    pair = np.stack(phases(2, 2.0))[None]
    fine, coarse = (Homogenizer(each)(*pair[0]) for each in (cell, cell.coarsened()))
    expected = np.linalg.norm(fine - coarse) / np.linalg.norm(fine)
    assert np.isclose(Homogenizer(cell).notes(pair, fine[None])["voxel_error"], expected)
    assert Homogenizer(VoxelCell(phase=cell.phase[:3])).notes(pair, fine[None]) == {}
