"""A cell of voxels as a system that load paths drive: Newton, with conjugate gradients for every linear system.

The unknowns are the fluctuations and the macroscopic strains whose stresses are prescribed, as in
laminet.cells.fibres.system. Tangents are consistent. The preconditioner is the elastic cell's, of mean stiffness.

Near a limit load the matrix hardly resists, and linear systems become hard. Then the preconditioner gets weights, and
the quadratic extrapolation, which multiplies what the last increments left, must be better than the linear one.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from laminet.cells.increments import FLOOR, MAX_ITERATIONS, CellState, advanced, predicted, relative
from laminet.cells.voxels import limit, memory
from laminet.cells.voxels.backends import Backend, Processor
from laminet.cells.voxels.cell import VoxelCell
from laminet.cells.voxels.element import Element
from laminet.cells.voxels.operators import NonlinearForces, Response
from laminet.cells.voxels.solver import MOST_ITERATIONS, Preconditioner, solve
from laminet.errors import ConvergenceError
from laminet.loading.driver import Increment, Target
from laminet.materials.laws import Law

FORCING = 0.02
"""Reduction of the residual by the linear solver in a Newton iteration; more costs more than it saves."""

ELASTIC = 0.3
"""Share of the tolerance that the linear solver goes to where nothing flows yet: one iteration may do."""

MOST_LINEAR = 1000
"""Iterations of the linear solver in a Newton iteration where something flows. If it needs more, the strain is far from
equilibrium, as after an unloading, and a smaller increment costs less."""

HARD, EASY = 100, 30
"""Iterations of the linear solver beyond which the next systems count as hard, and below which no longer."""


class VoxelSystem:
    """A cell of voxels with the laws of its phases, for laminet.loading.driver.follow."""

    def __init__(
        self,
        cell: VoxelCell,
        laws: Sequence[Law],
        tolerance: float = 1e-6,
        backend: Backend | None = None,
    ):
        """Prepare operators and preconditioner.

        Args:
            cell: the cell.
            laws: of phases 1, 2, ....
            tolerance: of the nodal forces out of balance, relative to the norm of all element forces, and of the free
                macroscopic stresses, relative to the macroscopic stress. Both scales are at least FLOOR times what
                they were at their largest along the path.
            backend: what computes; by default one thread of the processor.

        Raises:
            InputError: a law that cells, or the device, cannot solve; or more memory than is allowed.
        """
        self._backend = backend or Processor()
        needed = memory.curve_bytes(cell, laws, self._backend.compiled)
        limit.check(needed, "curves on this cell", self._backend.memory)
        element = Element(cell.spacing)
        self.cell, self.tolerance = cell, tolerance
        self.forces = NonlinearForces(cell, laws, element, self._backend)
        mean = np.einsum("p,pij->ij", cell.fractions, self.forces.stiffness)
        self._precondition = Preconditioner(cell, mean, element, self._backend)
        uniform = np.linalg.norm(element.strain.mean(axis=0))
        self._force_of_stress = float(uniform * np.sqrt(cell.phase.size))
        self.linear_iterations = 0
        self._hard = False

    def initial(self) -> CellState:
        """The virgin state."""
        self._hard = False
        still = self._backend.put(np.zeros((3, *self.cell.phase.shape)))
        return CellState(still, np.zeros(6), self.forces.virgin(), np.zeros(6))

    def solve(self, state: CellState, target: Target) -> Increment:
        """See laminet.loading.driver.System."""
        aim = np.where(target.prescribed, target.strain, target.stress)
        fluctuation, macro = self._start(state, target, aim)
        free, vectors = np.flatnonzero(~target.prescribed), self._backend.vectors
        residuals: list[float] = []
        converged, iterations = False, 0
        while True:
            try:
                response, missing, residual, largest = self._respond(state, target, fluctuation, macro)
            except ConvergenceError as error:  # a strain for which a law has no stress
                nothing = np.full(6, np.nan)
                return Increment(macro, nothing, iterations, np.inf, False, state, residuals, str(error))
            residuals.append(residual)
            if not np.isfinite(residual):
                break
            converged = not np.any(missing[target.prescribed]) and residual <= self.tolerance
            if converged or iterations == MAX_ITERATIONS:
                break
            fresh = not (state.past or iterations)  # nothing to extrapolate from: the first operator is elastic
            operator = self.forces.elastic if fresh else self.forces.tangent
            given = np.where(target.prescribed, missing, 0.0)
            force, stress = -response.force, missing
            if given.any():
                by_given = operator(0.0 * fluctuation, given)
                force, stress = force - by_given[0], stress - by_given[1]
            reduction, most, precondition = ELASTIC * self.tolerance, MOST_ITERATIONS, self._precondition
            if flowing := self.forces.flowing:
                reduction, most = FORCING, MOST_LINEAR
                if self._hard:
                    precondition = precondition.weighted(self.forces.shear())
            try:
                equations = operator, precondition, vectors, force, stress, free
                step = solve(*equations, tolerance=reduction, most=most)
            except ConvergenceError:  # the tangent is not positive definite: a smaller increment is needed
                break
            self.linear_iterations += step.iterations
            self._hard = flowing > 0 and step.iterations > (EASY if self._hard else HARD)
            if not step.converged:
                break
            fluctuation = fluctuation + step.fluctuation
            macro = np.where(target.prescribed, target.strain, macro + step.macro)
            iterations += 1
        end = advanced(state, fluctuation, macro, response.state, aim, largest)
        return Increment(macro, response.stress, iterations, residual, converged, end, residuals)

    def _start(self, state: CellState, target: Target, aim: np.ndarray) -> tuple[Any, np.ndarray]:
        """Fluctuation and macroscopic strain to start from: that extrapolation which leaves less out of balance."""

        def guess(quadratic: bool) -> tuple[Any, np.ndarray]:
            fluctuation, macro = predicted(state, aim, quadratic)
            close = target.prescribed & np.isclose(macro, target.strain, rtol=1e-9, atol=1e-15)
            return fluctuation, np.where(close, target.strain, macro)  # extrapolated to within rounding

        if self._hard and len(state.past) > 1:
            linear, quadratic = (self._residual(state, target, *guess(each)) for each in (False, True))
            return guess(not linear < quadratic)
        return guess(True)

    def _residual(self, state: CellState, target: Target, fluctuation: Any, macro: np.ndarray) -> float:
        """That of a strain; infinite if a law has no stress."""
        try:
            return self._respond(state, target, fluctuation, macro)[2]
        except ConvergenceError:
            return np.inf

    def _respond(
        self, state: CellState, target: Target, fluctuation: Any, macro: np.ndarray
    ) -> tuple[Response, np.ndarray, float, float]:
        """What the laws answer to a strain, strains or stresses (6,) that miss the target, residual, largest stress.

        Raises:
            ConvergenceError: a strain for which a law has no stress.
        """
        response, dot = self.forces.respond(fluctuation, macro, state.points), self._backend.vectors.dot
        missing = np.where(target.prescribed, target.strain - macro, target.stress - response.stress)
        size = np.array([np.sqrt(response.force_square)])
        unbalanced = np.array([np.sqrt(dot(response.force, response.force))])
        largest = max(state.largest_stress, float(size[0]) / self._force_of_stress)
        floor = FLOOR * largest
        residual = max(
            relative(unbalanced, size, floor * self._force_of_stress),
            relative(missing[~target.prescribed], response.stress, floor),
        )
        return response, missing, residual if response.sound else np.inf, largest
