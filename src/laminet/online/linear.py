"""The linear problem inside every scheme, solved by sweeps over the tree or as one dense system.

Given are sigma = C eps + s at every leaf and the macroscopic load; wanted are the strains for which tractions balance
at every interface. Sweeps cost O(n), the dense system O(n^3).
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np

from laminet.loading.driver import Target
from laminet.online.active import ActiveTree, transposed


class LinearSolver(Protocol):
    """A network whose leaves respond linearly."""

    def solve(self, stiffness: np.ndarray, residual: np.ndarray | None, load: Target) -> tuple[np.ndarray, np.ndarray]:
        """Macroscopic strain (6,) and strains (n, 6) of the leaves under `load`.

        Args:
            stiffness: C (n, 6, 6) of the leaves, each in the frame of its material, GPa.
            residual: s (n, 6); None for zero, which saves its share of the work.
            load: prescribed strains, zero where the stress is prescribed, and prescribed stresses.
        """


@dataclass(frozen=True)
class Sweeps:
    """Homogenisation up the tree, localisation down it (Eqs. 5, 6, 10-12 or 20-22, one block for both models).

    The law of a node is the affine map [C | s], (6, 7), or C alone, (6, 6), where s is zero. With dX = X_2 - X_1,
    the jump vector of a block is y = Y [eps, 1], Y = (H^T (f2 C_1 + f1 C_2) H)^-1 H^T [dC | ds], its children's
    strains are eps + f2 H y and eps - f1 H y, and its law is f1 X_1 + f2 X_2 - f1 f2 dC H Y.
    """

    tree: ActiveTree

    def solve(self, stiffness: np.ndarray, residual: np.ndarray | None, load: Target) -> tuple[np.ndarray, np.ndarray]:
        """See LinearSolver.solve."""
        law, jumps = self.homogenise(stiffness, residual)
        macro = _root_strain(law, load)
        return macro, self.localise(jumps, macro)

    def homogenise(self, stiffness: np.ndarray, residual: np.ndarray | None) -> tuple[np.ndarray, list[np.ndarray]]:
        """Law of the root, (6, 6) or (6, 7), and the jump maps Y of every level, from the root down."""
        leaves = stiffness if residual is None else np.concatenate([stiffness, residual[..., None]], axis=-1)
        law = np.empty((self.tree.nodes, 6, leaves.shape[-1]))
        law[self.tree.leaf] = leaves if self.tree.leaf_R is None else _turned_back(self.tree.leaf_R, leaves)
        jumps: list[np.ndarray] = []
        for level in reversed(self.tree.levels):
            first, difference = law[level.first], law[level.second] - law[level.first]
            H, HT = level.H, transposed(level.H)
            traction = HT @ difference
            jump = np.linalg.solve(HT @ (first + level.f1 * difference)[..., :6] @ H, traction)
            mean = first + level.f2 * (difference - level.f1 * (transposed(traction[..., :6]) @ jump))
            law[level.parents] = mean if level.R is None else _turned_back(level.R, mean)
            jumps.insert(0, jump)
        return law[0], jumps

    def localise(self, jumps: list[np.ndarray], macro: np.ndarray) -> np.ndarray:
        """Strains (n, 6) of the leaves at the macroscopic strain (6,)."""
        strain = np.empty((self.tree.nodes, 6, 1))
        strain[0, :, 0] = macro
        for level, jump in zip(self.tree.levels, jumps, strict=True):
            parent = strain[level.parents]
            if level.R is not None:
                parent = level.R @ parent
            y = jump[..., :6] @ parent
            if jump.shape[-1] == 7:
                y += jump[..., 6:]
            strain_jump = level.H @ y
            strain[level.first] = parent + level.f2 * strain_jump
            strain[level.second] = parent - level.f1 * strain_jump
        leaves = strain[self.tree.leaf]
        return (leaves if self.tree.leaf_R is None else self.tree.leaf_R @ leaves)[..., 0]


@dataclass(frozen=True)
class DenseJumps:
    """All jump vectors at once: J a = -R with J = A^T W K A and R = A^T W sigma (Eqs. 25-31), by Cholesky.

    Free macroscopic strains are further unknowns, their columns of A the unit strains, their rows the average stress.
    """

    tree: ActiveTree

    @cached_property
    def columns(self) -> np.ndarray:
        """[A | I], (6 n, 3 (n - 1) + 6): strains of the leaves per jump vector a = w b and per macroscopic strain.

        Eq. 24 is Eq. 20 followed from the root down: a child's strain is its parent's plus or minus H a / w_child.
        """
        n = len(self.tree.leaf)
        of_node = np.zeros((self.tree.nodes, 6, 3 * (n - 1) + 6))
        of_node[0, :, -6:] = np.eye(6)
        at = 0
        for level in self.tree.levels:
            inherited = of_node[level.parents] if level.R is None else level.R @ of_node[level.parents]
            own = at + 3 * np.arange(len(level.parents))[:, None] + np.arange(3)
            at += own.size
            block = np.zeros_like(inherited)
            np.put_along_axis(block, np.broadcast_to(own[:, None, :], level.H.shape), level.H, axis=-1)
            of_node[level.first] = inherited + block / (level.f1 * level.weight[:, None, None])
            of_node[level.second] = inherited - block / (level.f2 * level.weight[:, None, None])
        leaves = of_node[self.tree.leaf]
        return (leaves if self.tree.leaf_R is None else self.tree.leaf_R @ leaves).reshape(6 * n, -1)

    def solve(self, stiffness: np.ndarray, residual: np.ndarray | None, load: Target) -> tuple[np.ndarray, np.ndarray]:
        """See LinearSolver.solve.

        Raises:
            numpy.linalg.LinAlgError: J is not positive definite.
        """
        n, weight = len(stiffness), self.tree.weight[:, None, None]
        A = self._unknowns(load.prescribed)
        macro = np.where(load.prescribed, load.strain, 0.0)
        uniform = (self.columns[:, -6:] @ macro).reshape(n, 6, 1)
        sigma = stiffness @ uniform
        if residual is not None:
            sigma = sigma + residual[..., None]
        R = A.T @ (weight * sigma).ravel()
        free = ~load.prescribed
        if free.any():
            R[-free.sum() :] -= self.tree.weight.sum() * load.stress[free]
        if len(R) == 0:  # a single leaf whose strain is prescribed
            return macro, uniform[..., 0]
        WKA = (weight * stiffness) @ A.reshape(n, 6, -1)
        J = A.T @ WKA.reshape(6 * n, -1)
        from scipy.linalg import cho_factor, cho_solve  # slow to import, and only needed here

        unknown = -cho_solve(cho_factor(J, check_finite=False), R, check_finite=False)
        if free.any():
            macro[free] = unknown[-free.sum() :]
        return macro, uniform[..., 0] + (A @ unknown).reshape(n, 6)

    def _unknowns(self, prescribed: np.ndarray) -> np.ndarray:
        """The columns of all jumps and of the free macroscopic strains."""
        jumps = self.columns.shape[1] - 6
        if prescribed.all():
            return self.columns[:, :jumps]
        return self.columns[:, np.concatenate([np.arange(jumps), jumps + np.flatnonzero(~prescribed)])]


def _turned_back(R: np.ndarray, law: np.ndarray) -> np.ndarray:
    """R^T C R and R^T s of laws [C | s] or C (Eq. 6, and Eq. 12 with the rotation that is consistent with it)."""
    turned = transposed(R) @ law
    turned[..., :6] = turned[..., :6] @ R
    return turned


def _root_strain(law: np.ndarray, load: Target) -> np.ndarray:
    """Macroscopic strain (6,) under `load` of the root's law [C | s] or C: free strains from C and s."""
    strain = np.where(load.prescribed, load.strain, 0.0)
    free = ~load.prescribed
    if free.any():
        C = law[:, :6]
        stress = C @ strain + (law[:, 6] if law.shape[1] == 7 else 0.0)
        strain[free] = np.linalg.solve(C[np.ix_(free, free)], (load.stress - stress)[free])
    return strain
