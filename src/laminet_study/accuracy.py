"""The losses of a study side by side: errors online, network by network, and what predicts them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import xarray as xr
from scipy.stats import spearmanr

from laminet.errors import InputError
from laminet.files.history import last_rows
from laminet.loading.paths import CASES
from laminet_study import statistics
from laminet_study.statistics import Summary, summarise

LOSSES = {"frobenius": "paper", "divergence": "accurate"}
"""Losses compared, the base first, and what tables and figures call them."""

GUIDES = ("validation_error", "validation_divergence")
"""What is known of a network before it predicts anything."""

CHOSEN_FROM = 5
"""Seeds that the recipe chooses the best of."""


@dataclass(frozen=True)
class Row:
    """Errors of one model on one set of curves, for both losses.

    Attributes:
        variant, model: of the networks.
        curves: the composite (its six load cases), or the name of a further path (of all composites).
        errors: by loss, the mean error (seeds,) of each network over these curves and both controls.
        worst: by loss, the largest error of any curve of any network.
        chosen: by loss, the mean error of each network (choices,) chosen by its validation divergence, each from
            CHOSEN_FROM seeds.
        worst_chosen: by loss, the largest error of any curve of a chosen network.
    """

    variant: str
    model: str
    curves: str
    errors: dict[str, np.ndarray]
    worst: dict[str, float]
    chosen: dict[str, np.ndarray]
    worst_chosen: dict[str, float]

    @property
    def ratio(self) -> float:
        """Mean error of the last loss over that of the first."""
        base, other = (float(np.mean(self.errors[loss])) for loss in LOSSES)
        return other / base

    @property
    def ratio_of_recipes(self) -> float:
        """As the recipes are: mean error of the chosen networks of the last loss over that of all of the first."""
        base, other = LOSSES
        return float(np.mean(self.chosen[other]) / np.mean(self.errors[base]))


def joined(studies: Sequence[xr.Dataset]) -> xr.Dataset:
    """Several studies of the same curves as one: coordinates and errors of their runs, and where their guides ended.

    Raises:
        InputError: they differ in composites, controls or load cases.
    """
    if len(studies) == 1:
        return studies[0]
    parts = []
    for study in studies:
        part = study[["error"]].drop_vars("epoch", errors="ignore")
        for guide in GUIDES:
            part[guide] = (("run", "epoch"), final(study, guide).values[:, None])
        parts.append(part)
    try:
        return xr.concat(parts, dim="run", join="exact", combine_attrs="override")
    except ValueError as error:
        names = ", ".join(statistics.label(study) for study in studies)
        raise InputError(f"{names}: the studies differ in composites, controls or load cases") from error


def final(study: xr.Dataset, variable: str) -> xr.DataArray:
    """Last finite value (run,) of a history variable."""
    values = study[variable].values
    return study[variable].isel(
        run=xr.DataArray(np.arange(len(values)), dims="run"),
        epoch=xr.DataArray(last_rows(values), dims="run"),
    )


def mean_error(study: xr.Dataset) -> xr.DataArray:
    """Mean error (run,) over composites, controls and load cases; a curve that broke off counts as 100 %."""
    return study["error"].fillna(1.0).mean(["composite", "control", "load_case"])


def rows(study: xr.Dataset) -> list[Row]:
    """The comparison, row by row.

    Raises:
        InputError: a variant and model without networks of both losses, or in which they differ in data or batch.
    """
    found = []
    for (variant, model), own in _split(study, "variant", "model"):
        losses = {}
        for loss in LOSSES:
            losses[loss] = own.isel(run=np.flatnonzero(own["loss"].values == loss))
            if not losses[loss].sizes["run"]:
                raise InputError(f"{statistics.label(study)}: no {model} of loss {loss} in the variant {variant}")
            statistics.groups(losses[loss], "variant", "model")  # they differ in their seeds alone
        for name, selection in _curves(own):
            errors, worst, chosen, worst_chosen = {}, {}, {}, {}
            for loss, networks in losses.items():
                error = networks["error"].sel(selection).fillna(1.0)
                errors[loss] = error.mean([dim for dim in error.dims if dim != "run"]).values
                worst[loss] = float(error.max())
                picked = best(final(networks, "validation_divergence").values)
                chosen[loss], worst_chosen[loss] = errors[loss][picked], float(error.isel(run=picked).max())
            found.append(Row(variant, model, name, errors, worst, chosen, worst_chosen))
    return found


def best(divergence: np.ndarray) -> np.ndarray:
    """Positions of the best of every CHOSEN_FROM values, in order; of all of them where there are fewer."""
    parts = np.split(np.arange(len(divergence)), np.arange(CHOSEN_FROM, len(divergence), CHOSEN_FROM))
    return np.array([part[np.argmin(divergence[part])] for part in parts])


def rank_correlation(study: xr.Dataset, guide: str) -> float:
    """Spearman's rank correlation between a guide, such as "validation_error", and the mean error online."""
    return float(spearmanr(final(study, guide).values, mean_error(study).values).statistic)


def table(study: xr.Dataset) -> str:
    """The comparison as a Markdown table: percent, mean ± standard deviation over seeds, the worst curve of all.

    The last three columns are of the recipes as they are: the best of CHOSEN_FROM seeds for the one, any seed for the
    other.
    """
    base, other = LOSSES.values()
    lines = [
        f"| variant | model | curves | {base} | {other} | ratio | worst {base} | worst {other} "
        f"| best of {CHOSEN_FROM} {other} | ratio | worst |",
        "|---|---|---|---|---|---|---|---|---|---|---|",
    ]
    _, last = LOSSES
    for row in rows(study):
        spread = [_percent(summarise(row.errors[loss])) for loss in LOSSES]
        worst = [f"{100 * row.worst[loss]:.1f}" for loss in LOSSES]
        cells = [row.variant, row.model.upper(), row.curves, *spread, f"{row.ratio:.2f}", *worst]
        cells += [_percent(summarise(row.chosen[last])), f"{row.ratio_of_recipes:.2f}"]
        lines.append("| " + " | ".join([*cells, f"{100 * row.worst_chosen[last]:.1f}"]) + " |")
    lines.append("")
    for (model,), own in _split(study, "model"):
        correlations = ", ".join(f"{guide} {rank_correlation(own, guide):.2f}" for guide in GUIDES)
        lines.append(f"Rank correlation with the mean error online, {model.upper()}: {correlations}.")
    return "\n".join(lines)


def _percent(summary: Summary) -> str:
    return f"{100 * float(summary.mean):.2f} ± {100 * float(summary.std):.2f}"


def _split(study: xr.Dataset, *by: str) -> Iterator[tuple[tuple[str, ...], xr.Dataset]]:
    keys = list(zip(*(study[name].values.tolist() for name in by), strict=True))
    for key in dict.fromkeys(keys):
        yield key, study.isel(run=[index for index, other in enumerate(keys) if other == key])


def _curves(study: xr.Dataset) -> Iterator[tuple[str, dict[str, list[str]]]]:
    """Sets of curves by name and their selection: each composite's six cases, then every further path."""
    for composite in study["composite"].values.tolist():
        yield composite, {"composite": [composite], "load_case": list(CASES)}
    for path in study["load_case"].values.tolist():
        if path not in CASES:
            yield path, {"load_case": [path]}
