"""Training histories and times (Figs. 7 and 14)."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, NullFormatter

from laminet.errors import InputError
from laminet_study import statistics
from laminet_study.figures import style

ERROR_LABEL = r"Training error $e_\mathbf{C}$ (%)"


def data_size(study: xr.Dataset) -> Figure:
    """Fig. 7: training error (Eq. 33) against epochs, a panel per data size, a line per batch size."""
    groups = statistics.groups(statistics.trainings(study), "samples", "batch")
    sizes = sorted({samples for samples, _ in groups})
    colour = style.colours(sorted({batch for _, batch in groups}))
    figure, panels = style.panels(len(sizes), columns=min(len(sizes), 3))
    for axes, size in zip(panels, sizes, strict=True):
        chosen = {batch: rows for (samples, batch), rows in groups.items() if samples == size}
        for batch, rows in chosen.items():
            _history(axes, rows, colour[batch], f"batch {batch}")
        _finish(axes, list(chosen.values()))
        axes.set_title(f"{size} samples")
    style.legend(figure, order=[f"batch {batch}" for batch in colour])
    style.caption(
        figure,
        style.design(study, "model", "depth"),
        style.repetitions([rows.sizes["run"] for rows in groups.values()]),
    )
    return figure


def depth(study: xr.Dataset) -> Figure:
    """Fig. 14: training error of (a) DMN and (b) IMN by depth; (c) training time of both, the speed-up written in."""
    rows = statistics.trainings(study)
    groups = statistics.groups(rows, "model", "depth")
    models = [model for model in ("dmn", "imn") if any(found == model for found, _ in groups)]
    if len(models) < 2:
        raise InputError("study 'depth': needs runs of both models, dmn and imn; collect both")
    depths = sorted({layers for _, layers in groups})
    colour = style.colours(depths)
    figure, (first, second, times) = style.panels(3, columns=3)
    for axes, model in zip((first, second), models, strict=True):
        chosen = {layers: found for (name, layers), found in groups.items() if name == model}
        for layers, found in chosen.items():
            _history(axes, found, colour[layers], f"N = {layers}")
        _finish(axes, list(chosen.values()))
        axes.set_title(model.upper())
    limits = [axes.get_ylim() for axes in (first, second)]
    for axes in (first, second):  # the two models are to be compared
        axes.set_ylim(min(low for low, _ in limits), max(high for _, high in limits))
    _times(times, groups, depths)
    style.legend(figure, columns=8)
    threads = ", ".join(map(str, np.unique(rows["training_threads"].values)))
    style.caption(
        figure,
        style.design(study, "samples", "batch", "formulation", "backend"),
        style.repetitions([found.sizes["run"] for found in groups.values()]),
        f"(c) threads: {threads}; factors: median time of the DMN over that of the IMN.",
    )
    return figure


def _history(axes: Axes, rows: xr.Dataset, colour: Any, label: str) -> None:
    """Mean training error [%] of some runs, with its band."""
    values = 100.0 * rows["train_error"].dropna("epoch", how="all")
    style.band(axes, values["epoch"].values, statistics.summarise(values.values), colour, label, linewidth=1.0)


def _finish(axes: Axes, rows: Sequence[xr.Dataset]) -> None:
    """Logarithmic error axis from just below the best run, so that a band reaching to zero cannot stretch it."""
    values = 100.0 * np.concatenate([found["train_error"].values.ravel() for found in rows])
    values = values[np.isfinite(values) & (values > 0.0)]
    _logarithmic(axes)
    axes.set(xlabel="Epoch", ylabel=ERROR_LABEL)
    if values.size:
        axes.set_ylim(0.8 * values.min(), 1.2 * values.max())


def _logarithmic(axes: Axes) -> None:
    """Logarithmic vertical axis with plain numbers at 1, 2 and 5 of every decade."""
    axes.set_yscale("log")
    axes.yaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
    axes.yaxis.set_major_formatter("{x:g}")
    axes.yaxis.set_minor_formatter(NullFormatter())


def _times(axes: Axes, groups: dict[tuple[Any, ...], xr.Dataset], depths: Sequence[int]) -> None:
    """Training time by depth and the speed-up of the IMN where both models are there."""
    for model, colour, marker in (("dmn", style.PALETTE[7], "o"), ("imn", "black", "s")):
        own = [layers for layers in depths if (model, layers) in groups]
        values = [groups[model, layers]["training_time"].values for layers in own]
        summaries = [statistics.summarise(column) for column in values]
        style.band(axes, np.array(own), style.stacked(summaries), colour, model.upper(), marker=marker)
    for layers in depths:
        if ("dmn", layers) in groups and ("imn", layers) in groups:
            slow, fast = (groups[model, layers]["training_time"].values for model in ("dmn", "imn"))
            axes.annotate(
                f"{statistics.ratio_of_medians(slow, fast):.1f}$\\times$",
                (layers, np.sqrt(slow.mean() * fast.mean())),
                ha="center",
                va="center",
                fontsize=8,
            )
    _logarithmic(axes)
    axes.margins(x=0.1, y=0.1)
    axes.set(xlabel="Network depth $N$", ylabel="Training time (s)", xticks=list(depths))
