"""How an image becomes a cell of voxels, and how spheres and short fibres are packed in one."""

from dataclasses import dataclass
from typing import Annotated, Literal

from laminet.settings import Limits, Seed, Settings

MOST_PHASES = 16
MOST_INCLUSIONS = 1000

Device = Literal["cpu", "cuda"]
Axes = Literal["xyz", "zyx"]
Axis = Literal["x", "y", "z"]
Orientation = Annotated[tuple[float, ...], Limits(0, 1, count=3)]
Sides = Annotated[tuple[int, ...], Limits(4, 4096, count=1)]


@dataclass(frozen=True)
class ImageSettings(Settings):
    """How an image is read. Its values, in ascending order, are phases 1, 2, ...; grey values need thresholds."""

    section = "image"
    dataset: Annotated[str, "of HDF5 or VTI, where it holds several: the path of the array"] = ""
    threshold: Annotated[tuple[float, ...], Limits(ascending=True), "grey values at which the next phase begins"] = ()
    spacing: Annotated[tuple[float, ...], Limits(above=0), "of the voxels: one, or three; else the file's, or 1"] = ()
    axes: Annotated[Axes | None, "order of an array's axes; TIFF: zyx, others xyz by default"] = None
    mirror: Annotated[tuple[Axis, ...], Limits(distinct=True), "axes along which a mirror image is added"] = ()


@dataclass(frozen=True)
class InclusionSettings(Settings):
    """How spheres or short fibres with round ends are packed, periodic and without overlap, and cut into voxels."""

    section = "inclusions"
    voxels: Annotated[Sides, "along each side of the cell: one number, or three"] = (32,)
    inclusions: Annotated[int, Limits(1, MOST_INCLUSIONS), "number of spheres or fibres"] = 20
    distance: Annotated[float, Limits(0, 2), "smallest distance between two surfaces, in radii"] = 0.2
    interphase: Annotated[float, Limits(0, 2), "thickness of a third phase around them, in radii; 0: none"] = 0.0
    aspect_ratio: Annotated[float, Limits(1, 100), "length of a fibre over its diameter"] = 5.0
    orientation: Annotated[Orientation, "the fibres' orientation tensor: 11, 22, 33, of trace 1"] = (
        1 / 3,
        1 / 3,
        1 / 3,
    )
    seed: Annotated[Seed, "of the packing"] = 0
