"""Three-dimensional images from files: NPY, HDF5 (that of FANS, too), VTI (that of DAMASK, too), TIFF stacks."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import netCDF4
import numpy as np

from laminet import source
from laminet.cells.voxels.arrays import check_size, named
from laminet.cells.voxels.settings import MOST_PHASES, ImageSettings
from laminet.cells.voxels.vti import read_vti
from laminet.errors import InputError
from laminet.files import netcdf

HDF5 = (".h5", ".hdf5", ".hdf", ".nc")
FLATTEST = 100.0  # side of a voxel over another side
SUFFIXES = (".npy", *HDF5, ".vti", ".tif", ".tiff")


class Image(NamedTuple):
    """An image as a file holds it.

    Attributes:
        values: (x, y, z) numbers, or in the order of `axes`.
        spacing: (3,) of the voxels along x, y, z.
        axes: the order of the axes, "xyz" or "zyx".
    """

    values: np.ndarray
    spacing: np.ndarray
    axes: str = "xyz"


def read_phases(path: Path | str, settings: ImageSettings) -> tuple[np.ndarray, np.ndarray]:
    """Phases of the voxels of an image.

    Args:
        path: the file; its suffix says of which kind it is.
        settings: which array of it, and what its values mean.

    Returns:
        Phase (x, y, z), numbered from 1, and spacing (3,) of the voxels.

    Raises:
        InputError: an unreadable file, an array without three dimensions, NaN, a single phase, grey values
            without thresholds, an empty phase, or an image larger than the memory.
    """
    path = Path(path)
    with source.reading(path, f"{path}: cannot be read as an image; is it damaged, or of another kind than its name?"):
        values, spacing, axes = _read(path, settings)
    if values.ndim != 3 or min(values.shape) < 2:
        raise InputError(
            f"{path}: its array has the shape {values.shape}; an image has three axes of two voxels or more"
        )
    if values.dtype.kind not in "biuf":
        raise InputError(f"{path}: holds {values.dtype}; an image holds a number for each voxel, without colour")
    if (settings.axes or axes) == "zyx":
        values = values.transpose()
    if settings.spacing:
        if len(settings.spacing) not in (1, 3):
            raise InputError(f"image: spacing has {len(settings.spacing)} numbers; give one, or three for x, y and z")
        spacing = np.broadcast_to(np.array(settings.spacing, dtype=float), 3).copy()
    if not (np.isfinite(spacing).all() and spacing.min() > 0.0 and spacing.max() <= FLATTEST * spacing.min()):
        raise InputError(
            f"{path}: the spacing of its voxels is {spacing.tolist()}; it must be positive, and no side of a voxel "
            f"{FLATTEST:g} times as long as another; give it by spacing"
        )
    doubled = [size << (name in settings.mirror) for size, name in zip(values.shape, "xyz", strict=True)]
    check_size(path, doubled, 1)
    phase = _phases(values, settings.threshold, path)
    for axis in settings.mirror:
        at = "xyz".index(axis)
        phase = np.concatenate([phase, np.flip(phase, at)], axis=at)
    return np.ascontiguousarray(phase), spacing


def _read(path: Path, settings: ImageSettings) -> Image:
    suffix = path.suffix.lower()
    if settings.dataset and suffix not in (*HDF5, ".vti"):
        raise InputError(f"{path}: dataset is of HDF5 and VTI, which hold several arrays by name; leave it out")
    if suffix == ".npy":
        values = np.load(path, mmap_mode="r", allow_pickle=False)
        check_size(path, values.shape, values.itemsize)
        return Image(np.array(values), np.ones(3))
    if suffix in HDF5:
        return _hdf5(path, settings.dataset)
    if suffix == ".vti":
        return Image(*read_vti(path, settings.dataset))
    if suffix in (".tif", ".tiff"):
        return _tiff(path)
    raise InputError(f"{path}: is read as an image by its suffix, which must be one of {', '.join(SUFFIXES)}")


def _hdf5(path: Path, name: str) -> Image:
    """An array of an HDF5 file, read by NetCDF's library; FANS writes the order of its axes as an attribute."""
    with netCDF4.Dataset(path) as file:
        file.set_auto_maskandscale(False)
        if "laminet_version" in file.ncattrs():
            netcdf.check_content(path, str(getattr(file, "content", "rve")), "rve")
        arrays = dict(_arrays(file))
        variable = arrays[named(list(arrays), name.strip("/"), path)]
        check_size(path, variable.shape)
        order = str(getattr(variable, "permute_order", "xyz")).lower()
        spacing = np.ones(3)
        if getattr(file, "kind", "") == "voxels" and "spacing" in file.variables:  # a cell of laminet's
            spacing = np.asarray(file["spacing"][:], dtype=float).reshape(3)
        return Image(np.asarray(variable[:]), spacing, "zyx" if order == "zyx" else "xyz")


