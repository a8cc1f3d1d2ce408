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
from laminet_study import statistics
from laminet_study.comparison import LOSSES
from laminet_study.figures import elements


def references(references: Mapping[str, xr.Dataset], control: str) -> Figure:
    """Fig. 6: reference curves of the composites."""
    lines = {
        elements.named(composite): (
            dataset,
            {"linestyle": elements.LINES[index % len(elements.LINES)], "color": colour},
        )
        for index, ((composite, dataset), colour) in enumerate(zip(references.items(), style.PALETTE, strict=False))
    }
    return _figure(
        {}, lines, control, f"Direct numerical simulation of the RVE, {style.CONTROL[control]}; tensor components."
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
    samples = sizes[rank - 1]
    study = elements.of_composite(study, composite)
    colour = style.colours(sorted(set(study["batch"].values.tolist())))
    groups = {
        batch: rows for (size, batch), rows in statistics.groups(study, "samples", "batch").items() if size == samples
    }
    return _figure(
        {f"batch {batch} (n = {rows.sizes['run']})": (rows, colour[batch]) for batch, rows in groups.items()},
        {"DNS": (references[composite], style.REFERENCE)},
        control,
        f"{elements.named(composite)}, {style.CONTROL[control]}; {samples} samples,",
        elements.design(study, "model", "depth", "scheme"),
        elements.repetitions(groups.values()),
        elements.unconverged(groups.values(), control),
    )


def recipes(study: xr.Dataset, references: Mapping[str, xr.Dataset], control: str, composite: str) -> Figure:
    """Predictions of a composite by the first model of the first variant, a line for each loss, and the reference."""
    first = {name: study[name].values[0] for name in ("variant", "model")}
    study = elements.of_composite(statistics.select(study, **first), composite)
    groups = {label: statistics.select(study, loss=loss) for loss, label in LOSSES.items()}
    return _figure(
        {label: (rows, colour) for (label, rows), colour in zip(groups.items(), style.PALETTE, strict=False)},
        {"DNS": (references[composite], style.REFERENCE)},
        control,
        f"{elements.named(composite)}, {style.CONTROL[control]};",
        elements.design(study, "model", "samples", "scheme"),
        elements.repetitions(groups.values()),
        elements.unconverged(groups.values(), control),
    )


def _figure(
    predicted: Mapping[str, tuple[xr.Dataset, Any]],
    references: Mapping[str, tuple[xr.Dataset, Mapping[str, Any]]],
    control: str,
    *sentences: str,
) -> Figure:
    """Predictions with their colours, and references with the look of their lines, by label.

    Of predictions the mean and band of the complete curves; the end of every curve that did not converge is marked.
    """
    figure, panels = style.panels(len(CASES), columns=3)
    for label, (rows, colour) in predicted.items():
        complete, converged = statistics.complete(rows, control), statistics.converged(rows, control)
        for axes, case in zip(panels, CASES, strict=True):
            strain, stress = statistics.loaded_curve(rows, control, case)
            kept = np.where(complete.sel(load_case=case).values[:, None], stress, np.nan)
            elements.band(axes, elements.summary(strain.T)["mean"], elements.summary(kept.T), colour, label)
            failed = ~converged.sel(load_case=case).values
            for x, y in zip(strain[failed], stress[failed], strict=True):
                end = np.flatnonzero(np.isfinite(y))[-1:]
                elements.hollow(axes, x[end], y[end], colour)
    for axes, case in zip(panels, CASES, strict=True):
        for label, (reference, line) in references.items():
            axes.plot(*statistics.loaded_curve(reference, control, case), label=label, **line)
        axes.set(xlabel=rf"Strain $\varepsilon_{{{case}}}$ (%)", ylabel=rf"Stress $\sigma_{{{case}}}$ (MPa)")
    style.legend(figure)
    style.caption(figure, *sentences)
    return figure
