"""The look that all pictures and figures share: palette, panels, legend and caption.

They are drawn at the size they are printed in: two panels side by side fill a column of 85 mm, and no letter is smaller
than 6 pt.
"""

import contextlib
import math
import string
import textwrap
from collections.abc import Iterator, Sequence
from typing import Any

import matplotlib
import seaborn
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import LogLocator, NullFormatter

COLUMN = 85 / 25.4
"""Width of a printed column, in inches as all sizes."""

PAGE = 170 / 25.4
"""Width of a printed page of two columns."""

PANEL_HEIGHT = 1.55

SETTINGS: dict[Any, Any] = {
    "font.size": 7.0,
    "axes.labelsize": 7.0,
    "axes.labelpad": 2.5,
    "axes.titlesize": 7.0,
    "axes.titlepad": 3.5,
    "axes.grid": True,
    "axes.axisbelow": True,
    "axes.linewidth": 0.6,
    "grid.color": "0.9",
    "grid.linewidth": 0.5,
    "legend.fontsize": 7.0,
    "legend.frameon": False,
    "legend.handlelength": 2.2,
    "legend.columnspacing": 1.0,
    "legend.handletextpad": 0.5,
    "xtick.labelsize": 6.5,
    "ytick.labelsize": 6.5,
    "xtick.direction": "in",
    "ytick.direction": "in",
    "xtick.major.size": 2.5,
    "ytick.major.size": 2.5,
    "xtick.minor.size": 1.5,
    "ytick.minor.size": 1.5,
    "figure.constrained_layout.h_pad": 0.03,
    "figure.constrained_layout.w_pad": 0.03,
    "lines.linewidth": 1.1,
    "lines.markersize": 3.2,
    "lines.markeredgewidth": 0.6,
    "mathtext.fontset": "dejavusans",
    "pdf.fonttype": 42,  # embedded TrueType: text stays text
    "svg.hashsalt": "laminet",  # the same figure gives the same bytes
    "savefig.dpi": 300,
}

_BLIND = seaborn.color_palette("colorblind")
PALETTE = (_BLIND[0], _BLIND[1], _BLIND[4], _BLIND[2], _BLIND[3], *_BLIND[5:])
"""Colours that colour-blind readers tell apart, neighbours also by lightness."""

DASHES = ("-", (0, (4, 1.2)), (0, (1, 1)), (0, (6, 1, 1, 1)), (0, (2.5, 1)))
"""Of lines that may coincide."""

REFERENCE: dict[str, Any] = {"color": "black", "linestyle": "--", "linewidth": 1.0, "zorder": 5}
"""How a reference (DNS) curve is drawn."""

CONTROL = {"strain": "uniaxial strain", "stress": "uniaxial stress"}


@contextlib.contextmanager
def applied() -> Iterator[None]:
    """The shared settings, for the time of drawing and saving only."""
    with matplotlib.rc_context():
        matplotlib.rcdefaults()
        matplotlib.rcParams.update(SETTINGS)
        yield


def single(height: float) -> Figure:
    """A figure of one column's width, without axes."""
    return Figure(figsize=(COLUMN, height), layout="constrained")


def panels(count: int, columns: int, width: float = COLUMN / 2) -> tuple[Figure, list[Axes]]:
    """A figure of `count` lettered panels in rows of `columns`, each so wide; a single panel has no letter."""
    rows = -(-count // columns)
    size = max(width * columns, COLUMN), PANEL_HEIGHT * rows + 0.5
    figure = Figure(figsize=size, layout="constrained")
    grid = figure.subplots(rows, columns, squeeze=False).ravel()
    for letter, axes in zip(string.ascii_lowercase, grid[:count] if count > 1 else (), strict=False):
        axes.set_title(f"({letter})", loc="left", fontweight="bold")
    for axes in grid[count:]:
        axes.remove()
    return figure, list(grid[:count])


def colours(values: Sequence[Any]) -> dict[Any, Any]:
    """A colour for every value, in order, the same wherever the same values are shown."""
    return {value: PALETTE[index % len(PALETTE)] for index, value in enumerate(values)}


def lines(values: Sequence[Any]) -> dict[Any, dict[str, Any]]:
    """How the line of every value is drawn: colour, dashes, and thinner than the one before, which shows below it."""
    return {
        value: {"color": colour, "linestyle": DASHES[index % len(DASHES)], "linewidth": max(1.7 - 0.25 * index, 0.7)}
        for index, (value, colour) in enumerate(colours(values).items())
    }


def from_zero(axes: Axes) -> None:
    """Vertical axis from zero, so that differences look as large as they are; lower where a band ends there."""
    lowest = axes.dataLim.ymin if math.isfinite(axes.dataLim.ymin) else 0.0  # without data there is no limit
    axes.set_ylim(1.05 * min(0.0, lowest), 1.03 * axes.get_ylim()[1])


def logarithmic(axes: Axes, name: str = "y") -> None:
    """Make the axis "x" or "y" logarithmic, with plain numbers at 1, 2 and 5 of every decade."""
    axes.set(**{f"{name}scale": "log"})
    axis = {"x": axes.xaxis, "y": axes.yaxis}[name]
    axis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
    axis.set_major_formatter("{x:g}")
    axis.set_minor_formatter(NullFormatter())


def legend(figure: Figure, columns: int = 5, order: Sequence[str] = ()) -> None:
    """One legend above all panels, each label once, those of `order` first, then as they appear.

    It has as many columns as fit into the figure, `columns` at most.
    """
    entries: dict[str, Any] = {}
    for axes in figure.axes:
        for handle, label in zip(*axes.get_legend_handles_labels(), strict=True):
            entries.setdefault(label, handle)
    entries = {label: entries[label] for label in sorted(entries, key=lambda label: (*order, label).index(label))}
    for count in range(min(columns, len(entries)), 0, -1):
        made = figure.legend(entries.values(), entries.keys(), loc="outside upper center", ncols=count)
        if made.get_window_extent().width <= figure.bbox.width or count == 1:
            break
        made.remove()


def phase_legend(figure: Figure, labels: Sequence[str], *others: Line2D, **look: Any) -> None:
    """Legend above all panels: a marker in the colour of each phase, then other lines."""
    phases = [Line2D([], [], marker="o", color=c, label=name, **look) for name, c in colours(labels).items()]
    handles = [*phases, *others]
    figure.legend(handles=handles, loc="outside upper center", ncols=len(handles))


def caption(figure: Figure, *sentences: str) -> None:
    """Small print below the panels: what was repeated how often, at which settings."""
    text = " ".join(sentence for sentence in sentences if sentence)
    width = int(22 * figure.get_size_inches()[0])
    figure.supxlabel("\n".join(textwrap.wrap(text, width)), x=0.01, ha="left", fontsize=6, color="0.3")
