"""The section `rve` of a configuration: parallel fibres, or voxels of spheres, of short fibres or of an image."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from laminet.cells.fibres.settings import CellSettings
from laminet.cells.voxels.settings import ImageSettings, InclusionSettings
from laminet.errors import InputError
from laminet.settings import Limits, Settings, Text, read

Fraction = Annotated[float, Limits(above=0, below=0.6)]
Stage = Literal["rve", "sample", "curves", "reference"]


@dataclass(frozen=True, kw_only=True)
class Spheres(InclusionSettings):
    """Spheres in voxels; the key `spheres` is their volume fraction."""

    section = "rve"
    spheres: Fraction


@dataclass(frozen=True, kw_only=True)
class ShortFibres(InclusionSettings):
    """Short fibres in voxels; the key `short_fibres` is their volume fraction."""

    section = "rve"
    short_fibres: Fraction


@dataclass(frozen=True, kw_only=True)
class Image(ImageSettings):
    """An image; the key `image` is its file, from the working folder."""

    section = "rve"
    image: Annotated[str, Text(r"[^-{}\s][^{}]*", "without braces that begins with no hyphen or space")]


FIBRES = "fibres"
KINDS: Mapping[str, type[Settings]] = {
    FIBRES: CellSettings,
    "spheres": Spheres,
    "short_fibres": ShortFibres,
    "image": Image,
}
"""Kinds of cells by the key that names them. Without such a key, a cell is of parallel fibres."""

SOURCES: Mapping[bool, Mapping[Stage, tuple[str, ...]]] = {
    True: {
        "rve": ("laminet.cells.fibres.cell",),
        "sample": ("laminet.cells.fibres.homogenisation",),
        "curves": ("laminet.cells.fibres.curve_simulation",),
        "reference": ("laminet.cells.fibres.reference", "laminet.materials.library"),
    },
    False: {
        "rve": ("laminet.cells.voxels.inclusions",),
        "sample": ("laminet.cells.voxels.homogenisation", "laminet.cells.elastic_data"),
        "curves": ("laminet.cells.fibres.curve_simulation", "laminet.cells.voxels.reference"),
        "reference": ("laminet.cells.voxels.reference", "laminet.materials.library"),
    },
}
"""Modules that make a stage's files, of parallel fibres and of voxels."""


class AnyCell:
    """The section `rve`, checked by the settings of the kind that it names."""

    @classmethod
    def from_fields(cls, values: Any, what: str) -> Settings:
        """The settings of a cell. Those of voxels have defaults; a cell of fibres needs every key.

        Raises:
            InputError: two kinds at once, an unknown or missing key, or a value that does not fit.
        """
        if isinstance(values, Settings):  # checked before
            return values
        named = [name for name in KINDS if isinstance(values, Mapping) and name in values]
        if len(named) > 1:
            raise InputError(f"{what}: {' and '.join(named)} are given, but a cell is of one kind; leave one out")
        return read(KINDS[named[0] if named else FIBRES], values, what, complete=named in ([], [FIBRES]))


def kind(rve: Mapping[str, Any]) -> str:
    """The kind of cell that a section `rve`, whole or partial, is of."""
    return next((name for name in KINDS if name in rve and name != FIBRES), FIBRES)


def is_another(rve: Mapping[str, Any], over: Mapping[str, Any]) -> bool:
    """Whether `over` names a cell of another kind than `rve`, whose keys do not apply to it."""
    return any(name in over for name in KINDS if name != kind(rve))


def phases(rve: Mapping[str, Any]) -> int | None:
    """Number of phases of a cell; None where only the image knows it."""
    if kind(rve) == "image":
        return len(rve["threshold"]) + 1 if rve.get("threshold") else None
    return 3 if rve.get("interphase") else 2


def images(rve: Mapping[str, Any]) -> list[str]:
    """A list with the file of the image that a cell is made of; empty if there is none."""
    return [rve["image"]] if kind(rve) == "image" else []


def sources(rve: Mapping[str, Any], stage: Stage) -> tuple[str, ...]:
    """Modules that make the files of a stage with a cell."""
    return SOURCES[kind(rve) == FIBRES][stage]
