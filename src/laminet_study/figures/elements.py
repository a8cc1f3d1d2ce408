"""What the figures of the study share beyond the look of all pictures: bands, markers, sentences of captions."""

from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr
from matplotlib.axes import Axes
from numpy.typing import ArrayLike

from laminet.errors import InputError
from laminet_study import provenance, statistics

MARKERS = "osD^vPX<>*"
BAND = 0.2
"""Opacity of a one-standard-deviation band."""

EXTRA: dict[str, Any] = {"linestyle": (0, (4, 2)), "linewidth": 0.8}
"""How a variant that the paper does not show is drawn."""


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


def summary(values: np.ndarray | Iterable[ArrayLike]) -> pd.DataFrame:
    """Mean and sample standard deviation (n - 1) of every row of values, of its finite ones; rows may differ in length.

    A mean is NaN where no value is finite, a deviation where fewer than two are.
    """
    rows = values if isinstance(values, np.ndarray) else [pd.Series(np.ravel(row)) for row in values]
    table = pd.DataFrame(rows)
    return pd.DataFrame({"mean": table.mean(axis=1), "std": table.std(axis=1)})


def band(axes: Axes, x: ArrayLike, summary: pd.DataFrame, color: Any, label: str | None = None, **line: Any) -> None:
    """Mean line and a band of one standard deviation; no band where there is but one value.

    Not by seaborn's lineplot: it drops what is NaN, and so would join the points on both sides of a gap.
    """
    axes.plot(x, summary["mean"], color=color, label=label, **line)
    if summary["std"].notna().any():
        lower, upper = summary["mean"] - summary["std"], summary["mean"] + summary["std"]
        axes.fill_between(x, lower, upper, color=color, alpha=BAND, linewidth=0)


def hollow(axes: Axes, x: np.ndarray, y: np.ndarray, colour: Any, marker: str = "o") -> None:
    """Mark what includes curves that did not converge, where it is a number."""
    finite = np.isfinite(y)
    axes.plot(x[finite], y[finite], marker, color=colour, markerfacecolor="white", zorder=6)


WORDS = {"samples": "{} samples", "batch": "batch {}", "depth": "N = {}", "eta": "η = {}", "xi": "ξ = {}"}
"""What captions say of numbers of the design."""

NAMES = {
    "dmn": "DMN",
    "imn": "IMN",
    "newton_condensed": "condensed Newton",
    "dmn_residual": "with residual stress",
    "dmn_no_residual_secant": "without residual stress (secant)",
    "dmn_no_residual_tangent": "without residual stress (tangent)",
    "imn_newton_dense": "Newton",
    "imn_fixed_point_secant": "fixed point (secant)",
    "imn_fixed_point_tangent": "fixed point (tangent)",
    "reduced": "rotations at the leaves",
    "literal": "rotations at every node",
    "native": "compiled code",
    "torch": "PyTorch",
}
"""What captions call models, schemes, formulations and backends."""


def design(study: xr.Dataset, *names: str) -> str:
    """Caption sentence on the named design coordinates, such as 'DMN, N = 7, 400 samples.'"""
    parts = []
    for name in names:
        values = [NAMES.get(value, provenance.text(value)) for value in np.unique(study[name].values).tolist()]
        parts.append(WORDS.get(name, "{}").format(", ".join(values)))
    return ", ".join(parts) + "."


def repetitions(groups: Iterable[xr.Dataset]) -> str:
    """Caption sentence on the number of initialisations behind the lines."""
    counts = [rows.sizes["run"] for rows in groups]
    low, high = min(counts), max(counts)
    if high == 1:
        return "One initialisation (n = 1)."
    number = f"{low}" if low == high else f"{low} to {high}"
    return f"Lines: mean over n = {number} initialisations; bands: one standard deviation."


def unconverged(groups: Iterable[xr.Dataset], control: str) -> str:
    """Caption sentence on the curves of these rows that did not converge, empty if all did."""
    shown = list(groups)
    converged, complete = (
        np.concatenate([of(rows, control).values.ravel() for rows in shown])
        for of in (statistics.converged, statistics.complete)
    )
    if converged.all():
        return ""
    lost = f" ({(~complete).sum()} broke off, left out of the means)" if not complete.all() else ""
    return f"Hollow markers: {(~converged).sum()} of {converged.size} curves not converged{lost}."
