"""Accuracy and cost of online predictions (Figs. 11 - 13 and 15 - 17)."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from laminet.errors import InputError
from laminet_study import statistics
from laminet_study.figures import style
from laminet_study.figures.stress import named


@dataclass(frozen=True)
class Quantity:
    """What a panel shows: axis label, the number (run, composite) of a study at a control, and its unit's factor."""

    label: str
    of: Callable[[xr.Dataset, str], xr.DataArray]
    factor: float = 1.0


ERROR = Quantity(r"Mean relative error $e_\sigma$ (%)", statistics.mean_relative_error, 100.0)
TIME = Quantity("Online testing time (s)", statistics.testing_time)
ITERATIONS = Quantity("Iterations per load step", statistics.iterations_per_step)
NODES = Quantity("Active base nodes", statistics.active_nodes)
COST = Quantity("Time per iteration\nand node (µs)", statistics.cost_per_iteration_and_node, 1e6)

COMPOSITE = "composite_1"
"""The composite of Secs. 3.4 - 3.6."""


@dataclass(frozen=True)
class Line:
    """A scheme in Figs. 15 - 17; `extra` ones stand beside the paper's own."""

    model: str
    scheme: str
    label: str
    extra: bool = False


def data_size(study: xr.Dataset, control: str) -> Figure:
    """Fig. 11: error of all models and composites together by data size, and each batch size's own mean."""
    groups = statistics.groups(study, "samples", "batch")
    errors = {key: 100.0 * statistics.mean_relative_error(rows, control).values for key, rows in groups.items()}
    sizes = sorted({samples for samples, _ in groups})
    batches = sorted({batch for _, batch in groups})
    colour = style.colours(batches)
    figure = Figure(figsize=(4.8, 4.0), layout="constrained")
    axes = figure.subplots()
    pooled = [
        np.concatenate([found.ravel() for (size, _), found in errors.items() if size == samples]) for samples in sizes
    ]
    position = np.arange(len(sizes), dtype=float)
    style.band(axes, position, style.stacked(map(statistics.summarise, pooled)), "black", "all models", marker="o")
    for (samples, batch), found in errors.items():
        shift = 0.06 * (1 + batches.index(batch))
        at = position[sizes.index(samples)] + shift
        axes.plot(np.full(found.size, at), found.ravel(), ".", color=colour[batch], alpha=0.35, markersize=3)
        own = statistics.summarise(found.ravel())
        axes.errorbar(
            at,
            own.mean,
            np.nan_to_num(own.std),
            color=colour[batch],
            marker="s",
            capsize=2,
            label=f"batch {batch}",
            linewidth=1.0,
        )
        failed = ~statistics.converged(groups[samples, batch], control).all("load_case").values.ravel()
        style.hollow(axes, np.full(failed.sum(), at), found.ravel()[failed], colour[batch])
    axes.set(xlabel="Training samples", ylabel=ERROR.label, xlim=(-0.3, len(sizes) - 0.3))
    axes.set_xticks(position, [f"{samples}\n(n = {_trained(groups, samples)})" for samples in sizes])
    style.from_zero(axes)
    style.legend(figure, columns=4, order=["all models", *(f"batch {batch}" for batch in batches)])
    style.caption(
        figure,
        f"All {study.sizes['run']} models on {study.sizes['composite']} composites, {style.CONTROL[control]};",
        style.design(study, "model", "depth", "scheme"),
        "Line and band: mean and one standard deviation over models (n) and composites; squares and bars: per batch "
        "size; dots: each model and composite.",
        style.unconverged([study], control),
    )
    return figure


def regularisation(study: xr.Dataset, control: str, parameter: str) -> Figure:
    """Figs. 12 and 13: (a) error, (b) time, (c) iterations, (d) active nodes against `parameter`, "eta" or "xi"."""
    groups = {key: rows for (key,), rows in statistics.groups(study, parameter).items()}
    x = np.array(list(groups))
    composites = study["composite"].values.tolist()
    figure, panels = style.panels(4, columns=2)
    for axes, quantity in zip(panels, (ERROR, TIME, ITERATIONS, NODES), strict=True):
        if quantity is not NODES:  # the same network whatever the composite
            for index, composite in enumerate(composites):
                chosen = {key: style.of_composite(rows, composite) for key, rows in groups.items()}
                own = _summary(quantity, chosen.values(), control)
                axes.plot(x, own.mean, color=style.PALETTE[index], linewidth=0.9, label=named(composite))
                _mark(axes, chosen, own, control, style.PALETTE[index])
        _points(axes, quantity, groups, control, "black", "mean")
        axes.set_xscale("log")
        style.from_zero(axes)
        axes.set_xticks(x, [f"{value:g}" for value in x])
        axes.set_xticks([], minor=True)
        axes.set(xlabel=rf"$\{parameter}$", ylabel=quantity.label)
    style.legend(figure)
    other = {"eta": "xi", "xi": "eta"}[parameter]
    style.caption(
        figure,
        f"{style.CONTROL[control].capitalize()};",
        style.design(study, "model", "depth", "samples", "batch", other, "scheme"),
        "Black: mean over the composites.",
        style.repetitions([rows.sizes["run"] for rows in groups.values()]),
        style.unconverged([study], control),
    )
    return figure


