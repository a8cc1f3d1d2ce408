"""How far the elastic response of a cell is from transverse isotropy about the fibres."""

import numpy as np

from laminet import mandel
from laminet.cells.fibres.homogenisation import homogenize
from laminet.cells.fibres.mesh import Mesh
from laminet.materials.stiffness import isotropic_stiffness

SURVEY_REFINEMENT = 16  # enough to rank packings
SURVEY_PHASES = (isotropic_stiffness(1.0, 0.4), isotropic_stiffness(30.0, 0.2))  # polymer and glass, to scale


def transversely_isotropic(stiffness: np.ndarray) -> np.ndarray:
    """The mean of a stiffness (6, 6) over all rotations about axis 3: its transversely isotropic part.

    A stiffness varies with the angle by harmonics up to the fourth, so five equidistant angles give the mean exactly.
    """
    angle = np.zeros((5, 3))
    angle[:, 2] = 2.0 * np.pi * np.arange(5) / 5.0
    turn = mandel.rotation(mandel.euler(angle))
    return np.mean(turn @ stiffness @ turn.transpose(0, 2, 1), axis=0)


def anisotropy(cell: Mesh) -> float:
    """Relative distance of a cell's stiffness from its transversely isotropic part, every mode weighing alike.

    ||P^-1/2 C P^-1/2 - I||, Frobenius, with P the transversely isotropic part of C, for a polymer with glass fibres.
    """
    stiffness = homogenize(cell, SURVEY_PHASES[0][None], SURVEY_PHASES[1][None])[0]
    lower = np.linalg.cholesky(transversely_isotropic(stiffness))
    relative = np.linalg.solve(lower, np.linalg.solve(lower, stiffness).T)
    return float(np.linalg.norm(relative - np.eye(6)))
