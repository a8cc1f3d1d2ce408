"""How large a study is, and where that differs from the paper's."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from laminet_study import statistics

EPOCHS = 10000


@dataclass(frozen=True)
class Design:
    """A study of the paper: seeds of every design, and the values of its coordinates that must be there."""

    seeds: int
    values: Mapping[str, tuple[Any, ...]]


DESIGNS = {
    "data_size": Design(10, {"model": ("dmn",), "samples": (400, 1024, 2048), "batch": (20, 40, 64, 128, 256)}),
    "eta": Design(5, {"model": ("imn",), "samples": (400,), "eta": (0.01, 0.1, 1.0, 10.0, 100.0)}),
    "xi": Design(5, {"model": ("imn",), "samples": (400,), "xi": (0.1, 0.5, 1.0, 2.0, 4.0)}),
    "depth": Design(5, {"model": ("dmn", "imn"), "samples": (400,), "depth": (4, 5, 6, 7, 8)}),
}
"""The paper's studies; the inner values of eta and xi, which it only shows as marks in Figs. 12 and 13, are ours."""

LABELS = {"depth": "N", "eta": "eta", "xi": "xi", "batch": "batch", "samples": "samples", "model": "model"}


def sizes(studies: Mapping[str, xr.Dataset]) -> list[tuple[str, int, str, int, str]]:
    """Of every study, the paper's first: name, runs, seeds, epochs and design in words."""
    rows = []
    for name in (*DESIGNS, *sorted(set(studies) - set(DESIGNS))):
        if name not in studies:
            continue
        trainings = statistics.trainings(studies[name])
        seeds = _seeds(trainings)
        design = "; ".join(
            f"{LABELS[key]} {listed(np.unique(trainings[key].values).tolist())}"
            for key in LABELS
            if name not in DESIGNS or key in DESIGNS[name].values
        )
        words = " to ".join(map(str, sorted({seeds.min(), seeds.max()})))
        rows.append((name, trainings.sizes["run"], words, _epochs(trainings), design))
    return rows


def differences(studies: Mapping[str, xr.Dataset]) -> dict[str, list[str]]:
    """Where each of the paper's studies falls short of its scale; studies that do not are left out."""
    differing = {}
    for name, paper in DESIGNS.items():
        if name not in studies:
            differing[name] = ["not among the files"]
            continue
        rows = statistics.trainings(studies[name])
        texts = []
        if (epochs := _epochs(rows)) != EPOCHS:
            texts.append(f"{epochs} epochs (paper: {EPOCHS})")
        if (seeds := _seeds(rows).min()) < paper.seeds:
            texts.append(f"{seeds} seeds of a design (paper: {paper.seeds})")
        for key, wanted in paper.values.items():
            here = np.unique(rows[key].values).tolist()
            if set(here) != set(wanted):
                texts.append(f"{LABELS[key]} {listed(here)} (paper: {listed(wanted)})")
        if texts:
            differing[name] = texts
    return differing


def _epochs(rows: xr.Dataset) -> int:
    return int(rows["epoch"].values[-1])


def _seeds(rows: xr.Dataset) -> pd.Series:
    """Number of seeds of every design."""
    names = [name for name in statistics.DESIGN if name in rows.coords]
    return rows[names].to_dataframe()[names].value_counts()


def listed(values: Sequence[Any]) -> str:
    """Values in a row: '4, 5, 6'."""
    return ", ".join(f"{value:g}" if isinstance(value, int | float) else str(value) for value in values)
