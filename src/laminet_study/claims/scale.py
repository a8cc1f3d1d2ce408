"""What a report is based on, and where that differs from the paper's study."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr

from laminet_study import statistics
from laminet_study.claims.series import listed

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


@dataclass(frozen=True)
class Size:
    """Size of one study in the data."""

    name: str
    runs: int
    seeds: str
    epochs: int
    design: str


def sizes(studies: Mapping[str, xr.Dataset]) -> list[Size]:
    """Size of every study, the paper's first."""
    found = []
    for name in (*DESIGNS, *sorted(set(studies) - set(DESIGNS))):
        if name not in studies:
            continue
        rows = statistics.trainings(studies[name])
        low, high = _seeds(rows)
        design = "; ".join(
            f"{LABELS[key]} {listed(np.unique(rows[key].values).tolist())}"
            for key in LABELS
            if name not in DESIGNS or key in DESIGNS[name].values
        )
        found.append(
            Size(name, rows.sizes["run"], f"{low}" if low == high else f"{low} to {high}", _epochs(rows), design)
        )
    return found


def differences(studies: Mapping[str, xr.Dataset]) -> dict[str, list[str]]:
    """Where each of the paper's studies falls short of its scale; studies that do not are left out."""
    found = {}
    for name, paper in DESIGNS.items():
        if name not in studies:
            found[name] = ["not among the files"]
            continue
        rows = statistics.trainings(studies[name])
        texts = []
        if (epochs := _epochs(rows)) != EPOCHS:
            texts.append(f"{epochs} epochs (paper: {EPOCHS})")
        if (seeds := _seeds(rows)[0]) < paper.seeds:
            texts.append(f"{seeds} seeds of a design (paper: {paper.seeds})")
        for key, wanted in paper.values.items():
            here = np.unique(rows[key].values).tolist()
            if set(here) != set(wanted):
                texts.append(f"{LABELS[key]} {listed(here)} (paper: {listed(wanted)})")
        if texts:
            found[name] = texts
    return found


def provenance(studies: Mapping[str, xr.Dataset]) -> dict[str, str]:
    """Where and when the data were made, from the files' own stamps."""
    words = {}
    for label, attribute in (
        ("host", "host"),
        ("laminet", "laminet_version"),
        ("online tolerance", "tolerance"),
        ("criterion", "criterion"),
    ):
        values = sorted({listed([study.attrs[attribute]]) for study in studies.values() if attribute in study.attrs})
        if values:
            words[label] = ", ".join(values)
    dates = sorted(str(study.attrs["created"]) for study in studies.values() if "created" in study.attrs)
    if dates:
        words["collected"] = dates[-1]
    for label, name in (
        ("backend", "backend"),
        ("formulation", "formulation"),
        ("loss", "loss"),
        ("training threads", "training_threads"),
    ):
        values = sorted({value for study in studies.values() for value in np.unique(study[name].values).tolist()})
        if values:
            words[label] = listed(values)
    steps = sorted({study.sizes["step"] - 1 for study in studies.values()})
    if steps:
        words["load steps"] = listed(steps)
    return words


def _epochs(rows: xr.Dataset) -> int:
    return int(rows["epoch"].values[-1])


def _seeds(rows: xr.Dataset) -> tuple[int, int]:
    """Fewest and most seeds of a design."""
    keys = [name for name in statistics.DESIGN if name in rows.coords]
    designs = list(zip(*(rows[name].values.tolist() for name in keys), strict=True))
    counts = [designs.count(design) for design in set(designs)]
    return min(counts), max(counts)
