"""The strain operator A of a periodic cell: strain = macro + A a, stress in balance where A^T W stress = 0.

Quadratic isoparametric triangles, three quadrature points each; the unknowns a are the periodic displacement
fluctuations, three components that depend on the two coordinates across the fibres. Node numbers are numbers on the
torus, so periodicity needs no constraints.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.sparse import csc_array
from scipy.sparse.linalg import SuperLU, splu

from laminet import mandel
from laminet.rve.packing import periodic

QUADRATURE = np.array([[1.0, 1.0], [4.0, 1.0], [1.0, 4.0]]) / 6.0
QUADRATURE_WEIGHT = 1.0 / 6.0  # of each point; exact to degree two, which keeps the order of quadratic elements


@dataclass(frozen=True)
class Group:
    """Displacement components that are solved for together, and the strain components they make."""

    name: str
    displacements: tuple[int, ...]
    components: tuple[int, ...]


IN_PLANE = Group("in-plane", (0, 1), (0, 1, 2, 5))
ANTIPLANE = Group("antiplane", (2,), (3, 4))
COUPLED = Group("coupled", (0, 1, 2), (0, 1, 2, 3, 4, 5))


def shape_gradients(at: np.ndarray) -> np.ndarray:
    """Gradients (n, 6, 2) of the six quadratic shape functions on the unit triangle at points (n, 2)."""
    barycentric = np.stack([1.0 - at.sum(axis=1), at[:, 0], at[:, 1]], axis=1)
    gradient = np.array([[-1.0, -1.0], [1.0, 0.0], [0.0, 1.0]])
    corner = (4.0 * barycentric - 1.0)[:, :, None] * gradient
    first, second = [0, 1, 2], [1, 2, 0]
    middle = 4.0 * (barycentric[:, first, None] * gradient[second] + barycentric[:, second, None] * gradient[first])
    return np.concatenate([corner, middle], axis=1)


def unwrapped(point: np.ndarray, element: np.ndarray) -> np.ndarray:
    """Coordinates (elements, 6, 2) of every element's nodes in one piece, beside its first node."""
    first = point[element[:, :1]]
    return first + periodic(point[element] - first)


class StrainOperator:
    """A and the quadrature weights W of a mesh."""

    def __init__(self, point: np.ndarray, element: np.ndarray):
        """Mesh as in laminet.rve.mesh.Mesh."""
        self.element = element
        self.nodes = len(point)
        reference = shape_gradients(QUADRATURE)
        jacobian = np.einsum("ena,qnb->eqab", unwrapped(point, element), reference)
        self.determinant = np.linalg.det(jacobian)
        self.weight = QUADRATURE_WEIGHT * self.determinant
        with np.errstate(all="ignore"):  # degenerate elements are reported by the check of the cell
            self.gradient = _solve_2x2(jacobian, self.determinant, reference)

    def strain(self, group: Group, mean_dilatation: bool = False) -> np.ndarray:
        """Rows of A for every element: B (elements, 3, components, 6 * displacements), node-major columns.

        Args:
            group: which displacements and strains.
            mean_dilatation: replace the trace by its mean over the element (B-bar), which cures the locking of
                quadratic triangles in isochoric plastic flow.
        """
        basis = mandel.BASIS[np.ix_(group.components, group.displacements, (0, 1))]
        rows = np.einsum("icb,eqnb->eqinc", basis, self.gradient, optimize=True)
        rows = rows.reshape(*rows.shape[:3], -1)
        if mean_dilatation:
            identity = mandel.IDENTITY[list(group.components)]
            trace = np.einsum("i,eqid->eqd", identity, rows)
            share = self.weight / self.weight.sum(axis=1, keepdims=True)
            mean = np.einsum("eq,eqd->ed", share, trace)
            rows += (identity / 3.0)[:, None] * (mean[:, None] - trace)[:, :, None]
        return rows

    @cached_property
    def elimination(self) -> np.ndarray:
        """Place (nodes,) of every node in an elimination order of little fill; -1 for the one node held fixed.

        Minimum degree on the graph of the nodes, done once: it serves the matrices of every group and sample.
        """
        free = np.arange(self.nodes) - 1  # node 0 is held: fluctuations are unique up to a translation
        assembly = Assembly(self.element, free, 1)
        laplacian = np.einsum("eq,eqna,eqma->enm", self.weight, self.gradient, self.gradient, optimize=True)
        factor = splu(
            assembly.matrix(laplacian),
            permc_spec="MMD_AT_PLUS_A",
            diag_pivot_thresh=0.0,
            options={"SymmetricMode": True},
        )
        return np.concatenate([[-1], factor.perm_c]).astype(np.intp)

    def assembly(self, group: Group) -> "Assembly":
        """Assembly of element matrices and vectors in the elimination order."""
        return Assembly(self.element, self.elimination, len(group.displacements))


