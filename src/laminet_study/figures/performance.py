"""Accuracy and cost of online predictions (Figs. 11 - 13 and 15 - 17)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from laminet.errors import InputError
from laminet.plots import style
from laminet_study import statistics
from laminet_study.figures import elements
from laminet_study.statistics import COMPOSITE, Number, Prediction


@dataclass(frozen=True)
class Panel:
    """What a panel shows: axis label, the number (run, composite) of a study at a control, and its unit's factor."""

    label: str
    number: Number
    factor: float = 1.0

    def values(self, study: xr.Dataset, control: str) -> np.ndarray:
        """The number, in the unit of the label."""
        return self.factor * self.number(study, control).values


ERROR = Panel(r"Mean relative error $e_\sigma$ (%)", statistics.mean_relative_error, 100.0)
TIME = Panel("Online testing time (s)", statistics.testing_time)
ITERATIONS = Panel("Iterations per load step", statistics.iterations_per_step)
NODES = Panel("Active base nodes", statistics.active_nodes)
COST = Panel("Time per iteration\nand node (µs)", statistics.cost_per_iteration_and_node, 1e6)

Lines = dict[Prediction, str]
"""Predictions that are drawn, and their labels."""


def data_size(study: xr.Dataset, control: str) -> Figure:
    """Fig. 11: error of all models and composites together by data size, and each batch size's own mean."""
    groups = statistics.groups(study, "samples", "batch")
    errors = {key: ERROR.values(rows, control).ravel() for key, rows in groups.items()}
    counts = pd.Series({key: rows.sizes["run"] for key, rows in groups.items()}).groupby(level=0).sum()
    batches = sorted({batch for _, batch in groups})
    colour = style.colours(batches)
    figure = style.single(3.0)
    axes = figure.subplots()
    pooled = [
        np.concatenate([values for (size, _), values in errors.items() if size == samples]) for samples in counts.index
    ]
    position = np.arange(len(counts), dtype=float)
    elements.band(axes, position, elements.summary(pooled), "black", "all models", marker="o")
    for (samples, batch), values in errors.items():
        at = position[counts.index.get_loc(samples)] + 0.06 * (1 + batches.index(batch))
        look: dict[str, Any] = {"color": colour[batch]}
        axes.plot(np.full(values.size, at), values, ".", alpha=0.35, markersize=3, **look)
        ((mean, std),) = elements.summary([values]).fillna({"std": 0.0}).values
        axes.errorbar(at, mean, std, marker="s", capsize=2, label=f"batch {batch}", linewidth=1.0, **look)
        failed = ~statistics.converged(groups[samples, batch], control).all("load_case").values.ravel()
        elements.hollow(axes, np.full(failed.sum(), at), values[failed], colour[batch])
    axes.set(xlabel="Training samples", ylabel=ERROR.label, xlim=(-0.3, len(counts) - 0.3))
    axes.set_xticks(position, [f"{samples}\n(n = {count})" for samples, count in counts.items()])
    style.from_zero(axes)
    style.legend(figure, columns=4, order=["all models", *(f"batch {batch}" for batch in batches)])
    style.caption(
        figure,
        f"All {study.sizes['run']} models on {study.sizes['composite']} composites, {style.CONTROL[control]};",
        elements.design(study, "model", "depth", "scheme"),
        "Line and band: mean and one standard deviation over models (n) and composites; squares and bars: per batch "
        "size; dots: each model and composite.",
        elements.unconverged([study], control),
    )
    return figure


def regularisation(study: xr.Dataset, control: str, parameter: str) -> Figure:
    """Figs. 12 and 13: (a) error, (b) time, (c) iterations, (d) active nodes against `parameter`, "eta" or "xi"."""
    groups = {key: rows for (key,), rows in statistics.groups(study, parameter).items()}
    figure, panels = style.panels(4, columns=2)
    for axes, panel in zip(panels, (ERROR, TIME, ITERATIONS, NODES), strict=True):
        if panel is not NODES:  # the same network whatever the composite
            for composite, colour in zip(study["composite"].values.tolist(), style.PALETTE, strict=False):
                of_composite = {key: elements.of_composite(rows, composite) for key, rows in groups.items()}
                look = {"color": colour, "label": elements.named(composite), "linewidth": 0.9}
                _line(axes, panel, of_composite, control, spread=False, **look)
        _line(axes, panel, groups, control, color="black", label="mean", marker="o")
        axes.set_xscale("log")
        style.from_zero(axes)
        axes.set_xticks(list(groups), [f"{value:g}" for value in groups])
        axes.set_xticks([], minor=True)
        axes.set(xlabel=rf"$\{parameter}$", ylabel=panel.label)
    style.legend(figure)
    other = {"eta": "xi", "xi": "eta"}[parameter]
    style.caption(
        figure,
        f"{style.CONTROL[control].capitalize()};",
        elements.design(study, "model", "depth", "samples", "batch", other, "scheme"),
        "Black: mean over the composites.",
        elements.repetitions(groups.values()),
        elements.unconverged([study], control),
    )
    return figure


