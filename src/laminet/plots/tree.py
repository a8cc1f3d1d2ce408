"""The tree of a network: branches as wide as their weights, coloured by the phases below them, inactive ones grey."""

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import PatchCollection
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import PathPatch
from matplotlib.path import Path

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
