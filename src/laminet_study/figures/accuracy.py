"""The paper's loss beside the one that sees soft modes: errors by load case, what predicts them, curves."""

from collections.abc import Mapping

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from laminet.loading.paths import CASES
from laminet_study import accuracy, statistics
from laminet_study.figures import style
from laminet_study.figures.stress import label_axes, named

COLOUR = dict(zip(accuracy.LOSSES, style.PALETTE, strict=False))
GUIDES = dict(zip(accuracy.GUIDES, ("Validation error (%)", "Validation divergence"), strict=True))


def cases(study: xr.Dataset) -> Figure:
    """Error of every network by load case, a row of panels per control, a column per model."""
    models, controls = (list(dict.fromkeys(study[name].values.tolist())) for name in ("model", "control"))
    names = study["load_case"].values.tolist()
    figure, panels = style.panels(len(models) * len(controls), columns=len(models))
    grid = [(control, model) for control in controls for model in models]
    for axes, (control, model) in zip(panels, grid, strict=True):
        for shift, (loss, label) in zip((-0.15, 0.15), accuracy.LOSSES.items(), strict=True):
            rows = _rows(study, model=model, loss=loss)["error"].sel(control=control).fillna(1.0)
            errors = 100.0 * rows.mean("composite").values
            at = np.arange(len(names)) + shift
            axes.plot(np.tile(at, (len(errors), 1)), errors, ".", color=COLOUR[loss], alpha=0.3, markersize=3)
            axes.plot(at, errors.mean(axis=0), "s", color=COLOUR[loss], label=label)
            worst = 100.0 * rows.max(["composite", "run"]).values
            axes.plot(at, worst, "_", color=COLOUR[loss], markersize=9, label=f"{label}, worst curve")
        axes.set_yscale("log")
        axes.set_xticks(np.arange(len(names)), names)
        axes.set(xlabel=f"{model.upper()}, {style.CONTROL[control]}", ylabel=r"Error $e_\sigma$ (%)")
    style.legend(figure, columns=4)
    style.caption(
        figure,
        f"{study.sizes['run']} networks, {study.sizes['composite']} composites; dots: each network's mean over the "
        "composites; squares: mean over networks; dashes: the worst curve of any network and composite.",
    )
    return figure


def guides(study: xr.Dataset) -> Figure:
    """Mean error online of every network against its validation error in both metrics."""
    models = list(dict.fromkeys(study["model"].values.tolist()))
    figure, panels = style.panels(len(models) * len(GUIDES), columns=len(GUIDES))
    grid = [(model, guide) for model in models for guide in GUIDES]
    for axes, (model, guide) in zip(panels, grid, strict=True):
        for loss, label in accuracy.LOSSES.items():
            rows = _rows(study, model=model, loss=loss)
            factor = 100.0 if guide.endswith("error") else 1.0
            x, y = factor * accuracy.final(rows, guide).values, 100.0 * accuracy.mean_error(rows).values
            axes.plot(x, y, ".", color=COLOUR[loss], label=label)
        correlation = accuracy.rank_correlation(_rows(study, model=model), guide)
        axes.text(0.04, 0.93, f"rank correlation {correlation:.2f}", transform=axes.transAxes, va="top", fontsize=8)
        axes.set(xscale="log", yscale="log", xlabel=GUIDES[guide], ylabel=f"{model.upper()}: error online (%)")
    style.legend(figure)
    style.caption(
        figure,
        f"{study.sizes['run']} networks; error online: mean over {study.sizes['composite']} composites, "
        f"{study.sizes['load_case']} load cases and both controls.",
    )
    return figure


def curves(study: xr.Dataset, references: Mapping[str, xr.Dataset], control: str, composite: str) -> Figure:
    """Stress curves of a composite in the six load cases: the mean and band of either loss, and the truth."""
    variant = study["variant"].values[0]
    own = style.of_composite(_rows(study, variant=variant, model=study["model"].values[0]), composite)
    figure, panels = style.panels(len(CASES), columns=3)
    for axes, case in zip(panels, CASES, strict=True):
        for loss, label in accuracy.LOSSES.items():
            strain, stress = statistics.loaded_curve(_rows(own, loss=loss), control, case)
            style.band(axes, statistics.summarise(strain).mean, statistics.summarise(stress), COLOUR[loss], label)
        axes.plot(*statistics.loaded_curve(references[composite], control, case), label="DNS", **style.REFERENCE)
        label_axes(axes, case)
    style.legend(figure)
    style.caption(
        figure,
        f"{named(composite)}, {style.CONTROL[control]};",
        style.design(own, "model", "samples", "scheme"),
        style.repetitions([_rows(own, loss=loss).sizes["run"] for loss in accuracy.LOSSES]),
    )
    return figure


def _rows(study: xr.Dataset, **wanted: str) -> xr.Dataset:
    """Rows with these coordinates."""
    chosen = np.ones(study.sizes["run"], dtype=bool)
    for name, value in wanted.items():
        chosen &= study[name].values == value
    return study.isel(run=np.flatnonzero(chosen))