def residual_stress(study: xr.Dataset, control: str) -> Figure:
    """Fig. 15: DMN with and without residual stress: (a) error, (b) time, (c) iterations, (d) cost, by depth."""
    lines = (
        Line("dmn", "dmn_residual", "with residual stress"),
        Line("dmn", "dmn_no_residual_secant", "without (secant)"),
        Line("dmn", "dmn_no_residual_tangent", "without (tangent)", extra=True),
    )
    return _by_depth(study, control, lines, (ERROR, TIME, ITERATIONS, COST), columns=2)


def fixed_point_or_newton(study: xr.Dataset, control: str) -> Figure:
    """Fig. 16: IMN by fixed point and by Newton: (a) error, (b) time, (c) iterations, (d) cost, by depth."""
    lines = (
        Line("imn", "imn_fixed_point_secant", "fixed point (secant)"),
        Line("imn", "imn_newton_dense", "Newton"),
        Line("imn", "imn_fixed_point_tangent", "fixed point (tangent)", extra=True),
        Line("imn", "newton_condensed", "condensed Newton", extra=True),
    )
    return _by_depth(study, control, lines, (ERROR, TIME, ITERATIONS, COST), columns=2)


def dmn_or_imn(study: xr.Dataset, control: str) -> Figure:
    """Fig. 17: DMN and IMN: (a) error, (b) time, (c) iterations, (d) active nodes, (e) cost, by depth."""
    lines = (Line("dmn", "dmn_residual", "DMN (with residual stress)"), Line("imn", "imn_newton_dense", "IMN (Newton)"))
    return _by_depth(study, control, lines, (ERROR, TIME, ITERATIONS, NODES, COST), columns=3)


def _by_depth(
    study: xr.Dataset, control: str, lines: Sequence[Line], quantities: Sequence[Quantity], columns: int
) -> Figure:
    """Panels of quantities against depth, a line per scheme, on one composite."""
    study = style.of_composite(study, COMPOSITE)
    chosen = {line: _rows(study, line) for line in lines}
    drawn = {line: rows for line, rows in chosen.items() if rows}
    for line in lines:
        if line not in drawn and not line.extra:
            raise InputError(
                f"{statistics.label(study)}: no {line.model} run was evaluated by the "
                f"scheme {line.scheme}; evaluate and collect it"
            )
    figure, panels = style.panels(len(quantities), columns)
    for axes, quantity in zip(panels, quantities, strict=True):
        for index, (line, groups) in enumerate(drawn.items()):
            if line.extra:
                own = _summary(quantity, groups.values(), control)
                axes.plot(list(groups), own.mean, color=style.PALETTE[index], label=line.label, **style.EXTRA)
                if quantity is not NODES:
                    _mark(axes, groups, own, control, style.PALETTE[index])
            else:
                _points(axes, quantity, groups, control, style.PALETTE[index], line.label, style.MARKERS[index])
        depths = sorted({depth for groups in drawn.values() for depth in groups})
        axes.set(xlabel="Network depth $N$", ylabel=quantity.label, xticks=depths)
        style.from_zero(axes)
    style.legend(figure, columns=4 if columns > 2 else 2)
    shown = [rows for groups in drawn.values() for rows in groups.values()]
    repeated = [rows for line, groups in drawn.items() if not line.extra for rows in groups.values()]
    style.caption(
        figure,
        f"{named(COMPOSITE)}, {style.CONTROL[control]};",
        style.design(study, "samples", "batch"),
        style.repetitions([rows.sizes["run"] for rows in repeated]),
        style.unconverged(shown, control),
    )
    return figure


def _rows(study: xr.Dataset, line: Line) -> dict[int, xr.Dataset]:
    """Rows of a model evaluated by a scheme, by depth."""
    rows = statistics.of_scheme(study, line.scheme)
    rows = rows.isel(run=np.flatnonzero(rows["model"].values == line.model))
    return {depth: found for (depth,), found in statistics.groups(rows, "depth").items()}


def _summary(quantity: Quantity, groups: Iterable[xr.Dataset], control: str) -> statistics.Summary:
    """Mean and spread over the networks of every group; a network counts with its mean over the composites."""
    values = [quantity.factor * quantity.of(rows, control).values for rows in groups]
    return style.stacked(statistics.summarise(found.reshape(len(found), -1).mean(axis=1)) for found in values)


def _points(
    axes: Axes,
    quantity: Quantity,
    groups: Mapping[Any, xr.Dataset],
    control: str,
    colour: Any,
    label: str,
    marker: str = "o",
) -> None:
    """Means with their band; a mean over networks with curves that did not converge has a hollow marker."""
    x, summary = np.array(list(groups)), _summary(quantity, groups.values(), control)
    style.band(axes, x, summary, colour, label, marker=marker)
    if quantity is not NODES:  # counted on the network, without a load path
        _mark(axes, groups, summary, control, colour, marker)


def _mark(
    axes: Axes,
    groups: Mapping[Any, xr.Dataset],
    summary: statistics.Summary,
    control: str,
    colour: Any,
    marker: str = "o",
) -> None:
    """Hollow markers on the means over groups that hold a curve that did not converge."""
    failed = np.array([not statistics.converged(rows, control).all() for rows in groups.values()])
    style.hollow(axes, np.array(list(groups))[failed], summary.mean[failed], colour, marker)


def _trained(groups: Mapping[tuple[Any, ...], xr.Dataset], samples: int) -> int:
    return sum(rows.sizes["run"] for (size, _), rows in groups.items() if size == samples)
