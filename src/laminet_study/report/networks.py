"""The table of a study's networks: a row for each training, a column for each setting that varies and each result."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import xarray as xr

from laminet.errors import InputError
from laminet_study import statistics
from laminet_study.variants import DEFAULT

SCHEMES = ("newton_condensed", "dmn_residual", "imn_newton_dense")
"""Whose predictions stand for a network, the first there is; they agree to the tolerance. Then any other."""

MISSING = "\u2013"


class Column(NamedTuple):
    """A column: its key in the rows, heading, explanation, and how a number is written."""

    key: str
    label: str
    title: str
    write: Callable[[Any], str] = str
    numeric: bool = True


def _percent(value: float) -> str:
    return f"{100.0 * value:.3g} %"


def _number(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


SETTINGS = (
    Column("variant", "variant", "of the configuration: another RVE, other data or settings", numeric=False),
    Column("model", "model", "kind of network", str.upper, numeric=False),
    Column("depth", "N", "depth: layers below the root", _number),
    Column("samples", "samples", "training samples", _number),
    Column("batch", "batch", "samples in a minibatch", _number),
    Column("epochs", "epochs", "passes over the data", _number),
    Column("eta", "\u03b7", "strength of the activation penalty", _number),
    Column("xi", "\u03be", "target of the sum of activations", _number),
    Column("loss", "loss", "data term of the loss", numeric=False),
    Column("formulation", "formulation", "of a DMN", numeric=False),
    Column("backend", "backend", "what computed the training", numeric=False),
    Column("seed", "seed", "of the initial parameters and the minibatches", _number),
)

RESULTS = (
    Column("train_error", "training error", "mean relative error of the training samples, Eq. 33", _percent),
    Column("validation_error", "validation error", "the same of the validation samples", _percent),
    Column("online_error", "online error", "mean over composites of the six load cases' error, Eq. 32", _percent),
    Column("active_nodes", "active nodes", "leaves with positive weight", _number),
    Column("training_threads", "threads", "of the training", _number),
    Column("scheme", "online scheme", "of the online error", numeric=False),
)

RUN = Column("run", "network", "folder in runs/", numeric=False)
STUDIES = Column("studies", "studies", "studies that use it", numeric=False)

COPIED = ("active_nodes", "training_threads")
"""Results that a study holds as they are shown."""

MEDIANS = ("validation_error", "online_error")
"""Results whose medians the report begins with."""


def table(studies: Mapping[str, xr.Dataset], control: str) -> dict[str, Any]:
    """The table of all networks of some studies, those of several studies once.

    Args:
        studies: study datasets by name.
        control: load paths that online errors are of, "strain" or "stress".

    Returns:
        `columns` and `rows`: for each column the text of a cell and the value it is sorted by, empty if there is none.
        `note` is a sentence on what all networks share. `medians` has the medians of the results by their names.
    """
    every = pd.concat([_networks(study, control).assign(studies=name) for name, study in studies.items()])
    networks = every.groupby(["variant", "run"], sort=False)
    merged = networks.first(skipna=False).assign(studies=networks["studies"].agg(", ".join)).reset_index()
    constant = [column for column in SETTINGS if merged[column.key].nunique() == 1]
    columns = [RUN, *(column for column in SETTINGS if column not in constant), *RESULTS, STUDIES]
    rows = merged.to_dict("records")
    shared = ", ".join(
        f"{column.label} {column.write(rows[0][column.key])}" for column in constant if rows[0][column.key] != DEFAULT
    )
    medians = merged[list(MEDIANS)].median().dropna()
    return {
        "columns": columns,
        "rows": [{column.key: _cell(column, row[column.key]) for column in columns} for row in rows],
        "note": f"The same for all: {shared}." if shared and len(rows) > 1 else "",
        "medians": {f"median {each.label}": each.write(medians[each.key]) for each in RESULTS if each.key in medians},
    }


def _networks(study: xr.Dataset, control: str) -> pd.DataFrame:
    """Settings and results of every network of a study."""
    try:
        error = statistics.mean_relative_error(study, control).mean("composite", skipna=False)
    except InputError:  # no such load paths: networks are shown all the same
        error = xr.full_like(study["active_nodes"], np.nan, dtype=float)
    columns = {name: study[name] for name in (*statistics.DESIGN, "seed", *COPIED)} | {
        "run": study["run_id"],
        "epochs": statistics.final(study, "epoch"),
        "train_error": statistics.final(study, "train_error"),
        "validation_error": statistics.final(study, "validation_error"),
        "online_error": error,
    }
    rows = pd.DataFrame({name: values.values for name, values in columns.items()})
    rank = rows["scheme"].map({scheme: rank for rank, scheme in enumerate(SCHEMES)}).fillna(len(SCHEMES))
    preferred = rows.loc[rank.sort_values(kind="stable").index].drop_duplicates(["variant", "run"])
    return preferred.sort_index()


def _cell(column: Column, value: Any) -> tuple[str, str]:
    if isinstance(value, float) and not np.isfinite(value):
        return MISSING, ""
    return column.write(value), repr(value) if isinstance(value, int | float) else str(value)
