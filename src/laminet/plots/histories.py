"""How trainings went, or go: errors, learning rate and active nodes by epoch."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from laminet import source
from laminet.errors import InputError
from laminet.files import history
from laminet.plots import style


def rows(path: Path | str) -> Mapping[str, np.ndarray]:
    """Columns of a history and its epochs, by name: of a history file, or of a checkpoint of a training still running.

    Raises:
        InputError: unreadable file, or no epoch in it.
    """
    if Path(path).suffix != ".npz":
        dataset = history.load(path)
        return {"epoch": dataset["epoch"].values} | {name: dataset[name].values for name in history.COLUMNS}
    with source.reading(path, f"{path}: is not a checkpoint of laminet"), np.load(path, allow_pickle=False) as stored:
        done = stored["recorded"] <= int(stored["epoch"])
        columns = {"epoch": stored["recorded"][done]}
        columns |= dict(zip(history.COLUMNS, stored["history"][done].T, strict=True))
    if not len(columns["epoch"]):
        raise InputError(f"{path}: no epoch is complete yet; try again in a moment")
    return columns


def training(trainings: Mapping[str, Mapping[str, np.ndarray]]) -> Figure:
    """Errors of training (thin) and validation (thick), learning rate and active nodes of one or more trainings."""
    figure, panels = style.panels(3, columns=3)
    colours, alone = style.colours(list(trainings)), len(trainings) == 1
    for name, columns in trainings.items():
        epoch, colour = columns["epoch"], colours[name]
        looks: list[dict[str, Any]] = [{"color": colour, "alpha": 0.5}, {"color": colour}]
        if alone:
            looks = [{"color": style.PALETTE[0], "zorder": 2.5, "label": "training"}]
            looks += [{"color": style.PALETTE[1], "label": "validation"}]
        for error, width, look in zip(("train_error", "validation_error"), (0.8, 1.4), looks, strict=True):
            panels[0].plot(epoch, 100.0 * columns[error], linewidth=width, **look)
        panels[1].plot(epoch, columns["learning_rate"], color=colour, label=None if alone else name)
        panels[2].step(epoch, columns["active_nodes"], color=colour, where="post")
    longest = max(int(columns["epoch"][-1]) for columns in trainings.values())
    for axes, label in zip(panels, ("relative error [%]", "learning rate", "active nodes"), strict=True):
        axes.set(xlabel="epoch", ylabel=label, xlim=(0, longest))
    for axes in panels[:2]:
        axes.set_yscale("log")
    panels[2].set_ylim(bottom=0.0)
    style.legend(figure, columns=2 if alone else 3)
    last = [100.0 * float(columns["validation_error"][-1]) for columns in trainings.values()]
    spread = f"{last[0]:.2f} %" if alone else f"{min(last):.2f} to {max(last):.2f} %"
    pale = "" if alone else "Pale lines: training."
    style.caption(figure, f"Validation error after the last epoch: {spread}.", pale)
    return figure
