"""The losses of a study side by side: errors online, network by network, and what predicts them."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import xarray as xr
from scipy.stats import spearmanr

from laminet.errors import InputError
from laminet.loading.paths import CASES
from laminet_study import statistics
from laminet_study.statistics import final, select

LOSSES = {"frobenius": "paper", "divergence": "accurate"}
"""Losses compared, the base first, and what tables and figures call them."""

BASE, OTHER = LOSSES.values()

GUIDES = ("validation_error", "validation_divergence")
"""What is known of a network before it predicts anything."""

SELECTED_FROM = 5
"""Seeds that the recipe selects the best of."""


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
            part[name] = guide(study, name).drop_vars("epoch").expand_dims("epoch", axis=1)
        parts.append(part)
    try:
        return xr.concat(parts, dim="run", join="exact", combine_attrs="override")
    except ValueError as error:
        names = ", ".join(statistics.label(study) for study in studies)
        raise InputError(f"{names}: the studies differ in composites, controls or load cases") from error


def guide(study: xr.Dataset, name: str) -> xr.DataArray:
    """A guide (run,) after the last epoch of every training.

    Raises:
        InputError: the study was published without it.
    """
    if name not in study:
        raise InputError(f"{statistics.label(study)}: was published without {name}; collect it again")
    return final(study, name)


def curve_errors(study: xr.Dataset) -> xr.DataArray:
    """Error of every curve; one that broke off counts as 100 %."""
    return study["error"].fillna(1.0)


def mean_error(study: xr.Dataset) -> xr.DataArray:
    """Mean error (run,) over composites, controls and load cases."""
    return curve_errors(study).mean(["composite", "control", "load_case"])


def comparisons(study: xr.Dataset) -> pd.DataFrame:
    """Errors of every variant and model on every set of curves, for both losses.

    Returns:
        A row for each variant, model and set of curves: the six load cases of a composite, or a further path on all
        composites. Columns by label of the loss, and "selected" for the networks of the last loss that `best` selects.
        Below each: `mean` and `std` of the networks' mean errors, `worst`, the largest error of any curve, and `ratio`,
        the mean over that of the first loss. Errors cover both controls.

    Raises:
        InputError: a variant and model without networks of both losses, or in which they differ in data or batch.
    """
    composites, cases = study["composite"].values.tolist(), study["load_case"].values.tolist()
    sets_of_curves = {name: {"composite": [name], "load_case": list(CASES)} for name in composites}
    sets_of_curves |= {path: {"load_case": [path]} for path in cases if path not in CASES}
    rows = {}
    for variant, model in dict.fromkeys(zip(study["variant"].values.tolist(), study["model"].values.tolist())):
        networks = {}
        for loss, name in LOSSES.items():
            networks[name] = select(study, variant=variant, model=model, loss=loss)
            if not networks[name].sizes["run"]:
                raise InputError(f"{statistics.label(study)}: no {model} of loss {loss} in the variant {variant}")
            statistics.groups(networks[name], "variant", "model")  # they differ in their seeds alone
        divergence = guide(networks[OTHER], "validation_divergence").values
        networks["selected"] = networks[OTHER].isel(run=best(divergence))
        for curves, labels in sets_of_curves.items():
            numbers = {name: _numbers(curve_errors(of_name).sel(labels)) for name, of_name in networks.items()}
            for each in numbers.values():
                each["ratio"] = each["mean"] / numbers[BASE]["mean"]
            rows[variant, model, curves] = pd.DataFrame(numbers).unstack()
    return pd.DataFrame(rows).T


def _numbers(error: xr.DataArray) -> dict[str, float]:
    """Mean and standard deviation of the networks' mean errors, and the largest error of any curve."""
    of_networks = error.mean([dim for dim in error.dims if dim != "run"]).values
    return {"mean": of_networks.mean(), "std": of_networks.std(ddof=1), "worst": float(error.max())}


def best(guide: np.ndarray, several: int = SELECTED_FROM) -> np.ndarray:
    """Positions of the least of every `several` values of a guide (run,), in order; of all where there are fewer."""
    starts = range(0, len(guide), several)
    return np.array([start + np.argmin(guide[start : start + several]) for start in starts])


def rank_correlation(study: xr.Dataset, name: str) -> float:
    """Spearman's rank correlation between a guide, such as "validation_error", and the mean error online."""
    return float(spearmanr(guide(study, name).values, mean_error(study).values).statistic)


def table(study: xr.Dataset) -> str:
    """The comparison as a Markdown table: percent, mean ± standard deviation over seeds, the worst curve of all.

    The last three columns are of the recipes as they are: the best of SELECTED_FROM seeds for the one, any seed for
    the other.
    """
    lines = [
        f"| variant | model | curves | {BASE} | {OTHER} | ratio | worst {BASE} | worst {OTHER} "
        f"| best of {SELECTED_FROM} {OTHER} | ratio | worst |",
        f"|{'---|' * 11}",
    ]
    for (variant, model, curves), row in comparisons(study).iterrows():
        base, other, selected = (row[name] for name in (BASE, OTHER, "selected"))
        mean = [f"{100 * each['mean']:.2f} ± {100 * each['std']:.2f}" for each in (base, other, selected)]
        worst = [f"{100 * each['worst']:.1f}" for each in (base, other, selected)]
        cells = [variant, model.upper(), curves, *mean[:2], f"{other['ratio']:.2f}", *worst[:2]]
        lines.append("| " + " | ".join([*cells, mean[2], f"{selected['ratio']:.2f}", worst[2]]) + " |")
    lines.append("")
    for model in dict.fromkeys(study["model"].values.tolist()):
        networks = select(study, model=model)
        correlations = ", ".join(f"{name} {rank_correlation(networks, name):.2f}" for name in GUIDES)
        lines.append(f"Rank correlation with the mean error online, {model.upper()}: {correlations}.")
    return "\n".join(lines)
