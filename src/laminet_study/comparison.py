"""The losses of a study side by side: errors online, network by network, and what predicts them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import xarray as xr
from scipy.stats import spearmanr

from laminet.errors import InputError
from laminet.loading.paths import CASES
from laminet_study import statistics
from laminet_study.statistics import final, select

LOSSES = {"frobenius": "paper", "divergence": "accurate"}
"""Losses compared, the base first, and what tables and figures call them."""

BASE, OTHER = LOSSES

GUIDES = ("validation_error", "validation_divergence")
"""What is known of a network before it predicts anything."""

SELECTED_FROM = 5
"""Seeds that the recipe selects the best of."""


@dataclass(frozen=True)
class Errors:
    """Errors of some networks on one set of curves: the mean of each network (n,), and the largest of any curve."""

    mean: np.ndarray
    worst: float

    @property
    def in_words(self) -> str:
        """Mean and standard deviation over the networks, in percent."""
        return f"{100 * self.mean.mean():.2f} ± {100 * np.std(self.mean, ddof=1):.2f}"


@dataclass(frozen=True)
class Comparison:
    """Errors of one model on one set of curves, for both losses.

    Attributes:
        variant, model: of the networks.
        curves: the composite (its six load cases), or the name of a further path (of all composites).
        errors: by loss, of all networks, over these curves and both controls.
        selected: of the networks of the last loss that their validation divergence selects, each from SELECTED_FROM
            seeds.
    """

    variant: str
    model: str
    curves: str
    errors: Mapping[str, Errors]
    selected: Errors

    @property
    def ratio(self) -> float:
        """Mean error of the last loss over that of the first."""
        return float(self.errors[OTHER].mean.mean() / self.errors[BASE].mean.mean())

    @property
    def ratio_of_recipes(self) -> float:
        """As the recipes are: mean error of the selected networks of the last loss over that of all of the first."""
        return float(self.selected.mean.mean() / self.errors[BASE].mean.mean())


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
        for name in ("elapsed", *GUIDES):
            part[name] = final(study, name).drop_vars("epoch").expand_dims("epoch", axis=1)
        parts.append(part)
    try:
        return xr.concat(parts, dim="run", join="exact", combine_attrs="override")
    except ValueError as error:
        names = ", ".join(statistics.label(study) for study in studies)
        raise InputError(f"{names}: the studies differ in composites, controls or load cases") from error


def curve_errors(study: xr.Dataset) -> xr.DataArray:
    """Error of every curve; one that broke off counts as 100 %."""
    return study["error"].fillna(1.0)


def mean_error(study: xr.Dataset) -> xr.DataArray:
    """Mean error (run,) over composites, controls and load cases."""
    return curve_errors(study).mean(["composite", "control", "load_case"])


def comparisons(study: xr.Dataset) -> list[Comparison]:
    """The comparison, row by row.

    Raises:
        InputError: a variant and model without networks of both losses, or in which they differ in data or batch.
    """
    rows = []
    for variant, model in dict.fromkeys(zip(study["variant"].values.tolist(), study["model"].values.tolist())):
        networks = {loss: select(study, variant=variant, model=model, loss=loss) for loss in LOSSES}
        for loss, of_loss in networks.items():
            if not of_loss.sizes["run"]:
                raise InputError(f"{statistics.label(study)}: no {model} of loss {loss} in the variant {variant}")
            statistics.groups(of_loss, "variant", "model")  # they differ in their seeds alone
        selected = networks[OTHER].isel(run=best(final(networks[OTHER], "validation_divergence").values))
        for name, curves in _sets_of_curves(study):
            errors = {loss: _errors(runs, curves) for loss, runs in networks.items()}
            rows.append(Comparison(variant, model, name, errors, _errors(selected, curves)))
    return rows


def best(divergence: np.ndarray) -> np.ndarray:
    """Positions of the best of every SELECTED_FROM values, in order; of all of them where there are fewer."""
    starts = range(0, len(divergence), SELECTED_FROM)
    return np.array([start + np.argmin(divergence[start : start + SELECTED_FROM]) for start in starts])


def rank_correlation(study: xr.Dataset, guide: str) -> float:
    """Spearman's rank correlation between a guide, such as "validation_error", and the mean error online."""
    return float(spearmanr(final(study, guide).values, mean_error(study).values).statistic)


def table(study: xr.Dataset) -> str:
    """The comparison as a Markdown table: percent, mean ± standard deviation over seeds, the worst curve of all.

    The last three columns are of the recipes as they are: the best of SELECTED_FROM seeds for the one, any seed for
    the other.
    """
    base, other = LOSSES.values()
    lines = [
        f"| variant | model | curves | {base} | {other} | ratio | worst {base} | worst {other} "
        f"| best of {SELECTED_FROM} {other} | ratio | worst |",
        f"|{'---|' * 11}",
    ]
    for row in comparisons(study):
        errors, selected = row.errors.values(), row.selected
        cells = [row.variant, row.model.upper(), row.curves, *(each.in_words for each in errors), f"{row.ratio:.2f}"]
        cells += [*(f"{100 * each.worst:.1f}" for each in errors), selected.in_words, f"{row.ratio_of_recipes:.2f}"]
        lines.append("| " + " | ".join([*cells, f"{100 * selected.worst:.1f}"]) + " |")
    lines.append("")
    for model in dict.fromkeys(study["model"].values.tolist()):
        correlations = ", ".join(
            f"{guide} {rank_correlation(select(study, model=model), guide):.2f}" for guide in GUIDES
        )
        lines.append(f"Rank correlation with the mean error online, {model.upper()}: {correlations}.")
    return "\n".join(lines)


def _errors(study: xr.Dataset, curves: Mapping[str, list[str]]) -> Errors:
    error = curve_errors(study).sel(curves)
    return Errors(error.mean([dim for dim in error.dims if dim != "run"]).values, float(error.max()))


def _sets_of_curves(study: xr.Dataset) -> Iterator[tuple[str, dict[str, list[str]]]]:
    """Sets of curves by name and their selection: each composite's six cases, then every further path."""
    for composite in study["composite"].values.tolist():
        yield composite, {"composite": [composite], "load_case": list(CASES)}
    for path in study["load_case"].values.tolist():
        if path not in CASES:
            yield path, {"load_case": [path]}
