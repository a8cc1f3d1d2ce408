"""How much memory simulations of a cell of voxels take, told before it is taken."""

from collections.abc import Sequence

import numpy as np

from laminet.cells.voxels.cell import VoxelCell
from laminet.materials.laws import Law

FIELD = 3 * 8
"""Bytes of a displacement at a voxel; its transform takes as many, and so does the preconditioner."""

LOAD_CASES = 6
SAMPLE_FIELDS, CASE_FIELDS = LOAD_CASES * 3 + 4, 7
"""Fields of elastic homogenisation: three of each load case and the preconditioner; work of each case at a time."""

CURVE_FIELDS = 24
"""Fields of curves: those of the solver, states and the increments that the next is extrapolated from."""

POINTS_OF_A_VOXEL = 8

READABLE = 4096
"""Bytes at a voxel of the readable loops, and of a device: they keep the displacements of all elements."""


def sample_bytes(cell: VoxelCell, threads: int = 2, compiled: bool = True) -> int:
    """Bytes that elastic homogenisation takes; each thread of compiled loops has a load case at a time."""
    cases = min(threads, LOAD_CASES) if compiled else 1
    return cell.phase.size * (FIELD * (SAMPLE_FIELDS + CASE_FIELDS * cases) + (not compiled) * READABLE)


def curve_bytes(cell: VoxelCell, laws: Sequence[Law] | None = None, compiled: bool = True) -> int:
    """Bytes that curves take: states twice and tangents of the voxels whose law is not linear, all if None."""
    nonlinear, state = cell.phase.size, 7
    if laws is not None:
        fractions = cell.fractions[: len(laws)]
        nonlinear = int(np.sum(fractions[[not law.linear for law in laws]]) * cell.phase.size)
        state = max(law.state_size for law in laws)
    everywhere = FIELD * CURVE_FIELDS + (not compiled) * READABLE
    return cell.phase.size * everywhere + nonlinear * POINTS_OF_A_VOXEL * (8 * 3 * state + 4 * 21)
