"""The element of a cell of voxels: a trilinear hexahedron with eight Gauss points, and the cell's nodes.

Fully integrated, it has no modes without energy. Its dilatation is replaced by its mean over the voxel (B-bar, Hughes
1980), so that nearly incompressible phases and plastic flow do not lock. Displacements are periodic, (3, x, y, z); node
(x, y, z) is the lowest corner of voxel (x, y, z).
"""

import itertools
from typing import Any

import numpy as np

from laminet.numeric import library

SIZE = 24
"""Displacements of an element, by component and then by corner, see CORNERS."""

CORNERS = np.array([(i, j, k) for k, i, j in itertools.product((0, 1), repeat=3)])
"""Offsets (8, 3) of the corners of a voxel from its node."""

GAUSS = (np.array(list(itertools.product((-1, 1), repeat=3))) / np.sqrt(3.0) + 1.0) / 2.0
"""Gauss points (8, 3) in the unit cube; the weight of each is 1/8."""

MODES = CORNERS[np.lexsort(CORNERS.T[::-1])]
"""Powers (8, 3) of x, y and z whose products are the modes of the corners."""

BLOCKS = ([6, 3, 5], [7])
"""Modes of two factors and of three; the element matrix couples modes of equal number only."""


class Element:
    """Strains of an element.

    Attributes:
        spacing: (3,) sides of a voxel.
        strain: (8, 6, 24) strain at the Gauss points, Mandel, of unit displacements.
        affine: (24, 6) displacements of unit strains.
    """

    def __init__(self, spacing: np.ndarray):
        """Of voxels with the sides `spacing` (3,)."""
        self.spacing = spacing
        gradient = np.empty((8, 3, 8))  # of the shape functions: Gauss point, direction, corner
        for axis in range(3):
            factors = np.where(CORNERS[None], GAUSS[:, None], 1.0 - GAUSS[:, None])  # (8, 8, 3)
            factors[:, :, axis] = np.where(CORNERS[:, axis], 1.0, -1.0) / spacing[axis]
            gradient[:, axis] = factors.prod(axis=2)
        strain = np.zeros((8, 6, 3, 8))
        for axis in range(3):
            strain[:, axis, axis] = gradient[:, axis]
        for row, (i, j) in enumerate([(1, 2), (0, 2), (0, 1)], 3):
            strain[:, row, i], strain[:, row, j] = (gradient[:, axis] / np.sqrt(2.0) for axis in (j, i))
        dilatation = strain[:, :3].sum(axis=1, keepdims=True)
        strain[:, :3] += (dilatation.mean(axis=0, keepdims=True) - dilatation) / 3.0
        self.strain = strain.reshape(8, 6, SIZE)
        position = CORNERS * spacing
        affine = np.zeros((3, 8, 6))
        for axis in range(3):
            affine[axis, :, axis] = position[:, axis]
        for row, (i, j) in enumerate([(1, 2), (0, 2), (0, 1)], 3):
            affine[i, :, row], affine[j, :, row] = (position[:, axis] / np.sqrt(2.0) for axis in (j, i))
        self.affine = affine.reshape(SIZE, 6)

    @property
    def slope(self) -> tuple[float, float, float]:
        """Gradients (3,) of the modes x, y and z, whose values at the corners are 1 / 8 and -1 / 8."""
        x, y, z = (0.25 / self.spacing).tolist()
        return x, y, z

    def matrices(self, stiffness: np.ndarray) -> np.ndarray:
        """Element stiffnesses (phases, 24, 24) of phases (phases, 6, 6), per volume of the voxel, symmetric."""
        matrices = np.einsum("gia,pij,gjb->pab", self.strain, stiffness, self.strain, optimize=True) / 8.0
        return np.ascontiguousarray(0.5 * (matrices + matrices.transpose(0, 2, 1)))

    def blocks(self, stiffness: np.ndarray) -> np.ndarray:
        """Element stiffnesses (phases, 126) in modes, as compiled loops take them, of phases (phases, 6, 6).

        One after another: that of the mean strain, which is the phase's, and those of BLOCKS.
        """
        signs = np.prod(np.where(MODES[None], 2.0 * CORNERS[:, None] - 1.0, 1.0), axis=2) / 8.0  # (corner, mode)
        parts, matrices = [stiffness.reshape(-1, 36)], self.matrices(stiffness).reshape(-1, 3, 8, 3, 8)
        for numbers in BLOCKS:
            of = signs[:, numbers]
            block = np.einsum("pcadb,am,bn->pmcnd", matrices, of, of, optimize=True)
            parts.append(block.reshape(len(stiffness), -1))
        return np.concatenate(parts, axis=1)


def gather(displacement: Any) -> Any:
    """Displacements (x, y, z, 24) of every element from those of the nodes (3, x, y, z), arrays or tensors."""
    of = library(displacement)
    corners = [of.roll(displacement, tuple((-corner).tolist()), (1, 2, 3)) for corner in CORNERS]
    return of.moveaxis(of.stack(corners, 1).reshape(SIZE, *displacement.shape[1:]), 0, -1)


def scatter(force: Any) -> Any:
    """Sums (3, x, y, z) at the nodes of the elements' forces (x, y, z, 24), arrays or tensors."""
    of = library(force)
    by_corner = of.moveaxis(force, -1, 0).reshape(3, 8, *force.shape[:3])
    return sum(of.roll(by_corner[:, n], tuple(corner.tolist()), (1, 2, 3)) for n, corner in enumerate(CORNERS))
