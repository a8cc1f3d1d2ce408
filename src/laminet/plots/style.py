"""The look that all pictures and figures share: palette, panels, legend and caption."""

import contextlib
import string
import textwrap
from collections.abc import Iterator, Sequence
from typing import Any

import matplotlib
import seaborn
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

PANEL_WIDTH, PANEL_HEIGHT = 3.0, 2.5  # inches

SETTINGS: dict[Any, Any] = {
    "font.size": 9.0,
    "axes.labelsize": 9.0,
    "axes.titlesize": 9.0,
    "axes.grid": True,
    "axes.axisbelow": True,
    "axes.linewidth": 0.8,
    "grid.color": "0.9",
    "grid.linewidth": 0.6,
    "legend.fontsize": 8.0,
    "legend.frameon": False,
    "xtick.labelsize": 8.0,
    "ytick.labelsize": 8.0,
    "xtick.direction": "in",
    "ytick.direction": "in",
    "lines.linewidth": 1.4,
    "lines.markersize": 4.5,
    "mathtext.fontset": "dejavusans",
    "pdf.fonttype": 42,  # embedded TrueType: text stays text
    "svg.hashsalt": "laminet",  # the same figure gives the same bytes
    "savefig.dpi": 200,
}

PALETTE = tuple(seaborn.color_palette("colorblind"))

REFERENCE: dict[str, Any] = {"color": "black", "linestyle": "--", "linewidth": 1.3, "zorder": 5}
"""How a reference (DNS) curve is drawn."""

CONTROL = {"strain": "uniaxial strain", "stress": "uniaxial stress"}


@contextlib.contextmanager
def applied() -> Iterator[None]:
    """The shared settings, for the time of drawing and saving only."""
    with matplotlib.rc_context():
        matplotlib.rcdefaults()
        matplotlib.rcParams.update(SETTINGS)
        yield


def panels(count: int, columns: int) -> tuple[Figure, list[Axes]]:
    """A figure of `count` lettered panels in rows of `columns`; a single panel has no letter."""
    rows = -(-count // columns)
    figure = Figure(figsize=(PANEL_WIDTH * columns, PANEL_HEIGHT * rows + 0.6), layout="constrained")
    grid = figure.subplots(rows, columns, squeeze=False).ravel()
    for letter, axes in zip(string.ascii_lowercase, grid[:count] if count > 1 else (), strict=False):
        axes.set_title(f"({letter})", loc="left", fontweight="bold")
    for axes in grid[count:]:
        axes.remove()
    return figure, list(grid[:count])


def colours(values: Sequence[Any]) -> dict[Any, Any]:
    """A colour for every value, in order, the same wherever the same values are shown."""
    return {value: PALETTE[index % len(PALETTE)] for index, value in enumerate(values)}


def from_zero(axes: Axes) -> None:
    """Vertical axis from zero, so that differences look as large as they are."""
    axes.set_ylim(0.0, 1.03 * axes.get_ylim()[1])


def legend(figure: Figure, columns: int = 5, order: Sequence[str] = ()) -> None:
    """One legend above all panels, each label once, those of `order` first, then as they appear."""
    entries: dict[str, Any] = {}
    for axes in figure.axes:
        for handle, label in zip(*axes.get_legend_handles_labels(), strict=True):
            entries.setdefault(label, handle)
    entries = {label: entries[label] for label in sorted(entries, key=lambda label: (*order, label).index(label))}
    figure.legend(entries.values(), entries.keys(), loc="outside upper center", ncols=min(columns, len(entries)))


def phase_legend(figure: Figure, labels: Sequence[str], *others: Line2D, **look: Any) -> None:
    """Legend above all panels: a marker in the colour of each phase, then other lines."""
    phases = [Line2D([], [], marker="o", color=c, label=name, **look) for name, c in colours(labels).items()]
    handles = [*phases, *others]
    figure.legend(handles=handles, loc="outside upper center", ncols=len(handles))


def caption(figure: Figure, *sentences: str) -> None:
    """Small print below the panels: what was repeated how often, at which settings."""
    text = " ".join(sentence for sentence in sentences if sentence)
    width = int(19 * figure.get_size_inches()[0])
    figure.supxlabel("\n".join(textwrap.wrap(text, width)), x=0.01, ha="left", fontsize=7, color="0.3")
