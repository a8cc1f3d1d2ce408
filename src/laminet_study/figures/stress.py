"""Stress-strain curves of composites: references (Fig. 6) and predictions (Figs. 8 - 10, A.18 - A.20, B.21 - B.23)."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from laminet.errors import InputError
from laminet.loading.paths import CASES
from laminet_study import statistics
from laminet_study.figures import style


def references(references: Mapping[str, xr.Dataset], control: str) -> Figure:
    """Fig. 6: reference curves of the composites, a panel per load case."""
    figure, panels = style.panels(len(CASES), columns=3)
    for axes, case in zip(panels, CASES, strict=True):
        for index, (composite, dataset) in enumerate(references.items()):
            strain, stress = statistics.loaded_curve(dataset, control, case)
            axes.plot(
                strain,
                stress,
                style.LINES[index % len(style.LINES)],
                color=style.PALETTE[index],
                label=named(composite),
            )
        label_axes(axes, case)
    style.legend(figure)
    style.caption(figure, f"Direct numerical simulation of the RVE, {style.CONTROL[control]}; tensor components.")
    return figure


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
    study = style.of_composite(study, composite)
    colour = style.colours(sorted(set(study["batch"].values.tolist())))
    groups = {
        batch: rows for (size, batch), rows in statistics.groups(study, "samples", "batch").items() if size == samples
    }
    figure, panels = style.panels(len(CASES), columns=3)
    for batch, rows in groups.items():
        _batch(panels, rows, control, colour[batch], f"batch {batch} (n = {rows.sizes['run']})")
    for axes, case in zip(panels, CASES, strict=True):
        axes.plot(*statistics.loaded_curve(references[composite], control, case), label="DNS", **style.REFERENCE)
        label_axes(axes, case)
    style.legend(figure)
    style.caption(
        figure,
        f"{named(composite)}, {style.CONTROL[control]}; {samples} samples,",
        style.design(study, "model", "depth", "scheme"),
        style.repetitions([rows.sizes["run"] for rows in groups.values()]),
        style.unconverged(groups.values(), control),
    )
    return figure


def named(composite: str) -> str:
    """Readable name of a composite: 'composite_1' is 'Composite 1'."""
    return composite.replace("_", " ").capitalize()


def _batch(panels: Sequence[Axes], rows: xr.Dataset, control: str, colour: Any, label: str) -> None:
    """Mean and band of the complete curves; the end of every curve that did not converge is marked."""
    complete, converged = statistics.complete(rows, control), statistics.converged(rows, control)
    for axes, case in zip(panels, CASES, strict=True):
        strain, stress = statistics.loaded_curve(rows, control, case)
        kept = np.where(complete.sel(load_case=case).values[:, None], stress, np.nan)
        style.band(axes, statistics.summarise(strain).mean, statistics.summarise(kept), colour, label)
        failed = ~converged.sel(load_case=case).values
        for x, y in zip(strain[failed], stress[failed], strict=True):
            end = np.flatnonzero(np.isfinite(y))[-1:]
            style.hollow(axes, x[end], y[end], colour)


def label_axes(axes: Axes, case: str) -> None:
    """Axis labels of a stress-strain panel."""
    axes.set(xlabel=rf"Strain $\varepsilon_{{{case}}}$ (%)", ylabel=rf"Stress $\sigma_{{{case}}}$ (MPa)")
