"""Passes of conjugate gradients over vectors (3, x, y, z): compiled, and the same readable in NumPy."""

from typing import Any, Protocol

import numpy as np

SPATIAL = (1, 2, 3)
"""Axes of a vector along which it is transformed."""


class Vectors(Protocol):
    """Passes over vectors, which are arrays of NumPy or tensors of a device."""

    def dot(self, a: Any, b: Any) -> float:
        """Inner product."""

    def advance(self, alpha: float, p: Any, K_p: Any, u: Any, r: Any) -> Any:
        """In place, u += alpha p and r -= alpha K_p. Gives r as the preconditioner takes it."""

    def turn(self, beta: float, z: Any, p: Any) -> None:
        """In place, p = z + beta p."""


class ReadableVectors:
    """See Vectors; also for tensors, whose operators are alike."""

    def dot(self, a: Any, b: Any) -> float:
        """See Vectors."""
        return float((a * b).sum())

    def advance(self, alpha: float, p: Any, K_p: Any, u: Any, r: Any) -> Any:
        """See Vectors."""
        u += alpha * p
        r -= alpha * K_p
        return r

    def turn(self, beta: float, z: Any, p: Any) -> None:
        """See Vectors."""
        p *= beta
        p += z


class CompiledVectors:
    """See Vectors. The preconditioner works in single precision, so `advance` gives the residual in it."""

    def __init__(self, threads: int):
        """With so many threads."""
        from laminet import _voxels  # a process that draws or reads cells needs no compiled loops

        self._loops, self._threads = _voxels, threads

    def dot(self, a: np.ndarray, b: np.ndarray) -> float:
        """See Vectors."""
        return self._loops.dot(a, b, self._threads)

    def advance(self, alpha: float, p: np.ndarray, K_p: np.ndarray, u: np.ndarray, r: np.ndarray) -> np.ndarray:
        """See Vectors."""
        single = np.empty(r.shape, dtype=np.float32)
        self._loops.advance(alpha, p, K_p, u, r, single, self._threads)
        return single

    def turn(self, beta: float, z: np.ndarray, p: np.ndarray) -> None:
        """See Vectors."""
        self._loops.turn(beta, z, p, self._threads)
