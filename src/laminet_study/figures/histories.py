"""Training histories and times (Figs. 7 and 14)."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator

from laminet.errors import InputError
from laminet.plots import style
from laminet_study import statistics
from laminet_study.figures import elements

ERROR_LABEL = r"Training error $e_\mathbf{C}$ (%)"


def data_size(study: xr.Dataset) -> Figure:
    """Fig. 7: training error (Eq. 33) against epochs, a panel per data size, a line per batch size."""
    groups = statistics.groups(statistics.trainings(study), "samples", "batch")
    sizes = sorted({samples for samples, _ in groups})
    looks = style.lines(sorted({batch for _, batch in groups}))
    figure, panels = style.panels(len(sizes), columns=min(len(sizes), 2))
    for axes, size in zip(panels, sizes, strict=True):
        of_size = {batch: rows for (samples, batch), rows in groups.items() if samples == size}
        _histories(axes, of_size, looks, "batch {}", f"{size} samples")
    style.legend(figure, order=[f"batch {batch}" for batch in looks])
    style.caption(figure, elements.design(study, "model", "depth"), elements.repetitions(groups.values()))
    return figure


def depth(study: xr.Dataset, times: xr.Dataset) -> Figure:
    """Fig. 14: training error of (a) DMN and (b) IMN by depth; (c) training times, the paper's code and ours."""
    rows = statistics.trainings(study)
    groups = statistics.groups(statistics.of_one_form(rows), "model", "depth")
    if not {"dmn", "imn"} <= {model for model, _ in groups}:
        raise InputError("study 'depth': needs runs of both models, dmn and imn; collect both")
    depths = sorted({layers for _, layers in groups})
    figure, (*histories, measured) = style.panels(3, columns=2)
    for axes, model in zip(histories, ("dmn", "imn"), strict=True):
        of_model = {layers: runs for (name, layers), runs in groups.items() if name == model}
        _histories(axes, of_model, style.lines(depths), "N = {}", model.upper())
    low, high = zip(*(axes.get_ylim() for axes in histories), strict=True)
    for axes in histories:  # the two models are to be compared
        axes.set_ylim(min(low), max(high))
    style.legend(figure, columns=5)
    epochs, cores = int(rows["epoch"].max()), int(times["threads"].max())
    _times(measured, _training_times(rows, times, epochs), depths)
    style.caption(
        figure,
        elements.design(study, "samples", "batch"),
        elements.repetitions(groups.values()),
        f"(c) Wall-clock time of {epochs:,} epochs; factors: DMN over IMN. PyTorch, as in the paper: eager, on all "
        f"{cores} cores, from the time of an epoch. Ours: compiled, on one core, whole trainings. The least of "
        f"{times.sizes['repeat']} repeats. A literal DMN has a rotation at every node, a reduced one only at the "
        "leaves.",
    )
    return figure


LOOKS: dict[str, dict[str, Any]] = {
    "DMN, PyTorch": {"color": style.PALETTE[1], "marker": "o"},
    "IMN, PyTorch": {"color": "black", "marker": "s"},
    "literal DMN, ours": {"color": style.PALETTE[1], "marker": "o", "linestyle": style.DASHES[1], "fillstyle": "none"},
    "reduced DMN, ours": {"color": style.PALETTE[0], "marker": "D", "linestyle": style.DASHES[3], "fillstyle": "none"},
    "IMN, ours": {"color": "black", "marker": "s", "linestyle": style.DASHES[2], "fillstyle": "none"},
}
"""Lines of training times."""

MEASURED = {
    "literal DMN, ours": ("dmn", "literal"),
    "reduced DMN, ours": ("dmn", "reduced"),
    "IMN, ours": ("imn", None),
}
"""Model and formulation of those that were whole trainings."""


def _training_times(rows: xr.Dataset, times: xr.Dataset, epochs: int) -> dict[str, dict[int, float]]:
    """Training times [s] by the label of their line and by depth, where they were measured."""
    lines: dict[str, dict[int, float]] = {}
    if "epoch_wall_time" in times and "torch" in times["backend"].values:
        eager = times["epoch_wall_time"].sel(backend="torch", formulation="literal", threads=times["threads"].max())
        for model, label in (("dmn", "DMN, PyTorch"), ("imn", "IMN, PyTorch")):
            if model in times["model"].values:
                least = (epochs * eager.sel(model=model).min("repeat")).dropna("depth")
                lines[label] = dict(zip(least["depth"].values.tolist(), least.values.tolist(), strict=True))
    if "training_wall_time" not in times:
        return lines
    whole = times["training_wall_time"].min("repeat").dropna("run").to_series()
    for label, (model, formulation) in MEASURED.items():
        of_form = statistics.select(rows, model=model, **({} if formulation is None else {"formulation": formulation}))
        known = zip(of_form["depth"].values.tolist(), of_form["run_id"].values.tolist(), strict=True)
        lines[label] = {layers: float(whole[run]) for layers, run in known if run in whole}
    return {label: of_line for label, of_line in lines.items() if of_line}


def _histories(axes: Axes, groups: Mapping[Any, xr.Dataset], looks: Mapping[Any, Any], label: str, title: str) -> None:
    """Mean training error [%] of groups of runs with its band, from just below the best run to just above the worst.

    The limits are those of the runs, so that a band reaching to zero cannot stretch the logarithmic axis.
    """
    every = []
    for key, rows in groups.items():
        errors = 100.0 * rows["train_error"].dropna("epoch", how="all")
        summary = elements.summary(errors.T.values)
        elements.band(axes, errors["epoch"], summary, label=label.format(key), **looks[key])
        every.append(errors.values[errors.values > 0.0])
    style.logarithmic(axes)
    axes.set(xlabel="Epoch", ylabel=ERROR_LABEL)
    axes.set_title(title)
    if (values := np.concatenate(every)).size:
        axes.set_ylim(0.8 * values.min(), 1.2 * values.max())


def _times(axes: Axes, lines: Mapping[str, Mapping[int, float]], depths: list[int]) -> None:
    """Training times by depth, and how much slower the paper's DMN is than its IMN."""
    for label, of_line in lines.items():
        axes.plot(list(of_line), list(of_line.values()), label=label, **LOOKS[label])
    slow, fast = (lines.get(label, {}) for label in ("DMN, PyTorch", "IMN, PyTorch"))
    for layers in sorted(set(slow) & set(fast)):
        axes.annotate(
            f"{slow[layers] / fast[layers]:.1f}",
            (layers, slow[layers]),
            (0.0, 3.5),
            textcoords="offset points",
            ha="center",
            fontsize=6,
        )
    style.logarithmic(axes)
    axes.yaxis.set_major_locator(LogLocator())  # several decades
    axes.margins(x=0.12, y=0.22)
    axes.set(xlabel="Network depth $N$", ylabel="Training time (s)", xticks=depths)
    axes.legend(loc="upper left", bbox_to_anchor=(1.08, 1.0), borderaxespad=0.0).set_in_layout(False)
