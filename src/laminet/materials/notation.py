"""Notation and order of the components in which others write elastic matrices."""

from collections.abc import Iterable, Sequence

import numpy as np

from laminet import mandel
from laminet.errors import InputError, shown

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


def scale(notation: str, order: Sequence[str], quantity: str = "stiffness") -> np.ndarray:
    """Factors (6, 6) that make the entries of a stiffness or compliance those of Mandel's, in the given order."""
    factor = mandel.FACTOR[[mandel.INDEX[component] for component in order]]
    stress, strain = NOTATIONS[notation]
    rows, columns = (stress, strain) if quantity == "stiffness" else (-strain, -stress)
    return np.outer(factor**rows, factor**columns)


def to_mandel(matrices: np.ndarray, notation: str, order: Sequence[str], quantity: str = "stiffness") -> np.ndarray:
    """Stiffnesses or compliances (..., 6, 6) of a notation and an order in Mandel's notation and laminet's order."""
    at = np.argsort([mandel.INDEX[component] for component in order])
    return (matrices * scale(notation, order, quantity))[..., at, :][..., at]
