"""Tables and pictures of docs/microstructures_study.md, of the parts that are in results/microstructures.

python tools/microstructures.py              prints the tables of errors and of costs
python tools/microstructures.py --pictures   draws the cells, and curves of networks with those of the cells
"""

import csv
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pictures
import xarray as xr
from matplotlib.figure import Figure

from laminet.cells.kinds import load
from laminet.files.curves import load_reference
from laminet.plots import style
from laminet.plots.voxels import outside
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

FURTHER = ("spheres_20_curves", "fibres_planar_curves", "spheres_20_few", "spheres_20_fine")
"""Parts whose cell is that of another, or finer."""

COMPOSITES = {"interphase": "coated", "foam": "foam"}
MODELS = ("dmn", "imn")
SHOWN = {"33": "-", "12": "--"}
"""Load cases of a panel, and their lines."""


def place(study: str) -> Path:
    """The folder of a part's variant."""
    variant = study.removesuffix("_curves").removesuffix("_few")
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


def errors(study: str) -> list[str]:
    """A row: errors in per cent of the voxels, in elastic data and in curves, and of both kinds of networks."""
    data, truth, made = xr.load_dataset(place(study) / "data/elastic.nc"), reference(study), networks(study)
    bound = f"{100 * float(truth['estimated_error'].max()):.1f}" if "estimated_error" in truth else "-"
    row = [f"`{study}`", f"{100 * data.attrs['voxel_error']:.1f}", bound]
    groups = [made.isel(run=made["model"].values == model) for model in MODELS]
    row += [f"{100 * float(final(group, 'validation_error').mean()):.2f}" for group in groups]
    for group in groups:
        curves = 100 * curve_errors(group)
        mean = curves.mean([name for name in curves.dims if name != "run"]).values
        row.append(f"{mean.mean():.2f} ± {mean.std(ddof=1):.2f} ({float(curves.max()):.1f})")
    return row


def measured(folder: Path, pattern: str) -> Iterator[tuple[float, float]]:
    """CPU time [s] and memory [MB] of jobs."""
    for path in sorted((folder / "benchmarks").glob(pattern)):
        with path.open(encoding="utf-8", newline="") as file:
            for job in csv.DictReader(file, delimiter="\t"):
                yield float(job["cpu_time"]), float(job["max_rss"])


def costs(study: str) -> list[str]:
    """A row: CPU seconds of a sample, of a curve of the cell and of a training, and the most memory of a job."""
    samples = xr.load_dataset(place(study) / "data/elastic.nc").sizes["sample"]
    curves = reference(study).sizes["load_case"]
    of_samples, of_curves = (list(measured(place(study), f"{name}/*.tsv")) for name in ("sample", "references"))
    run_ids = [run_id.rpartition("/")[2] for run_id in networks(study)["run_id"].values.tolist()]
    of_training = [job for run_id in run_ids for job in measured(place(study), f"train/{run_id}.tsv")]
    times = sum(time for time, _ in of_samples) / samples, sum(time for time, _ in of_curves) / curves
    memory = max(size for _, size in (*of_samples, *of_curves, *of_training))
    training = np.mean([time for time, _ in of_training])
    return [f"`{study}`", f"{times[0]:.2f}", f"{times[1]:.0f}", f"{training:.0f}", f"{memory:.0f}"]


def table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table in Markdown."""
    return "\n".join([f"| {' | '.join(line)} |" for line in (heads, ["---"] * len(heads), *rows)])


def cells() -> Figure:
    """Every cell from outside."""
    figure = Figure(figsize=(style.PAGE, 1.35), layout="constrained")
    for number, (study, title) in enumerate(STUDIES.items(), 1):
        axes = figure.add_subplot(1, len(STUDIES), number, projection="3d")
        if (path := place(study) / "data/rve.nc").is_file():
            outside(axes, load(path))
        axes.set_title(title, fontsize=7)
    return figure


def curves() -> Figure:
    """Axial stress and shear stress of the first seed's networks, and of the cell, for every microstructure."""
    studies = finished(list(STUDIES))
    rows = -(-len(studies) // 3)
    figure = Figure(figsize=(style.PAGE, 1.9 * rows), layout="constrained")
    panels = figure.subplots(rows, 3, squeeze=False)
    for axes, study in zip(panels.flat, studies, strict=False):
        truth, made = reference(study), networks(study).squeeze(("control", "composite"))
        for case, line in SHOWN.items():
            for number, model in enumerate(MODELS):
                one = made.isel(run=int((made["model"].values == model).argmax())).sel(load_case=case, component=case)
                look = {"color": f"C{number}", "label": f"{model.upper()}, {case}"}
                axes.plot(100 * one["strain"], 1e3 * one["stress"], line, **look)
            one = truth.sel(load_case=case, component=case)
            axes.plot(100 * one["strain"], 1e3 * one["stress"], "k:", label="cell" if case == "33" else None)
        axes.set(title=STUDIES[study], xlabel="strain [%]", ylabel="stress [MPa]")
    for axes in panels.flat[len(studies) :]:
        axes.set_axis_off()
    panels.flat[0].legend(frameon=False, fontsize=6)
    return figure


def main(arguments: Sequence[str]) -> None:
    """Print the tables, or draw the pictures."""
    if "--pictures" not in arguments:
        there = finished([*STUDIES, *FURTHER])
        heads = [
            "part",
            "voxels, samples",
            "voxels, curves",
            "elastic, DMN",
            "elastic, IMN",
            "DMN online",
            "IMN online",
        ]
        print(table(heads, [errors(study) for study in there]))
        print()
        heads = ["part", "a sample [s]", "a curve [s]", "a training [s]", "memory [MB]"]
        print(table(heads, [costs(study) for study in there]))
        return
    for name, draw in (("microstructures", cells), ("microstructure_curves", curves)):
        path = pictures.IMAGES / f"{name}.png"
        with style.applied():
            draw().savefig(path, dpi=130)
        pictures.compact(path)


if __name__ == "__main__":
    main(sys.argv[1:])
