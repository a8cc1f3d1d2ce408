"""Conjugate gradients on a cell of voxels, preconditioned by a homogeneous cell, which the FFT inverts.

The homogeneous cell has the same elements. Its operator is a convolution: for every frequency a real symmetric 3x3
matrix, the symbol. The number of iterations depends on the contrast of the phases and not on the number of voxels.
"""

import copy
import math
from typing import Any, NamedTuple

import numpy as np
import scipy.fft

from laminet.cells.voxels.backends import Backend, Processor
from laminet.cells.voxels.cell import VoxelCell
from laminet.cells.voxels.element import CORNERS, Element
from laminet.cells.voxels.operators import LinearForces, Operator
from laminet.cells.voxels.vectors import Vectors
from laminet.errors import ConvergenceError
from laminet.numeric import library

MOST_ITERATIONS = 20000
DELAY = 4
"""Iterations whose decrease of the energy estimates the error before them (Hestenes and Stiefel; Strakos and Tichy)."""

SOFTEST = 1e-6
"""Stiffness of a node over the stiffest, at least, in a preconditioner that is weighted."""

ROWS = ((0, 0), (1, 1), (2, 2), (1, 2), (0, 2), (0, 1))


class Preconditioner:
    """The inverse of the operator of a homogeneous cell, in single precision but for readable loops in NumPy.

    Conjugate gradients correct what single precision leaves: its error is relative to the residual of each iteration.
    """

    def __init__(self, cell: VoxelCell, stiffness: np.ndarray, element: Element, backend: Backend | None = None):
        """Of a homogeneous cell of the stiffness (6, 6), Mandel; by default on one thread of the processor."""
        self._shape, self._stiffness, self._backend = cell.phase.shape, stiffness, backend or Processor()
        inverse = _inverse(_symbol(cell, stiffness, element))
        self._inverse = self._backend.put(inverse.astype(self._backend.precision))
        self._weight: Any = None

    def weighted(self, shear: Any) -> "Preconditioner":
        """The preconditioner for a cell most of which flows: some of its voxels are far softer than others.

        Nodal forces and fluctuations are weighted by s^(-1/4), where s is the mean stiffness of the voxels at a node.
        That is half way to Green-Jacobi (Ladecký et al., arXiv:2508.02613), which has s^(-1/2), and takes fewer
        iterations. Where little flows, stiffness jumps between phases, and no weights are better.

        Args:
            shear: (x, y, z) stiffness of every voxel in shear, an array of the backend.
        """
        of, weighted = library(shear), copy.copy(self)
        nodes = sum(of.roll(shear, tuple(corner.tolist()), (0, 1, 2)) for corner in CORNERS)
        weight = nodes.clip(SOFTEST * float(nodes.max())) ** -0.25
        weighted._weight = weight / float(weight.mean())
        return weighted

    def __call__(self, force: Any) -> Any:
        """Fluctuation (3, x, y, z) that nodal forces (3, x, y, z) cause in the homogeneous cell; its mean is zero.

        With weights, they multiply the force and this fluctuation.
        """
        modes = self._backend.transform(force if self._weight is None else self._weight * force)
        if self._backend.compiled:
            from laminet import _voxels  # a process that draws or reads cells needs no compiled loops

            _voxels.multiply_modes(self._inverse, modes, self._backend.threads)
        else:
            m, (x, y, z) = self._inverse, modes
            products = m[0] * x + m[5] * y + m[4] * z, m[5] * x + m[1] * y + m[3] * z, m[4] * x + m[3] * y + m[2] * z
            modes = library(modes).stack(products)
        fluctuation = self._backend.inverse(modes, self._shape)
        if self._weight is not None:
            fluctuation *= self._weight
        return fluctuation

    def strain(self, stress: np.ndarray, free: np.ndarray) -> np.ndarray:
        """Macroscopic strain (6,) in the components `free` that a stress causes there, the others held at zero."""
        strain = np.zeros(6)
        strain[free] = np.linalg.solve(self._stiffness[np.ix_(free, free)], stress[free])
        return strain


