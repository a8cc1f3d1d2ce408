"""How trainings went, or go: errors, learning rate, active leaves and errors on training curves by epoch."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from laminet import source
from laminet.errors import InputError
from laminet.files import history
from laminet.plots import style

ERRORS = "train_error", "validation_error"
CURVE_ERRORS = "curve_train_error", "curve_validation_error"


def rows(path: Path | str) -> Mapping[str, np.ndarray]:
    """Columns of a history and its epochs, by name: of a history file, or of a checkpoint of a training still running.

    Raises:
        InputError: unreadable file, or no epoch in it.
    """
    if Path(path).suffix != ".npz":
        dataset = history.load(path)
        names = [*history.COLUMNS, *(name for name in history.CURVE_COLUMNS if name in dataset)]
        return {"epoch": dataset["epoch"].values} | {name: dataset[name].values for name in names}
    with source.reading(path, f"{path}: is not a checkpoint of laminet"), np.load(path, allow_pickle=False) as stored:
        done = stored["recorded"] <= int(stored["epoch"])
        columns = {"epoch": stored["recorded"][done]}
        names = [*history.COLUMNS, *history.CURVE_COLUMNS][: stored["history"].shape[1]]
        columns |= dict(zip(names, stored["history"][done].T, strict=True))
    if not len(columns["epoch"]):
        raise InputError(f"{path}: no epoch is complete yet; try again in a moment")
    return columns


def training(trainings: Mapping[str, Mapping[str, np.ndarray]]) -> Figure:
    """Errors of training (thin) and validation (thick), learning rate and active leaves of one or more trainings.

    Trainings on curves have their errors in a further panel.
    """
    with_curves = any(CURVE_ERRORS[0] in columns for columns in trainings.values())
    figure, panels = style.panels(3 + with_curves, columns=2 if with_curves else 3)
    colours, alone = style.colours(list(trainings)), len(trainings) == 1
    for name, columns in trainings.items():
        epoch, colour = columns["epoch"], colours[name]
        looks: list[dict[str, Any]] = [{"color": colour, "alpha": 0.5}, {"color": colour}]
        if alone:
            looks = [{"color": style.PALETTE[0], "zorder": 2.5, "label": "training"}]
            looks += [{"color": style.PALETTE[1], "label": "validation"}]
        for axes, errors in zip((panels[0], panels[-1]), (ERRORS, CURVE_ERRORS), strict=True):
            for error, width, look in zip(errors, (0.8, 1.4), looks, strict=True):
                if error in columns and np.isfinite(columns[error]).any():
                    axes.plot(epoch, 100.0 * columns[error], linewidth=width, **look)
        panels[1].plot(epoch, columns["learning_rate"], color=colour, label=None if alone else name)
        panels[2].step(epoch, columns["active_nodes"], color=colour, where="post")
    longest = max(int(columns["epoch"][-1]) for columns in trainings.values())
    labels = ("relative error [%]", "learning rate", "active leaves", "relative error on curves [%]")
    for axes, label in zip(panels, labels, strict=False):
        axes.set(xlabel="epoch", ylabel=label, xlim=(0, longest))
    for axes in (panels[0], *panels[3:]):
        style.logarithmic(axes)
    panels[1].set_yscale("log")
    panels[2].set_ylim(bottom=0.0)
    style.legend(figure, columns=2 if alone else 3)
    last = [100.0 * float(columns["validation_error"][-1]) for columns in trainings.values()]
    spread = f"{last[0]:.2f} %" if alone else f"{min(last):.2f} to {max(last):.2f} %"
    curves = [columns[CURVE_ERRORS[1]][-1] for columns in trainings.values() if CURVE_ERRORS[1] in columns]
    of_curves = f"On validation curves: {100.0 * min(curves):.2f} %." if alone and np.isfinite(curves).any() else ""
    pale = "" if alone else "Pale lines: training."
    style.caption(figure, f"Validation error after the last epoch: {spread}.", of_curves, pale)
    return figure
