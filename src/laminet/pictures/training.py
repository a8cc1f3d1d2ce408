"""How trainings went, or go: errors, learning rate and active nodes by epoch."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

from laminet.data import source
from laminet.errors import InputError
from laminet.offline import history
from laminet.pictures import style


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
        found = stored["history"][done]
        columns = {"epoch": stored["recorded"][done]} | dict(zip(history.COLUMNS, found.T, strict=True))
    if not len(found):
        raise InputError(f"{path}: no epoch is complete yet; try again in a moment")
    return columns


def training(trainings: Mapping[str, Mapping[str, np.ndarray]]) -> Figure:
    """Errors of training (thin) and validation (thick), learning rate and active nodes of one or more trainings."""
    figure, panels = style.panels(3, columns=3)
    colours = style.colours(list(trainings))
    longest = max(int(columns["epoch"][-1]) for columns in trainings.values())
    alone = len(trainings) == 1
    for name, columns in trainings.items():
        epoch = columns["epoch"]
        colour = colours[name]
        for column, label, width in (("train_error", "training", 0.8), ("validation_error", "validation", 1.4)):
            own = style.PALETTE[column == "validation_error"]
            panels[0].plot(
                epoch,
                100.0 * columns[column],
                color=own if alone else colour,
                linewidth=width,
                zorder=2.5 if alone and column == "train_error" else 2.0,
                alpha=0.5 if not alone and column == "train_error" else 1.0,
                label=label if alone else None,
            )
        panels[1].plot(epoch, columns["learning_rate"], color=colour, label=None if alone else name)
        panels[2].step(epoch, columns["active_nodes"], color=colour, where="post")
    for axes, label, scale in zip(
        panels, ("relative error [%]", "learning rate", "active nodes"), ("log", "log", "linear"), strict=True
    ):
        axes.set(xlabel="epoch", ylabel=label, yscale=scale, xlim=(0, longest))
    panels[2].set_ylim(bottom=0.0)
    style.legend(figure, columns=2 if alone else 3)
    last = [100.0 * float(columns["validation_error"][-1]) for columns in trainings.values()]
    spread = f"{last[0]:.2f} %" if alone else f"{min(last):.2f} to {max(last):.2f} %"
    style.caption(
        figure,
        f"Validation error after the last epoch: {spread}.",
        "" if alone else "Pale lines: training.",
    )
    return figure
