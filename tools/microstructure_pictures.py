"""Pictures of docs/microstructures_study.md: the cells from outside, and curves of networks with those of the cells.

python tools/microstructure_pictures.py   draws those of results/microstructures in docs/images
"""

from pathlib import Path

import pictures
import xarray as xr
from matplotlib.figure import Figure

from laminet.cells.kinds import load
from laminet.files.curves import load_reference
from laminet.plots import style
from laminet.plots.voxels import outside

RESULTS = Path("results/microstructures")
STUDIES = {
    "spheres_20": "Spheres, 20 %",
    "spheres_40": "Spheres, 40 %",
    "fibres_aligned": "Fibres along z",
    "fibres_planar": "Fibres in x, y",
    "interphase": "Spheres with interphase",
    "foam": "Foam",
}
"""Parts of the study, and their titles."""

COMPOSITES = {"interphase": "coated", "foam": "foam"}
SHOWN = {"33": "-", "12": "--"}
"""Load cases of a panel, and their lines."""


def data_of(study: str) -> Path:
    """The folder of the data of a part's variant."""
    return (RESULTS if study == "spheres_20" else RESULTS / "variants" / study) / "data"


def cells() -> Figure:
    """Every cell from outside."""
    figure = Figure(figsize=(style.PAGE, 1.35), layout="constrained")
    for number, (study, title) in enumerate(STUDIES.items(), 1):
        axes = figure.add_subplot(1, len(STUDIES), number, projection="3d")
        outside(axes, load(data_of(study) / "rve.nc"))
        axes.set_title(title, fontsize=7)
    return figure


def curves() -> Figure:
    """Axial stress and shear stress of the first seed's networks, and of the cell, for every microstructure."""
    figure = Figure(figsize=(style.PAGE, 3.6), layout="constrained")
    for axes, (study, title) in zip(figure.subplots(2, 3).flat, STUDIES.items(), strict=True):
        composite = COMPOSITES.get(study, "composite_2")
        truth = load_reference(data_of(study) / f"reference_{composite}.nc").squeeze("control")
        with xr.open_dataset(RESULTS / f"datasets/{study}.nc") as data:
            networks = data.load().squeeze(("control", "composite"))
        for case, line in SHOWN.items():
            for model, colour in (("imn", "C0"), ("dmn", "C1")):
                first = int((networks["model"] == model).argmax())
                one = networks.isel(run=first).sel(load_case=case, component=case)
                axes.plot(
                    100 * one["strain"], 1e3 * one["stress"], line, color=colour, label=f"{model.upper()}, {case}"
                )
            one = truth.sel(load_case=case, component=case)
            axes.plot(100 * one["strain"], 1e3 * one["stress"], "k:", label="cell" if case == "33" else None)
        axes.set_title(title, fontsize=8)
    for axes in figure.axes[3:]:
        axes.set_xlabel("strain [%]")
    for axes in figure.axes[::3]:
        axes.set_ylabel("stress [MPa]")
    figure.axes[0].legend(frameon=False, fontsize=6)
    return figure


if __name__ == "__main__":
    for name, draw in (("microstructures", cells), ("microstructure_curves", curves)):
        path = pictures.IMAGES / f"{name}.png"
        with style.applied():
            draw().savefig(path, dpi=130)
        pictures.compact(path)
