"""The table of a study's networks: a row for each training, a column for each setting that varies and each result."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr

from laminet.errors import InputError
from laminet.files.history import last_rows
from laminet_study import statistics

SCHEMES = ("newton_condensed", "dmn_residual", "imn_newton_dense")
"""Whose predictions stand for a network, the first there is; they agree to the tolerance. Then any other."""

MISSING = "\u2013"
DEFAULT = "default"


@dataclass(frozen=True)
class Column:
    """A column: its key in the rows, heading, explanation, and how a number is written."""

    key: str
    label: str
    title: str
    write: Callable[[Any], str] = str
    numeric: bool = True


@dataclass(frozen=True)
class Cell:
    """Text of a cell and the value it is sorted by, empty where there is none."""

    text: str
    value: str


@dataclass(frozen=True)
class NetworkTable:
    """Columns, rows of (column, cell), a sentence on what all networks share, and medians of the results."""

    columns: Sequence[Column]
    rows: Sequence[Sequence[tuple[Column, Cell]]]
    note: str
    medians: Sequence[tuple[str, str]]


def _percent(value: float) -> str:
    return f"{100.0 * value:.3g} %"


def _number(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def _seconds(value: float) -> str:
    return f"{value:.3g} s" if value < 100.0 else f"{value:,.0f} s"


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
    Column("training_time", "training", "wall-clock time", _seconds),
    Column("training_threads", "threads", "of the training", _number),
    Column("online_time", "online", "mean over composites of the time of the six load cases", _seconds),
    Column("scheme", "online scheme", "of the online columns", numeric=False),
)

RUN = Column("run", "network", "folder in runs/", numeric=False)
STUDIES = Column("studies", "studies", "studies that use it", numeric=False)

MEDIANS = {
    "validation_error": "median validation error",
    "online_error": "median online error",
    "training_time": "median training time",
}


def table(studies: Mapping[str, xr.Dataset], control: str) -> NetworkTable:
    """The table of all networks of some studies, those of several studies once.

    Args:
        studies: study datasets by name.
        control: load paths that online errors and times are of, "strain" or "stress".
    """
    rows: dict[tuple[str, str], dict[str, Any]] = {}
    for name, study in studies.items():
        for row in _networks(study, control):
            rows.setdefault((row["variant"], row["run"]), row | {"studies": []})["studies"].append(name)
    found = [row | {"studies": ", ".join(row["studies"])} for row in rows.values()]
    constant = [column for column in SETTINGS if len({row[column.key] for row in found}) == 1]
    columns = [RUN, *(column for column in SETTINGS if column not in constant), *RESULTS, STUDIES]
    shared = ", ".join(
        f"{column.label} {column.write(found[0][column.key])}"
        for column in constant
        if found[0][column.key] not in (DEFAULT, MISSING)
    )
    return NetworkTable(
        columns=columns,
        rows=[[(column, _cell(column, row[column.key])) for column in columns] for row in found],
        note=f"The same for all: {shared}." if shared and len(found) > 1 else "",
        medians=[
            (label, column.write(float(np.median(values))))
            for column in RESULTS
            if (label := MEDIANS.get(column.key)) and (values := _finite([row[column.key] for row in found]))
        ],
    )


def _networks(study: xr.Dataset, control: str) -> list[dict[str, Any]]:
    """Settings and results of every network of a study."""
    try:
        error = statistics.mean_relative_error(study, control).mean("composite", skipna=False).values
        time = statistics.testing_time(study, control).mean("composite", skipna=False).values
    except InputError:  # no such load paths: networks are shown all the same
        error = time = np.full(study.sizes["run"], np.nan)
    order = {scheme: rank for rank, scheme in enumerate(SCHEMES)}
    schemes = study["scheme"].values.tolist()
    variants = study["variant"].values.tolist() if "variant" in study.coords else [DEFAULT] * len(schemes)
    chosen: dict[tuple[str, str], int] = {}
    for index, network in enumerate(zip(variants, study["run_id"].values.tolist(), strict=True)):
        best = chosen.setdefault(network, index)
        if order.get(schemes[index], len(order)) < order.get(schemes[best], len(order)):
            chosen[network] = index
    ends = last_rows(study["elapsed"].values)
    coordinates = {name: study[name].values.tolist() for name in statistics.DESIGN if name in study.coords}
    rows = []
    for (variant, run), index in chosen.items():
        end = int(ends[index])
        rows.append(
            {column.key: MISSING for column in SETTINGS}
            | {name: values[index] for name, values in coordinates.items()}
            | {
                "variant": variant,
                "run": run,
                "seed": int(study["seed"].values[index]),
                "epochs": int(study["epoch"].values[end]),
                "train_error": float(study["train_error"].values[index, end]),
                "validation_error": float(study["validation_error"].values[index, end]),
                "online_error": float(error[index]),
                "online_time": float(time[index]),
                "scheme": schemes[index],
                "active_nodes": int(study["active_nodes"].values[index]),
                "training_time": float(study["training_time"].values[index]),
                "training_threads": int(study["training_threads"].values[index]),
            }
        )
    return rows


def _cell(column: Column, value: Any) -> Cell:
    if value == MISSING or (isinstance(value, float) and not np.isfinite(value)):
        return Cell(MISSING, "")
    return Cell(column.write(value), repr(value) if isinstance(value, int | float) else str(value))


def _finite(values: Sequence[float]) -> list[float]:
    return [value for value in values if np.isfinite(value)]
