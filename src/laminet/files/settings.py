"""What files and their import let one choose."""

from dataclasses import dataclass
from typing import Annotated, Literal, get_args

from laminet.components import COMPONENTS
from laminet.materials.settings import Notation as Notation
from laminet.materials.settings import StressUnit
from laminet.settings import Limits, Option, Seed, Settings, Share

Model = Literal["dmn", "imn"]
"""Kinds of networks."""

Depth = Annotated[int, Limits(1, 16)]
"""Layers of a network below the root."""

Quantity = Literal["stiffness", "compliance"]
Tool = Literal["abaqus", "ansys", "fans", "lsdyna", "nastran", "voigt"]
Solver = Literal["calculix", "abaqus"]
Shear = Literal["tensor", "engineering"]
Split = Literal["train", "validation"]
Fractions = Share | tuple[Share, ...] | None
Order = Annotated[tuple[str, ...], Option("order", "A,B,...")]


@dataclass(frozen=True)
class ImportSettings(Settings):
    """How the matrices of elastic data from elsewhere are read, and which samples are for validation.

    Without a volume fraction the best one of two phases counts. A column or array `split` overrides `validation` and
    `seed`.
    """

    section = "import"
    notation: Annotated[Notation, "of the matrices; voigt has engineering, tensor_shear tensor shear strains"]
    unit: Annotated[StressUnit, "of the matrices; compliances are in its inverse"]
    order: Annotated[Order, f"of rows and columns, or the name of a tool: {', '.join(get_args(Tool))}"] = COMPONENTS
    quantity: Annotated[Quantity, "what the matrices are; a compliance is inverted"] = "stiffness"
    validation: Annotated[float, "samples kept for validation, a share or a number, unless `split` says"] = 0.1
    seed: Annotated[Seed, "of the choice of the validation samples"] = 0
    volume_fraction: Annotated[
        Fractions, "of phase 2 of two, or of every phase, to check the bounds of Voigt and Reuss"
    ] = None


OURS = ImportSettings("mandel", "GPa")
"""How laminet itself writes matrices."""


@dataclass(frozen=True)
class MeasuredSettings(Settings):
    """How the table of a measured curve is read."""

    section = "measured"
    unit: Annotated[StressUnit, "of the stresses"] = "GPa"
    shear: Annotated[Shear, "strains under shear; engineering ones are twice the tensor's"] = "tensor"
    split: Annotated[Split, "what the curve is for"] = "train"
