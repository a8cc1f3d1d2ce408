"""Pictures of cells of voxels: slices, and the cell from outside."""

from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr
from matplotlib.colors import ListedColormap
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from laminet.cells.voxels import cell as voxels
from laminet.errors import InputError
from laminet.plots import style

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
    shape, sides = cell.phase.shape, cell.phase.shape * cell.spacing / cell.spacing[0]
    colours = ListedColormap(np.linspace(0.92, 0.3, cell.phases)[:, None] * np.ones(3))
    figure = Figure(figsize=(style.PAGE, 2.1), layout="constrained")
    for number, normal in enumerate((2, 1, 0), 1):
        axes = figure.add_subplot(1, 4, number)
        across, up = (axis for axis in range(3) if axis != normal)
        section = cell.phase.take(shape[normal] // 2, axis=normal).T
        extent = (0.0, sides[across], 0.0, sides[up])
        limits: dict[str, Any] = {"vmin": 1, "vmax": cell.phases, "extent": extent}
        axes.imshow(section, cmap=colours, origin="lower", interpolation="nearest", **limits)
        name, first, second = (voxels.AXES[axis] for axis in (normal, across, up))
        axes.set(title=f"Middle in {name}", xlabel=first, ylabel=second, xticks=[], yticks=[])
        axes.grid(False)
    _outside(figure, cell, sides, colours)
    shares = enumerate(cell.fractions)
    handles = [Patch(fc=colours(k), ec="0.5", label=f"Phase {k + 1}: {share:.1%}") for k, share in shares]
    figure.legend(handles=handles, loc="outside upper center", ncols=min(cell.phases, 8))
    style.caption(figure, f"{' x '.join(map(str, shape))} voxels of {Path(path).name}.")
    return figure


def _outside(figure: Figure, cell: voxels.VoxelCell, sides: np.ndarray, colours: ListedColormap) -> None:
    """Three faces of a cell, each at most MOST_FACES voxels a side."""
    axes: Any = figure.add_subplot(1, 4, 4, projection="3d")
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