def _arrays(group: Any, prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Arrays of three axes in a group of an HDF5 file and in the groups within, by their paths."""
    for name, variable in group.variables.items():
        if len(variable.shape) == 3 and getattr(variable.dtype, "kind", "") in "biuf":
            yield prefix + name, variable
    for name, inner in group.groups.items():
        yield from _arrays(inner, f"{prefix}{name}/")


def _tiff(path: Path) -> Image:
    """A TIFF with one page for each z; a page has rows y and columns x."""
    try:
        from PIL import Image as pillow  # of the extra `figures`
        from PIL import ImageSequence
    except ImportError as error:
        raise InputError(f"{path}: reading TIFF needs Pillow; install it, or give the image as NPY") from error
    with pillow.open(path) as pages:
        check_size(path, (*pages.size, getattr(pages, "n_frames", 1)))
        if len(pages.getbands()) > 1 or pages.mode == "P":
            raise InputError(f"{path}: is a picture in colour ({pages.mode}); save the phases as grey values")
        layers = [np.array(page) for page in ImageSequence.Iterator(pages)]
        if len({layer.shape for layer in layers}) > 1:
            raise InputError(f"{path}: its pages differ in size or colour; save them as one stack of grey values")
        return Image(np.stack(layers), np.ones(3), "zyx")


def _phases(values: np.ndarray, thresholds: tuple[float, ...], path: Path) -> np.ndarray:
    """Phases 1, 2, ... of values: by thresholds, or the different values in ascending order."""
    if values.dtype.kind == "f" and not np.isfinite(values).all():
        raise InputError(f"{path}: holds {np.count_nonzero(~np.isfinite(values))} voxels that are NaN or infinite")
    if len(thresholds) >= MOST_PHASES:
        number = len(thresholds)
        raise InputError(
            f"image: threshold has {number} numbers for {number + 1} phases; there may be {MOST_PHASES} phases"
        )
    edges = np.array(thresholds)
    if not thresholds:
        edges = np.unique(np.concatenate([np.unique(layer) for layer in values]))
        if len(edges) == 1:
            raise InputError(f"{path}: every voxel holds {float(edges[0]):g}; an image needs two phases or more")
        if len(edges) > MOST_PHASES:
            raise InputError(
                f"{path}: holds {len(edges)} different values, more than {MOST_PHASES} phases; if they are grey "
                "values, give a threshold"
            )
    phase = np.empty(values.shape, dtype=np.uint8)
    for layer, of_layer in zip(values, phase, strict=True):  # one by one, to save memory
        of_layer[:] = np.searchsorted(edges, layer, side="right" if thresholds else "left") + 1
    counts = np.bincount(phase.ravel(), minlength=len(edges) + bool(thresholds) + 1)[1:]
    if not counts.all():
        empty = ", ".join(str(number + 1) for number in np.flatnonzero(counts == 0))
        low, high = float(values.min()), float(values.max())
        raise InputError(f"{path}: no voxel is of phase {empty}; its values lie between {low:g} and {high:g}")
    return phase
