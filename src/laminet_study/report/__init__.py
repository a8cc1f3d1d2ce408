"""A study as one self-contained page: claims, figures, every network, times, configuration, versions.

report = gather("results", control="stress")
save(report, "results/report.html")
"""

import base64
import io
import os
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import xarray as xr
from matplotlib.figure import Figure

from laminet.errors import InputError
from laminet.files import destination
from laminet.plots import style
from laminet_study import claims, datasets, figures, pages, provenance, times
from laminet_study.claims.page import ClaimsShown, shown
from laminet_study.claims.scale import DESIGNS
from laminet_study.report import networks
from laminet_study.report.networks import NetworkTable

__all__ = ["Picture", "Report", "gather", "save"]

LARGEST_SVG = 400_000
"""Bytes; a figure with more, such as a mesh, is embedded as PNG."""

RVE_ATTRIBUTES = ("seed", "refinement", "elements", "nodes", "volume_fraction", "created")

SECTIONS = (
    ("summary", "Summary"),
    ("claims", "Claims"),
    ("figures", "Figures"),
    ("networks", "Networks"),
    ("times", "Times"),
    ("configuration", "Configuration"),
    ("provenance", "Versions"),
)


@dataclass(frozen=True)
class Picture:
    """A figure as it is embedded: `source` is a data URI, `link` the path of its PDF from the page, or None."""

    name: str
    title: str
    source: str
    width: int
    height: int
    link: str | None

    @property
    def label(self) -> str:
        """What a reader calls it: 'Fig. 12' for fig12."""
        return re.sub(r"^fig(?=[A-Z]?\d)", "Fig. ", self.name)

    @property
    def inches(self) -> float:
        """Width as drawn."""
        return self.width / 96


@dataclass(frozen=True)
class Report:
    """What the page shows; what a folder does not hold is empty or None and its section is left out."""

    title: str
    subtitle: str
    tiles: Sequence[tuple[str, str]]
    claims: ClaimsShown | None
    figures: Sequence[Picture]
    missing: Sequence[str]
    networks: NetworkTable
    times: Sequence[tuple[str, Sequence[str]]]
    configuration: str
    provenance: Mapping[str, str]


def gather(
    folder: Path | str,
    control: str = "stress",
    relative_to: Path | str | None = None,
    progress: Callable[[int, int], None] | None = None,
    files: Sequence[Path | str] = (),
) -> Report:
    """Read a folder of results and draw its figures.

    Args:
        folder: holds `datasets/<study>.nc`, and if the workflow made it `data/rve.nc`, `data/reference_*.nc`,
            `benchmarks/`, `config.yaml` and the figures as PDF.
        control: reading of 'uniaxial' that is shown, "strain" or "stress".
        relative_to: folder that links start from, where the page is to stand; by default `folder`.
        progress: called as progress(figures drawn, all figures).
        files: the study datasets that are shown; by default all of the folder.

    Raises:
        InputError: no study in the folder, or a damaged file.
    """
    folder = Path(folder)
    paths = [Path(file) for file in files] or sorted(folder.glob("datasets/*.nc"))
    if not paths:
        raise InputError(f"{folder}: no study in datasets/; run the workflow, or 'laminet-study collect' there")
    loaded = [datasets.load(path) for path in paths]
    studies = {str(study.attrs.get("study", path.stem)): study for path, study in zip(paths, loaded, strict=True)}
    rve, references = figures.cell_and_references(folder / "data")
    table = networks.table(studies, control)
    stages = times.stages(times.jobs(folder)) if (folder / "benchmarks").is_dir() else None
    drawn = figures.draw_all(studies, rve, references, control)
    pictures, missing = _pictures(folder, drawn, Path(relative_to or folder), progress)
    configuration = folder / "config.yaml"
    return Report(
        title=f"Study: {', '.join(studies)}",
        subtitle=f"{len(table.rows)} material networks; load cases under uniaxial {control}",
        tiles=_tiles(table, stages),
        claims=shown(claims.judge(studies, control), studies) if set(studies) & set(DESIGNS) else None,
        figures=pictures,
        missing=missing,
        networks=table,
        times=[] if stages is None else _times(stages),
        configuration=configuration.read_text(encoding="utf-8") if configuration.is_file() else "",
        provenance=_provenance(studies, rve),
    )


def save(report: Report, path: Path | str) -> None:
    """Write the page; the same report gives the same bytes.

    Raises:
        InputError: a folder that cannot be written.
    """
    sections = [(id, heading) for id, heading in SECTIONS if getattr(report, id, True)]
    destination.write_text(path, pages.render("report.html", report=report, sections=sections))


def _pictures(
    folder: Path,
    every: Iterable[tuple[str, Figure | InputError]],
    relative_to: Path,
    progress: Callable[[int, int], None] | None,
) -> tuple[list[Picture], list[str]]:
    """All figures that the files allow, and why the others are not there."""
    pictures, missing = [], []
    for done, (name, drawn) in enumerate(every, start=1):
        if isinstance(drawn, InputError):
            missing.append(str(drawn))
        else:
            pdf = folder / f"{name}.pdf"
            link = Path(os.path.relpath(pdf, relative_to)).as_posix() if pdf.is_file() else None
            width, height = (round(96 * inches) for inches in drawn.get_size_inches())
            pictures.append(Picture(name, figures.FIGURES[name].title, _embedded(drawn), width, height, link))
        if progress is not None:
            progress(done, len(figures.FIGURES))
    return pictures, missing


def _embedded(figure: Figure) -> str:
    """Data URI of a figure: SVG, sharp at any size, or PNG where that would be large."""

    def encoded(kind: str) -> bytes:
        buffer = io.BytesIO()
        figure.savefig(buffer, format=kind, metadata={"Date": None} if kind == "svg" else {})
        return buffer.getvalue()

    with style.applied():
        content, mime = encoded("svg"), "svg+xml"
        if len(content) > LARGEST_SVG:
            content, mime = encoded("png"), "png"
    return f"data:image/{mime};base64,{base64.b64encode(content).decode('ascii')}"


def _tiles(table: NetworkTable, stages: pd.DataFrame | None) -> list[tuple[str, str]]:
    """The few numbers that say how it went."""
    tiles = [("networks trained", f"{len(table.rows)}"), *table.medians]
    if stages is not None:
        tiles.append(("computed in all jobs together", times.duration(stages["wall_s"].sum())))
    return tiles


def _times(stages: pd.DataFrame) -> list[tuple[str, list[str]]]:
    """Every stage and its numbers in words; what was too short to be measured is a dash."""
    return [
        (
            stage.Index,
            [
                str(stage.jobs),
                *(times.duration(seconds) for seconds in (stage.wall_s, stage.median_s, stage.longest_s)),
                times.duration(stage.cpu_s) if stage.unmeasured < stage.jobs else networks.MISSING,
                f"{stage.peak_mb:,.0f} MB" if stage.unmeasured < stage.jobs else networks.MISSING,
            ],
        )
        for stage in stages.itertuples()
    ]


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