def residual_stress(study: xr.Dataset, control: str) -> Figure:
    """Fig. 15: DMN with and without residual stress: (a) error, (b) time, (c) iterations, (d) cost, by depth."""
    lines = {statistics.RESIDUAL: "with residual stress", statistics.SECANT: "without (secant)"}
    beside = {statistics.TANGENT: "without (tangent)"}
    return _by_depth(study, control, lines, beside, (ERROR, TIME, ITERATIONS, COST), columns=2)


def fixed_point_or_newton(study: xr.Dataset, control: str) -> Figure:
    """Fig. 16: IMN by fixed point and by Newton: (a) error, (b) time, (c) iterations, (d) cost, by depth."""
    lines = {statistics.FIXED_SECANT: "fixed point (secant)", statistics.NEWTON: "Newton"}
    beside = {statistics.FIXED_TANGENT: "fixed point (tangent)", statistics.CONDENSED_IMN: "condensed Newton"}
    return _by_depth(study, control, lines, beside, (ERROR, TIME, ITERATIONS, COST), columns=2)


def dmn_or_imn(study: xr.Dataset, control: str) -> Figure:
    """Fig. 17: DMN and IMN: (a) error, (b) time, (c) iterations, (d) active nodes, (e) cost, by depth."""
    lines = {statistics.RESIDUAL: "DMN (with residual stress)", statistics.NEWTON: "IMN (Newton)"}
    return _by_depth(study, control, lines, {}, (ERROR, TIME, ITERATIONS, NODES, COST), columns=2)


def _by_depth(
    study: xr.Dataset, control: str, lines: Lines, beside: Lines, panels: Sequence[Panel], columns: int
) -> Figure:
    """Panels against depth, a line per prediction, on one composite; those `beside` may be missing."""
    study = elements.of_composite(study, COMPOSITE)
    drawn = {}
    for prediction in (*lines, *beside):
        rows = statistics.select(study, **vars(prediction))
        if rows.sizes["run"]:
            drawn[prediction] = {depth: group for (depth,), group in statistics.groups(rows, "depth").items()}
        elif prediction in lines:
            raise InputError(
                f"{statistics.label(study)}: no {prediction.model} run was evaluated by the "
                f"scheme {prediction.scheme}; evaluate and collect it"
            )
    figure, grid = style.panels(len(panels), columns)
    for axes, panel in zip(grid, panels, strict=True):
        for (prediction, groups), colour, marker in zip(drawn.items(), style.PALETTE, elements.MARKERS, strict=False):
            look = {"marker": marker} if prediction in lines else elements.EXTRA
            label = (lines | beside)[prediction]
            _line(axes, panel, groups, control, spread=prediction in lines, color=colour, label=label, **look)
        depths = sorted({depth for groups in drawn.values() for depth in groups})
        axes.set(xlabel="Network depth $N$", ylabel=panel.label, xticks=depths)
        style.from_zero(axes)
    style.legend(figure, columns=4 if columns > 2 else 2)
    style.caption(
        figure,
        f"{elements.named(COMPOSITE)}, {style.CONTROL[control]};",
        elements.design(study, "samples", "batch"),
        elements.repetitions(rows for prediction in lines for rows in drawn[prediction].values()),
        elements.unconverged((rows for groups in drawn.values() for rows in groups.values()), control),
    )
    return figure


def _line(
    axes: Axes, panel: Panel, groups: Mapping[Any, xr.Dataset], control: str, spread: bool = True, **look: Any
) -> None:
    """Means over the networks of every group, with their band; a network counts with its mean over the composites.

    A mean over networks with curves that did not converge has a hollow marker.
    """
    x = np.array(list(groups))
    values = [panel.values(rows, control) for rows in groups.values()]
    summary = elements.summary([of_networks.reshape(len(of_networks), -1).mean(axis=1) for of_networks in values])
    colour = look.pop("color")
    elements.band(axes, x, summary if spread else summary.assign(std=np.nan), colour, **look)
    if panel is not NODES:  # counted on the network, without a load path
        failed = np.array([not statistics.converged(rows, control).all() for rows in groups.values()])
        elements.hollow(axes, x[failed], summary["mean"].values[failed], colour, look.get("marker", "o"))
