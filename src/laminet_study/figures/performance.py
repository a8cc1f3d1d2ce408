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
from laminet_study import resolution, statistics
from laminet_study.figures import elements
from laminet_study.registry import named
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

SIDE = 0.14
"""Distance between the batch sizes of Fig. 11, of that between two data sizes."""

SIZES = (5.0, 2.6, 2.6, 1.8)
"""Of markers that may coincide: the first shows around the others."""

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
    centre = dict(zip(counts.index, np.arange(len(counts), dtype=float), strict=True))
    drawn = {samples: [batch for size, batch in groups if size == samples] for samples in centre}
    every = {size: np.concatenate([errors[size, batch] for batch in batches]) for size, batches in drawn.items()}
    # Of each data size all models together and then batch by batch, side by side around its label.
    left = {samples: at - 0.5 * SIDE * len(drawn[samples]) for samples, at in centre.items()}
    elements.band(axes, list(left.values()), elements.summary(every.values()), "black", "all models", marker="o")
    for (samples, batch), values in errors.items():
        at = left[samples] + SIDE * (1 + drawn[samples].index(batch))
        look: dict[str, Any] = {"color": colour[batch]}
        axes.plot(np.full(values.size, at), values, ".", alpha=0.35, markeredgewidth=0, **look)
        ((mean, std),) = elements.summary([values]).fillna({"std": 0.0}).values
        marker = elements.MARKERS[1 + batches.index(batch)]
        axes.errorbar(at, mean, std, marker=marker, capsize=2, label=f"batch {batch}", linewidth=1.0, **look)
        failed = ~statistics.converged(groups[samples, batch], control).all("load_case").values.ravel()
        elements.hollow(axes, np.full(failed.sum(), at), values[failed], colour[batch])
    axes.set(xlabel="Training samples", ylabel=ERROR.label, xlim=(-0.5, len(counts) - 0.5))
    axes.set_xticks(list(centre.values()), [f"{samples}\n(n = {count})" for samples, count in counts.items()])
    axes.tick_params(axis="x", length=0)
    axes.grid(visible=False, axis="x")
    for between in list(centre.values())[1:]:
        axes.axvline(between - 0.5, color="0.8", linewidth=0.5, zorder=0)
    style.from_zero(axes)
    style.legend(figure, columns=4, order=["all models", *(f"batch {batch}" for batch in batches)])
    below = " Errors are positive: bars that end below zero are of skewed distributions." if axes.get_ylim()[0] else ""
    style.caption(
        figure,
        f"All {study.sizes['run']} models on {study.sizes['composite']} composites, {style.CONTROL[control]};",
        elements.design(study, "model", "depth", "scheme"),
        "Line and band: mean and one standard deviation over models (n) and composites; other markers and bars: the "
        f"same of a batch size; dots: each model and composite.{below}",
        elements.unconverged([study], control),
        resolution.sentence(resolution.by_composite(study), control),
    )
    return figure


def regularisation(study: xr.Dataset, control: str, parameter: str) -> Figure:
    """Figs. 12 and 13: (a) error, (b) time, (c) iterations, (d) active nodes against `parameter`, "eta" or "xi"."""
    groups = {key: rows for (key,), rows in statistics.groups(study, parameter).items()}
    figure, panels = style.panels(4, columns=2)
    composites = study["composite"].values.tolist()
    looks = style.lines(composites)
    timed = [name for name in composites if np.isfinite(TIME.values(study.sel(composite=name), control)).any()]
    for axes, panel in zip(panels, (ERROR, TIME, ITERATIONS, NODES), strict=True):
        shown = {NODES: [], TIME: timed}.get(panel, composites)  # nodes: the same network whatever the composite
        for composite in shown:
            of_composite = {key: elements.of_composite(rows, composite) for key, rows in groups.items()}
            label = named(composite)
            _line(axes, panel, of_composite, control, spread=len(shown) == 1, label=label, **looks[composite])
        if len(shown) != 1:
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
        _testing(study, timed),
        elements.repetitions(groups.values()),
        elements.unconverged([study], control),
        resolution.sentence(resolution.by_composite(study), control),
    )
    return figure


def _testing(study: xr.Dataset, composites: Sequence[str]) -> str:
    """Caption sentence on what is called online testing time."""
    if not composites:
        return "Online testing times were not measured."
    names = " and ".join(map(named, composites))
    return (
        f"Online testing time: CPU time of the six load cases of {names} together, {study.sizes['step'] - 1} steps "
        f"each, on one core; the least of {study.sizes['repeat']} repeats."
    )


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
    study = statistics.of_one_form(elements.of_composite(study, COMPOSITE))
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
    looks = style.lines(list(drawn))
    for axes, panel in zip(grid, panels, strict=True):
        for (prediction, groups), marker, size in zip(drawn.items(), elements.MARKERS, SIZES, strict=False):
            look = {**looks[prediction], "marker": marker, "markersize": size}
            label = (lines | beside)[prediction]
            _line(axes, panel, groups, control, spread=prediction in lines, label=label, **look)
        depths = sorted({depth for groups in drawn.values() for depth in groups})
        axes.set(xlabel="Network depth $N$", ylabel=panel.label, xticks=depths)
        style.from_zero(axes)
    style.legend(figure, columns=2)
    timed = [COMPOSITE] if np.isfinite(TIME.values(study, control)).any() else []
    style.caption(
        figure,
        f"{named(COMPOSITE)}, {style.CONTROL[control]};",
        elements.design(study, "samples", "batch"),
        _testing(study, timed),
        elements.repetitions(rows for prediction in lines for rows in drawn[prediction].values()),
        elements.unconverged((rows for groups in drawn.values() for rows in groups.values()), control),
        resolution.sentence({COMPOSITE: study}, control),
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
    elements.band(axes, x, summary if spread else summary.assign(std=np.nan), **look)
    if panel is not NODES:  # counted on the network, without a load path
        failed = np.array([not statistics.converged(rows, control).all() for rows in groups.values()])
        elements.hollow(axes, x[failed], summary["mean"].values[failed], look["color"], look.get("marker", "o"))
