"""Pictures of cells of voxels: slices, the cell from outside, and local fields in slices."""

from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap
from matplotlib.figure import Figure
from matplotlib.image import AxesImage
from matplotlib.patches import Patch

from laminet import source
from laminet.cells.voxels import cell as voxels
from laminet.cells.voxels.vti import read_vti
from laminet.errors import InputError
from laminet.plots import style
from laminet.plots.cells import FIELD

MOST_FACES = 96
"""Voxels along a face in a picture from outside; a picture does not show more."""


def slices(dataset: xr.Dataset, path: Path | str) -> Figure:
    """The middle slices of a cell of voxels, and three faces of it from outside; phases from light to dark.

    Raises:
        InputError: a cell of parallel fibres, or one that is not sound.
    """
    if dataset.attrs.get("kind") != voxels.KIND:
        raise InputError(f"{path}: a cell of parallel fibres has no slices; 'laminet-study figure' draws it")
    cell = voxels.of_dataset(dataset, path)
    colours = _greys(cell.phases)
    figure = Figure(figsize=(style.PAGE, 2.1), layout="constrained")
    limits = {"cmap": colours, "vmin": 1, "vmax": cell.phases}
    for number, normal in enumerate((2, 1, 0), 1):
        _section(figure.add_subplot(1, 4, number), cell.phase, cell.spacing, normal, **limits)
    outside(figure.add_subplot(1, 4, 4, projection="3d"), cell)
    shares = enumerate(cell.fractions)
    handles = [Patch(fc=colours(k), ec="0.5", label=f"Phase {k + 1}: {share:.1%}") for k, share in shares]
    figure.legend(handles=handles, loc="outside upper center", ncols=min(cell.phases, 8))
    style.caption(figure, f"{' x '.join(map(str, cell.phase.shape))} voxels of {Path(path).name}.")
    return figure


def fields(path: Path | str) -> Figure:
    """Equivalent plastic strain of every voxel (its mean) in the middle slices, phases grey where nothing flows.

    Raises:
        InputError: unreadable, or not local fields as 'laminet reference --fields' writes them.
    """
    path = Path(path)
    fault = f"{path}: not local fields as 'laminet reference --fields' writes them"
    with source.reading(path, fault):
        try:
            (phase, spacing), (value, _) = (read_vti(path, name) for name in ("phase", FIELD))
        except InputError as error:  # such as an image, which has other arrays
            raise InputError(fault) from error
    flowing = np.ma.masked_less_equal(value, 0.0)
    largest = float(np.quantile(flowing.compressed(), 0.995)) if flowing.count() else 1.0
    phases = int(phase.max())
    figure = Figure(figsize=(style.PAGE, 2.6), layout="constrained")
    panels = figure.subplots(1, 3)
    for axes, normal in zip(panels, (2, 1, 0), strict=True):
        _section(axes, phase, spacing, normal, cmap=_greys(phases), vmin=1, vmax=phases)
        drawn = _section(axes, flowing, spacing, normal, cmap="magma_r", vmin=0.0, vmax=largest)
    figure.colorbar(drawn, ax=panels, label="Equivalent plastic strain", extend="max", shrink=0.85)
    style.caption(figure, f"{path.stem}: means over the voxels, largest {value.max():.3g}; grey: nothing flows.")
    return figure


def _greys(phases: int) -> ListedColormap:
    """Colours of phases, from light to dark."""
    return ListedColormap(np.linspace(0.92, 0.3, phases)[:, None] * np.ones(3))


def _section(axes: Axes, values: np.ndarray, spacing: np.ndarray, normal: int, **look: Any) -> AxesImage:
    """The middle slice of values (x, y, z), in units of the first spacing."""
    across, up = (axis for axis in range(3) if axis != normal)
    sides = values.shape * spacing / spacing[0]
    extent = (0.0, float(sides[across]), 0.0, float(sides[up]))
    section = values.take(values.shape[normal] // 2, axis=normal).T
    drawn = axes.imshow(section, origin="lower", interpolation="nearest", extent=extent, **look)
    name, first, second = (voxels.AXES[axis] for axis in (normal, across, up))
    axes.set(title=f"Middle in {name}", xlabel=first, ylabel=second, xticks=[], yticks=[])
    axes.grid(False)
    return drawn


def outside(axes: Any, cell: voxels.VoxelCell) -> None:
    """Draw three faces of a cell in axes of the projection "3d", each of at most MOST_FACES voxels a side."""
    sides, colours = cell.phase.shape * cell.spacing / cell.spacing[0], _greys(cell.phases)
    for normal in range(3):
        across, up = (axis for axis in range(3) if axis != normal)
        first = normal == 1  # the sides that face the view
        face = cell.phase.take(0 if first else -1, axis=normal)
        face = face[:: -(-face.shape[0] // MOST_FACES), :: -(-face.shape[1] // MOST_FACES)]
        ends = zip((across, up), face.shape, strict=True)
        grid = np.meshgrid(*(np.linspace(0.0, sides[axis], count + 1) for axis, count in ends), indexing="ij")
        place = {across: grid[0], up: grid[1], normal: np.full_like(grid[0], 0.0 if first else sides[normal])}
        look: dict[str, Any] = {"rstride": 1, "cstride": 1, "shade": False, "linewidth": 0}
        axes.plot_surface(place[0], place[1], place[2], facecolors=colours(face - 1), **look)
    axes.set_box_aspect(sides)
    axes.set_axis_off()
