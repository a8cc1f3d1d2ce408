"""A study as one self-contained page: claims, figures, every network, times, configuration, versions.

report = gather("results", control="stress")
save(report, "results/report.html")
"""

import base64
import io
import os
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from laminet.errors import InputError

if TYPE_CHECKING:
    import xarray as xr

    from laminet.study.report.networks import NetworkTable
    from laminet.study.report.stages import Stage

__all__ = ["Claims", "Picture", "Report", "gather", "save"]

LARGEST_SVG = 400_000
"""Bytes; a figure with more, such as a mesh, is embedded as PNG."""

SECTIONS = (
    ("summary", "Summary"),
    ("claims", "Claims"),
    ("figures", "Figures"),
    ("networks", "Networks"),
    ("stages", "Times"),
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
class Claims:
    """The claims as HTML, made by `laminet.study.claims.page`."""

    number: int
    counts: str
    warning: str
    sections: str


@dataclass(frozen=True)
class Report:
    """What the page shows; what a folder does not hold is empty or None and its section is left out."""

    title: str
    subtitle: str
    tiles: Sequence[tuple[str, str]]
    claims: Claims | None
    figures: Sequence[Picture]
    missing: Sequence[str]
    networks: "NetworkTable"
    stages: "Sequence[Stage]"
    configuration: str
    provenance: Sequence[tuple[str, str]]


def gather(
    folder: Path | str,
    control: str = "stress",
    relative_to: Path | str | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Report:
    """Read a folder of results and draw its figures.

    Args:
        folder: holds `datasets/<study>.nc`, and if the workflow made it `data/rve.nc`, `data/reference_*.nc`,
            `benchmarks/`, `config.yaml` and the figures as PDF.
        control: reading of 'uniaxial' that is shown, "strain" or "stress".
        relative_to: folder that links start from, where the page is to stand; by default `folder`.
        progress: called as progress(figures drawn, all figures).

    Raises:
        InputError: no study in the folder, or a damaged file.
    """
    from laminet.study import datasets
    from laminet.study.report import networks, provenance, stages

    folder = Path(folder)
    files = sorted(folder.glob("datasets/*.nc"))
    if not files:
        raise InputError(f"{folder}: no study in datasets/; run the workflow, or 'laminet collect ... --out' there")
    loaded = [datasets.load(path) for path in files]
    studies = {str(study.attrs.get("study", path.stem)): study for path, study in zip(files, loaded, strict=True)}
    table = networks.table(studies, control)
    found = stages.read(folder / "benchmarks")
    claims = _claims(studies, control)
    figures, missing = _figures(folder, studies, control, Path(relative_to or folder), progress)
    configuration = folder / "config.yaml"
    return Report(
        title=f"Study: {', '.join(studies)}",
        subtitle=f"{len(table.rows)} material networks; load cases under uniaxial {control}",
        tiles=_tiles(table, found, claims),
        claims=claims,
        figures=figures,
        missing=missing,
        networks=table,
        stages=found,
        configuration=configuration.read_text(encoding="utf-8") if configuration.is_file() else "",
        provenance=provenance.read(studies, folder),
    )


def save(report: Report, path: Path | str) -> None:
    """Write the page; the same report gives the same bytes.

    Raises:
        InputError: a folder that cannot be written, or Jinja2 is not installed.
    """
    from laminet.data import destination
    from laminet.study import pages

    try:
        import jinja2
    except ImportError as error:
        raise InputError("the report needs jinja2: pip install 'laminet[report]'") from error
    environment = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True)
    template, style, script = (_beside(name) for name in ("page.html", "page.css", "table.js"))
    text = environment.from_string(template).render(
        report=report,
        sections=[(id if id != "stages" else "times", label) for id, label in SECTIONS if getattr(report, id, True)],
        style=_trusted(f"{pages.style()}\n{style}"),
        script=_trusted(script),
    )
    with destination.replacing(path, text=True) as temporary:
        temporary.write_text(text, encoding="utf-8")


def _beside(name: str) -> str:
    """Text of a file beside this module."""
    return (Path(__file__).parent / name).read_text(encoding="utf-8").rstrip()


def _trusted(text: str) -> Any:
    """Text of our own that is put into the page as it stands."""
    from markupsafe import Markup

    return Markup(text)


def _claims(studies: "Mapping[str, xr.Dataset]", control: str) -> Claims | None:
    """The paper's claims, where at least one of its studies is there."""
    from laminet.study import claims
    from laminet.study.claims import page, scale

    if not set(studies) & set(scale.DESIGNS):
        return None
    rows = claims.judge(studies, control)
    return Claims(
        len(rows),
        *(
            _trusted(text)
            for text in (page.counts(rows), page.warning(scale.differences(studies)), "\n".join(page.sections(rows)))
        ),
    )


def _figures(
    folder: Path,
    studies: "Mapping[str, xr.Dataset]",
    control: str,
    relative_to: Path,
    progress: Callable[[int, int], None] | None,
) -> tuple[list[Picture], list[str]]:
    """All figures that the files allow, and why the others are not there."""
    from laminet.data import netcdf
    from laminet.data.curves import load_reference
    from laminet.rve.cell import RVE_VARIABLES
    from laminet.study import figures

    cell = folder / "data/rve.nc"
    rve = netcdf.read(cell, content="rve", variables=RVE_VARIABLES) if cell.is_file() else None
    loaded = map(load_reference, sorted(folder.glob("data/reference_*.nc")))
    references = {str(reference.attrs["composite"]): reference for reference in loaded}
    pictures, missing = [], []
    for done, (name, spec) in enumerate(figures.FIGURES.items(), start=1):
        try:
            study = studies.get(spec.study) if spec.study else None
            drawn = figures.draw(name, study=study, rve=rve, references=references, control=control)
        except InputError as error:
            missing.append(str(error))
        else:
            pdf = folder / f"{name}.pdf"
            link = Path(os.path.relpath(pdf, relative_to)).as_posix() if pdf.is_file() else None
            width, height = (round(96 * inches) for inches in drawn.get_size_inches())
            pictures.append(Picture(name, spec.title, _embedded(drawn), width, height, link))
        if progress is not None:
            progress(done, len(figures.FIGURES))
    return pictures, missing


def _embedded(figure: Any) -> str:
    """Data URI of a figure: SVG, sharp at any size, or PNG where that would be large."""
    from laminet.study.figures import style

    def encoded(kind: str) -> bytes:
        buffer = io.BytesIO()
        figure.savefig(buffer, format=kind, metadata={"Date": None} if kind == "svg" else {})
        return buffer.getvalue()

    with style.applied():
        content, mime = encoded("svg"), "svg+xml"
        if len(content) > LARGEST_SVG:
            content, mime = encoded("png"), "png"
    return f"data:image/{mime};base64,{base64.b64encode(content).decode('ascii')}"


def _tiles(table: "NetworkTable", stages: "Sequence[Stage]", claims: Claims | None) -> list[tuple[str, str]]:
    """The few numbers that say how it went."""
    from laminet.study.report.stages import duration

    tiles = [("networks trained", f"{len(table.rows)}"), *table.medians]
    if stages:
        tiles.append(("computed in all jobs together", duration(sum(sum(stage.seconds) for stage in stages))))
    return tiles
