"""The tree of a network: branches as wide as their weights, coloured by the phases below them, dead ones grey."""

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import PatchCollection
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import PathPatch
from matplotlib.path import Path

from laminet.network import tree as heap
from laminet.network.parameters import NetworkParameters
from laminet.plots import style

PHASE = {1: style.PALETTE[0], 2: style.PALETTE[1]}
"""Colours of matrix and fibre."""

PHASE_NAME = {1: "matrix (phase 1)", 2: "fibre (phase 2)"}
DEAD = "0.82"
MIXTURE = LinearSegmentedColormap.from_list("phases", [PHASE[1], "0.35", PHASE[2]])
ROOT_WIDTH = 0.08  # of the whole width, at the root


def tree(network: NetworkParameters) -> Figure:
    """The tree from its root (top) to its leaves, and their weights.

    A branch is as wide as its weight; its colour says how much of what is below it is fibre.
    """
    weights = heap.node_weights(network.activation)
    fibre = heap.node_weights(np.where(heap.leaf_phase(network.depth) == 2, network.activation, 0.0))
    content = np.divide(fibre, weights, out=np.zeros_like(weights), where=weights > 0.0)
    share, weights = content[0], weights / weights[0]
    leaves = 2**network.depth
    figure = Figure(figsize=(min(max(6.4, 3.5 + 0.05 * leaves), 10.0), 4.4), layout="constrained")
    above, below = figure.subplots(2, 1, sharex=True, height_ratios=(3.2, 1.0))
    place = positions(network.depth)
    _branches(above, place, weights, content, network.depth)
    _bars(below, weights[leaves - 1 :], network.depth)
    _explain(figure, above)
    style.caption(
        figure,
        f"{network.model.upper()} of depth {network.depth}: {network.active_nodes} of {leaves} leaves are active, "
        f"{100 * share:.1f} % of their weight is fibre. Widths are proportional to weights.",
    )
    return figure


def positions(depth: int) -> np.ndarray:
    """(nodes,) horizontal place of every node: leaves side by side from 0, parents midway between their children."""
    layers = [np.arange(2**depth, dtype=float)]
    while len(layers[0]) > 1:
        layers.insert(0, layers[0].reshape(-1, 2).mean(axis=1))
    return np.concatenate(layers)


def _branches(axes: Axes, place: np.ndarray, weights: np.ndarray, content: np.ndarray, depth: int) -> None:
    layer = np.floor(np.log2(np.arange(len(place)) + 1)).astype(int)
    scale = ROOT_WIDTH * 2**depth
    begin = _begins(place, scale * weights)
    patches = [_ribbon((place[0], place[0]), (0.4, 0.0), scale, facecolor=MIXTURE(content[0]), linewidth=0.0)]
    for node in np.argsort(weights[1:], kind="stable") + 1:  # the heaviest on top
        parent = (node - 1) // 2
        x, y = (begin[node], place[node]), (-layer[parent], -layer[node])
        if weights[node] > 0.0:
            colour = MIXTURE(content[node])
            patches.append(_ribbon(x, y, scale * weights[node], facecolor=colour, edgecolor=colour, linewidth=0.5))
        else:
            patches.append(_ribbon(x, y, 0.0, facecolor="none", edgecolor=DEAD, linewidth=0.5))
    axes.add_collection(PatchCollection(patches, match_original=True))
    blocks = _blocks(weights)
    axes.scatter(place[blocks], -layer[blocks], s=9, color="white", edgecolor="0.2", linewidth=0.7, zorder=3)
    first = len(place) // 2
    for index, phase in enumerate(heap.leaf_phase(depth)):
        alive = weights[first + index] > 0.0
        axes.scatter(
            place[first + index],
            -depth,
            s=14 if alive else 3,
            color=PHASE[int(phase)] if alive else DEAD,
            zorder=4 if alive else 2,
            clip_on=False,
        )
    axes.set(ylim=(-depth - 0.35, 0.45), yticks=range(-depth, 1), yticklabels=range(depth, -1, -1), ylabel="layer")
    axes.grid(False)
    axes.tick_params(length=0, labelbottom=False)
    for side in axes.spines.values():
        side.set_visible(False)


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


def _blocks(weights: np.ndarray) -> np.ndarray:
    """Numbers of the parents with two living children: the laminates that are really there."""
    return np.flatnonzero((weights[1::2] > 0.0) & (weights[2::2] > 0.0))


def _bars(axes: Axes, share: np.ndarray, depth: int) -> None:
    colours = [PHASE[int(phase)] for phase in heap.leaf_phase(depth)]
    axes.bar(np.arange(len(share)), 100.0 * share, width=0.8, color=colours)
    axes.set(xlim=(-1.0, len(share)), ylabel="weight [%]", xlabel="leaf")
    axes.grid(axis="x", visible=False)


def _explain(figure: Figure, axes: Axes) -> None:
    handles: list[Any] = [
        Line2D([], [], color=colour, marker="o", linewidth=2.5, markersize=4, label=PHASE_NAME[phase])
        for phase, colour in PHASE.items()
    ]
    handles.insert(1, Line2D([], [], color=MIXTURE(0.5), linewidth=2.5, label="both"))
    handles.append(
        Line2D([], [], color="none", marker="o", markeredgecolor="0.2", markersize=3.5, label="laminate of two")
    )
    handles.append(Line2D([], [], color=DEAD, linewidth=1.0, label="dead"))
    figure.legend(handles=handles, loc="outside upper center", ncols=len(handles))
