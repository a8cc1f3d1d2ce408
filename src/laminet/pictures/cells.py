"""Pictures of cells: local fields in the cross-section, and how curves converge with mesh and steps."""

from collections.abc import Mapping
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import xarray as xr
from matplotlib.collections import PolyCollection
from matplotlib.figure import Figure

from laminet.data import source
from laminet.errors import InputError
from laminet.pictures import style

SEGMENTS = 4
"""Straight pieces that a curved element side is drawn with."""

FIELD = "equivalent_plastic_strain"


def outlines(point: np.ndarray, element: np.ndarray) -> np.ndarray:
    """Outlines (elements, 3 SEGMENTS, 2) of quadratic triangles on the torus, each in one piece.

    Local nodes are the corners and then the middles m of the sides 01, 12, 20; a side from a to b is the parabola
    (1 - s)(1 - 2s) a + 4 s (1 - s) m + s (2s - 1) b, 0 <= s <= 1.
    """
    nodes = point[element]
    nodes = nodes - np.round(nodes - nodes[:, :1])
    corner, middle = nodes[:, :3], nodes[:, 3:]
    s = np.arange(SEGMENTS)[:, None] / SEGMENTS
    shape = np.stack([(1 - s) * (1 - 2 * s), 4 * s * (1 - s), s * (2 * s - 1)])[..., 0]
    side = np.stack([corner, middle, np.roll(corner, -1, axis=1)])
    return np.asarray(np.einsum("kp,keca->ecpa", shape, side).reshape(len(nodes), -1, 2))


def periodic_copies(polygons: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Polygons and their copies that reach into the unit cell, and the index of the original of each."""
    copies, origin = [], []
    for shift in np.stack(np.meshgrid([-1, 0, 1], [-1, 0, 1], indexing="ij"), axis=-1).reshape(-1, 2):
        moved = polygons + shift
        inside = ((moved.max(axis=1) > 0.0) & (moved.min(axis=1) < 1.0)).all(axis=1)
        copies.append(moved[inside])
        origin.append(np.flatnonzero(inside))
    return np.concatenate(copies), np.concatenate(origin)


def read_fields(path: Path | str) -> dict[str, np.ndarray]:
    """Arrays of a VTU file written by laminet.rve.vtu, by their names; vectors and tensors in rows.

    Raises:
        InputError: unreadable, or not of that form.
    """
    with source.reading(path, f"{path}: not local fields as 'laminet reference --fields' writes them"):
        arrays = {
            str(entry.get("Name")): np.array((entry.text or "").split(), dtype=float).reshape(
                -1, int(entry.get("NumberOfComponents", "1"))
            )
            for entry in ElementTree.parse(path).iter("DataArray")
        }
        elements = len(arrays["types"])
        arrays["connectivity"] = arrays["connectivity"].astype(int).reshape(elements, 6)
        if len(arrays["phase"]) != elements or len(arrays[FIELD]) != elements:
            raise ValueError(path)
    return arrays


def fields(path: Path | str) -> Figure:
    """Equivalent plastic strain of every element (its mean) in the cross-section, fibres grey.

    Raises:
        InputError: unreadable, or not of that form.
    """
    arrays = read_fields(path)
    polygons, origin = periodic_copies(outlines(arrays["Points"][:, :2], arrays["connectivity"]))
    value = arrays[FIELD][:, 0]
    flowing = value[origin] > 0.0
    figure = Figure(figsize=(5.2, 4.8), layout="constrained")
    axes = figure.subplots()
    fibre = arrays["phase"][origin, 0] == 2
    axes.add_collection(PolyCollection(list(polygons[~flowing & ~fibre]), facecolor="white", edgecolor="none"))
    axes.add_collection(
        PolyCollection(list(polygons[~flowing & fibre]), facecolor="0.8", edgecolor="face", linewidth=0.1)
    )
    drawn = PolyCollection(list(polygons[flowing]), cmap="magma_r", edgecolor="face", linewidth=0.1, rasterized=True)
    if flowing.any():
        drawn.set_array(value[origin][flowing])
        drawn.set_clim(0.0, float(np.quantile(value[value > 0.0], 0.995)))
        axes.add_collection(drawn)
        figure.colorbar(drawn, ax=axes, label="Equivalent plastic strain", extend="max", shrink=0.85)
    axes.set(xlim=(0, 1), ylim=(0, 1), aspect="equal", xlabel="$x_1 / L$", ylabel="$x_2 / L$")
    axes.grid(False)
    style.caption(
        figure, f"{Path(path).stem}: means over the elements, largest {value.max():.3g}; L: side of the cell."
    )
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
        composite = str(dataset.attrs["composite"])
        if composite in studies:
            raise InputError(f"{name}: a second study of {composite}; give one")
        studies[composite] = dataset
    figure, panels = style.panels(2 * len(studies), len(studies))
    for (composite, study), above, below in zip(
        studies.items(), panels[: len(studies)], panels[len(studies) :], strict=True
    ):
        colours = style.colours([str(case) for case in study["load_case"].values])
        refinement = study["refinement"].values
        coarser = study.isel(stride=study["stride"].values > study["stride"].values.min())
        share = 100 * coarser["stride"].values / study.attrs["steps"]
        for case, colour in colours.items():
            one = study.sel(load_case=case)
            above.loglog(refinement, 100 * one["mesh_error"], "o-", color=colour, label=f"{case}")
            better = one["extrapolation_error"].where(one["extrapolation_error"] > 0.0)
            above.loglog(refinement, 100 * better, "s--", color=colour, label=f"{case}, extrapolated", mfc="white")
            below.loglog(share, 100 * coarser["step_error"].sel(load_case=case), "o-", color=colour)
        worst = float(study["mesh_error"].isel(refinement=0).max())
        above.loglog(refinement, 100 * worst * (refinement[0] / refinement) ** 1.5, ":", color="0.5", label="$h^{1.5}$")
        above.set(xlabel="Elements along a circle", title=composite.replace("_", " ").capitalize())
        above.set_xticks(refinement, [str(number) for number in refinement])
        above.minorticks_off()
        below.set_xticks(share, [f"{percent:g}" for percent in share])
        below.set_xticks([], minor=True)
        below.set_xlabel("Step [% of the path]")
        for axes in (above, below):
            axes.set_ylabel("Error [%]")
    style.legend(figure)
    first = next(iter(studies.values()))
    style.caption(
        figure,
        f"{style.CONTROL[first.attrs['control']].capitalize()}. Above: each mesh, and the extrapolation of each with "
        "the one before (Richardson, order 1.5), from the extrapolation of the finest two. Below: each step size, from "
        "the smallest.",
    )
    return figure
