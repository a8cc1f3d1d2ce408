"""Where a study's results come from: what its files say of themselves."""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import xarray as xr

STAMPS = {
    "host": "host",
    "laminet_version": "laminet",
    "cpu_model": "processor",
    "build": "native code built for",
    "tolerance": "online tolerance",
    "criterion": "criterion",
}
"""Attributes of studies that are shown, and what they are called."""

SETTINGS = {
    "backend": "backend",
    "formulation": "formulation",
    "loss": "loss",
    "training_threads": "training threads",
}
"""Coordinates and variables of studies that are shown."""


def stamps(studies: Iterable[xr.Dataset], names: Iterable[str] = tuple(STAMPS)) -> dict[str, str]:
    """Attributes by label; what differs between studies is listed, what no study says is left out."""
    return _listed(
        {STAMPS[name]: [text(study.attrs[name]) for study in studies if name in study.attrs] for name in names}
    )


def settings(studies: Iterable[xr.Dataset]) -> dict[str, str]:
    """How networks were trained and evaluated, by label."""
    values = {
        label: [
            value for study in studies if name in study.variables for value in np.unique(study[name].values).tolist()
        ]
        for name, label in SETTINGS.items()
    }
    return _listed(values | {"load steps": [study.sizes["step"] - 1 for study in studies]})


def text(value: object) -> str:
    """A value as it is shown: a number to four digits."""
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def _listed(values: Mapping[str, list[Any]]) -> dict[str, str]:
    """Different values in a row, sorted."""
    return {label: ", ".join(map(text, sorted(set(entries)))) for label, entries in values.items() if entries}
