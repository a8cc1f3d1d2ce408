"""Training curves, a panel for each load path of a composite."""

from pathlib import Path

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from laminet import mandel
from laminet.errors import InputError
from laminet.files import training_curves
from laminet.files.curves import tensor_curve
from laminet.plots import style
from laminet.plots.curves import SUBSCRIPTS


def paths(data: xr.Dataset, where: Path | str, *, composite: str | None = None, control: str | None = None) -> Figure:
    """The driven stresses of a composite's training curves: over the strain, or over the steps of a path with turns.

    Args:
        data: the contract of training curves.
        where: its file, for messages.
        composite: the composite shown; needed where there are several.
        control: "strain" or "stress"; both if None.

    Raises:
        InputError: unknown composite, none named where there are several, or no curve of the control.
    """
    there = list(dict.fromkeys(data["composite"].values.astype(str).tolist()))
    if composite is None and len(there) > 1:
        raise InputError(f"{where}: holds {', '.join(there)}; say which by --composite")
    composite = composite or there[0]
    if composite not in there:
        raise InputError(f"{where}: no composite '{composite}'; it has {', '.join(there)}")
    shown = (data["composite"] == composite) & (True if control is None else data["control"] == control)
    curves = data.isel(curve=np.flatnonzero(shown))
    if not curves.sizes["curve"]:
        raise InputError(f"{where}: composite '{composite}' has no curve under {control} control")
    figure, panels = style.panels(curves.sizes["curve"], columns=3, width=style.PAGE / 3)
    for position, axes in enumerate(panels):
        _draw(axes, curves.isel(curve=position))
    style.legend(figure, columns=6)
    splits = {"train": "training", "validation": "validation"}
    used = " and ".join(name for split, name in splits.items() if split in curves["split"].values)
    lost = int(training_curves.failed(curves).sum())
    style.caption(
        figure,
        f"{composite}, for {used}; tensor components.",
        f"{lost} of {curves.sizes['curve']} curves failed before their end." if lost else "",
    )
    return figure


def _draw(axes: Axes, curve: xr.Dataset) -> None:
    """Draw one curve and say what it drives."""
    driven = np.flatnonzero(curve["loaded"].values.astype(bool)).tolist()
    for index in driven:
        strain, stress = tensor_curve(curve[["strain", "stress"]].isel(component=index), index)
        along = strain if len(driven) == 1 else curve["step"].values
        name = f"σ{mandel.COMPONENTS[index].translate(SUBSCRIPTS)}"  # noqa: RUF001
        axes.plot(along, stress, label=name, color=style.PALETTE[index])
    of_strain = f"ε{mandel.COMPONENTS[driven[0]].translate(SUBSCRIPTS)} [%]"
    axes.set(xlabel=of_strain if len(driven) == 1 else "step", ylabel="stress [MPa]")
    components = " and ".join(mandel.COMPONENTS[index] for index in driven)
    vertices = 1 + str(curve["path"].item()).count(";") if "path" in curve.coords else 1
    turns = f", {vertices} vertices" if vertices > 1 else ""
    axes.set_title(f"{components}{turns}, {curve['control'].item()} control")
