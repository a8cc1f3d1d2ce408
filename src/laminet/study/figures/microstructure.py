"""The RVE as a picture (Fig. 5)."""

import numpy as np
import xarray as xr
from matplotlib.collections import PolyCollection
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from laminet.study.figures import style

SEGMENTS = 4
"""Straight pieces that a curved element side is drawn with."""

PHASES = {1: ("Matrix", "#f3e3c3"), 2: ("Fibre", "#8fb3d4")}


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
    return np.einsum("kp,keca->ecpa", shape, side).reshape(len(nodes), -1, 2)


def periodic_copies(polygons: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Polygons and their copies that reach into the unit cell, and the index of the original of each."""
    copies, origin = [], []
    for shift in np.stack(np.meshgrid([-1, 0, 1], [-1, 0, 1], indexing="ij"), axis=-1).reshape(-1, 2):
        moved = polygons + shift
        inside = ((moved.max(axis=1) > 0.0) & (moved.min(axis=1) < 1.0)).all(axis=1)
        copies.append(moved[inside])
        origin.append(np.flatnonzero(inside))
    return np.concatenate(copies), np.concatenate(origin)


def cross_section(rve: xr.Dataset) -> Figure:
    """Fig. 5: phases and mesh in the plane normal to the fibres, in units of the cell's side."""
    figure = Figure(figsize=(4.6, 5.2), layout="constrained")
    axes = figure.subplots()
    polygons = outlines(rve["point"].values, rve["element"].values)
    phase = rve["phase"].values
    fraction = rve.sizes["fibre"] * np.pi * float(rve["radius"]) ** 2
    copies, origin = periodic_copies(polygons)
    for number, (_, colour) in PHASES.items():
        axes.add_collection(
            PolyCollection(copies[phase[origin] == number], facecolor=colour, edgecolor="0.35", linewidth=0.15)
        )
    axes.set(xlim=(0, 1), ylim=(0, 1), aspect="equal", xlabel="$x_1 / L$", ylabel="$x_2 / L$")
    axes.grid(False)
    handles = [Patch(facecolor=colour, edgecolor="0.35", label=name) for name, colour in PHASES.values()]
    figure.legend(handles=handles, loc="outside upper center", ncols=2)
    style.caption(
        figure,
        f"{rve.sizes['fibre']} fibres along axis 3, volume fraction {fraction:.3f}; periodic mesh of "
        f"{rve.sizes['element']} elements; L: side of the cell.",
    )
    return figure
