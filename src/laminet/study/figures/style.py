"""The look that all figures share: palette, panels, bands, legend and caption."""

import contextlib
import textwrap
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import matplotlib
import numpy as np
import seaborn
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from laminet.errors import InputError
from laminet.study import statistics
from laminet.study.statistics import Summary

PANEL_WIDTH, PANEL_HEIGHT = 3.0, 2.5
"""Size of one panel in inches."""

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
MARKERS = "osD^vPX<>*"
LINES = ("-", "-.", ":", "--")
BAND = 0.2
"""Opacity of a one-standard-deviation band."""

REFERENCE: dict[str, Any] = {"color": "black", "linestyle": "--", "linewidth": 1.3, "zorder": 5}
"""How a reference (DNS) curve is drawn."""

EXTRA: dict[str, Any] = {"linestyle": (0, (4, 2)), "linewidth": 0.8}
"""How a variant beside the paper's own content is drawn."""

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
    for letter, axes in zip("abcdefghi", grid[:count] if count > 1 else [], strict=False):
        axes.set_title(f"({letter})", loc="left", fontweight="bold")
    for axes in grid[count:]:
        axes.remove()
    return figure, list(grid[:count])


def colours(values: Sequence[Any]) -> dict[Any, Any]:
    """A colour for every value, in order, the same wherever the same values are shown."""
    return {value: PALETTE[index % len(PALETTE)] for index, value in enumerate(values)}


def of_composite(study: xr.Dataset, composite: str) -> xr.Dataset:
    """The study on one composite alone, without the dimension.

    Raises:
        InputError: the study was not evaluated on it.
    """
    if composite not in study["composite"].values:
        raise InputError(
            f"{statistics.label(study)}: was not evaluated on {composite}, "
            f"only on {', '.join(study['composite'].values)}"
        )
    return study.sel(composite=composite)


def stacked(summaries: Iterable[Summary]) -> Summary:
    """One summary with an entry for each of several scalar ones, to be drawn as a line."""
    found = list(summaries)
    return Summary(*(np.array([getattr(entry, name) for entry in found]) for name in ("mean", "std", "count")))


def band(axes: Axes, x: np.ndarray, summary: Summary, colour: Any, label: str | None = None, **line: Any) -> None:
    """Mean line and a band of one standard deviation; no band where there is but one value."""
    axes.plot(x, summary.mean, color=colour, label=label, **line)
    if np.isfinite(summary.std).any():
        lower, upper = summary.mean - summary.std, summary.mean + summary.std
        axes.fill_between(x, lower, upper, color=colour, alpha=BAND, linewidth=0)


def from_zero(axes: Axes) -> None:
    """Vertical axis from zero, so that differences look as large as they are."""
    axes.set_ylim(0.0, 1.03 * axes.get_ylim()[1])


def hollow(axes: Axes, x: np.ndarray, y: np.ndarray, colour: Any, marker: str = "o") -> None:
    """Mark what includes curves that did not converge, where it is a number."""
    finite = np.isfinite(y)
    axes.plot(x[finite], y[finite], marker, color=colour, markerfacecolor="white", zorder=6)


def legend(figure: Figure, columns: int = 5, order: Sequence[str] = ()) -> None:
    """One legend above all panels, each label once, those of `order` first, then as they appear."""
    entries: dict[str, Any] = {}
    for axes in figure.axes:
        for handle, label in zip(*axes.get_legend_handles_labels(), strict=True):
            entries.setdefault(label, handle)
    entries = {label: entries[label] for label in sorted(entries, key=lambda label: (*order, label).index(label))}
    figure.legend(entries.values(), entries.keys(), loc="outside upper center", ncols=min(columns, len(entries)))


def caption(figure: Figure, *sentences: str) -> None:
    """Small print below the panels: what was repeated how often, at which settings."""
    text = " ".join(sentence for sentence in sentences if sentence)
    width = int(19 * figure.get_size_inches()[0])
    figure.supxlabel("\n".join(textwrap.wrap(text, width)), x=0.01, ha="left", fontsize=7, color="0.3")


SYMBOLS = {"depth": "N =", "eta": "η =", "xi": "ξ ="}


def design(study: xr.Dataset, *names: str) -> str:
    """Caption sentence on the named design coordinates, such as 'DMN, N = 7, 400 samples.'"""
    parts = []
    for name in names:
        values = ", ".join(
            f"{value:g}" if isinstance(value, float) else str(value) for value in np.unique(study[name].values).tolist()
        )
        if name == "model":
            parts.append(values.upper())
        elif name == "samples":
            parts.append(f"{values} samples")
        else:
            parts.append(f"{SYMBOLS.get(name, name)} {values}")
    return ", ".join(parts) + "."


def repetitions(counts: Sequence[int]) -> str:
    """Caption sentence on the number of initialisations behind the lines."""
    low, high = min(counts), max(counts)
    if high == 1:
        return "One initialisation (n = 1)."
    number = f"{low}" if low == high else f"{low} to {high}"
    return f"Lines: mean over n = {number} initialisations; bands: one standard deviation."


def unconverged(groups: Iterable[xr.Dataset], control: str) -> str:
    """Caption sentence on the curves of these rows that did not converge, empty if all did."""
    found = list(groups)
    converged, complete = (
        np.concatenate([of(rows, control).values.ravel() for rows in found])
        for of in (statistics.converged, statistics.complete)
    )
    if converged.all():
        return ""
    lost = f" ({(~complete).sum()} broke off, left out of the means)" if not complete.all() else ""
    return f"Hollow markers: {(~converged).sum()} of {converged.size} curves not converged{lost}."
