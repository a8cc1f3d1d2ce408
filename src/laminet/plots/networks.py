"""Pictures of a network: its tree, the normals of its interfaces, the axes of the phases at its leaves.

Branches of the tree are as wide as their weights, coloured by the phases below them, inactive ones grey. Normals have
no sign, so one hemisphere shows all of them. It is seen along axis 3 in Lambert's equal-area projection: equal areas on
the sphere are equal areas on paper, and a cluster is not an artefact.
"""

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import PatchCollection, PathCollection
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import PathPatch
from matplotlib.path import Path

from laminet.errors import InputError
from laminet.files.network import NetworkParameters
from laminet.network import tree as heap
from laminet.plots import style

INACTIVE, MIXED = "0.82", "0.35"
ROOT_WIDTH = 0.08  # of the whole width, at the root


def tree(network: NetworkParameters) -> Figure:
    """The tree from its root (top) to its leaves, and their weights.

    A branch is as wide as its weight; its colour is that of the phase which prevails below it, the greyer the more
    there is of the next.
    """
    weights = heap.node_weights(network.activation)
    shares = heap.phase_weights(network) / np.where(weights > 0.0, weights, 1.0)
    mixed, weights = mixtures(shares), weights / weights[0]
    leaves = 2**network.depth
    figure = Figure(figsize=(min(max(6.4, 3.5 + 0.05 * leaves), 10.0), 4.4), layout="constrained")
    above, below = figure.subplots(2, 1, sharex=True, height_ratios=(3.2, 1.0))
    place = positions(network.depth)
    colours = style.colours(range(1, network.phases + 1))
    of_leaf = np.array([colours[phase] for phase in heap.leaf_phase(network.depth, network.phases)])
    _branches(above, place, weights, mixed, of_leaf)
    below.bar(np.arange(leaves), 100.0 * weights[leaves - 1 :], width=0.8, color=of_leaf)
    below.set(xlim=(-1.0, leaves), ylabel="weight [%]", xlabel="leaf")
    below.grid(axis="x", visible=False)
    labels = heap.phase_labels(network.phases)
    others = [
        Line2D([], [], color=MIXED, linewidth=2.5, label="mixed"),
        Line2D([], [], color="none", marker="o", markeredgecolor="0.2", markersize=3.5, label="laminate of two"),
        Line2D([], [], color=INACTIVE, linewidth=1.0, label="inactive"),
    ]
    style.phase_legend(figure, labels, *others, linewidth=2.5, markersize=4)
    contents = ", ".join(f"{100 * share:.1f} % {label}" for share, label in zip(shares[:, 0], labels, strict=True))
    style.caption(
        figure,
        f"{network.model.upper()} of depth {network.depth}: {network.active_nodes} of {leaves} leaves are active, "
        f"by weight {contents}. Widths are proportional to weights.",
    )
    return figure


def mixtures(shares: np.ndarray) -> np.ndarray:
    """Colours (nodes, 3) of branches from the shares (P, nodes) of the phases in their weight."""
    order = np.argsort(-shares, axis=0, kind="stable")
    first, second = np.take_along_axis(shares, order[:2], axis=0)
    purity = (first - second)[:, None]
    colours = np.array(list(style.colours(range(len(shares))).values()))
    return purity * colours[order[0]] + (1.0 - purity) * np.array(to_rgb(MIXED))


def positions(depth: int) -> np.ndarray:
    """(nodes,) horizontal place of every node: leaves side by side from 0, parents midway between their children."""
    layers = [np.arange(2**depth, dtype=float)]
    while len(layers[0]) > 1:
        layers.insert(0, layers[0].reshape(-1, 2).mean(axis=1))
    return np.concatenate(layers)


def _branches(axes: Axes, place: np.ndarray, weights: np.ndarray, mixed: np.ndarray, of_leaf: np.ndarray) -> None:
    layer = np.floor(np.log2(np.arange(len(place)) + 1)).astype(int)
    depth, scale = layer[-1], ROOT_WIDTH * len(of_leaf)
    begin = _begins(place, scale * weights)
    patches = [_ribbon((place[0], place[0]), (0.4, 0.0), scale, facecolor=tuple(mixed[0]), linewidth=0.0)]
    for node in np.argsort(weights[1:], kind="stable") + 1:  # the heaviest on top
        parent = (node - 1) // 2
        x, y = (begin[node], place[node]), (-layer[parent], -layer[node])
        face, edge = (tuple(mixed[node]),) * 2 if weights[node] > 0.0 else ("none", INACTIVE)
        patches.append(_ribbon(x, y, scale * weights[node], facecolor=face, edgecolor=edge, linewidth=0.5))
    axes.add_collection(PatchCollection(patches, match_original=True))
    blocks = heap.laminates_of_two(weights)
    axes.scatter(place[blocks], -layer[blocks], s=9, color="white", edgecolor="0.2", linewidth=0.7, zorder=3)
    leaf, active = place[len(place) // 2 :], weights[len(place) // 2 :] > 0.0
    bottom = np.full(leaf.shape, -depth)
    axes.scatter(leaf[active], bottom[active], s=14, color=of_leaf[active], zorder=4, clip_on=False)
    axes.scatter(leaf[~active], bottom[~active], s=3, color=INACTIVE, zorder=2, clip_on=False)
    axes.set(ylim=(-depth - 0.35, 0.45), yticks=range(-depth, 1), yticklabels=range(depth, -1, -1), ylabel="layer")
    axes.grid(False)
    axes.tick_params(length=0, labelbottom=False)
    axes.spines[:].set_visible(False)


def _begins(place: np.ndarray, width: np.ndarray) -> np.ndarray:
    """Where the branch to every node leaves its parent: the two of a parent share its width side by side."""
    begin = place.copy()
    parents = np.arange(len(place) // 2)
    left, right = 2 * parents + 1, 2 * parents + 2
    begin[left] = place[parents] - 0.5 * width[right]
    begin[right] = place[parents] + 0.5 * width[left]
    return begin


def _ribbon(x: tuple[float, float], y: tuple[float, float], width: float, **look: Any) -> PathPatch:
    """A band of this horizontal width from (x0, y0) down to (x1, y1), vertical at both ends."""
    middle, half = 0.5 * (y[0] + y[1]), 0.5 * width
    down = [(x[0] - half, y[0]), (x[0] - half, middle), (x[1] - half, middle), (x[1] - half, y[1])]
    up = [(x[1] + half, y[1]), (x[1] + half, middle), (x[0] + half, middle), (x[0] + half, y[0])]
    curve = [Path.CURVE4] * 3
    return PathPatch(Path([*down, *up], [Path.MOVETO, *curve, Path.LINETO, *curve]), **look)


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
