"""The building block and a network, as docs/method.md explains them.

python tools/method_picture.py [PICTURE]
"""

import sys
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch, Rectangle

from laminet.plots import style

PICTURE = Path(__file__).parents[1] / "docs/images/block_and_tree.png"
MATRIX, FIBRE, JOINT = *style.PALETTE[:2], (0.55, 0.55, 0.55)
DEPTH = 3
INACTIVE = 5  # a leaf


def block(axes: Axes) -> None:
    """Two materials joined at an interface, and what holds there."""
    axes.set(xlim=(-0.1, 2.2), ylim=(-0.35, 1.25), aspect="equal", title="building block: a laminate of two materials")
    for bottom, height, colour, name in ((0.0, 0.6, MATRIX, "1"), (0.6, 0.4, FIBRE, "2")):
        axes.add_patch(Rectangle((0, bottom), 1.3, height, facecolor=(*colour, 0.35), edgecolor="0.2", linewidth=0.8))
        label = rf"$f_{name}$, $C_{name}$, $\varepsilon_{name}$"
        axes.text(0.36, bottom + height / 2, label, ha="center", va="center", fontsize=9)
    axes.annotate("", (0.95, 0.98), (0.95, 0.6), arrowprops={"arrowstyle": "-|>", "color": "black", "linewidth": 1.2})
    axes.text(1.01, 0.8, "$n$", fontsize=9, va="center")
    notes = (r"equal tractions", r"$H^{\mathsf{T}}\sigma_1 = H^{\mathsf{T}}\sigma_2$", "strains differ by $H y$")
    for row, note in enumerate(notes):
        axes.text(1.42, 0.84 - 0.24 * row, note, fontsize=8, va="center")
    axes.text(0.65, -0.2, r"together: one material with stiffness $C$", ha="center", fontsize=8)


def tree(axes: Axes) -> None:
    """A network of depth 3 with one inactive leaf."""
    axes.set(xlim=(-0.7, 7.7), ylim=(-3.75, 0.5), title="network: a tree of blocks")
    first = 2**DEPTH - 1
    place = {first + leaf: (leaf, -DEPTH) for leaf in range(2**DEPTH)}
    for node in reversed(range(first)):
        left, right = place[2 * node + 1], place[2 * node + 2]
        place[node] = (np.mean([left[0], right[0]]), left[1] + 1)
    for node in range(1, len(place)):
        colour = "0.85" if node == first + INACTIVE else "0.45"
        axes.plot(*zip(place[(node - 1) // 2], place[node], strict=True), color=colour, linewidth=1.4, zorder=1)
    for node, (x, y) in place.items():
        leaf = node - first
        colour = JOINT if leaf < 0 else FIBRE if leaf % 2 else MATRIX
        look = {"facecolor": "0.93", "edgecolor": "0.75"} if leaf == INACTIVE else {"facecolor": colour}
        box = FancyBboxPatch((x - 0.2, y - 0.14), 0.4, 0.28, boxstyle="round,pad=0.04", linewidth=0.8, zorder=2, **look)
        axes.add_patch(box)
        named = f"{leaf}" if leaf >= 0 else "$n$"
        axes.text(x, y, named, ha="center", va="center", color="0.6" if leaf == INACTIVE else "white", zorder=3)
    axes.text(4.2, 0.0, "root: the composite", va="center", fontsize=8)
    axes.text(
        3.5, -3.5, r"leaves: phase 1 (blue) and 2 (orange) in turn; leaf 5 is inactive, $z_5 \leq 0$", ha="center"
    )


def main(picture: Path) -> None:
    """Draw both."""
    with style.applied():
        figure = Figure(figsize=(style.PAGE, 2.3), layout="constrained")
        for draw, axes in zip((block, tree), figure.subplots(1, 2), strict=True):
            draw(axes)
            axes.axis("off")
        figure.savefig(picture, dpi=200)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else PICTURE)
