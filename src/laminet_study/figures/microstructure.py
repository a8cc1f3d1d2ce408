"""The RVE as a picture (Fig. 5)."""

import numpy as np
import xarray as xr
from matplotlib.collections import PolyCollection
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from laminet.cells.fibres.torus import period_of
from laminet.cells.voxels.cell import KIND
from laminet.plots import style, voxels
from laminet.plots.cells import UNIT_LENGTH, flatness, outlines, periodic_copies, section

PHASES = {1: ("Matrix", "#f3e3c3"), 2: ("Fibre", "#8fb3d4")}


def cross_section(rve: xr.Dataset) -> Figure:
    """Fig. 5: phases and mesh in the plane normal to the fibres, in units of the square root of the cell's area.

    Of a cell of voxels, slices of it.
    """
    if rve.attrs.get("kind") == KIND:
        return voxels.slices(rve, "rve.nc")
    period = period_of(float(rve.attrs.get("aspect", 1.0)))
    figure = style.single(style.COLUMN * flatness(period) + 0.5)
    axes = figure.subplots()
    polygons = outlines(rve["point"].values, rve["element"].values, period)
    phase = rve["phase"].values
    fraction = rve.sizes["fibre"] * np.pi * float(rve["radius"]) ** 2
    copies, origin = periodic_copies(polygons, period)
    for number, (_, colour) in PHASES.items():
        axes.add_collection(
            PolyCollection(copies[phase[origin] == number], facecolor=colour, edgecolor="0.35", linewidth=0.15)
        )
    section(axes, period)
    handles = [Patch(facecolor=colour, edgecolor="0.35", label=name) for name, colour in PHASES.values()]
    figure.legend(handles=handles, loc="outside upper center", ncols=2)
    style.caption(
        figure,
        f"{rve.sizes['fibre']} fibres along axis 3, volume fraction {fraction:.3f}; periodic mesh of "
        f"{rve.sizes['element']} elements; {UNIT_LENGTH}.",
    )
    return figure
