"""Elastic homogenisation of a cell, and the elastic data sets made with it.

The strain is macro + A a. Fluctuations are periodic, sum W A = 0, so the load of a macroscopic strain involves only the
difference of the phases, dC = C2 - C1. It is A^T W C macro = G dC macro, where G is A^T W over phase 2 alone. Hence

    C = f1 C1 + f2 C2 - dC M dC,   M = G^T K^-1 G,   K = A^T W C A,

the same form as a laminate's block, with M in the place of f1 f2 H (H^T Chat H)^-1 H^T.
"""

from collections.abc import Callable
from functools import cache, partial

import numpy as np
import xarray as xr

from laminet.cells import elastic_data
from laminet.cells.fibres.mesh import Mesh
from laminet.cells.fibres.operator import ANTIPLANE, COUPLED, IN_PLANE, Group
from laminet.errors import InputError
from laminet.materials.sampling import Sampling
from laminet.materials.stiffness import check_stiffness, symmetric
from laminet.numeric import real_array


class Homogenizer:
    """Elastic homogenisation of one cell: everything that does not depend on the phases is done once."""

    def __init__(self, cell: Mesh):
        self.fraction, self.phases, self.digest = cell.volume_fraction, cell.phases, cell.digest
        self._problem = cache(partial(_Problem, cell))

    def __call__(self, *stiffnesses: np.ndarray, decouple: bool = True) -> np.ndarray:
        """Effective stiffness (6, 6) of one pair of phases (6, 6), Mandel.

        In-plane (11, 22, 33, 12) and antiplane (23, 13) fields are solved apart where no coefficient of either phase
        couples them (orthotropic phases aligned with the cell, for instance), unless `decouple` is False.
        """
        stiffness_1, stiffness_2 = stiffnesses
        difference = stiffness_2 - stiffness_1
        effective = stiffness_1 + self.fraction * difference
        for group in (IN_PLANE, ANTIPLANE) if decouple and decoupled(stiffness_1, stiffness_2) else (COUPLED,):
            problem = self._problem(group)
            rows = difference[:, problem.components]
            effective = effective - rows @ problem.response(stiffness_1, stiffness_2) @ rows.T
        return symmetric(effective)

    def notes(self, phases: np.ndarray, effective: np.ndarray) -> dict[str, float]:
        """None; laminet.cells.fibres.convergence shows the error of meshes."""
        return {}


class _Problem:
    """K and G of one group of displacements."""

    def __init__(self, cell: Mesh, group: Group):
        self.components = [i for i in group.components if i != 2]  # displacements do not vary along the fibres
        rows = [group.components.index(i) for i in self.components]
        self._strain = cell.operator.strain(group)[:, :, rows]
        self._weight, self._phase = cell.operator.weight, cell.phase
        self._assembly = cell.operator.assembly(group)
        second = self._weight * (self._phase == 2)[:, None]
        self.load = self._assembly.vector(np.einsum("eq,eqid->edi", second, self._strain))

    def response(self, stiffness_1: np.ndarray, stiffness_2: np.ndarray) -> np.ndarray:
        """M (components, components)."""
        within = np.ix_(self.components, self.components)
        stiffness = np.stack([stiffness_1[within], stiffness_2[within]])[self._phase - 1]
        flux = self._weight[:, :, None, None] * (stiffness[:, None] @ self._strain)
        elements, size = len(flux), flux.shape[-1]
        matrices = self._strain.reshape(elements, -1, size).transpose(0, 2, 1) @ flux.reshape(elements, -1, size)
        root = self._assembly.factorize(matrices).forward(self.load)  # L^-1 G with K = L L^T
        return root.T @ root


def decoupled(*stiffnesses: np.ndarray) -> bool:
    """Whether no coefficient of the stiffnesses (..., 6, 6) couples (11, 22, 33, 12) with (23, 13)."""
    row, column = np.ix_(IN_PLANE.components, ANTIPLANE.components)
    return not any(stiffness[..., row, column].any() for stiffness in stiffnesses)


def homogenize(cell: Mesh, stiffness_1: np.ndarray, stiffness_2: np.ndarray) -> np.ndarray:
    """Effective stiffness (n, 6, 6) of n pairs of phases, each (n, 6, 6), Mandel, in the phases' unit.

    Raises:
        InputError: a phase that is not finite, symmetric and positive definite, or shapes that differ.
    """
    stiffness_1, stiffness_2 = (
        check_stiffness(real_array(stiffness, where), where)
        for stiffness, where in ((stiffness_1, "stiffness of phase 1"), (stiffness_2, "stiffness of phase 2"))
    )
    if stiffness_1.shape != stiffness_2.shape or stiffness_1.ndim != 3:
        raise InputError(f"stiffnesses of shape {stiffness_1.shape} and {stiffness_2.shape}; both must be (n, 6, 6)")
    homogenizer = Homogenizer(cell)
    pairs = zip(stiffness_1, stiffness_2, strict=True)
    return np.array([homogenizer(*pair) for pair in pairs]).reshape(stiffness_1.shape)


def sample(
    cell: Mesh,
    samples: int,
    validation: int,
    seed: int,
    sampling: Sampling,
    shard: tuple[int, int] = (1, 1),
    progress: Callable[[int, int], None] | None = None,
) -> xr.Dataset:
    """Homogenise random phase pairs on a cell; see laminet.cells.elastic_data.sample.

    Raises:
        InputError: numbers out of range.
    """
    return elastic_data.sample(Homogenizer(cell), samples, validation, seed, sampling, shard, progress)
