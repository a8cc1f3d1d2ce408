"""The periodic cell of voxels: phases on a regular grid, checked, on disk and back."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, get_args

import numpy as np
import xarray as xr

from laminet.cells.voxels.image import read_phases
from laminet.cells.voxels.settings import MOST_PHASES, Axis, ImageSettings
from laminet.errors import InputError
from laminet.files import netcdf
from laminet.files.netcdf import parameters_sha256

KIND = "voxels"
AXES = get_args(Axis)
VOXEL_VARIABLES = {"phase": AXES, "spacing": ("axis",)}


@dataclass(frozen=True, eq=False, kw_only=True)
class VoxelCell:
    """A periodic cell of voxels.

    Attributes:
        phase: (x, y, z) phase of every voxel, an integer from 1; two voxels along each side at least.
        spacing: (3,) size of a voxel along x, y and z, positive; only their ratios count.
        attrs: where it comes from.

    Raises:
        InputError: another shape, phases that are not such numbers, or a spacing that is not positive.
    """

    phase: np.ndarray
    spacing: np.ndarray = field(default_factory=lambda: np.ones(3))
    attrs: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        shape = np.shape(self.phase)
        if len(shape) != 3 or min(shape) < 2:
            raise InputError(
                f"a cell of voxels has phases of the shape {shape}; give three axes of two voxels or more, "
                "for a single layer that layer twice"
            )
        if self.phase.dtype.kind not in "iu" or self.phase.min() < 1 or self.phase.max() > MOST_PHASES:
            raise InputError(f"a cell of voxels has phases that are not whole numbers from 1 to {MOST_PHASES}")
        if np.shape(self.spacing) != (3,) or not (np.isfinite(self.spacing) & (np.asarray(self.spacing) > 0.0)).all():
            raise InputError(f"a cell of voxels has the spacing {self.spacing}; give three positive numbers")

    @property
    def phases(self) -> int:
        """Number of phases."""
        return int(self.phase.max())

    @property
    def fractions(self) -> np.ndarray:
        """Volume fraction (phases,) of every phase."""
        return np.bincount(self.phase.ravel(), minlength=self.phases + 1)[1:] / self.phase.size

    @cached_property
    def digest(self) -> str:
        """SHA-256 of phases and spacing."""
        shape, spacing = list(self.phase.shape), (self.spacing / self.spacing[0]).tolist()
        return parameters_sha256({"phase": self.phase.astype(np.uint8).tobytes().hex(), "shape": shape, "h": spacing})

    def coarsened(self) -> "VoxelCell":
        """The cell in voxels about twice as large, each of the phase that most voxels within it have.

        Where there are as many of two phases, the lower and the higher number take turns.

        Raises:
            InputError: a side of three voxels or fewer, or a phase that is too fine for larger voxels.
        """
        sizes = np.array(self.phase.shape)
        if sizes.min() < 4:
            raise InputError(f"a cell of {' x '.join(map(str, sizes))} voxels is too coarse to be made coarser")
        count = sizes // 2
        owner = [np.arange(size) * few // size for size, few in zip(sizes, count, strict=True)]
        votes = np.zeros((self.phases, *count), dtype=np.int32)
        for number in range(self.phases):
            np.add.at(votes[number], np.ix_(*owner), self.phase == number + 1)
        low, high = votes.argmax(axis=0), self.phases - 1 - votes[::-1].argmax(axis=0)
        phase = np.where(np.indices(tuple(count)).sum(axis=0) % 2, high, low) + 1
        if len(np.unique(phase)) < self.phases:
            raise InputError("a phase vanishes in larger voxels; it is too fine for this image")
        return VoxelCell(phase=phase.astype(np.uint8), spacing=self.spacing * sizes / count)


def from_image(path: Path | str, settings: ImageSettings) -> VoxelCell:
    """The cell of an image.

    Raises:
        InputError: as `read_phases`.
    """
    phase, spacing = read_phases(path, settings)
    return VoxelCell(phase=phase, spacing=spacing, attrs={"image": Path(path).name})


def save(cell: VoxelCell, path: Path | str, parameters: Mapping[str, Any]) -> None:
    """Write a cell by the rve contract.

    Raises:
        InputError: the file cannot be written.
    """
    variables = {
        "phase": (AXES, cell.phase.astype(np.uint8), {"units": "1", "long_name": "number of the phase"}),
        "spacing": ("axis", cell.spacing, {"units": "1", "long_name": "size of a voxel along x, y and z"}),
    }
    dataset = xr.Dataset(variables, attrs={**cell.attrs, "kind": KIND, "volume_fraction": cell.fractions})
    netcdf.write(dataset, path, content="rve", parameters=parameters)


def of_dataset(dataset: xr.Dataset, path: Path | str) -> VoxelCell:
    """The cell that a dataset by the rve contract holds; `path` names it in messages.

    Raises:
        InputError: a missing variable, phases that are not numbered from 1, or a spacing that is not positive.
    """
    netcdf.require(dataset, path, VOXEL_VARIABLES)
    phase, spacing = dataset["phase"].values, dataset["spacing"].values
    present = np.unique(phase)
    if not np.array_equal(present, np.arange(1, len(present) + 1)) or not 2 <= len(present) <= MOST_PHASES:
        raise InputError(f"{path}: variable 'phase' must hold phases 1, 2, ... without a gap, two at least")
    if min(phase.shape) < 2 or spacing.shape != (3,) or not (np.isfinite(spacing).all() and (spacing > 0.0).all()):
        raise InputError(f"{path}: variable 'spacing' must hold three positive numbers, 'phase' two voxels a side")
    attrs = {name: value for name, value in dataset.attrs.items() if name not in netcdf.STAMPS}
    return VoxelCell(phase=phase.astype(np.uint8), spacing=spacing.astype(float), attrs=attrs)
