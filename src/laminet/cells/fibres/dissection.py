"""Direct solution of finite-element systems by nested dissection: condensing the cell along a tree of its parts.

The elements are halved again and again, like the nodes of a network's tree. A part that is small enough is assembled
densely. Every degree of freedom is eliminated in the smallest part that holds all its elements. The degrees of freedom
that remain are the part's interface, and their Schur complement is passed to the part above. All arithmetic is Cholesky
on dense blocks, which for the cells' matrices is several times faster than a general sparse factorisation.

The tree and the order of elimination are found here, once for a mesh; the arithmetic is compiled
(`native/cells/dissection.hpp`) and calls the BLAS and LAPACK of SciPy.
"""

from collections.abc import Iterator
from functools import partial

import numpy as np
from scipy.linalg import cython_blas, cython_lapack

from laminet import _dissection
from laminet.cells.fibres.torus import SQUARE, periodic

LEAF = 32  # elements in the smallest parts
SWEEPS = 6  # over a cut, to smooth it
BALANCE = 0.46  # least share of the elements on either side of a smoothed cut
BLAS = (
    cython_lapack.__pyx_capi__["dpotrf"],
    *(cython_blas.__pyx_capi__[name] for name in ("dtrsm", "dsyrk", "dgemm")),
)
"""The functions that the compiled dissection calls."""


class Dissection:
    """Tree of parts for one mesh and one kind of degrees of freedom.

    Attributes:
        permutation: (size,) degrees of freedom in the order of elimination.
        eliminated: (parts,) how many degrees of freedom each part eliminates; the whole cell is the last part.
    """

    def __init__(self, dof: np.ndarray, size: int, position: np.ndarray, period: np.ndarray = SQUARE):
        """Halve the elements recursively across the longer side of what they span, by smooth cuts.

        Args:
            dof: (elements, d) number of every element's degrees of freedom, -1 where held.
            size: number of degrees of freedom.
            position: (elements, 2) where the elements are on the torus.
            period: (2,) of the torus.
        """
        parts = list(_parts(dof, np.arange(len(dof)), position, period))
        order = np.concatenate([elements for elements in parts if elements is not None])
        eliminated, left = _elimination(dof, size, parts, order)
        self.permutation = np.concatenate(eliminated)
        self.eliminated = np.array([len(inner) for inner in eliminated])
        place = np.full(size + 1, -1)  # in the order of elimination; the last entry stands for the held
        place[self.permutation] = np.arange(size)
        interfaces = [np.sort(place[interface]) for interface in left]
        numbers = partial(np.array, dtype=np.int32)
        self._native = _dissection.Dissection(
            size,
            numbers(order),
            numbers(place[dof[order]]),
            numbers([-1 if elements is None else len(elements) for elements in parts]),
            numbers(self.eliminated),
            numbers([len(interface) for interface in interfaces]),
            numbers(np.concatenate(interfaces)),
            *BLAS,
        )

    def factorize(self, matrices: np.ndarray) -> "Factor":
        """Cholesky factor of the sum of symmetric element matrices (elements, d, d).

        Raises:
            numpy.linalg.LinAlgError: the sum is not positive definite.
            ValueError: another shape.
        """
        factor = self._native.factorize(np.ascontiguousarray(matrices, dtype=float))
        if factor is None:
            raise np.linalg.LinAlgError("matrix is not positive definite")
        return Factor(factor, self.permutation)


class Factor:
    """Cholesky factor L of a matrix, K = L L^T; right-hand sides of another shape than (size, k) are a ValueError."""

    def __init__(self, factor: _dissection.Factor, permutation: np.ndarray):
        self._native, self._permutation = factor, permutation

    def forward(self, right: np.ndarray) -> np.ndarray:
        """L^-1 b (size, k) for b (size, k), in the order of elimination."""
        if right.ndim != 2 or len(right) != len(self._permutation):
            raise ValueError(f"right-hand side of shape {right.shape}; it must be ({len(self._permutation)}, k)")
        reduced = np.ascontiguousarray(right[self._permutation], dtype=float)
        self._native.forward(reduced)
        return reduced

    def solve(self, right: np.ndarray) -> np.ndarray:
        """K^-1 b (size, k) for b (size, k)."""
        permuted = self.forward(right)
        self._native.backward(permuted)
        solution = np.empty_like(permuted)
        solution[self._permutation] = permuted
        return solution


