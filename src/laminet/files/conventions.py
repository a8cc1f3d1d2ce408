"""How others write elastic matrices: notation, order of the components, unit, and stiffness or compliance."""

import numpy as np

from laminet.files.settings import ImportSettings
from laminet.materials.notation import NOTATIONS as NOTATIONS
from laminet.materials.notation import ORDERS as ORDERS
from laminet.materials.notation import components as components
from laminet.materials.notation import scale, to_mandel
from laminet.materials.stiffness import check_stiffness, symmetric
from laminet.units import STRESS_UNITS


def transposition(how: ImportSettings) -> np.ndarray:
    """Factors (6, 6) by which entry ij of a matrix is entry ji: Mandel's is symmetric, that of tensor_shear is not."""
    factors = scale(how.notation, how.order, how.quantity)
    return factors.T / factors


def stiffness(matrices: np.ndarray, how: ImportSettings, where: str) -> np.ndarray:
    """Stiffnesses (n, 6, 6) in Mandel notation, laminet's order and GPa.

    Args:
        matrices: (n, 6, 6) as `how` says.
        how: their notation, order, unit and quantity; compliances are in the inverse of the unit.
        where: file and variable, for messages.

    Raises:
        InputError: a compliance that is not finite, symmetric and positive definite, by its sample.
    """
    ours = to_mandel(matrices, how.notation, how.order, how.quantity)
    if how.quantity == "compliance":
        ours = symmetric(np.linalg.inv(check_stiffness(ours, where, "compliance")))
    return STRESS_UNITS[how.unit] * ours