class Assembly:
    """Sum of element matrices and vectors into those of the free degrees of freedom."""

    def __init__(self, element: np.ndarray, place: np.ndarray, displacements: int):
        """Elements (m, 6), place (nodes,) of every node among the free ones (-1: held), displacements per node."""
        number = place[:, None] * displacements + np.arange(displacements)
        number[place < 0] = -1
        self.dof = number[element].reshape(len(element), -1)
        self.size = int((place >= 0).sum()) * displacements
        self._free = self.dof >= 0
        pair = self._free[:, :, None] & self._free[:, None, :]
        key = self.dof[:, None, :] * self.size + self.dof[:, :, None]  # column by column
        self._pair = None if pair.all() else pair
        unique, self._entry = np.unique(key[pair], return_inverse=True)
        columns, rows = np.divmod(unique, self.size)
        self._rows = rows.astype(np.int32)
        self._starts = np.searchsorted(columns, np.arange(self.size + 1)).astype(np.int32)

    @property
    def entries(self) -> int:
        """Number of entries of the matrix that may differ from zero."""
        return len(self._rows)

    def data(self, matrices: np.ndarray) -> np.ndarray:
        """Entries (entries,) of the sum of element matrices (m, d, d), column by column."""
        chosen = matrices.ravel() if self._pair is None else matrices[self._pair]
        return np.bincount(self._entry, chosen, minlength=self.entries)

    def from_data(self, data: np.ndarray) -> csc_array:
        """Matrix of entries that `data` has ordered."""
        return csc_array((data, self._rows, self._starts), shape=(self.size, self.size))

    def matrix(self, matrices: np.ndarray) -> csc_array:
        """Sum of element matrices (m, d, d)."""
        return self.from_data(self.data(matrices))

    def vector(self, vectors: np.ndarray) -> np.ndarray:
        """Sum (size,) of element vectors (m, d), or (size, k) of (m, d, k)."""
        flat = vectors[self._free]
        if flat.ndim == 1:
            return np.bincount(self.dof[self._free], flat, minlength=self.size)
        return np.stack([self.vector(vectors[..., k]) for k in range(vectors.shape[-1])], axis=-1)

    def gather(self, vector: np.ndarray) -> np.ndarray:
        """Values (m, d) at every element's degrees of freedom of a vector (size,); zero where held."""
        return np.append(vector, 0.0)[self.dof]  # -1 is the appended zero


def factorize(matrix: csc_array) -> SuperLU:
    """Factor a symmetric positive definite matrix that is already in its elimination order."""
    return splu(matrix, permc_spec="NATURAL", diag_pivot_thresh=0.0, options={"SymmetricMode": True})


def _solve_2x2(jacobian: np.ndarray, determinant: np.ndarray, reference: np.ndarray) -> np.ndarray:
    """Shape gradients (elements, 3, 6, 2) in space: reference gradients times the inverse Jacobian."""
    (a, b), (c, d) = jacobian[..., 0, :].transpose(2, 0, 1), jacobian[..., 1, :].transpose(2, 0, 1)
    adjugate = np.stack([np.stack([d, -b], axis=-1), np.stack([-c, a], axis=-1)], axis=-2)
    return np.einsum("qnb,eqba->eqna", reference, adjugate / determinant[..., None, None])