def _parts(
    dof: np.ndarray, elements: np.ndarray, position: np.ndarray, period: np.ndarray
) -> Iterator[np.ndarray | None]:
    """Parts of `elements`, which lie at `position`: a leaf's elements, or None for the two parts before it together."""
    if len(elements) <= LEAF:
        yield elements
        return
    axis = int(np.argmax(np.ptp(position, axis=0)))
    straight = np.zeros(len(elements), dtype=bool)
    straight[np.argsort(position[:, axis], kind="stable")[: len(elements) // 2]] = True
    first = _smoothed(dof[elements], straight)
    for inside, before in ((first, straight), (~first, ~straight)):
        beside, came = position[inside], ~before[inside]  # those that came may lie across the torus' seam
        middle = np.median(position[before], axis=0)
        beside[came] = middle + periodic(beside[came] - middle, period)
        yield from _parts(dof, elements[inside], beside, period)
    yield None


def _elimination(
    dof: np.ndarray, size: int, parts: list[np.ndarray | None], order: np.ndarray
) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """Degrees of freedom that each part eliminates, in their order, and those it leaves to the parts above."""
    valence = np.bincount(dof[dof >= 0], minlength=size)
    first = np.full(size + 1, len(dof))  # element at each in `order`; the last entry stands for the held
    np.minimum.at(first, dof[order], np.arange(len(dof))[:, None])
    eliminated, left = [], []
    waiting: list[tuple[np.ndarray, np.ndarray]] = []  # what a part leaves, and how many elements were counted at it
    for elements in parts:
        if elements is None:
            present, counted = (np.concatenate(both) for both in zip(waiting.pop(), waiting.pop(), strict=True))
        else:
            present = dof[elements][dof[elements] >= 0]
            counted = np.ones(len(present))
        numbers, inverse = np.unique(present, return_inverse=True)
        counts = np.bincount(inverse, counted)
        along = np.argsort(first[numbers], kind="stable")  # neighbours on an interface stay neighbours
        numbers, counts = numbers[along], counts[along]
        complete = counts == valence[numbers]
        eliminated.append(numbers[complete])
        left.append(numbers[~complete])
        waiting.append((left[-1], counts[~complete]))
    return eliminated, left


def _smoothed(dof: np.ndarray, first: np.ndarray) -> np.ndarray:
    """A cut with fewer degrees of freedom on both of its sides, which elements `first` (elements,) bool tell apart.

    A straight cut through triangles is jagged. Elements move to the other side where more degrees of freedom leave the
    cut than come to it, from the two sides in turn: half the operations of a factorisation, a quarter less memory.
    """
    number = np.unique(dof, return_inverse=True)[1].reshape(dof.shape)
    most = number.max() + 1

    def shares(first: np.ndarray) -> list[np.ndarray]:
        return [np.bincount(number[side].ravel(), minlength=most) for side in (first, ~first)]

    counts = shares(first)
    for sweep in range(SWEEPS):
        here, there = counts[:: 1 - 2 * (sweep % 2)]
        leave, come = (here == 1) & (there > 0), (here > 1) & (there == 0)
        moving = (leave.astype(int) - come)[number].sum(axis=1) > 0
        changed = first ^ (moving & (first ^ bool(sweep % 2)))
        after = shares(changed)
        fewer = np.all(after, axis=0).sum() < np.all(counts, axis=0).sum()
        if fewer and BALANCE <= changed.mean() <= 1.0 - BALANCE:
            first, counts = changed, after
    return first
