"""Pictures of cells: local fields in the cross-section, and how curves converge with mesh and steps."""

import itertools
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection
from matplotlib.figure import Figure

from laminet import source
from laminet.cells.fibres.torus import SQUARE, unwrapped
from laminet.errors import InputError
from laminet.plots import style

SEGMENTS = 4
"""Straight pieces that a curved element side is drawn with."""

FIELD = "equivalent_plastic_strain"


def outlines(point: np.ndarray, element: np.ndarray, period: np.ndarray = SQUARE) -> np.ndarray:
    """Outlines (elements, 3 SEGMENTS, 2) of quadratic triangles on a torus of this period (2,), each in one piece.

    Local nodes are the corners and then the middles m of the sides 01, 12, 20; a side from a to b is the parabola
    (1 - s)(1 - 2s) a + 4 s (1 - s) m + s (2s - 1) b, 0 <= s <= 1.
    """
    nodes = unwrapped(point, element, period)
    corner, middle = nodes[:, :3], nodes[:, 3:]
    s = np.arange(SEGMENTS)[:, None] / SEGMENTS
    shape = np.stack([(1 - s) * (1 - 2 * s), 4 * s * (1 - s), s * (2 * s - 1)])[..., 0]
    side = np.stack([corner, middle, np.roll(corner, -1, axis=1)])
    return np.asarray(np.einsum("kp,keca->ecpa", shape, side).reshape(len(nodes), -1, 2))


def periodic_copies(polygons: np.ndarray, period: np.ndarray = SQUARE) -> tuple[np.ndarray, np.ndarray]:
    """Those of polygons (n, corner, 2) and their periodic copies that reach into the cell, and their originals (m,)."""
    shifts = period * list(itertools.product((-1, 0, 1), repeat=2))
    copies = polygons + shifts[:, None, None, :]
    inside = ((copies.max(axis=2) > 0.0) & (copies.min(axis=2) < period)).all(axis=2)
    return copies[inside], np.nonzero(inside)[1]


UNIT_LENGTH = "L: square root of the cell's area"


def flatness(period: np.ndarray) -> float:
    """Height of a picture of a cell over that of a square one, in a column of given width."""
    return float(min(1.0, period[1] / period[0]))


def section(axes: Axes, period: np.ndarray) -> None:
    """Axes as large as the cross-section of a cell, in units of UNIT_LENGTH."""
    width, height = period
    axes.set(xlim=(0, width), ylim=(0, height), aspect="equal", xlabel="$x_1 / L$", ylabel="$x_2 / L$")
    axes.grid(False)


def read_fields(path: Path | str) -> dict[str, np.ndarray]:
    """Arrays of a VTU file written by laminet.cells.fibres.vtu, by their names; vectors and tensors in rows.

    Raises:
        InputError: unreadable, or not of that form.
    """
    with source.reading(path, f"{path}: not local fields as 'laminet reference --fields' writes them"):
        arrays = {}
        for entry in ElementTree.parse(path).iter("DataArray"):
            values = np.array((entry.text or "").split(), dtype=float)
            arrays[str(entry.get("Name"))] = values.reshape(-1, int(entry.get("NumberOfComponents", "1")))
        elements = len(arrays["types"])
        arrays["connectivity"] = arrays["connectivity"].astype(int).reshape(elements, 6)
        arrays["period"] = arrays.get("period", SQUARE[None])  # of a file written before there were other cells
        if len(arrays["phase"]) != elements or len(arrays[FIELD]) != elements:
            raise ValueError(path)
    return arrays


def fields(path: Path | str) -> Figure:
    """Equivalent plastic strain of every element (its mean) in the cross-section, fibres grey.

    Raises:
        InputError: unreadable, or not of that form.
    """
    arrays = read_fields(path)
    (period,) = arrays["period"]
    polygons, origin = periodic_copies(outlines(arrays["Points"][:, :2], arrays["connectivity"], period), period)
    value = arrays[FIELD][:, 0]
    flowing = value[origin] > 0.0
    figure = style.single(2.5 * flatness(period) + 0.6)
    axes = figure.subplots()
    fibre = arrays["phase"][origin, 0] == 2
    line: dict[str, Any] = {"edgecolor": "face", "linewidth": 0.1}
    axes.add_collection(PolyCollection(polygons[~flowing & ~fibre], facecolor="white", edgecolor="none"))
    axes.add_collection(PolyCollection(polygons[~flowing & fibre], facecolor="0.8", **line))
    if flowing.any():
        drawn = PolyCollection(polygons[flowing], cmap="magma_r", rasterized=True, **line)
        drawn.set_array(value[origin][flowing])
        drawn.set_clim(0.0, float(np.quantile(value[value > 0.0], 0.995)))
        axes.add_collection(drawn)
        figure.colorbar(drawn, ax=axes, label="Equivalent plastic strain", extend="max", shrink=0.85)
    section(axes, period)
    largest = f"{Path(path).stem}: means over the elements, largest {value.max():.3g}; {UNIT_LENGTH}."
    style.caption(figure, largest)
    return figure


def convergence(data: Mapping[str, xr.Dataset]) -> Figure:
    """Errors of reference curves by mesh, above, and by the size of the steps, below; a column for each composite.

    Args:
        data: convergence datasets by the names of their files.

    Raises:
        InputError: two of the same composite.
    """
    studies: dict[str, xr.Dataset] = {}
    for name, dataset in data.items():
        if studies.setdefault(composite := str(dataset.attrs["composite"]), dataset) is not dataset:
            raise InputError(f"{name}: a second study of {composite}; give one")
    figure, panels = style.panels(2 * len(studies), len(studies))
    for (composite, study), above, below in zip(studies.items(), panels, panels[len(studies) :], strict=False):
        refinement = study["refinement"].values
        coarser = study.isel(stride=study["stride"].values > study["stride"].values.min())
        share = 100 * coarser["stride"].values / study.attrs["steps"]
        for case, colour in style.colours(study["load_case"].values.tolist()).items():
            one = study.sel(load_case=case)
            # Where the errors are taken from the finest mesh, its own is zero and has no place.
            meshes, extrapolated = (
                100 * one[name].where(one[name] > 0.0) for name in ("mesh_error", "extrapolation_error")
            )
            above.loglog(refinement, meshes, "o-", color=colour, label=case)
            if extrapolated.notnull().any():
                above.loglog(refinement, extrapolated, "s--", color=colour, label=f"{case}, extrapolated", mfc="white")
            below.loglog(share, 100 * coarser["step_error"].sel(load_case=case), "o-", color=colour)
        worst = float(study["mesh_error"].isel(refinement=0).max())
        above.loglog(refinement, 100 * worst * refinement[0] / refinement, ":", color="0.5", label="$h$")
        title = composite.replace("_", " ").capitalize()
        above.set(xlabel="Elements along a circle", ylabel="Error [%]", title=title)
        above.set_xticks(refinement, map(str, refinement))
        above.minorticks_off()
        below.set_xticks(share, [f"{percent:g}" for percent in share])
        below.set_xticks([], minor=True)
        for axes in (above, below):
            style.logarithmic(axes)
        below.set(xlabel="Step [% of the path]", ylabel="Error [%]")
    style.legend(figure)
    first = next(iter(studies.values()))
    style.caption(
        figure,
        f"{style.CONTROL[first.attrs['control']].capitalize()}. Above: each mesh, and the extrapolation of each with "
        "the two before (Richardson, order observed), from the extrapolation of the finest three. Below: each step "
        "size, from the smallest.",
    )
    return figure
