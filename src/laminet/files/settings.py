"""What files and their import let one choose."""

from dataclasses import dataclass
from typing import Annotated, Literal

from laminet.components import COMPONENTS
from laminet.settings import Limits, Option, Seed, Settings, Share

Model = Literal["dmn", "imn"]
"""Kinds of networks."""

Depth = Annotated[int, Limits(1, 16)]
"""Layers of a network below the root."""

Notation = Literal["mandel", "voigt"]
Unit = Literal["GPa", "MPa", "Pa"]
Fractions = Share | tuple[Share, ...] | None
Order = Annotated[tuple[str, ...], Option("order", "A,B,...")]


@dataclass(frozen=True)
class ImportSettings(Settings):
    """How the matrices of elastic data from elsewhere are read, and which samples are for validation.

    Without a volume fraction the best one of two phases counts. A column or array `split` overrides `validation` and
    `seed`.
    """

    section = "import"
    notation: Annotated[Notation, "of the matrices: voigt has engineering shear strains"]
    unit: Annotated[Unit, "of the matrices"]
    order: Annotated[Order, "of rows and columns; Abaqus has 11,22,33,12,13,23"] = COMPONENTS
    validation: Annotated[float, "samples kept for validation, a share or a number, unless `split` says"] = 0.1
    seed: Annotated[Seed, "of the choice of those"] = 0
    volume_fraction: Annotated[
        Fractions, "of phase 2 of two, or of every phase, to check the bounds of Voigt and Reuss"
    ] = None
