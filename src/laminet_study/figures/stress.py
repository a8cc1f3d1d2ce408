"""Stress-strain curves of composites, a panel for each load case: references (Fig. 6) and predictions.

Predictions are Figs. 8 - 10, A.18 - A.20 and B.21 - B.23, and the curves of docs/accuracy.md.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from laminet.errors import InputError
from laminet.loading.paths import CASES
from laminet.plots import style
from laminet_study import resolution, statistics
from laminet_study.comparison import LOSSES
from laminet_study.figures import elements
from laminet_study.registry import named


def references(references: Mapping[str, xr.Dataset], control: str) -> Figure:
    """Fig. 6: reference curves of the composites; markers and dashes tell apart what coincides."""
    lines: dict[str, tuple[xr.Dataset, Mapping[str, Any]]] = {}
    for index, (composite, look) in enumerate(style.lines(list(references)).items()):
        marks = {"marker": elements.MARKERS[index], "markevery": (0.1 + 0.15 * index, 0.45)}
        lines[named(composite)] = references[composite], look | marks
    return _figure(
        {},
        lines,
        control,
        f"Direct numerical simulation of the cell, {style.CONTROL[control]}; tensor components.",
        resolution.sentence(references, control),
    )


def predictions(
    study: xr.Dataset, references: Mapping[str, xr.Dataset], control: str, composite: str, rank: int
) -> Figure:
    """Predictions of a composite by DMNs of one data size, a line per batch size, and the reference.

    Args:
        study: rows of several data and batch sizes.
        references: reference curves by composite.
        control: "strain" or "stress".
        composite: the composite shown.
        rank: which data size, 1 being the smallest (Figs. 8 - 10), 2 (A.18 - A.20), 3 (B.21 - B.23).

    Raises:
        InputError: the study has fewer data sizes or lacks the composite.
    """
    sizes = sorted(set(study["samples"].values.tolist()))
    if len(sizes) < rank:
        raise InputError(
            f"{statistics.label(study)}: has {len(sizes)} data sizes, this figure shows "
            f"number {rank}; train on more sizes"
        )
    looks = style.lines(sorted(set(study["batch"].values.tolist())))
    of_size = elements.of_composite(statistics.select(study, samples=sizes[rank - 1]), composite)
    predicted = {
        f"batch {batch} (n = {rows.sizes['run']})": (rows, looks[batch])
        for (batch,), rows in statistics.groups(of_size, "batch").items()
    }
    shown = elements.design(of_size, "samples", "model", "depth", "scheme")
    return _beside_reference(predicted, references, control, composite, shown)


def recipes(study: xr.Dataset, references: Mapping[str, xr.Dataset], control: str, composite: str) -> Figure:
    """Predictions of a composite by the first model of the first variant, a line for each loss, and the reference."""
    first = {name: study[name].values[0] for name in ("variant", "model")}
    study = elements.of_composite(statistics.select(study, **first), composite)
    looks = style.lines(list(LOSSES))
    predicted = {label: (statistics.select(study, loss=loss), looks[loss]) for loss, label in LOSSES.items()}
    shown = elements.design(study, "model", "samples", "scheme")
    return _beside_reference(predicted, references, control, composite, shown)


def _beside_reference(
    predicted: Mapping[str, tuple[xr.Dataset, Mapping[str, Any]]],
    references: Mapping[str, xr.Dataset],
    control: str,
    composite: str,
    shown: str,
) -> Figure:
    groups = [rows for rows, _ in predicted.values()]
    return _figure(
        predicted,
        {"DNS": (references[composite], style.REFERENCE)},
        control,
        f"{named(composite)}, {style.CONTROL[control]};",
        shown,
        elements.repetitions(groups),
        elements.unconverged(groups, control),
        resolution.sentence({composite: references[composite]}, control),
    )


def _figure(
    predicted: Mapping[str, tuple[xr.Dataset, Mapping[str, Any]]],
    references: Mapping[str, tuple[xr.Dataset, Mapping[str, Any]]],
    control: str,
    *sentences: str,
) -> Figure:
    """Predictions and references with the looks of their lines, by label.

    Of predictions the mean and band of the complete curves; the end of every curve that did not converge is marked.
    """
    figure, panels = style.panels(len(CASES), columns=2)
    for label, (rows, line) in predicted.items():
        complete, converged = statistics.complete(rows, control), statistics.converged(rows, control)
        for axes, case in zip(panels, CASES, strict=True):
            strain, stress = statistics.loaded_curve(rows, control, case)
            kept = np.where(complete.sel(load_case=case).values[:, None], stress, np.nan)
            elements.band(axes, elements.summary(strain.T)["mean"], elements.summary(kept.T), label=label, **line)
            failed = ~converged.sel(load_case=case).values
            for x, y in zip(strain[failed], stress[failed], strict=True):
                end = np.flatnonzero(np.isfinite(y))[-1:]
                elements.hollow(axes, x[end], y[end], line["color"])
    for axes, case in zip(panels, CASES, strict=True):
        for label, (reference, line) in references.items():
            axes.plot(*statistics.loaded_curve(reference, control, case), label=label, **line)
        axes.set(xlabel=rf"Strain $\varepsilon_{{{case}}}$ (%)", ylabel=rf"Stress $\sigma_{{{case}}}$ (MPa)")
    style.legend(figure)
    style.caption(figure, *sentences)
    return figure
