"""Laminates of plies: the notation of a layup, and classical lamination theory.

A ply is a plate in plane stress. Its axis 1 lies at an angle to the axis x of the laminate, from x towards y. Plies
stand in the order of z, which is axis 3 of all plies. Strains and stresses of a plate are the engineering vectors (x,
y, xy), with the engineering shear strain.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from laminet import mandel
from laminet.errors import InputError, shown

IN_PLANE = np.array([0, 1, 5])
"""Places of the components 11, 22, 12 in a Mandel vector."""

LAMINATE_CONSTANTS = ("Ex", "Ey", "Gxy", "nuxy")

MOST_PLIES, LONGEST, MOST_GROUPS = 1000, 4000, 50
GROUPS = {"[": "]", "(": ")"}
TWO_SIGNS = {"+-": (1.0, -1.0), "±": (1.0, -1.0), "-+": (-1.0, 1.0), "∓": (-1.0, 1.0)}
ANGLE = re.compile(r"(?P<signs>\+-|-\+|±|∓)?(?P<angle>(?(signs)|[-+]?)\d+(?:\.\d*)?)(?:_(?P<count>\d+))?\s*")
REPEATS = re.compile(r"(?:_?(?P<count>\d+))?(?P<mirrored>s|S)?\s*")
FORM = "the form is 0/45/-45/90, [0/90]s or [0_2/+-45]2s: degrees, from the bottom to the top"


@dataclass(frozen=True)
class Layup:
    """Plies from the lowest z to the highest.

    Attributes:
        angles: of the plies, degrees.
        thickness: of the plies, mm.
    """

    angles: tuple[float, ...]
    thickness: tuple[float, ...]

    @property
    def heights(self) -> np.ndarray:
        """Coordinates z (n + 1) of the faces of the n plies from the middle of the laminate, mm."""
        faces = np.concatenate([[0.0], np.cumsum(self.thickness)])
        return np.asarray(faces - 0.5 * faces[-1])


def layup(text: str, thickness: float | Sequence[float]) -> Layup:
    """The plies of a text such as "[0/+-45/90]s".

    Args:
        text: angles in degrees with "/" between them. "+-45" is 45/-45, "0_2" is 0/0. A number behind brackets repeats
            the group, a final "s" mirrors it.
        thickness: of every ply, or of each, mm.

    Raises:
        InputError: another text, more plies than MOST_PLIES, or another number of thicknesses than of plies.
    """
    if len(text) > LONGEST or sum(map(text.count, GROUPS)) > MOST_GROUPS:
        raise InputError(f"layup {shown(text)}: more than {LONGEST} characters or {MOST_GROUPS} brackets; give fewer")
    angles, rest = _sequence(text.strip(), text)
    if rest:
        raise _not_understood(text, rest)
    given = (thickness,) if isinstance(thickness, int | float) else tuple(thickness)
    each = given * len(angles) if len(given) == 1 else given
    if len(each) != len(angles):
        raise InputError(
            f"layup {shown(text)}: {len(angles)} plies and {len(each)} thicknesses; give one for all plies, or one each"
        )
    return Layup(tuple(angles), tuple(map(float, each)))


def plane_stress(stiffness: np.ndarray) -> np.ndarray:
    """Stiffness (3, 3) of a plate in plane stress, engineering components, of a stiffness (6, 6), Mandel; one unit."""
    compliance = np.linalg.inv(stiffness)[np.ix_(IN_PLANE, IN_PLANE)]
    factor = mandel.FACTOR[IN_PLANE]
    return np.linalg.inv(compliance) / np.outer(factor, factor)


def laminate_stiffness(ply: np.ndarray, plies: Layup) -> np.ndarray:
    """[[A, B], [B, D]] (6, 6) of a laminate by classical lamination theory, kN and mm.

    It maps strains and curvatures of the middle (eps_x, eps_y, gamma_xy, kappa_x, kappa_y, kappa_xy) to forces and
    moments per width. A is in kN/mm, B in kN, D in kN mm (Jones, Mechanics of Composite Materials, Section 4.2).

    Args:
        ply: stiffness (6, 6) of a ply in its axes, Mandel, GPa.
        plies: the layup.
    """
    stiffness, heights = np.zeros((2, 2, 3, 3)), plies.heights
    for angle, low, high in zip(np.radians(plies.angles), heights, heights[1:], strict=False):
        c, s = np.cos(angle), np.sin(angle)
        R = mandel.rotation(np.array([[c, -s, 0.0], [s, c, 0.0], [0.0, 0.0, 1.0]]))
        Q = plane_stress(R @ ply @ R.T)
        for row, column in np.ndindex(2, 2):
            power = row + column + 1
            stiffness[row, column] += Q * (high**power - low**power) / power
    return stiffness.transpose(0, 2, 1, 3).reshape(6, 6)


def laminate_constants(stiffness: np.ndarray, thickness: float) -> np.ndarray:
    """Ex, Ey, Gxy [GPa] and nuxy (4,) of a laminate whose curvature is free, from its stiffness in kN and mm.

    Args:
        stiffness: [[A, B], [B, D]] (6, 6) of `laminate_stiffness`.
        thickness: of the laminate, mm.
    """
    compliance = np.linalg.inv(stiffness)
    moduli = 1.0 / (thickness * np.diagonal(compliance)[:3])
    return np.append(moduli, -compliance[0, 1] / compliance[0, 0])


def _sequence(rest: str, text: str) -> tuple[list[float], str]:
    """Angles of items with "/" between them, and what follows them; `text` is the whole layup, for messages."""
    plies, rest = _item(rest, text)
    while rest.startswith("/"):
        more, rest = _item(rest[1:].lstrip(), text)
        plies += more
        _check_count(len(plies), text)
    return plies, rest


def _item(rest: str, text: str) -> tuple[list[float], str]:
    """Angles of one entry or of a group in brackets, and what follows."""
    if rest[:1] in GROUPS:
        plies, inner = _sequence(rest[1:].lstrip(), text)
        if not inner.startswith(GROUPS[rest[0]]):
            raise _not_understood(text, inner)
        rest = inner[1:].lstrip()
        entry = REPEATS.match(rest)
    else:
        entry = ANGLE.match(rest)
        signs = TWO_SIGNS.get(entry["signs"], (1.0,)) if entry else ()
        plies = [sign * float(entry["angle"]) for sign in signs] if entry else []
    if entry is None or not (count := int(entry["count"] or 1)):
        raise _not_understood(text, rest)
    mirrored = bool(entry.groupdict().get("mirrored"))
    _check_count(len(plies) * count * (1 + mirrored), text)
    half = plies * count
    return half + half[::-1] * mirrored, rest[entry.end() :]


def _check_count(count: int, text: str) -> None:
    if count > MOST_PLIES:
        raise InputError(f"layup {shown(text)}: more than {MOST_PLIES} plies; give fewer")


def _not_understood(text: str, rest: str) -> InputError:
    place = f"from {shown(rest)} on" if rest else "at its end"
    return InputError(f"layup {shown(text)} is not understood {place}; {FORM}")
