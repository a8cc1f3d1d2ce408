"""Elastic homogenisation of a cell of voxels.

Every macroscopic strain e_j gives a fluctuation u_j. With the residual r_j that the iterations leave, the energy of
the fields (e_i, u_i) and (e_j, u_j) is

    C_ij = e_i <C> e_j + f_i . u_j - u_i . r_j,   f_i the nodal forces of e_i alone,

where f and r are per node. Its error is of second order in those of the fluctuations: half of the digits are enough.
"""

import os
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np

from laminet import cores
from laminet.cells.voxels import limit, memory
from laminet.cells.voxels.backends import Backend, Processor
from laminet.cells.voxels.cell import VoxelCell
from laminet.cells.voxels.element import Element
from laminet.cells.voxels.operators import LinearForces
from laminet.cells.voxels.solver import Preconditioner, solve
from laminet.errors import ConvergenceError, InputError
from laminet.materials.stiffness import symmetric

TOLERANCE = 1e-4
"""Error of the energies by the iterations, relative: far below that of the voxels, which is per cent."""

ERROR_SAMPLES = 4
"""Samples of a data set, or of a shard, that the voxels' error is measured on."""


def threads() -> int:
    """Threads to take: as many as there are cores, or what OMP_NUM_THREADS says."""
    said = os.environ.get("OMP_NUM_THREADS", "")
    return min(int(said), len(cores.usable())) if said.isdecimal() and int(said) > 0 else len(cores.usable())


class Homogenizer:
    """Elastic homogenisation of one cell."""

    def __init__(self, cell: VoxelCell, tolerance: float = TOLERANCE, backend: Backend | None = None):
        """With iterations that end as the energy is exact to `tolerance`; by default on the processor.

        Raises:
            InputError: more memory than is allowed.
        """
        self._backend = backend or Processor()
        needed = memory.sample_bytes(cell, threads(), self._backend.compiled)
        limit.check(needed, "elastic samples on this cell", self._backend.memory)
        self.cell, self.tolerance = cell, tolerance
        self.phases, self.digest = cell.phases, cell.digest
        self.iterations = np.zeros(6, dtype=int)
        self._element = Element(cell.spacing)

    def __call__(self, *stiffnesses: np.ndarray) -> np.ndarray:
        """Effective stiffness (6, 6) of phases (6, 6), Mandel; load cases share the threads.

        Raises:
            ConvergenceError: a load case that did not converge.
        """
        phases = np.stack(stiffnesses)
        mean = np.einsum("p,pij->ij", self.cell.fractions, phases)
        operator = LinearForces(self.cell, phases, self._element, self._backend)
        precondition = Preconditioner(self.cell, mean, self._element, self._backend)
        vectors, none = self._backend.vectors, np.zeros(0, dtype=int)
        still = self._backend.put(np.zeros((3, *self.cell.phase.shape)))

        def case(number: int) -> tuple[Any, Any, Any]:
            load, stress = operator(still, np.eye(6)[number])
            solution = solve(
                *(operator, precondition, vectors, -load, np.zeros(6), none),
                energy=float(stress[number]),
                tolerance=self.tolerance,
            )
            self.iterations[number] = solution.iterations
            if not solution.converged:
                raise ConvergenceError(f"load case {number + 1} of a cell of voxels did not converge")
            return load, solution.fluctuation, solution.residual

        with ThreadPoolExecutor(threads() if self._backend.compiled else 1) as pool:
            loads, fluctuations, residuals = zip(*pool.map(case, range(6)), strict=True)
        effective = mean.copy()
        for i, j in np.ndindex(6, 6):
            effective[i, j] += (
                vectors.dot(loads[i], fluctuations[j]) - vectors.dot(fluctuations[i], residuals[j])
            ) / self.cell.phase.size
        return symmetric(effective)

    def notes(self, phases: np.ndarray, effective: np.ndarray) -> dict[str, float]:
        """The voxels' error, `voxel_error`: the relative change of a few stiffnesses by voxels twice as large.

        The error of the cell as it is is about as large as that change. It is left out of a cell that is too coarse.

        Args:
            phases: (n, P, 6, 6) of samples, Mandel.
            effective: (n, 6, 6) of the cell with these phases.
        """
        try:
            coarse = Homogenizer(self.cell.coarsened(), self.tolerance, self._backend)
        except InputError:
            return {}
        few = range(min(len(phases), ERROR_SAMPLES))
        errors = [np.linalg.norm(coarse(*phases[k]) - effective[k]) / np.linalg.norm(effective[k]) for k in few]
        return {"voxel_error": float(np.mean(errors))} if errors else {}
