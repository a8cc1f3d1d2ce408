"""Errors of the networks of studies by composite and load path, a column for each kind of network: docs/accuracy.md."""

from collections.abc import Iterator, Sequence
from itertools import chain
from typing import Any

import numpy as np
import xarray as xr

from laminet.errors import InputError
from laminet.loading.paths import CASES
from laminet.settings import Count, check
from laminet_study import comparison, statistics
from laminet_study.statistics import DESIGN, final

FINE = 0.03
"""Error below which a curve counts as well predicted."""

KINDS = tuple(name for name in DESIGN if name != "scheme")
"""Coordinates that a column's networks share."""

GUIDES = {
    "validation_error": "elastic validation error (Eq. 33)",
    "curve_validation_error": "error of the validation curves",
}
"""Histories of which the last value is shown, and what they are."""


CRITERIA = {
    "validation_divergence": "validation divergence",
    "curve_validation_error": GUIDES["curve_validation_error"],
}
"""Histories by whose last value the best network is chosen, and what they are."""


def table(studies: Sequence[xr.Dataset], composites: Sequence[str] = (), best_of: int = 1) -> str:
    """Errors in percent as a Markdown table, for both controls together.

    A cell has the mean of the networks' mean errors, ± their standard deviation, and in brackets the worst curve of all
    networks. A curve that stopped early counts as 100 %.

    Args:
        studies: networks of the same scheme each; those that agree in all settings but the seed are one column.
        composites: those shown, all if empty.
        best_of: only the best of every so many networks of a column is shown, by the error of the validation curves if
            the column's networks have it, else by validation divergence. A row says by which.

    Raises:
        InputError: a composite that a study lacks, or nothing to choose the best by, or a number below one.
    """
    check(Count, best_of, "best-of")
    columns = dict(chain.from_iterable(_columns(study, composites, best_of) for study in studies))
    heads = _heads(list(columns))
    rows: dict[str, list[str]] = {}
    for position, networks in enumerate(columns.values()):
        for label, text in _cells(networks, best_of):
            rows.setdefault(label, ["-"] * len(columns))[position] = text
    return markdown(["", *heads], [[label, *texts] for label, texts in rows.items()])


def markdown(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table in Markdown."""
    lines = [f"|{'|'.join(f' {cell} ' if cell else ' ' for cell in line)}|" for line in (heads, *rows)]
    return "\n".join([lines[0], f"|{'---|' * len(heads)}", *lines[1:]])


def _columns(
    study: xr.Dataset, composites: Sequence[str], best_of: int
) -> Iterator[tuple[tuple[tuple[str, Any], ...], xr.Dataset]]:
    """Networks of a study by what they share."""
    if unknown := sorted(set(composites) - set(study["composite"].values.tolist())):
        raise InputError(f"{statistics.label(study)}: has no composite '{unknown[0]}'")
    names = [name for name in KINDS if name in study.coords]
    for key, networks in statistics.groups(study, *names).items():
        kept = networks.sel(composite=list(composites)) if composites else networks
        yield tuple(zip(names, key, strict=True)), _best(kept, best_of) if best_of > 1 else kept


def _best(networks: xr.Dataset, several: int) -> xr.Dataset:
    """The best of every `several` networks, chosen as `laminet train` does; `selected_by` becomes an attribute."""
    name = "curve_validation_error"
    if name not in networks or final(networks, name).isnull().all():
        name = "validation_divergence"
    value = comparison.guide(networks, name).fillna(np.inf).values
    return networks.isel(run=comparison.best(value, several)).assign_attrs(selected_by=CRITERIA[name])


def _heads(columns: Sequence[tuple[tuple[str, Any], ...]]) -> list[str]:
    """What distinguishes every column: the model, and all else in which columns differ."""
    settings = [dict(column) for column in columns]
    names = [name for name in KINDS if len({str(each.get(name)) for each in settings}) > 1 and name != "model"]
    return [
        ", ".join([str(each["model"]).upper(), *(f"{name} {each[name]}" for name in names if name in each)])
        for each in settings
    ]


def _cells(networks: xr.Dataset, best_of: int) -> Iterator[tuple[str, str]]:
    """Labels of the rows and what they say of these networks."""
    error = comparison.curve_errors(networks)
    six = error.sel(load_case=list(CASES))
    yield "networks", str(networks.sizes["run"])
    if "selected_by" in networks.attrs:
        yield f"best of {best_of} by", networks.attrs["selected_by"]
    yield "all six load cases", numbers(six)
    yield f"curves below {100 * FINE:g} %", f"{100 * float((six < FINE).mean()):.1f} %"
    for name in networks["composite"].values.tolist():
        yield name, numbers(six.sel(composite=name))
    others = [path for path in networks["load_case"].values.tolist() if path not in CASES]
    if len(others) > 1:
        yield "all other paths", numbers(error.sel(load_case=others))
    for path in others:
        yield path, numbers(error.sel(load_case=path))
    for name, meaning in GUIDES.items():
        if name in networks and np.isfinite(last := final(networks, name).values).all():
            yield meaning, f"{100 * last.mean():.2f}"
    yield "active leaves", f"{float(networks['active_nodes'].mean()):.0f}"


def numbers(error: xr.DataArray) -> str:
    """Mean and standard deviation over the networks, and in brackets the worst curve, of errors (run, ...) [%]."""
    of_networks = 100 * error.mean([dim for dim in error.dims if dim != "run"]).values
    spread = f" ± {of_networks.std(ddof=1):.2f}" if len(of_networks) > 1 else ""
    return f"{of_networks.mean():.2f}{spread} ({100 * float(error.max()):.1f})"
