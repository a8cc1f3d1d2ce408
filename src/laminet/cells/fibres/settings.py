"""How a cell of fibres is made, and how its reference, training and convergence curves are."""

from dataclasses import dataclass
from typing import Annotated, Literal

from laminet.loading.settings import Case, Control, LoadSettings, Steps
from laminet.settings import Limits, Seed, Settings, Tolerance

COARSEST = 6  # elements along each circle

Fibres = Annotated[int, Limits(1, 1000)]
Fineness = Annotated[float, Limits(0.25, 8)]
Aspect = Annotated[float, Limits(0.1, 10)]
Cases = Annotated[tuple[Case, ...], Limits(distinct=True, count=1)]
Strides = Annotated[tuple[int, ...], Limits(1, ascending=True, distinct=True, count=2)]

ErrorEstimate = Literal["extrapolation", "mesh", "none"]
"""extrapolation: of three meshes, with a bound of its error; mesh: the finer of two, with a bound; none: one mesh."""


@dataclass(frozen=True)
class CellSettings(Settings):
    """How a cell is made."""

    section = "rve"
    fibres: Annotated[Fibres, "number of fibres in the cell"] = 30
    volume_fraction: Annotated[float, Limits(0.01, 0.75), "of the fibres"] = 0.6
    gap: Annotated[
        float, Limits(0.01, 2), "smallest distance between fibres, in radii; 0.2 leaves room for elements"
    ] = 0.2
    refinement: Annotated[int, Limits(12, 512), "quadratic elements along each fibre's circle"] = 48
    candidates: Annotated[int, Limits(1, 10000), "packings tried; the one nearest to transverse isotropy is kept"] = 16
    seed: Annotated[Seed, "of the packing"] = 0
    aspect: Annotated[Aspect, "width (axis 1) over height (axis 2) of the cell"] = 1.0


@dataclass(frozen=True)
class ReferenceSettings(Settings):
    """How the reference curves of a cell are computed."""

    section = "reference"
    tolerance: Annotated[Tolerance, "relative residual of the Newton iterations"] = 1e-6
    error_estimate: Annotated[ErrorEstimate, "from three meshes, extrapolated; from two; or none"] = "extrapolation"
    fineness: Annotated[Fineness, "elements along a circle of the finest mesh over those of the RVE's mesh"] = 2.0


@dataclass(frozen=True)
class CurveMeshSettings(ReferenceSettings):
    """How the training curves of a cell are computed: as references, on its own mesh by default."""

    section = "curves"
    error_estimate: Annotated[ErrorEstimate, "from three meshes, extrapolated; from two; or none"] = "none"


@dataclass(frozen=True)
class ConvergenceSettings(Settings):
    """Meshes and steps that reference curves are compared on."""

    section = "convergence"
    cases: Annotated[Cases, "load cases"] = ("11", "12")
    control: Annotated[Control, "uniaxial strain or stress, of all load cases"] = "stress"
    steps: Annotated[Steps, "increments of a path"] = LoadSettings.steps
    refinement: Annotated[int, Limits(COARSEST, 512), "elements along each circle of the coarsest mesh"] = 18
    meshes: Annotated[int, Limits(3, 8), "number of meshes, each of elements half as large as the one before"] = 4
    strides: Annotated[Strides, "steps taken in one; each divides the number of steps"] = (1, 2, 5, 10)
