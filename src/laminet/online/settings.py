"""The online schemes by name; how far they iterate, and in which language."""

from dataclasses import dataclass
from typing import Annotated, Literal

from laminet.settings import Limits, Positive, Settings, Tolerance

SchemeName = Literal[
    "newton_condensed",
    "dmn_residual",
    "dmn_no_residual_tangent",
    "dmn_no_residual_secant",
    "imn_fixed_point_tangent",
    "imn_fixed_point_secant",
    "imn_newton_dense",
]
"""What `laminet.online.schemes.SCHEMES` holds; the first is the default."""

Backend = Literal["native", "numpy"]

Criterion = Literal["strain", "paper"]
"""strain: the leaves' strain increments of two iterates differ by less than the tolerance, for every scheme. paper: the
same, except for Algorithm 3 (both solvers). There, the relative traction imbalance is less than the tolerance, or
strains change by rounding only, as where all stress vanishes."""

Guess = Literal["zero", "uniform"]
"""zero: strain increments of zero at every leaf (Algorithms 1, 2); uniform: the prescribed macroscopic increment at
every leaf (Algorithm 3, where a = 0)."""


@dataclass(frozen=True)
class MaterialSettings(Settings):
    """How far to iterate; all that a material law needs, whose scheme and backend are fixed."""

    section = "material"
    tolerance: Annotated[Tolerance, "relative, of the criterion"] = 1e-6
    max_iterations: Annotated[int, Limits(1, 10**6), "of one increment, before it is halved"] = 200
    cutbacks: Annotated[int, Limits(0, 50), "how often an increment may be halved"] = 6


@dataclass(frozen=True)
class OnlineSettings(MaterialSettings):
    """How far to iterate, from where, by which criterion, and with which backend."""

    section = "online"
    criterion: Annotated[Criterion, "the strain increments, or in Algorithm 3 the residual, as printed"] = "strain"
    guess: Annotated[Guess, "first iterate of an increment: zero, or uniform strain increments of the leaves"] = "zero"
    backend: Annotated[Backend, "native (compiled) or numpy (the readable reference); the same iterates"] = "native"


Axes = Literal["123", "231", "312"]
Thickness = Positive | tuple[Positive, ...] | None


@dataclass(frozen=True)
class ConstantsSettings(Settings):
    """Along which axes constants are given, of which laminate, and which plastic strain counts as yield."""

    section = "constants"
    axes: Annotated[Axes, "the network's axes that become 1, 2, 3; 312 brings fibres from axis 3 to axis 1"] = "123"
    layup: Annotated[str | None, "plies of a laminate from the lowest z to the highest, such as [0/+-45/90]s"] = None
    thickness: Annotated[Thickness, "of every ply, or of each [mm]"] = None
    offset: Annotated[float, Limits(above=0, most=0.02), "plastic strain that counts as yield"] = 0.002
