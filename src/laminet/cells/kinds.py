"""The kinds of cells there are: what reads a cell of any kind, and what homogenises and simulates it."""

from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

import xarray as xr

from laminet.cells.elastic_data import CellHomogenizer
from laminet.cells.fibres import cell as fibres
from laminet.cells.fibres import homogenisation as fibre_homogenisation
from laminet.cells.fibres import reference as fibre_reference
from laminet.cells.fibres.curve_simulation import Simulator
from laminet.cells.fibres.reference import Paths
from laminet.cells.fibres.settings import CurveMeshSettings, ReferenceSettings
from laminet.cells.fibres.system import Fields
from laminet.cells.fibres.vtu import write_fields as write_vtu
from laminet.cells.voxels import cell as voxels
from laminet.cells.voxels import homogenisation as voxel_homogenisation
from laminet.cells.voxels import reference as voxel_reference
from laminet.cells.voxels.backends import backend
from laminet.cells.voxels.fields import VoxelFields
from laminet.cells.voxels.fields import write_fields as write_vti
from laminet.cells.voxels.settings import Device
from laminet.errors import InputError
from laminet.files import netcdf
from laminet.loading.paths import LoadPath
from laminet.materials.library import Composite

AnyCell: TypeAlias = fibres.Cell | voxels.VoxelCell
AnyFields: TypeAlias = Fields | VoxelFields


def load(path: Path | str) -> AnyCell:
    """Read a cell of any kind and check it.

    Raises:
        InputError: unreadable file, or a cell that is incomplete or inconsistent.
    """
    dataset = netcdf.read(path, content="rve")
    return voxels.of_dataset(dataset, path) if dataset.attrs.get("kind") == voxels.KIND else fibres.load(path)


def homogenizer(cell: AnyCell, device: Device = "cpu") -> CellHomogenizer:
    """Elastic homogenisation of a cell of any kind; of voxels on any device.

    Raises:
        InputError: a device that is not there, or one for fibres.
    """
    if isinstance(cell, voxels.VoxelCell):
        return voxel_homogenisation.Homogenizer(cell, backend=backend(device))
    _check_device(device)
    return fibre_homogenisation.Homogenizer(cell)


def reference(
    cell: AnyCell,
    composite: Composite,
    paths: Paths,
    settings: ReferenceSettings,
    progress: Callable[[int, int, str, float], None] | None = None,
    receive_fields: Callable[[LoadPath, AnyCell, AnyFields], None] | None = None,
    strict: bool = True,
    device: Device = "cpu",
) -> xr.Dataset:
    """Reference curves of a cell of any kind; see laminet.cells.fibres.reference and laminet.cells.voxels.reference.

    Voxels cannot be made finer. Both ways to estimate the error compare them with voxels twice as large. Where local
    fields are received, their statistics are recorded, too.

    Raises:
        InputError: as those two, a fineness for voxels, or a device for fibres.
        ConvergenceError: with `strict`, an increment that does not converge even in small parts.
    """
    statistics = receive_fields is not None
    if not isinstance(cell, voxels.VoxelCell):
        _check_device(device)
        how = settings.tolerance, settings.error_estimate, settings.fineness
        return fibre_reference.reference(cell, composite, paths, *how, progress, receive_fields, strict, statistics)
    if settings.fineness != ReferenceSettings.fineness:
        raise InputError("fineness: only for cells of parallel fibres, and this is a cell of voxels; leave it out")
    how_far = settings.tolerance, settings.error_estimate != "none"
    return voxel_reference.reference(
        cell, composite, paths, *how_far, progress, receive_fields, strict, statistics, device
    )


def write_fields(cell: AnyCell, fields: AnyFields, path: Path | str) -> None:
    """Write local fields that `reference` gives, as VTU of a mesh or VTI of voxels; `path` has no suffix.

    Raises:
        InputError: the folder cannot be written.
    """
    if isinstance(cell, voxels.VoxelCell) and isinstance(fields, VoxelFields):
        write_vti(cell, fields, f"{path}.vti")
    elif isinstance(cell, fibres.Cell) and isinstance(fields, Fields):
        write_vtu(cell, fields, f"{path}.vtu")


def simulator(cell: AnyCell, device: Device = "cpu") -> Simulator:
    """What simulates training curves on a cell of any kind; of voxels on any device.

    Raises:
        InputError: a cell that is not of two phases, as random composites are.
    """
    if cell.phases != 2:
        raise InputError(f"random composites have two phases, the cell {cell.phases}; train on elastic data alone")

    def simulated(composite: Composite, paths: Paths, mesh: CurveMeshSettings) -> xr.Dataset:
        return reference(cell, composite, paths, mesh, strict=False, device=device)

    return simulated


def _check_device(device: Device) -> None:
    """Refuse a device for cells of fibres."""
    if device != "cpu":
        raise InputError("device: only for cells of voxels, and this is a cell of parallel fibres; leave it out")
