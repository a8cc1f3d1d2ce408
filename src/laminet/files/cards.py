"""Cards of input files, which CalculiX and Abaqus read alike: elastic constants, and laminet's user material."""

import re
from collections.abc import Iterable, Mapping, Sequence

from laminet import __version__
from laminet.files.settings import Solver
from laminet.materials.settings import StressUnit
from laminet.materials.stiffness import CONSTANTS, orthotropic_stiffness
from laminet.settings import check
from laminet.units import STRESS_UNITS

ORDER = ("E11", "E22", "E33", "nu12", "nu13", "nu23", "G12", "G13", "G23")
"""Of TYPE=ENGINEERING CONSTANTS, eight on the first line (manuals of Abaqus and CalculiX, *ELASTIC)."""

LONGEST_NAME = 80
"""Of a material in CalculiX and Abaqus."""

CALCULIX = "@ABAQUS_LAMINET@"
"""What the names of user materials in libLAMINET.so begin with; the rest tells them apart."""

COMMENT = "** laminet {version}: {what}. Stress in {unit}."


def elastic_cards(materials: Mapping[str, Iterable[float]], unit: str = "MPa", what: str = "") -> str:
    """Cards *MATERIAL and *ELASTIC, TYPE=ENGINEERING CONSTANTS.

    Both programs take nu_ij as laminet does: S_ij = -nu_ij / E_i, so nu_12 is -eps_2 / eps_1 under stress sigma_1.

    Args:
        materials: constants (9,) in the order of laminet.materials.stiffness.CONSTANTS, moduli in GPa, by name.
        unit: of stress in the model, of laminet.units.STRESS_UNITS.
        what: said of them in the first comment.

    Raises:
        InputError: an unknown unit, or constants that give no positive definite stiffness.
    """
    factor = 1.0 / STRESS_UNITS[check(StressUnit, unit, "unit")]
    lines = [COMMENT.format(version=__version__, what=what or "engineering constants", unit=unit)]
    lines += ["** nu12 is -eps2 / eps1 under the stress sigma1. Axes 1, 2, 3 are those of *ORIENTATION."]
    for name, values in materials.items():
        given = dict(zip(CONSTANTS, map(float, values), strict=True))
        orthotropic_stiffness(**given)
        numbers = [number(given[key] * (1.0 if key.startswith("nu") else factor)) for key in ORDER]
        lines += [f"*MATERIAL, NAME={material_name(name)}", "*ELASTIC, TYPE=ENGINEERING CONSTANTS"]
        lines += [f"{', '.join(numbers[:8])},", numbers[8]]
    return "\n".join([*lines, ""])


def user_material_cards(
    composite: str,
    constants: Sequence[float],
    state_size: int,
    solver: Solver,
    unit: str = "MPa",
    what: str = "",
    symmetric: bool = True,
) -> str:
    """Cards *MATERIAL, *USER MATERIAL and *DEPVAR of the user material in libLAMINET.so.

    Args:
        composite: gives the material its name.
        constants: those after the first, which is the unit.
        state_size: numbers of a point's state.
        solver: whose names of materials.
        unit: of stress in the model, of laminet.units.STRESS_UNITS.
        what: said of it in the first comment.
        symmetric: whether the tangent is; Abaqus must be told where it is not, CalculiX symmetrises it.

    Raises:
        InputError: an unknown unit or solver.
    """
    factor, solver = 1.0 / STRESS_UNITS[check(StressUnit, unit, "unit")], check(Solver, solver, "solver")
    name = material_name(composite, solver)
    numbers = [number(value) for value in (factor, *constants)]
    lines = [
        COMMENT.format(version=__version__, what=what or composite, unit=unit),
        "** The constants are 1 GPa in that unit and the key of the law's file.",
        f"*MATERIAL, NAME={name}",
        f"*USER MATERIAL, CONSTANTS={len(numbers)}" + ", UNSYMM" * (solver == "abaqus" and not symmetric),
        ", ".join(numbers),
        "*DEPVAR",
        str(state_size),
    ]
    return "\n".join([*lines, ""])


def material_name(composite: str, solver: Solver | None = None) -> str:
    """A composite's name as programs take it: letters, digits and underscores, in capitals as they read it.

    Args:
        composite: the name.
        solver: whose user material it is; that of CalculiX names its library, and has no further underscore.
    """
    word = re.sub(r"[^A-Z0-9]+", "_", composite.upper()).strip("_") or "MATERIAL"
    if solver == "calculix":
        return f"{CALCULIX}{word.replace('_', '-')}"[:LONGEST_NAME]
    return (word if word[0].isalpha() else f"M_{word}")[:LONGEST_NAME]


def number(value: float) -> str:
    """A real number of ten digits, with a point; both programs read 20 characters at most."""
    text = f"{value:.10g}"
    return text if "." in text or "e" in text else f"{text}."
