"""The RVE as a picture (Fig. 5)."""

import numpy as np
import xarray as xr
from matplotlib.collections import PolyCollection
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from laminet.plots import style
from laminet.plots.cells import outlines, periodic_copies

PHASES = {1: ("Matrix", "#f3e3c3"), 2: ("Fibre", "#8fb3d4")}


def cross_section(rve: xr.Dataset) -> Figure:
    """Fig. 5: phases and mesh in the plane normal to the fibres, in units of the cell's side."""
    figure = style.single(style.COLUMN + 0.5)
    axes = figure.subplots()
    polygons = outlines(rve["point"].values, rve["element"].values)
    phase = rve["phase"].values
    fraction = rve.sizes["fibre"] * np.pi * float(rve["radius"]) ** 2
    copies, origin = periodic_copies(polygons)
    for number, (_, colour) in PHASES.items():
        axes.add_collection(
            PolyCollection(copies[phase[origin] == number], facecolor=colour, edgecolor="0.35", linewidth=0.15)
        )
    axes.set(xlim=(0, 1), ylim=(0, 1), aspect="equal", xlabel="$x_1 / L$", ylabel="$x_2 / L$")
    axes.grid(False)
    handles = [Patch(facecolor=colour, edgecolor="0.35", label=name) for name, colour in PHASES.values()]
    figure.legend(handles=handles, loc="outside upper center", ncols=2)
    style.caption(
        figure,
        f"{rve.sizes['fibre']} fibres along axis 3, volume fraction {fraction:.3f}; periodic mesh of "
        f"{rve.sizes['element']} elements; L: side of the cell.",
    )
    return figure
