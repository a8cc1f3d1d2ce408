"""How much memory simulations of a cell of voxels take, told before it is taken."""

from collections.abc import Sequence

import numpy as np

from laminet.cells.voxels.cell import VoxelCell
from laminet.errors import InputError
from laminet.files.netcdf import LIMIT
from laminet.materials.laws import Law

FIELD = 3 * 8
"""Bytes of a displacement at a voxel; its transform takes as many, and so does the preconditioner."""

SAMPLE_FIELDS = 6 * 3 + 4 + 2 * 7
"""Fields of elastic homogenisation: three of each load case, the preconditioner, work of two load cases at a time."""

CURVE_FIELDS = 24
"""Fields of curves: those of the solver, states and the increments that the next is extrapolated from."""

POINTS_OF_A_VOXEL = 8


def sample_bytes(cell: VoxelCell) -> int:
    """Bytes that elastic homogenisation takes."""
    return cell.phase.size * FIELD * SAMPLE_FIELDS


def curve_bytes(cell: VoxelCell, laws: Sequence[Law] | None = None) -> int:
    """Bytes that curves take: states twice and tangents of the voxels whose law is not linear, all if None."""
    nonlinear, state = cell.phase.size, 7
    if laws is not None:
        fractions = cell.fractions[: len(laws)]
        nonlinear = int(np.sum(fractions[[not law.linear for law in laws]]) * cell.phase.size)
        state = max(law.state_size for law in laws)
    return cell.phase.size * FIELD * CURVE_FIELDS + nonlinear * POINTS_OF_A_VOXEL * 8 * (3 * state + 21)


def check(needed: int, what: str) -> None:
    """Refuse what would fill the memory.

    Raises:
        InputError: more than half of the machine's memory, or than LAMINET_MAX_GIB.
    """
    if needed > LIMIT:
        raise InputError(
            f"{what} would take {needed / 2**30:.1f} GiB of memory, more than the {LIMIT / 2**30:.1f} GiB allowed; "
            "coarsen the image, or raise the limit with the environment variable LAMINET_MAX_GIB"
        )
