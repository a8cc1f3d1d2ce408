"""Directions on the sphere: the interfaces' normals, the phases' axes at the leaves.

Directions without a sense, so one hemisphere shows all; it is seen along axis 3 in Lambert's equal-area projection:
equal areas on the sphere are equal areas on paper, and a cluster is not an artefact.
"""

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import PathCollection
from matplotlib.figure import Figure

from laminet.errors import InputError
from laminet.files.network import NetworkParameters
from laminet.network import tree as heap
from laminet.plots import style

AREA = 900.0  # of a marker that stands for all the weight, points squared
LEAST_AREA = 6.0


def project(direction: np.ndarray) -> np.ndarray:
    """Points (..., 2) in the unit disc of unit vectors (..., 3) without a sense: axis 3 in the middle, the plane 1-2 on
    the rim, |point| = sqrt(2) sin(angle to axis 3 / 2).
    """
    upward = np.where(direction[..., 2:] < 0.0, -direction, direction)
    return upward[..., :2] / np.sqrt(1.0 + upward[..., 2:])


def normals(network: NetworkParameters) -> Figure:
    """Normals of the interfaces of all laminates of two active children, in the frame of the RVE, by layer."""
    laminates = heap.laminates(network)
    weights = laminates.weights / laminates.weights[0]
    blocks = heap.laminates_of_two(weights)
    layer = np.floor(np.log2(blocks + 1)).astype(int)
    figure = style.single(2.9)
    axes = figure.subplots()
    _disc(axes)
    colour = {"c": layer, "cmap": "viridis", "vmin": 0, "vmax": network.depth - 1}
    drawn = _mark(axes, laminates.normal[blocks], AREA / 4 * weights[blocks], **colour)
    figure.colorbar(drawn, ax=axes, label="layer (0: root)", shrink=0.7, ticks=range(network.depth))
    style.caption(
        figure,
        f"{network.model.upper()} of depth {network.depth}: normals of {len(blocks)} interfaces, seen along axis 3 "
        "(equal areas); areas of markers are proportional to weights.",
    )
    return figure


def leaves(network: NetworkParameters) -> Figure:
    """Where the phases' own axes point at the active leaves of a DMN, in the frame of the RVE.

    Raises:
        InputError: an IMN, whose phases are not rotated.
    """
    laminates = heap.laminates(network)
    if laminates.rotation is None:
        raise InputError(
            "the leaves of an IMN are not rotated: its phases lie in the axes of the RVE; draw its normals"
        )
    weight = np.maximum(network.activation, 0.0) / laminates.weights[0]
    phase = heap.leaf_phase(network.depth, network.phases)
    figure, panels = style.panels(3, columns=3)
    for axis, axes in enumerate(panels):
        _disc(axes)
        axes.set_title(f"local axis {axis + 1}")
        for number, colour in style.colours(range(1, network.phases + 1)).items():
            drawn = (phase == number) & (weight > 0.0)
            _mark(axes, laminates.rotation[drawn, axis], AREA * weight[drawn], color=colour, alpha=0.75)
    style.phase_legend(figure, heap.phase_labels(network.phases), linestyle="none", markeredgecolor="white")
    style.caption(
        figure,
        f"DMN of depth {network.depth}: axes of the phases at {network.active_nodes} active leaves, in the frame "
        "of the RVE, seen along axis 3 (equal areas); areas of markers are proportional to weights.",
    )
    return figure


def _mark(axes: Axes, directions: np.ndarray, areas: np.ndarray, **look: Any) -> PathCollection:
    """Markers of these areas at the projections of unit vectors (n, 3)."""
    x, y = project(directions).T
    return axes.scatter(x, y, s=np.maximum(LEAST_AREA, areas), edgecolor="white", linewidth=0.5, zorder=3, **look)


def _disc(axes: Axes) -> None:
    """Rim, circles of 30 and 60 degrees to axis 3, and meridians every 30 degrees."""
    turn = np.linspace(0.0, 2.0 * np.pi, 361)
    axes.set(xlim=(-1.2, 1.24), ylim=(-1.14, 1.24), aspect="equal")
    axes.set_axis_off()
    axes.fill(np.cos(turn), np.sin(turn), color="0.97", zorder=0)
    for degrees in (30.0, 60.0):
        radius = np.sqrt(2.0) * np.sin(np.radians(degrees) / 2.0)
        axes.plot(radius * np.cos(turn), radius * np.sin(turn), color="0.85", linewidth=0.6, zorder=1)
        axes.text(0.7 * radius, -0.7 * radius, f"{degrees:.0f}°", fontsize=6, color="0.5", ha="center", va="center")
    ends, along = [-1.0, 1.0], np.stack([np.cos(turn), np.sin(turn)])[:, :180:30]
    axes.plot(np.outer(ends, along[0]), np.outer(ends, along[1]), color="0.85", linewidth=0.6, zorder=1)
    axes.plot(np.cos(turn), np.sin(turn), color="0.3", linewidth=0.9, zorder=2)
    for component, x, y in (("1", 1.16, 0.0), ("2", 0.0, 1.16), ("3", 0.055, 0.055)):
        axes.text(x, y, component, ha="center", va="center")
