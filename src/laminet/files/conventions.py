"""How others write elastic matrices: notation, order of the components, unit, and stiffness or compliance."""

from collections.abc import Iterable, Sequence

import numpy as np

from laminet import mandel
from laminet.errors import InputError, shown
from laminet.files.settings import ImportSettings
from laminet.materials.stiffness import check_stiffness, symmetric

POUND_PER_SQUARE_INCH = 0.45359237 * 9.80665 / 0.0254**2 * 1e-9

UNITS = {
    "GPa": 1.0,
    "MPa": 1e-3,
    "kPa": 1e-6,
    "Pa": 1e-9,
    "Msi": 1e6 * POUND_PER_SQUARE_INCH,
    "ksi": 1e3 * POUND_PER_SQUARE_INCH,
    "psi": POUND_PER_SQUARE_INCH,
}
"""In GPa."""

NOTATIONS = {"mandel": (0, 0), "voigt": (1, 1), "tensor_shear": (1, -1)}
"""Powers of mandel.FACTOR: a stress of the notation times the first is Mandel's; Mandel's strain times the second is
a strain of the notation. Mandel scales both; Voigt has engineering shear strains, tensor_shear those of the tensor."""

NORMAL = ("11", "22", "33")

ORDERS: dict[str, tuple[str, ...]] = {
    "abaqus": (*NORMAL, "12", "13", "23"),  # Analysis User's Guide, 'Conventions'; also its D matrix and UMAT
    "fans": (*NORMAL, "12", "13", "23"),  # strain operator in include/matmodel.h, with Mandel's factors
    "ansys": (*NORMAL, "12", "23", "13"),  # Material Reference, 'Anisotropic Elasticity': x, y, z, xy, yz, xz
    "lsdyna": (*NORMAL, "12", "23", "13"),  # Keyword Manual I, 'User Defined Materials': x, y, z, xy, yz, zx
    "nastran": (*NORMAL, "12", "23", "13"),  # Quick Reference Guide, MAT9: x, y, z, xy, yz, zx
    "voigt": mandel.COMPONENTS,
}
"""Orders of the components by the names of tools, from their manuals."""


def components(order: Sequence[str] | str, where: str) -> list[str]:
    """The six components in an order: that of a tool of ORDERS, or one text with commas, texts or numbers.

    Raises:
        InputError: an unknown tool, or not all components once each; `where` begins the message.
    """
    given = order.split(",") if isinstance(order, str) else order
    names = [str(name).strip() for name in given] if isinstance(given, Iterable) else []
    names = list(ORDERS.get(names[0].lower(), names)) if len(names) == 1 else names
    if sorted(mandel.INDEX.get(name, -1) for name in names) != list(range(6)):
        said = ",".join(names) or shown(order)
        raise InputError(
            f"{where}: order is {said}; it must name 11, 22, 33, 23, 13, 12 once each, or be one of {', '.join(ORDERS)}"
        )
    return names


def scale(how: ImportSettings) -> np.ndarray:
    """Factors (6, 6) that make the entries of a matrix those of Mandel's, in the matrix's own order."""
    factor = mandel.FACTOR[[mandel.INDEX[component] for component in how.order]]
    stress, strain = NOTATIONS[how.notation]
    rows, columns = (stress, strain) if how.quantity == "stiffness" else (-strain, -stress)
    return np.outer(factor**rows, factor**columns)


def transposition(how: ImportSettings) -> np.ndarray:
    """Factors (6, 6) by which entry ij of a matrix is entry ji: Mandel's is symmetric, that of tensor_shear is not."""
    factors = scale(how)
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
    at = np.argsort([mandel.INDEX[component] for component in how.order])
    ours = (matrices * scale(how))[:, at][:, :, at]
    if how.quantity == "compliance":
        ours = symmetric(np.linalg.inv(check_stiffness(ours, where, "compliance")))
    return UNITS[how.unit] * ours
