"""The table and pictures of docs/microstructures_study.md, of the parts that are in results/microstructures.

python tools/microstructures.py              prints the table of errors
python tools/microstructures.py --pictures   draws the cells, and curves of networks with those of the cells
"""

import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pictures
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from laminet.cells.fibres.reference import UNEXTRAPOLATED
from laminet.cells.kinds import load
from laminet.files.curves import load_reference
from laminet.mandel import FACTOR, INDEX
from laminet.plots import style
from laminet.plots.voxels import outside
from laminet_study import errors_table
from laminet_study.comparison import curve_errors
from laminet_study.statistics import final

RESULTS = Path("results/microstructures")
STUDIES = {
    "spheres_20": "Spheres, 20 %",
    "spheres_40": "Spheres, 40 %",
    "fibres_aligned": "Fibres along z",
    "fibres_planar": "Fibres in x, y",
    "interphase": "With interphase",
    "foam": "Foam",
}
"""Parts of the study, and their titles."""

FURTHER = ("foam_leaves", "spheres_20_curves", "fibres_planar_curves", "spheres_20_few", "spheres_20_fine")
"""Parts whose cell is that of another, or finer."""

COMPOSITES = {"interphase": "coated", "foam": "foam", "foam_leaves": "foam"}
BETTER = {"foam": "foam_leaves"}
"""Parts whose networks are shown in place of those of a cell."""

MODELS = ("dmn", "imn")
SHOWN = {"33": "-", "12": "--"}
"""Load cases of a panel, and their lines."""


def place(study: str) -> Path:
    """The folder of a part's variant."""
    variant = re.sub("_(curves|few|leaves)$", "", study)
    return RESULTS if variant == "spheres_20" else RESULTS / "variants" / variant


def reference(study: str) -> xr.Dataset:
    """The curves of the cell of a part."""
    return load_reference(place(study) / f"data/reference_{COMPOSITES.get(study, 'composite_2')}.nc").squeeze("control")


def networks(study: str) -> xr.Dataset:
    """The networks of a part."""
    return xr.load_dataset(RESULTS / f"datasets/{study}.nc")


def finished(studies: Sequence[str]) -> list[str]:
    """Parts that are there."""
    return [study for study in studies if (RESULTS / f"datasets/{study}.nc").is_file()]


def row(study: str) -> list[str]:
    """Changes by voxels twice as large, and errors of both kinds of networks [%]."""
    data, truth, made = xr.load_dataset(place(study) / "data/elastic.nc"), reference(study), networks(study)
    bound = truth.get("estimated_error")
    change = "-" if bound is None else f"{100 * float(bound.mean()) / UNEXTRAPOLATED:.0f}"
    cells = [f"`{study}`", f"{100 * data.attrs['voxel_error']:.1f}", change]
    groups = [made.isel(run=made["model"].values == model) for model in MODELS]
    cells += [f"{100 * float(final(group, 'validation_error').mean()):.2f}" for group in groups]
    return cells + [errors_table.numbers(curve_errors(group)) for group in groups]


def cells() -> Figure:
    """Every cell from outside."""
    figure = Figure(figsize=(style.PAGE, 1.45))
    for number, (study, title) in enumerate(STUDIES.items(), 1):
        axes = figure.add_subplot(1, len(STUDIES), number, projection="3d")
        outside(axes, load(place(study) / "data/rve.nc"))
        axes.set_title(title, fontsize=8, y=0.97)
    figure.subplots_adjust(left=0.0, right=1.0, bottom=0.0, top=0.88, wspace=0.0)
    return figure


def curves() -> Figure:
    """Axial stress and shear stress of the first seed's networks, and of the cell, for every microstructure."""
    studies = finished(list(STUDIES))
    figure, panels = style.panels(len(studies), 2)
    colours = style.colours(MODELS)
    for axes, study in zip(panels, studies, strict=True):
        truth, made = reference(study), networks(BETTER.get(study, study)).squeeze(("control", "composite"))
        for case, dashes in SHOWN.items():
            for model in MODELS:
                one = made.isel(run=int((made["model"].values == model).argmax()))
                look = {"color": colours[model], "linestyle": dashes, "label": f"{model.upper()}, {case}"}
                _curve(axes, one, case, **look)
            _curve(axes, truth, case, **style.REFERENCE | {"linestyle": ":", "label": "cell"})
        axes.set(title=STUDIES[study], xlabel="strain [%]", ylabel="stress [MPa]")
    style.legend(figure, columns=3, order=[f"{model.upper()}, {case}" for model in MODELS for case in SHOWN])
    return figure


def _curve(axes: Axes, curves: xr.Dataset, case: str, **look: Any) -> None:
    one, scale = curves.sel(load_case=case, component=case), FACTOR[INDEX[case]]
    axes.plot(100 * one["strain"] / scale, 1e3 * one["stress"] / scale, **look)


def main(arguments: Sequence[str]) -> None:
    """Print the table, or draw the pictures."""
    if "--pictures" not in arguments:
        there = finished([*STUDIES, *FURTHER])
        heads = ["part", "voxels, samples", "voxels, curves", "elastic DMN", "elastic IMN", "DMN", "IMN"]
        print(errors_table.markdown(heads, [row(study) for study in there]))
        return
    for name, draw, resolution in (("microstructures", cells, 130), ("microstructure_curves", curves, 200)):
        path = pictures.IMAGES / f"{name}.png"
        with style.applied():
            draw().savefig(path, dpi=resolution)
        pictures.compact(path)


if __name__ == "__main__":
    main(sys.argv[1:])
