"""What files and their import let one choose."""

from dataclasses import dataclass
from typing import Annotated, Literal

from laminet.components import COMPONENTS
from laminet.settings import Limits, Option, Seed, Settings

Model = Literal["dmn", "imn"]
"""Kinds of networks."""

Depth = Annotated[int, Limits(1, 16)]
"""Layers of a network below the root."""

Notation = Literal["mandel", "voigt"]
Unit = Literal["GPa", "MPa", "Pa"]


@dataclass(frozen=True)
class ImportSettings(Settings):
    """How the matrices of elastic data from elsewhere are read, and which samples are for validation."""

    section = "import"
    notation: Annotated[Notation, "of the matrices: voigt has engineering shear strains"]
    unit: Annotated[Unit, "of the matrices"]
    order: Annotated[
        tuple[str, ...],
        Option("order", "A,B,..."),
        "of rows and columns; Abaqus has 11,22,33,12,13,23",
    ] = COMPONENTS
    validation: Annotated[
        float,
        Limits(above=0),
        "samples kept for validation, a share or a number; a column or array `split` overrides it",
    ] = 0.1
    seed: Annotated[Seed, "of the choice of those"] = 0
    volume_fraction: Annotated[
        float | None,
        "of phase 2, for the check against the bounds of Voigt and Reuss; without it the best one counts",
    ] = None
