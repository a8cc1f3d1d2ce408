"""Training histories and times (Figs. 7 and 14)."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

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


def depth(study: xr.Dataset) -> Figure:
    """Fig. 14: training error of (a) DMN and (b) IMN by depth; (c) training time of both, the speed-up written in."""
    rows = statistics.trainings(study)
    groups = statistics.groups(rows, "model", "depth")
    if not {"dmn", "imn"} <= {model for model, _ in groups}:
        raise InputError("study 'depth': needs runs of both models, dmn and imn; collect both")
    depths = sorted({layers for _, layers in groups})
    figure, (*histories, times) = style.panels(3, columns=2)
    for axes, model in zip(histories, ("dmn", "imn"), strict=True):
        of_model = {layers: runs for (name, layers), runs in groups.items() if name == model}
        _histories(axes, of_model, style.lines(depths), "N = {}", model.upper())
    low, high = zip(*(axes.get_ylim() for axes in histories), strict=True)
    for axes in histories:  # the two models are to be compared
        axes.set_ylim(min(low), max(high))
    _times(times, groups, depths)
    style.legend(figure, columns=8)
    threads = ", ".join(map(str, np.unique(rows["training_threads"].values)))
    style.caption(
        figure,
        elements.design(study, "samples", "batch", "formulation", "backend"),
        elements.repetitions(groups.values()),
        f"(c) threads: {threads}; factors: median time of the DMN over that of the IMN.",
    )
    return figure


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
    elements.logarithmic(axes)
    axes.set(xlabel="Epoch", ylabel=ERROR_LABEL)
    axes.set_title(title)
    if (values := np.concatenate(every)).size:
        axes.set_ylim(0.8 * values.min(), 1.2 * values.max())


def _times(axes: Axes, groups: Mapping[tuple[Any, ...], xr.Dataset], depths: list[int]) -> None:
    """Training time by depth and the speed-up of the IMN where both models are there."""
    times = {key: rows["training_time"].values for key, rows in groups.items()}
    for model, colour, marker in (("dmn", style.PALETTE[7], "o"), ("imn", "black", "s")):
        of_model = {layers: values for (name, layers), values in times.items() if name == model}
        summary = elements.summary(of_model.values())
        elements.band(axes, list(of_model), summary, colour, model.upper(), marker=marker)
    for layers in depths:
        if ("dmn", layers) in times and ("imn", layers) in times:
            slow, fast = (times[model, layers] for model in ("dmn", "imn"))
            factor = np.nanmedian(slow) / np.nanmedian(fast)
            place = (layers, np.sqrt(slow.mean() * fast.mean()))
            axes.annotate(f"{factor:.1f}$\\times$", place, ha="center", va="center", fontsize=6.5)
    elements.logarithmic(axes)
    axes.margins(x=0.2, y=0.1)
    axes.set(xlabel="Network depth $N$", ylabel="Training time (s)", xticks=depths)