def _symbol(cell: VoxelCell, stiffness: np.ndarray, element: Element) -> np.ndarray:
    """Symbol (6, x, y, z / 2 + 1) of a homogeneous cell: transforms of the forces of unit displacements at a node."""
    shape = cell.phase.shape
    small = tuple(min(size, 4) for size in shape)  # forces reach the neighbours only
    homogeneous = VoxelCell(phase=np.ones(small, dtype=np.uint8), spacing=cell.spacing)
    operator = LinearForces(homogeneous, stiffness[None], element, Processor(compiled=False))
    symbol = np.empty((6, *shape[:2], shape[2] // 2 + 1))
    # a side of fewer than four voxels keeps its own period; of others, offsets -1, 0, 1 go to their places
    places = [np.arange(size) if size < 4 else np.array([0, 1, -1]) for size in shape]
    for j in range(3):
        unit = np.zeros((3, *small))
        unit[j, 0, 0, 0] = 1.0
        force = operator(unit, np.zeros(6))[0]
        for entry, (i, column) in enumerate(ROWS):
            if column == j:
                spread = np.zeros(shape)
                spread[np.ix_(*places)] = force[i][np.ix_(*places)]
                symbol[entry] = scipy.fft.rfftn(spread).real
    return symbol


def _inverse(symbol: np.ndarray) -> np.ndarray:
    """Inverse (6, ...) of symmetric matrices (6, ...); zero at the first: the mean is not an unknown."""
    a, b, c, d, e, f = symbol
    cofactors = np.stack([b * c - d * d, a * c - e * e, a * b - f * f, e * f - a * d, d * f - b * e, d * e - c * f])
    determinant = a * cofactors[0] + f * cofactors[5] + e * cofactors[4]
    determinant[0, 0, 0] = 1.0
    inverse = cofactors / determinant
    inverse[:, 0, 0, 0] = 0.0
    return np.ascontiguousarray(inverse)


class Solution(NamedTuple):
    """Where conjugate gradients ended.

    Attributes:
        fluctuation: (3, x, y, z).
        macro: (6,) macroscopic strain.
        residual: (3, x, y, z) forces out of balance that are left.
        iterations: applications of the operator.
        converged: whether the tolerance was met.
    """

    fluctuation: Any
    macro: np.ndarray
    residual: Any
    iterations: int
    converged: bool


def solve(
    operator: Operator,
    precondition: Preconditioner,
    vectors: Vectors,
    force: Any,
    stress: np.ndarray,
    free: np.ndarray,
    *,
    energy: float = 0.0,
    tolerance: float,
    most: int = MOST_ITERATIONS,
) -> Solution:
    """Fluctuation u and free macroscopic strains e with the nodal forces and mean stresses that are given.

    Mixed control is solved exactly: the free strains are unknowns like the others. The preconditioner treats them by
    the stiffness of its homogeneous cell.

    Args:
        operator: symmetric, positive definite.
        precondition: the homogeneous cell.
        vectors: passes over vectors of their kind.
        force: (3, x, y, z) nodal forces that the operator must give.
        stress: (6,) mean stress that it must give in the components `free`.
        free: numbers of the free components.
        energy: twice its density at the start. Where it is positive, iterations end as its error, estimated, is below
            `tolerance` times what it has fallen to. Otherwise they end as the residual, in the preconditioner's norm,
            is below `tolerance` times its first.
        tolerance: see `energy`.
        most: iterations at most.

    Raises:
        ConvergenceError: numbers that are not finite, or an operator that is not positive definite.
    """
    voxels = math.prod(force.shape[1:])
    u, e = 0.0 * force, np.zeros(6)
    r, s = 1.0 * force, np.zeros(6)
    s[free] = stress[free]
    z, y = precondition(r), precondition.strain(s, free)
    p, q = 0.0 * force, y.copy()
    vectors.turn(0.0, z, p)
    rho = first = vectors.dot(r, z) + float(voxels * s @ y)
    decreases: list[float] = []
    iterations = 0
    converged = rho <= 0.0
    while not converged and iterations < most:
        K_p, S_q = operator(p, q)
        iterations += 1
        curvature = vectors.dot(p, K_p) + float(voxels * q @ S_q)
        if not (np.isfinite(curvature) and curvature > 0.0):
            raise ConvergenceError(
                "conjugate gradients met a direction of no stiffness, or numbers that are not finite"
            )
        alpha = rho / curvature
        e += alpha * q
        s[free] -= alpha * S_q[free]
        z, y = precondition(vectors.advance(alpha, p, K_p, u, r)), precondition.strain(s, free)
        new = vectors.dot(r, z) + float(voxels * s @ y)
        decreases.append(alpha * rho / voxels)
        if energy > 0.0:
            delay = max(DELAY, iterations // 8)
            converged = len(decreases) > delay and sum(decreases[-delay:]) <= tolerance * (energy - sum(decreases))
            converged = converged or new <= 1e-28 * first
        else:
            converged = new <= tolerance**2 * first
        vectors.turn(new / rho, z, p)
        q = y + new / rho * q
        rho = new
    return Solution(u, e, r, iterations, converged)
