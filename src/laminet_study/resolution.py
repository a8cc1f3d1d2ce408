"""What is said where the discretisation error of a reference may be above the limit, laminet.files.curves.RESOLVED."""

from collections.abc import Mapping

import numpy as np
import xarray as xr

from laminet.files.curves import as_sentence, unresolved_cases, unresolved_clause
from laminet.loading.paths import CASES
from laminet_study.registry import named
from laminet_study.variants import DEFAULT


def with_estimated_errors(study: xr.Dataset, references: Mapping[str, xr.Dataset]) -> xr.Dataset:
    """The study with `estimated_error` (composite, control, load_case) of its references, NaN where they hold none.

    A study of other variants alone stays as it is: its references may be others.
    """
    known = {name: each["estimated_error"] for name, each in references.items() if "estimated_error" in each}
    if DEFAULT not in study["variant"].values or not set(known) & set(study["composite"].values.tolist()):
        return study
    labels = {name: study[name].values for name in ("control", "load_case")}
    bounds = [
        bound.reset_coords(drop=True).reindex(labels).expand_dims(composite=[name]) for name, bound in known.items()
    ]
    joined = xr.concat(bounds, "composite", coords="minimal", compat="override", join="exact")
    return study.assign(estimated_error=joined.reindex(composite=study["composite"].values))


def by_composite(study: xr.Dataset) -> dict[str, xr.Dataset]:
    """The bounds that a study has of its references, by composite."""
    if "estimated_error" not in study:
        return {}
    bounds = study[["estimated_error"]]
    return {name: bounds.sel(composite=name) for name in np.unique(study["composite"].values).tolist()}


def words(references: Mapping[str, xr.Dataset], *controls: str) -> str:
    """A clause for each control that names the unresolved curves of the six load cases; empty where there are none.

    Args:
        references: reference curves by composite, or what `by_composite` returns.
        controls: "strain" or "stress".
    """
    clauses = []
    for control in controls:
        open_yet = {named(name): unresolved_cases(each, control, CASES) for name, each in references.items()}
        if parts := [f"{name} in {cases}" for name, cases in open_yet.items() if cases]:
            clauses.append(unresolved_clause(control, ", ".join(parts)))
    return "; ".join(clauses)


def sentence(references: Mapping[str, xr.Dataset], *controls: str) -> str:
    """The same as a sentence of a caption or a page."""
    return as_sentence([text] if (text := words(references, *controls)) else [])
