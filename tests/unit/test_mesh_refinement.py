"""Meshes within meshes: halved elements fill the same space, keep the phases' shapes and represent the same fields."""

import numpy as np
import pytest

from laminet.cells.fibres.cell import CellSettings, build
from laminet.cells.fibres.mesh import MIDSIDE, defect
from laminet.cells.fibres.refinement import halved
from laminet.cells.fibres.torus import unwrapped


@pytest.fixture(scope="module")
def cell():
    return build(CellSettings(fibres=4, refinement=12, candidates=1, seed=1))


@pytest.mark.parametrize("phases", [(1,), (2,), (1, 2)])
def test_the_mesh_stays_valid_and_the_phases_keep_their_areas(cell, phases):
    finer = halved(halved(cell, phases), phases)
    assert defect(finer) is None
    assert finer.volume_fraction == pytest.approx(cell.volume_fraction, abs=1e-14)
    assert finer.refinement == 4 * cell.refinement
    for phase in (1, 2):
        grown = np.count_nonzero(finer.phase == phase) / np.count_nonzero(cell.phase == phase)
        assert grown == 16.0 if phase in phases else 1.0 < grown < 16.0


def test_a_side_has_one_middle_and_every_node_an_element(cell):
    finer = halved(cell, (1,))
    side = np.sort(finer.element[:, :3][:, MIDSIDE].reshape(-1, 2), axis=1)
    for pairs in (side, finer.element[:, 3:].reshape(-1, 1)):
        _, numbers, counts = np.unique(pairs, axis=0, return_inverse=True, return_counts=True)
        assert (counts == 2).all(), "two elements share every side of a torus"
    with_middle = np.unique(np.column_stack([side, finer.element[:, 3:].reshape(-1)]), axis=0)
    assert len(with_middle) == len(np.unique(side, axis=0))
    np.testing.assert_array_equal(np.unique(finer.element), np.arange(len(finer.point)))
    assert numbers.size == finer.element[:, 3:].size


def test_middles_of_the_finer_mesh_lie_on_the_parabolas_of_the_coarser_one(cell):
    """A side from a to b with the middle m is a (1-s)(1-2s) + 4 m s (1-s) + b s (2s-1): 3/8, 3/4, -1/8 at s = 1/4."""
    finer = halved(cell, (1, 2))
    nodes = unwrapped(cell.point, cell.element)
    for first, second in MIDSIDE:
        quarter = 0.375 * nodes[:, first] - 0.125 * nodes[:, second] + 0.75 * nodes[:, 3 + first]
        distance = np.abs(finer.point[:, None] - quarter[None] % 1.0)
        distance = np.minimum(distance, 1.0 - distance).max(axis=2).min(axis=0)
        assert distance.max() < 1e-12
