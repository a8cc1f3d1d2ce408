"""Nested dissection compiled: the factor of laminet.cells.fibres.dissection, to rounding."""

import numpy as np
from scipy.linalg import cython_blas, cython_lapack

from laminet import _dissection
from laminet.cells.fibres.dissection import Dissection


class NativeDissection:
    """A dissection whose numeric phase is compiled; see `native/cells/dissection.hpp`."""

    def __init__(self, symbolic: Dissection):
        """Take the parts from the readable form."""

        def numbers(values: object) -> np.ndarray:
            return np.array(values, dtype=np.int32)

        parts = symbolic.parts
        self._permutation = symbolic.permutation
        self._native = _dissection.Dissection(
            symbolic.size,
            numbers(symbolic.order),
            numbers(symbolic.place),
            numbers([-1 if part.children else part.elements.stop - part.elements.start for part in parts]),
            numbers([part.eliminated.stop - part.eliminated.start for part in parts]),
            numbers([len(part.interface) for part in parts]),
            numbers(np.concatenate([part.interface for part in parts])),
            cython_lapack.__pyx_capi__["dpotrf"],
            *(cython_blas.__pyx_capi__[name] for name in ("dtrsm", "dsyrk", "dgemm")),
        )

    def factorize(self, matrices: np.ndarray) -> "NativeFactor":
        """As Dissection.factorize, for symmetric matrices (elements, d, d).

        Raises:
            numpy.linalg.LinAlgError: their sum is not positive definite.
            TypeError, ValueError: another shape.
        """
        factor = self._native.factorize(np.ascontiguousarray(matrices, dtype=float))
        if factor is None:
            raise np.linalg.LinAlgError("matrix is not positive definite")
        return NativeFactor(factor, self._permutation)


class NativeFactor:
    """As laminet.cells.fibres.dissection.Factor; a right-hand side of another shape than (size, k) is a ValueError."""

    def __init__(self, factor: "_dissection.Factor", permutation: np.ndarray):
        self._native, self._permutation = factor, permutation

    def forward(self, right: np.ndarray) -> np.ndarray:
        """L^-1 b (size, k) for b (size, k), in the elimination order."""
        if right.ndim != 2 or len(right) != len(self._permutation):
            raise ValueError(f"right-hand side of shape {right.shape}; it must be ({len(self._permutation)}, k)")
        found = np.ascontiguousarray(right[self._permutation], dtype=float)
        self._native.forward(found)
        return found

    def solve(self, right: np.ndarray) -> np.ndarray:
        """K^-1 b (size, k) for b (size, k)."""
        found = self.forward(right)
        self._native.backward(found)
        solution = np.empty_like(found)
        solution[self._permutation] = found
        return solution
