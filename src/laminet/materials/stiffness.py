"""Linear elasticity: stiffnesses from engineering constants, and the check every stiffness passes on its way in."""

import numpy as np

from laminet.errors import InputError


def orthotropic_stiffness(
    E11: float,
    E22: float,
    E33: float,
    G12: float,
    G13: float,
    G23: float,
    nu12: float,
    nu13: float,
    nu23: float,
) -> np.ndarray:
    """Stiffness (..., 6, 6), Mandel, of engineering constants in GPa, read as S_ij = -nu_ij / E_i (i < j).

    Raises:
        InputError: the constants do not give a positive definite stiffness.
    """
    compliance = np.zeros((*np.broadcast(E11, E22, E33, G12, G13, G23, nu12, nu13, nu23).shape, 6, 6))
    diagonal = (1.0 / np.asarray(E11), 1.0 / np.asarray(E22), 1.0 / np.asarray(E33))
    for i, value in enumerate(diagonal):
        compliance[..., i, i] = value
    for (i, j), nu, E in (((0, 1), nu12, E11), ((0, 2), nu13, E11), ((1, 2), nu23, E22)):
        compliance[..., i, j] = compliance[..., j, i] = -np.asarray(nu) / E
    for i, G in zip((3, 4, 5), (G23, G13, G12), strict=True):
        compliance[..., i, i] = 0.5 / np.asarray(G)  # Mandel shear strain is 2 eps / sqrt(2) = sigma_mandel / (2 G)
    check_stiffness(compliance, "compliance of the engineering constants")
    return symmetric(np.linalg.inv(compliance))


def isotropic_stiffness(young: float, poisson: float) -> np.ndarray:
    """Stiffness (6, 6), Mandel, of Young's modulus in GPa and Poisson's ratio.

    Raises:
        InputError: the constants do not give a positive definite stiffness.
    """
    shear = young / (2.0 * (1.0 + poisson))
    return orthotropic_stiffness(young, young, young, shear, shear, shear, poisson, poisson, poisson)


def symmetric(matrix: np.ndarray) -> np.ndarray:
    """Symmetric part of (..., n, n)."""
    return 0.5 * (matrix + np.swapaxes(matrix, -1, -2))


LARGEST = 1e100
"""Stiffnesses above are no material's in any unit, and their squares would be infinite."""


def check_stiffness(stiffness: np.ndarray, where: str) -> None:
    """Check that every matrix of (..., 6, 6) is finite, symmetric and positive definite.

    Args:
        stiffness: Mandel, any unit.
        where: file and variable, for the message.

    Raises:
        InputError: wrong shape, or the first matrix that fails, by its index.
    """
    stiffness = np.asarray(stiffness)
    if stiffness.shape[-2:] != (6, 6) or not np.issubdtype(stiffness.dtype, np.floating):
        raise InputError(f"{where}: shape {stiffness.shape}, {stiffness.dtype}; needed are real 6 x 6 matrices")
    matrices = stiffness.reshape(-1, 6, 6)

    def fail(bad: np.ndarray, what: str) -> None:
        if bad.any():
            index = np.unravel_index(int(np.argmax(bad)), stiffness.shape[:-2])
            at = "" if not index else f" at sample {index[0] if len(index) == 1 else index}"
            raise InputError(f"{where}: {what}{at} ({int(bad.sum())} in all); remove or correct it")

    fail(~np.isfinite(matrices).all(axis=(1, 2)), "NaN or infinite stiffness")
    scale = np.abs(matrices).max(axis=(1, 2))
    fail(scale > LARGEST, f"stiffness above {LARGEST:g}")
    asymmetry = np.abs(matrices - np.swapaxes(matrices, 1, 2)).max(axis=(1, 2))
    fail(asymmetry > 1e-6 * scale, "stiffness that is not symmetric")
    lowest = np.linalg.eigvalsh(symmetric(matrices))[:, 0]
    fail(~(lowest > 1e-14 * scale), "stiffness that is not positive definite")
