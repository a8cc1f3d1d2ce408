"""A study as one self-contained page: claims, figures, every network, times, configuration, versions.

report = gather("results", control="stress")
save(report, "results/report.html")
"""

import base64
import io
import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import xarray as xr
from matplotlib.figure import Figure

from laminet.errors import InputError
from laminet.files import destination
from laminet.plots import style
from laminet_study import claims, datasets, figures, measured, pages, provenance, resolution, times
from laminet_study.claims.page import shown
from laminet_study.claims.scale import DESIGNS
from laminet_study.report import networks

__all__ = ["gather", "save"]

LARGEST_SVG = 400_000
"""Bytes; a figure with more, such as a mesh, is embedded as PNG."""

RVE_ATTRIBUTES = ("seed", "refinement", "elements", "nodes", "volume_fraction", "created")


def gather(
    folder: Path | str,
    control: str = "stress",
    relative_to: Path | str | None = None,
    progress: Callable[[int, int], None] | None = None,
    files: Sequence[Path | str] = (),
) -> dict[str, Any]:
    """Read a folder of results and draw its figures.

    Args:
        folder: holds `datasets/<study>.nc`, and if the workflow made it `data/rve.nc`, `data/reference_*.nc`,
            `times.nc`, `benchmarks/`, `config.yaml` and the figures as PDF.
        control: reading of 'uniaxial' that is shown, "strain" or "stress".
        relative_to: folder that links start from, where the page is to stand; by default `folder`.
        progress: called as progress(figures drawn, all figures).
        files: the study datasets that are shown; by default all of the folder.

    Returns:
        What the template report.html shows, by name; what the folder does not hold is empty or None, and its section
        is left out.

    Raises:
        InputError: no study in the folder, or a damaged file.
    """
    folder = Path(folder)
    paths = [Path(file) for file in files] or sorted(folder.glob("datasets/*.nc"))
    if not paths:
        raise InputError(f"{folder}: no study in datasets/; run the workflow, or 'laminet-study collect' there")
    rve, references = figures.cell_and_references(folder / "data")
    loaded = [resolution.with_estimated_errors(datasets.load(path), references) for path in paths]
    studies = {str(study.attrs.get("study", path.stem)): study for path, study in zip(paths, loaded, strict=True)}
    table = networks.table(studies, control)
    timed = measured.load(folder / "times.nc") if (folder / "times.nc").is_file() else None
    stages = times.stages(times.jobs(folder)) if (folder / "benchmarks").is_dir() else None
    pictures: list[dict[str, Any]] = []
    missing = figures.draw_all(
        studies,
        rve,
        references,
        control,
        lambda name, drawn: pictures.append(_picture(name, drawn, folder, Path(relative_to or folder))),
        progress,
        timed,
    )
    tiles = {"networks trained": f"{len(table['rows'])}"} | table["medians"]
    if stages is not None:
        tiles["computed in all jobs together"] = times.duration(stages["wall_s"].sum())
    configuration = folder / "config.yaml"
    return {
        "title": f"Study: {', '.join(studies)}",
        "subtitle": f"{len(table['rows'])} material networks; load cases under uniaxial {control}",
        "tiles": tiles,
        "resolution": resolution.sentence(references, control),
        "claims": shown(claims.judge(studies, control, times=timed), studies) if set(studies) & set(DESIGNS) else None,
        "figures": pictures,
        "missing": list(missing.values()),
        "networks": table,
        "times": {} if stages is None else _times(stages),
        "configuration": configuration.read_text(encoding="utf-8") if configuration.is_file() else "",
        "provenance": _provenance(studies, rve),
    }


def save(report: Mapping[str, Any], path: Path | str) -> None:
    """Write the page; the same report gives the same bytes.

    Raises:
        InputError: a folder that cannot be written.
    """
    destination.write_text(path, pages.render("report.html", report=report))


def _picture(name: str, drawn: Figure, folder: Path, relative_to: Path) -> dict[str, Any]:
    """A figure as it is embedded: `source` is a data URI, `link` the path of its PDF from the page, or None."""
    pdf = folder / f"{name}.pdf"
    width, height = (round(96 * inches) for inches in drawn.get_size_inches())
    return {
        "name": name,
        "label": name.replace("fig", "Fig. ") if name.startswith("fig") else "",
        "title": figures.FIGURES[name].title,
        "source": _embedded(drawn),
        "width": width,
        "height": height,
        "link": Path(os.path.relpath(pdf, relative_to)).as_posix() if pdf.is_file() else None,
    }


def _embedded(figure: Figure) -> str:
    """Data URI of a figure: SVG, sharp at any size, or PNG where that would be large."""
    with style.applied():
        for kind in ("svg", "png"):
            buffer = io.BytesIO()
            figure.savefig(buffer, format=kind, metadata={"Date": None} if kind == "svg" else {})
            if buffer.tell() <= LARGEST_SVG:
                break
    mime = {"svg": "svg+xml"}.get(kind, kind)
    return f"data:image/{mime};base64,{base64.b64encode(buffer.getvalue()).decode('ascii')}"


def _times(stages: pd.DataFrame) -> dict[str, list[str]]:
    """Numbers of every stage in words; what was too short to be measured is a dash."""
    words = stages[["wall_s", "median_s", "longest_s", "cpu_s"]].map(times.duration)
    words = words.assign(peak=stages["peak_mb"].map("{:,.0f} MB".format))
    words.loc[stages["unmeasured"] == stages["jobs"], ["cpu_s", "peak"]] = networks.MISSING
    words.insert(0, "jobs", stages["jobs"].astype(str))
    return {stage: list(numbers) for stage, *numbers in words.itertuples()}


def _provenance(studies: Mapping[str, xr.Dataset], rve: xr.Dataset | None) -> dict[str, str]:
    """Where the results come from: what the files say of themselves."""
    lines = provenance.stamps(studies.values())
    for name, study in studies.items():
        if "created" in study.attrs:
            lines[f"study {name}"] = f"collected {study.attrs['created']}"
    if rve is not None:
        known = [name for name in RVE_ATTRIBUTES if name in rve.attrs]
        lines["RVE"] = ", ".join(f"{name} {provenance.text(rve.attrs[name])}" for name in known)
    return lines
