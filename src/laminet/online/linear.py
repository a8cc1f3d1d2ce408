"""The linear problem inside every scheme, solved by sweeps over the tree or as one dense system.

The problem gives sigma = C eps + s at every leaf and the macroscopic load. It asks for the strains with which tractions
balance at every interface. Sweeps cost O(n), the dense system O(n^3).
"""

from dataclasses import dataclass
from functools import cached_property
from itertools import islice

import numpy as np

from laminet.loading.driver import Target
from laminet.online.active import ActiveTree, Level, turned_back


@dataclass(frozen=True)
class Sweeps:
    """Homogenisation up the tree, localisation down it (Eqs. 5, 6, 10-12 or 20-22, one block for both models).

    The law of a node is the affine map [C | s], (6, 7). The jump vector of a block is y = Y [eps, 1] with
    Y = (H^T (f2 C_1 + f1 C_2) H)^-1 H^T [dC | ds] and dX = X_2 - X_1. The strains of its children are eps + f2 H y and
    eps - f1 H y. Its law is f1 X_1 + f2 X_2 - f1 f2 dC H Y. Where all C are `symmetric`, dC H is (H^T dC)^T.
    """

    tree: ActiveTree
    symmetric: bool = True

    def solve(self, stiffness: np.ndarray, residual: np.ndarray, load: Target) -> tuple[np.ndarray, np.ndarray]:
        """Macroscopic strain (6,) and strains (n, 6) of the leaves under `load`.

        Args:
            stiffness: C (n, 6, 6) of the leaves, each in the frame of its material, GPa.
            residual: s (n, 6).
            load: prescribed strains and prescribed stresses.
        """
        law, jumps = self.homogenise(stiffness, residual)
        macro = _root_strain(law, load)
        return macro, self.localise(jumps, macro)

    def homogenise(self, stiffness: np.ndarray, residual: np.ndarray) -> tuple[np.ndarray, list[np.ndarray]]:
        """Law (6, 7) of the root and the jump maps Y of every level, from the root down."""
        law = np.empty((self.tree.nodes, 6, 7))
        law[self.tree.leaf] = _turned_back(self.tree.leaf_R, np.concatenate([stiffness, residual[..., None]], axis=-1))
        jumps: list[np.ndarray] = []
        for level in reversed(self.tree.levels):
            first, difference = law[level.first], law[level.second] - law[level.first]
            H, HT = level.H, level.H.mT
            traction = HT @ difference
            jump = np.linalg.solve(HT @ (first + level.f1 * difference)[..., :6] @ H, traction)
            stress = traction[..., :6].mT if self.symmetric else difference[..., :6] @ H  # of unit jumps
            mean = first + level.f2 * (difference - level.f1 * (stress @ jump))
            law[level.parents] = _turned_back(level.R, mean)
            jumps.insert(0, jump)
        return law[0], jumps

    def localise(self, jumps: list[np.ndarray], macro: np.ndarray) -> np.ndarray:
        """Strains (n, 6) of the leaves at the macroscopic strain (6,)."""
        following = iter(jumps)

        def children(level: Level, parent: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
            jump = next(following)
            strain_jump = level.H @ (jump[..., :6] @ parent + jump[..., 6:])
            return parent + level.f2 * strain_jump, parent - level.f1 * strain_jump

        return self.tree.down(macro[:, None], children)[..., 0]


@dataclass(frozen=True)
class DenseJumps:
    """All jump vectors at once: J a = -R with J = A^T W K A and R = A^T W sigma (Eqs. 25-31).

    J is solved by Cholesky where all K are `symmetric`, else by LU factors.
    Free macroscopic strains are further unknowns, their columns of A the unit strains, their rows the average stress.
    """

    tree: ActiveTree
    symmetric: bool = True

    @cached_property
    def columns(self) -> np.ndarray:
        """[A | I], (6 n, 3 (n - 1) + 6): strains of the leaves per jump vector a = w b and per macroscopic strain.

        Eq. 24 is Eq. 20 followed from the root down: a child's strain is its parent's plus or minus H a / w_child.
        """
        n = len(self.tree.leaf)
        jumps = iter(np.arange(3 * (n - 1)).reshape(-1, 3))  # columns of every interface, from the root down

        def children(level: Level, parent: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
            block = np.zeros_like(parent)
            columns = np.array(list(islice(jumps, len(parent))))
            np.put_along_axis(block, np.broadcast_to(columns[:, None], level.H.shape), level.H, axis=-1)
            w1, w2 = (fraction * level.weight[:, None, None] for fraction in (level.f1, level.f2))
            return parent + block / w1, parent - block / w2

        unit = np.eye(6, 3 * (n - 1) + 6, 3 * (n - 1))
        return self.tree.down(unit, children).reshape(6 * n, -1)

    def solve(self, stiffness: np.ndarray, residual: np.ndarray, load: Target) -> tuple[np.ndarray, np.ndarray]:
        """As Sweeps.solve.

        Raises:
            numpy.linalg.LinAlgError: J is not positive definite, or singular where it is not symmetric.
        """
        n, weight = len(stiffness), self.tree.weight[:, None, None]
        jumps, free = 3 * (n - 1), np.flatnonzero(~load.prescribed)
        A = self.columns[:, :jumps]
        if free.size:  # else no copy
            A = self.columns[:, [*range(jumps), *(jumps + free)]]
        macro = np.where(load.prescribed, load.strain, 0.0)
        uniform = (self.columns[:, -6:] @ macro).reshape(n, 6, 1)
        R = A.T @ (weight * (stiffness @ uniform + residual[..., None])).ravel()
        R[jumps:] -= self.tree.weight.sum() * load.stress[free]
        if len(R) == 0:  # a single leaf whose strain is prescribed
            return macro, uniform[..., 0]
        WKA = (weight * stiffness) @ A.reshape(n, 6, -1)
        J = A.T @ WKA.reshape(6 * n, -1)
        if self.symmetric:
            from scipy.linalg import cho_factor, cho_solve  # slow to import, and only needed here

            unknown = -cho_solve(cho_factor(J, check_finite=False), R, check_finite=False)
        else:
            unknown = -np.linalg.solve(J, R)
        macro[free] = unknown[jumps:]
        return macro, uniform[..., 0] + (A @ unknown).reshape(n, 6)


def _turned_back(R: np.ndarray | None, law: np.ndarray) -> np.ndarray:
    """R^T C R and R^T s of laws [C | s] (Eq. 6, and Eq. 12 with the rotation that is consistent with it)."""
    turned = turned_back(R, law)
    return turned if R is None else np.concatenate([turned[..., :6] @ R, turned[..., 6:]], axis=-1)


def _root_strain(law: np.ndarray, load: Target) -> np.ndarray:
    """Macroscopic strain (6,) under `load` of the root's law [C | s]: free strains from C and s."""
    C, s = law[:, :6], law[:, 6]
    strain = np.where(load.prescribed, load.strain, 0.0)
    free = np.flatnonzero(~load.prescribed)
    strain[free] = np.linalg.solve(C[np.ix_(free, free)], (load.stress - (C @ strain + s))[free])
    return strain
