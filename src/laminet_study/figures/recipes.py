"""The paper's loss and the one that sees soft modes: errors by load case, and what predicts them."""

import itertools

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from laminet.plots import style
from laminet_study import comparison, resolution
from laminet_study.comparison import LOSSES
from laminet_study.statistics import select

COLOUR = dict(zip(LOSSES, style.PALETTE, strict=False))
GUIDES = dict(zip(comparison.GUIDES, ("Validation error (%)", "Validation divergence"), strict=True))


def cases(study: xr.Dataset) -> Figure:
    """Error of every network by load case, a row of panels per control, a column per model."""
    models, controls = (list(dict.fromkeys(study[name].values.tolist())) for name in ("model", "control"))
    names = study["load_case"].values.tolist()
    figure, panels = style.panels(len(models) * len(controls), columns=len(models))
    for axes, (control, model) in zip(panels, itertools.product(controls, models), strict=True):
        for shift, (loss, label) in zip((-0.15, 0.15), LOSSES.items(), strict=True):
            error = 100.0 * comparison.curve_errors(select(study, model=model, loss=loss)).sel(control=control)
            of_networks, look = error.mean("composite").values, {"color": COLOUR[loss]}
            at = np.arange(len(names)) + shift
            axes.plot(np.tile(at, (len(of_networks), 1)), of_networks, ".", alpha=0.4, markersize=2, **look)
            axes.plot(at, of_networks.mean(axis=0), "s", label=label, **look)
            worst = error.max(["composite", "run"]).values
            axes.plot(at, worst, "_", markeredgewidth=1.0, markersize=5, label=f"{label}, worst curve", **look)
        axes.set_yscale("log")
        axes.set_xticks(np.arange(len(names)), names, rotation=90)
        axes.set(xlabel=f"{model.upper()}, {style.CONTROL[control]}", ylabel=r"Error $e_\sigma$ (%)")
    style.legend(figure, columns=4)
    style.caption(
        figure,
        f"{study.sizes['run']} networks, {study.sizes['composite']} composites; dots: each network's mean over the "
        "composites; squares: mean over networks; dashes: the worst curve of any network and composite.",
        resolution.sentence(resolution.by_composite(study), *controls),
    )
    return figure


def guides(study: xr.Dataset) -> Figure:
    """Mean error online of every network against its validation error in both metrics."""
    models = list(dict.fromkeys(study["model"].values.tolist()))
    figure, panels = style.panels(len(models) * len(GUIDES), columns=len(GUIDES))
    for axes, (model, guide) in zip(panels, itertools.product(models, GUIDES), strict=True):
        for loss, label in LOSSES.items():
            rows = select(study, model=model, loss=loss)
            factor = 100.0 if guide.endswith("error") else 1.0
            x, y = factor * comparison.guide(rows, guide).values, 100.0 * comparison.mean_error(rows).values
            axes.plot(x, y, ".", color=COLOUR[loss], label=label)
        correlation = comparison.rank_correlation(select(study, model=model), guide)
        axes.set_title(rf"$\rho$ = {correlation:.2f}", loc="right")
        axes.set_xscale("log")
        style.logarithmic(axes)
        if guide.endswith("error"):
            style.logarithmic(axes, "x")
        axes.set(xlabel=GUIDES[guide], ylabel=f"{model.upper()}: error online (%)")
    style.legend(figure)
    style.caption(
        figure,
        f"{study.sizes['run']} networks; error online: mean over {study.sizes['composite']} composites, "
        rf"{study.sizes['load_case']} load cases and both controls; $\rho$: rank correlation.",
        resolution.sentence(resolution.by_composite(study), *study["control"].values.tolist()),
    )
    return figure
