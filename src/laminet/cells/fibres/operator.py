"""The strain operator A of a periodic cell: strain = macro + A a, stress in balance where A^T W stress = 0.

Quadratic isoparametric triangles, three quadrature points each; the unknowns a are the periodic displacement
fluctuations, three components that depend on the two coordinates across the fibres. Node numbers are numbers on the
torus, so periodicity needs no constraints.
"""

from dataclasses import dataclass

import numpy as np

from laminet import mandel
from laminet.cells.fibres.dissection import Dissection, Factor
from laminet.cells.fibres.torus import SQUARE, unwrapped
from laminet.cells.fibres.unsymmetric import LUFactor

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


class StrainOperator:
    """A and the quadrature weights W of a mesh."""

    def __init__(self, point: np.ndarray, element: np.ndarray, period: np.ndarray = SQUARE):
        """Mesh as in laminet.cells.fibres.mesh.Mesh."""
        self.element, self.period = element, period
        self.nodes = len(point)
        reference = shape_gradients(QUADRATURE)
        place = unwrapped(point, element, period)
        self.centroid = place[:, :3].mean(axis=1)
        jacobian = np.einsum("ena,qnb->eqab", place, reference)
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

    def assembly(self, group: Group) -> "Assembly":
        """Assembly of element vectors and solution of systems given by element matrices."""
        return Assembly(self.element, self.nodes, len(group.displacements), self.centroid, self.period)


class Assembly:
    """Degrees of freedom of a mesh: gathering, summing up, and solving.

    Attributes:
        dof: (elements, d) numbers, node-major, -1 for those of node 0, which is held: fluctuations are unique up to a
            translation.
        size: number of degrees of freedom.
    """

    def __init__(
        self, element: np.ndarray, nodes: int, displacements: int, centroid: np.ndarray, period: np.ndarray = SQUARE
    ):
        """Number the degrees of freedom and dissect the mesh.

        Args:
            element: (elements, 6) nodes.
            nodes: number of nodes.
            displacements: components at every node.
            centroid: (elements, 2) where the elements are.
            period: (2,) width and height of the cell.
        """
        self.size = (nodes - 1) * displacements
        number = np.arange(-displacements, self.size).reshape(nodes, displacements)
        self.dof = np.maximum(number, -1)[element].reshape(len(element), -1)
        self._number = np.where(self.dof < 0, self.size, self.dof).ravel()  # the held behind all others
        self._dissection = Dissection(self.dof, self.size, centroid, period)

    def vector(self, vectors: np.ndarray) -> np.ndarray:
        """Sum (size,) of element vectors (m, d), or (size, k) of (m, d, k)."""
        if vectors.ndim == 2:
            return np.bincount(self._number, vectors.ravel(), minlength=self.size + 1)[: self.size]
        return np.stack([self.vector(vectors[..., k]) for k in range(vectors.shape[-1])], axis=-1)

    def gather(self, vector: np.ndarray) -> np.ndarray:
        """Values (m, d) at every element's degrees of freedom of a vector (size,); zero where held."""
        return np.append(vector, 0.0)[self.dof]  # -1 is the appended zero

    def factorize(self, matrices: np.ndarray) -> Factor:
        """Cholesky factor of the sum of element matrices (m, d, d).

        Raises:
            numpy.linalg.LinAlgError: the sum is not positive definite.
        """
        return self._dissection.factorize(matrices)

    def factorize_unsymmetric(self, matrices: np.ndarray) -> LUFactor:
        """LU factors of the sum of element matrices (m, d, d) that need not be symmetric.

        Raises:
            numpy.linalg.LinAlgError: the sum is singular, or not finite.
        """
        return LUFactor(self.dof, self._dissection.permutation, matrices)


def _solve_2x2(jacobian: np.ndarray, determinant: np.ndarray, reference: np.ndarray) -> np.ndarray:
    """Shape gradients (elements, 3, 6, 2) in space: reference gradients times the inverse Jacobian."""
    (a, b), (c, d) = jacobian[..., 0, :].transpose(2, 0, 1), jacobian[..., 1, :].transpose(2, 0, 1)
    adjugate = np.stack([np.stack([d, -b], axis=-1), np.stack([-c, a], axis=-1)], axis=-2)
    return np.einsum("qnb,eqba->eqna", reference, adjugate / determinant[..., None, None])
