"""The history of a training: rows for some of its epochs, each describing the network at the end of that epoch."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from laminet.errors import InputError
from laminet.files import netcdf

COLUMNS = {
    "train_error": "mean relative error of all training samples (Eq. 33)",
    "validation_error": "mean relative error of the validation samples (Eq. 33)",
    "validation_divergence": "mean J-divergence of the validation samples",
    "loss": "loss of all training samples, penalty included",
    "validation_loss": "loss of the validation samples, penalty included",
    "learning_rate": "learning rate during the epoch",
    "active_nodes": "leaves with positive weight",
    "elapsed": "wall-clock time since the beginning, interruptions left out",
    "cpu_time": "processor time of all threads since the beginning, interruptions left out",
}
"""Variables of the file, in the order of a state's columns, and what they are."""

CURVE_COLUMNS = {
    "curve_train_error": "mean relative error of the loaded stress of the training curves",
    "curve_validation_error": "mean relative error of the loaded stress of the validation curves",
    "failed_curves": "predictions of curves that failed since the row before",
}
"""Further variables where curves are trained on; an error is NaN where there is no such curve."""

TIMES = ("elapsed", "cpu_time")
"""Those that are seconds; no two trainings have the same."""


def units(name: str) -> str:
    """Units of a variable."""
    return "s" if name in TIMES else "1"


def to_dataset(rows: np.ndarray, epochs: np.ndarray, attributes: Mapping[str, Any]) -> xr.Dataset:
    """The history contract from rows (rows, columns) and the epochs (rows,) they belong to."""
    columns = COLUMNS if rows.shape[1] == len(COLUMNS) else COLUMNS | CURVE_COLUMNS
    variables = {}
    for (name, meaning), values in zip(columns.items(), rows.T, strict=True):
        values = values.astype(int) if name in ("active_nodes", "failed_curves") else values
        variables[name] = ("epoch", values, {"units": units(name), "long_name": meaning})
    return xr.Dataset(variables, coords={"epoch": epochs}, attrs=dict(attributes))


def kept_row(past: xr.Dataset) -> int:
    """Position of the row of the network that was kept: the last, or by the attribute `keep` the one of the lowest
    validation loss."""
    best = past.attrs.get("keep") == "best"
    return int(past["validation_loss"].values.argmin()) if best else past.sizes["epoch"] - 1


def last_rows(values: np.ndarray) -> np.ndarray:
    """Index (...) of the last finite entry of each history in (..., epochs): shorter ones end with NaN."""
    return np.isfinite(values).cumsum(axis=-1).argmax(axis=-1)


def load(path: Path | str) -> xr.Dataset:
    """Read a history and check it; one of the old form gets a `cpu_time` of NaN.

    Raises:
        InputError: unreadable file, missing variable, wrong dimensions, no epoch, epochs that do not rise, or values
            that are not finite.
    """
    dataset = netcdf.read(path, content="history")
    measured = [name for name in COLUMNS if name != "cpu_time" or name in dataset]
    of_curves = [name for name in CURVE_COLUMNS if name in dataset]
    netcdf.require(dataset, path, dict.fromkeys((*measured, *of_curves), ("epoch",)))
    if "cpu_time" not in dataset:
        unknown = np.full(dataset.sizes["epoch"], np.nan)
        dataset["cpu_time"] = ("epoch", unknown, {"units": "s", "long_name": COLUMNS["cpu_time"]})
    if dataset.sizes["epoch"] == 0:
        raise InputError(f"{path}: the history has no epoch; train again")
    epochs = dataset["epoch"].values
    if not np.issubdtype(epochs.dtype, np.integer) or (np.diff(epochs, prepend=0) <= 0).any():
        raise InputError(f"{path}: coordinate 'epoch' must be rising whole numbers from 1 on; train again")
    for name in measured:
        if not np.isfinite(dataset[name].values).all():
            raise InputError(f"{path}: variable '{name}' holds NaN or infinite values; train again")
    return dataset
