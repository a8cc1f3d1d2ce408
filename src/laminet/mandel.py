"""Mandel notation: the one place that knows the component order, weights and rotations.

A symmetric 3x3 tensor is the vector (11, 22, 33, 23, 13, 12) with its shear components times sqrt(2). Stresses and
strains are then plain Euclidean vectors, stiffnesses are matrices, and rotations are orthogonal 6x6 matrices. The
double contraction of two tensors is the dot product of their vectors, and no factor of two appears anywhere else.
Rotations and interfaces may be NumPy arrays or PyTorch tensors.
"""

from typing import Any

import numpy as np

from laminet.components import COMPONENTS as COMPONENTS
from laminet.numeric import library

INDEX = {"11": 0, "22": 1, "33": 2, "23": 3, "32": 3, "13": 4, "31": 4, "12": 5, "21": 5}
"""Position of a component by either of its names; load case 31 drives component 13."""

SQRT2 = np.sqrt(2.0)

FACTOR = np.array([1.0, 1.0, 1.0, SQRT2, SQRT2, SQRT2])
"""Mandel component = FACTOR * tensor component."""


def _basis() -> np.ndarray:
    basis = np.zeros((6, 3, 3))
    for component, (row, column) in enumerate([(0, 0), (1, 1), (2, 2), (1, 2), (0, 2), (0, 1)]):
        basis[component, row, column] += 0.5
        basis[component, column, row] += 0.5
    return basis * FACTOR[:, None, None]


BASIS = _basis()
"""(6, 3, 3): orthonormal basis of the symmetric tensors; tensor = sum_i vector[i] BASIS[i]."""

IDENTITY = np.array([1.0, 1.0, 1.0, 0.0, 0.0, 0.0])
"""The second-order unit tensor as a vector; its dot product with a tensor is the trace."""

DEVIATORIC = np.eye(6) - np.outer(IDENTITY, IDENTITY) / 3.0
"""(6, 6): projector onto deviators."""


def to_vector(tensor: np.ndarray) -> np.ndarray:
    """Vector (..., 6) of a symmetric tensor (..., 3, 3)."""
    return np.einsum("iab,...ab->...i", BASIS, tensor)


def to_tensor(vector: np.ndarray) -> np.ndarray:
    """Symmetric tensor (..., 3, 3) of a vector (..., 6)."""
    return np.einsum("iab,...i->...ab", BASIS, vector)


def rotation(q: Any) -> Any:
    """Rotation R (..., 6, 6) of Mandel vectors for the 3x3 rotations q (..., 3, 3): R s is the vector of q S q^T.

    R is orthogonal, so a stiffness turns by R C R^T and back by R^T C R.
    """
    xp = library(q)
    basis, how = xp.asarray(BASIS), {"optimize": True} if xp is np else {}
    return xp.einsum("iab,...ac,...bd,jcd->...ij", basis, q, q, basis, **how)


def euler(angle: Any) -> Any:
    """Rotations q = X(alpha) Y(beta) Z(gamma), (..., 3, 3), of Euler angles (..., 3) in radians, right-handed."""
    xp = library(angle)
    (ca, cb, cg), (sa, sb, sg) = ([of[..., axis] for axis in range(3)] for of in (xp.cos(angle), xp.sin(angle)))
    entries = [
        *(cb * cg, -cb * sg, sb),
        *(sa * sb * cg + ca * sg, -sa * sb * sg + ca * cg, -sa * cb),
        *(-ca * sb * cg + sa * sg, ca * sb * sg + sa * cg, ca * cb),
    ]
    return xp.stack(entries, -1).reshape(*ca.shape, 3, 3)


def angles(q: np.ndarray) -> np.ndarray:
    """Euler angles (..., 3) in radians of rotations q (..., 3, 3): the inverse of `euler`, beta in -pi/2 ... pi/2."""
    alpha = np.arctan2(-q[..., 1, 2], q[..., 2, 2])
    cosine, sine = np.cos(alpha)[..., None], np.sin(alpha)[..., None]
    row_2, row_3 = cosine * q[..., 1, :] + sine * q[..., 2, :], cosine * q[..., 2, :] - sine * q[..., 1, :]  # of Y Z
    return np.stack([alpha, np.arctan2(q[..., 0, 2], row_3[..., 2]), np.arctan2(row_2[..., 0], row_2[..., 1])], -1)


def interface(normal: Any) -> Any:
    """Interface matrix H(n) (..., 6, 3) of unit normals (..., 3): H^T sigma is the traction sigma . n (Eq. 18).

    H b is then the vector of the symmetrised dyad of b and n: the strain that a jump b across the interface makes.
    """
    xp = library(normal)
    return xp.einsum("iab,...b->...ia", xp.asarray(BASIS), normal)
