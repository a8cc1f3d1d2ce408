"""A cell as a system that load paths drive: Newton on the nodal fluctuations and the free macroscopic strains.

The unknowns are the fluctuations a and the macroscopic strains whose stresses are prescribed. The strain is
macro + A a, with the free strains as further columns of A. Balance demands A^T W stress = 0, and that sum W stress is
the prescribed macroscopic stress.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from laminet.cells.fibres.cell import Cell
from laminet.cells.fibres.dissection import Factor
from laminet.cells.fibres.homogenisation import decoupled
from laminet.cells.fibres.operator import ANTIPLANE, COUPLED, IN_PLANE, Group
from laminet.cells.fibres.unsymmetric import LUFactor
from laminet.cells.increments import FLOOR, MAX_ITERATIONS, CellState, advanced, predicted, relative
from laminet.errors import ConvergenceError
from laminet.loading.driver import Increment, Target
from laminet.loading.paths import LoadPath
from laminet.materials.laws import Law
from laminet.materials.local_fields import statistics
from laminet.materials.points import Points


@dataclass(frozen=True)
class Fields:
    """Local fields at the quadrature points (elements, 3, ...) of a cell.

    Attributes:
        strain: (elements, 3, 6), Mandel.
        stress: (elements, 3, 6), Mandel, GPa.
        state: parts of the laws' states by name, (elements, 3) or (elements, 3, size).
    """

    strain: np.ndarray
    stress: np.ndarray
    state: dict[str, np.ndarray]


class CellSystem:
    """A cell with the laws of its phases, for laminet.loading.driver.follow."""

    def __init__(self, cell: Cell, laws: Sequence[Law], group: Group = COUPLED, tolerance: float = 1e-6):
        """Prepare the strain operator.

        Args:
            cell: the cell.
            laws: of phases 1, 2, ....
            group: the fields that the load can excite; see group_of.
            tolerance: of the forces out of balance, relative to the norm of all element forces, and of the free
                macroscopic stresses, relative to the macroscopic stress. Both scales are at least FLOOR times what
                the local stresses along the path would give at their largest.
        """
        operator = cell.operator
        self.cell, self.group, self.tolerance = cell, group, tolerance
        self.points = Points(laws, np.repeat(cell.phase, operator.weight.shape[1]))
        self._components = np.array(group.components)
        self._weight = operator.weight
        self._assembly = operator.assembly(group)
        strain = operator.strain(group, mean_dilatation=True)
        self._strain = strain.reshape(len(cell.element), -1, strain.shape[-1])  # (elements, 3 * components, d)
        unit = np.eye(len(self._components))[:, None, None] * np.ones((*self._weight.shape, 1))
        self._force_of_stress = float(np.linalg.norm([self._forces(stress) for stress in unit]))  # if uniform
        linear = np.array([law.linear for law in laws])
        self._varying = np.flatnonzero(~linear[cell.phase - 1])  # elements whose tangent is not the elastic one
        self._flux, self._matrices = self._products(np.arange(len(strain)), self._block(self.points.stiffness))

    def initial(self) -> CellState:
        """The virgin state."""
        return CellState(np.zeros(self._assembly.size), np.zeros(6), self.points.virgin(), np.zeros(6))

    def solve(self, state: CellState, target: Target) -> Increment:
        """See laminet.loading.driver.System."""
        aim = np.where(target.prescribed, target.strain, target.stress)
        laws = self.points.over(target.duration)
        fluctuation, macro = predicted(state, aim)
        close = target.prescribed & np.isclose(macro, target.strain, rtol=1e-9, atol=1e-15)
        macro = np.where(close, target.strain, macro)  # extrapolated to within rounding
        free = np.flatnonzero(~target.prescribed & np.isin(np.arange(6), self._components))
        residuals: list[float] = []
        converged, iterations, reason = False, 0, ""
        average, points, largest = np.full(6, np.nan), state.points, state.largest_stress
        while True:
            try:
                point_stress, tangent, points = laws.update(self._local(fluctuation, macro), state.points)
            except ConvergenceError as error:  # a strain for which a law has no stress
                residuals.append(np.inf)
                average, reason = np.full(6, np.nan), str(error)
                break
            stress = self._by_element(point_stress[:, self._components])
            average = np.zeros(6)
            average[self._components] = np.einsum("eq,eqi->i", self._weight, stress)
            missing = np.where(target.prescribed, target.strain - macro, target.stress - average)
            missing[np.setdiff1d(np.arange(6), self._components)] = 0.0
            force = self._forces(stress)
            unbalanced = self._assembly.vector(force)
            largest = max(state.largest_stress, float(np.sqrt(np.einsum("eq,eqi->", self._weight, stress**2))))
            floor = FLOOR * largest
            residual = max(
                relative(unbalanced, force, floor * self._force_of_stress), relative(missing[free], average, floor)
            )
            residuals.append(residual)
            if not np.isfinite(residual):
                break
            reached = not np.any(missing[target.prescribed])
            converged = reached and residual <= self.tolerance
            if converged or iterations == MAX_ITERATIONS:
                break
            if not (state.past or iterations):  # no history to extrapolate: the first linearisation is the elastic one
                tangent = self.points.stiffness
            try:
                step, macro_step = self._newton(self._block(tangent), unbalanced, missing, free)
            except np.linalg.LinAlgError:  # not positive definite, or singular: a smaller increment is needed
                break
            fluctuation = fluctuation + step
            macro = np.where(target.prescribed, target.strain, macro + macro_step)
            iterations += 1
        end = advanced(state, fluctuation, macro, points, aim, largest)
        return Increment(macro, average, iterations, residuals[-1], converged, end, residuals, reason)

    def tangent(self, start: CellState, end: CellState, duration: float = 0.0) -> np.ndarray:
        """Macroscopic tangent (c, c), GPa: the derivative of the stress at `end` by its strain, with `start` held.

        `duration` is that of the increment, in seconds.

        Both are Mandel vectors of the group's components. It is consistent with the increment from `start` to `end`, so
        a finite-element code with a cell at every point converges quadratically (Kouznetsova et al. 2001, by static
        condensation).
        """
        laws = self.points.over(duration)
        _, tangent, _ = laws.update(self._local(end.fluctuation, end.macro), start.points)
        factor, forces, coupling, average = self._linearised(self._block(tangent))
        return np.asarray(average - coupling.T @ factor.solve(forces))

    def fields(self, state: CellState) -> Fields:
        """Local fields of a state at the quadrature points."""
        strain = self._local(state.fluctuation, state.macro)
        stress, _, _ = self.points.over(0.0).update(strain, state.points)  # nothing flows
        parts = {name: self._by_element(values) for name, values in self.points.parts(state.points).items()}
        return Fields(self._by_element(strain), self._by_element(stress), parts)

    def local_fields(self, state: CellState) -> dict[str, np.ndarray]:
        """Statistics of a state's local fields; see laminet.materials.local_fields."""
        strain = self._local(state.fluctuation, state.macro)
        stress, _, law = self.points.over(0.0).update(strain, state.points)  # nothing flows
        parts = self.points.parts(law)
        return statistics(self.cell.phases, self.points.phase, self._weight.ravel(), stress, parts)

    def _by_element(self, values: np.ndarray) -> np.ndarray:
        """Values (e, 3, ...) of those (n, ...) of all points."""
        return values.reshape(*self._weight.shape, *values.shape[1:])

    def _local(self, fluctuation: np.ndarray, macro: np.ndarray) -> np.ndarray:
        """Strain (n, 6) of every point: macro + A a."""
        varying = np.einsum("exd,ed->ex", self._strain, self._assembly.gather(fluctuation))
        strain = np.tile(macro, (len(self.points), 1))
        strain[:, self._components] += varying.reshape(len(self.points), -1)
        return strain

    def _block(self, tangent: np.ndarray) -> np.ndarray:
        """The group's components (e, 3, c, c) of tangents (n, 6, 6)."""
        return self._by_element(tangent[:, self._components[:, None], self._components])

    def _forces(self, stress: np.ndarray) -> np.ndarray:
        """Element forces B^T W stress (e, d)."""
        weighted = (self._weight[:, :, None] * stress).reshape(len(stress), -1)
        return np.einsum("exd,ex->ed", self._strain, weighted)

    def _products(self, elements: np.ndarray, tangent: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """W D B (n, 3 * c, d) and element matrices B^T W D B (n, d, d) of n elements, given their tangents D."""
        strain = self._strain[elements]
        weighted = self._weight[elements, :, None, None] * tangent
        flux = (weighted @ strain.reshape(*weighted.shape[:3], strain.shape[-1])).reshape(strain.shape)
        return flux, strain.transpose(0, 2, 1) @ flux

    def _linearised(self, tangent: np.ndarray) -> tuple[Factor | LUFactor, np.ndarray, np.ndarray, np.ndarray]:
        """K factorised, L and R (degrees of freedom, c) of all components and S (c, c), see `_newton`."""
        varying = self._varying
        self._flux[varying], self._matrices[varying] = self._products(varying, tangent[varying])
        elements, count, size = self._weight.shape[0], self._weight.shape[1], len(self._components)
        summed = self._flux.reshape(elements, count, size, -1).sum(axis=1)
        coupling = self._assembly.vector(summed.transpose(0, 2, 1))  # columns of R for all components
        factor: Factor | LUFactor
        if self.points.symmetric:
            factor, forces = self._assembly.factorize(self._matrices), coupling
        else:
            factor = self._assembly.factorize_unsymmetric(self._matrices)
            weighted = (self._weight[:, :, None, None] * tangent).reshape(elements, -1, size)
            forces = self._assembly.vector(self._strain.transpose(0, 2, 1) @ weighted)  # columns of L
        average = (self._weight.ravel() @ tangent.reshape(elements * count, -1)).reshape(size, size)
        return factor, forces, coupling, average

    def _newton(
        self, tangent: np.ndarray, unbalanced: np.ndarray, missing: np.ndarray, free: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """Corrections of fluctuations and macroscopic strain, the free strains by a Schur complement.

        [K  L ] [da]   [-A^T W stress                 ]     L = A^T W D, the prescribed strains' part of L on the
        [R^T S] [de] = [prescribed - average of stress]     right-hand side, R^T = sum W D A, S = sum W D.

        R = L where all tangents D are symmetric; then K is solved by Cholesky, else by LU factors.
        """
        factor, forces, coupling, average = self._linearised(tangent)
        local = np.searchsorted(self._components, free)
        macro_step = np.where(np.isin(np.arange(6), free), 0.0, missing)
        given = macro_step[self._components]
        solved = factor.solve(np.column_stack([unbalanced + forces @ given, forces[:, local]]))
        step = -solved[:, 0]
        if len(free):
            schur = average[np.ix_(local, local)] - coupling[:, local].T @ solved[:, 1:]
            right = missing[free] - average[local] @ given - coupling[:, local].T @ step
            macro_step[free] = np.linalg.solve(schur, right)
            step = step - solved[:, 1:] @ macro_step[free]
        return step, macro_step


def group_of(path: LoadPath, laws: Sequence[Law]) -> Group:
    """The fields that a load path can excite.

    In-plane and antiplane fields stay apart if the load drives only one kind and neither an elastic coefficient nor a
    law couples them.
    """
    if any(law.couples for law in laws) or not decoupled(*(law.stiffness for law in laws)):
        return COUPLED
    driven = np.flatnonzero(path.loaded | path.strain.any(axis=0) | path.stress.any(axis=0))
    for group in (IN_PLANE, ANTIPLANE):
        if np.isin(driven, group.components).all():
            return group
    return COUPLED
