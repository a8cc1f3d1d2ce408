"""Figures of the study: dataset in, matplotlib figure out.

inputs = inputs_from_files("fig8", paths)
save(draw("fig8", **inputs, control="stress"), "fig8.pdf")
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from laminet.errors import InputError
from laminet.plots import FORMATS, save
from laminet_study.figures.registry import FIGURES, FigureSpec

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.figure import Figure

__all__ = ["FIGURES", "FORMATS", "FigureSpec", "draw", "inputs_from_files", "save"]

DISTINGUISHED_BY = {"study": "study", "reference": "composite", "rve": ""}
"""Files that figures are drawn from, and the attribute that tells two of a kind apart; one RVE is enough."""


def spec(name: str) -> FigureSpec:
    """What a figure is and needs.

    Raises:
        InputError: unknown figure; the message lists the known ones.
    """
    if name not in FIGURES:
        raise InputError(f"figure '{name}' is unknown; the figures are {', '.join(FIGURES)}")
    return FIGURES[name]


def draw(
    name: str,
    *,
    study: "xr.Dataset | None" = None,
    rve: "xr.Dataset | None" = None,
    references: "Mapping[str, xr.Dataset] | None" = None,
    control: str = "stress",
) -> "Figure":
    """Draw a figure.

    Args:
        name: key of FIGURES.
        study: study dataset, where the figure needs one.
        rve: RVE dataset, likewise.
        references: reference curves by composite, likewise.
        control: "strain" (uniaxial strain) or "stress" (uniaxial stress); of no effect on figures without load paths.

    Raises:
        InputError: unknown figure, a needed input is missing, or the data lack something it shows.
    """
    figure = spec(name)
    if figure.study is not None and study is None:
        raise InputError(f"{name}: needs the study dataset '{figure.study}'; add its file")
    if figure.rve and rve is None:
        raise InputError(f"{name}: needs the RVE; add its file")
    given = references or {}
    wanted = figure.references
    if wanted is True:
        if not given:
            raise InputError(f"{name}: needs the reference curves of at least one composite; add their files")
        wanted = tuple(given)
    for composite in wanted:
        if composite not in given:
            raise InputError(f"{name}: needs the reference curves of {composite}; add their file")
    from laminet_study.figures import accuracy, microstructure, online, stress, style, training

    modules = {
        "accuracy": accuracy,
        "microstructure": microstructure,
        "online": online,
        "stress": stress,
        "training": training,
    }
    module, function = figure.drawing.split(":")
    arguments: dict[str, Any] = dict(figure.options)
    if figure.study is not None:
        arguments["study"] = study
    if figure.rve:
        arguments["rve"] = rve
    if wanted:
        arguments["references"] = {composite: given[composite] for composite in wanted}
    if figure.control:
        arguments["control"] = control
    with style.applied():
        return getattr(modules[module], function)(**arguments)


def inputs_from_files(name: str, paths: Sequence[Path | str]) -> dict[str, Any]:
    """Arguments `study`, `rve` and `references` of `draw` for a figure, found among files by what they hold.

    Files that the figure does not need are passed over, so that a whole folder may be given.

    Raises:
        InputError: unknown figure, an unreadable file, one that does not say what it holds, or two for the same input.
    """
    from laminet.cells.fibres.cell import RVE_VARIABLES
    from laminet.files import netcdf
    from laminet.files.curves import load_reference
    from laminet_study import datasets

    figure = spec(name)
    found: dict[tuple[str, str], Any] = {}
    for path in paths:
        dataset = netcdf.read(path)
        content = str(dataset.attrs.get("content", ""))
        if not content:
            raise InputError(f"{path}: does not say what it holds (attribute 'content'); give files made by laminet")
        if content not in DISTINGUISHED_BY:
            continue
        key = content, str(dataset.attrs.get(DISTINGUISHED_BY[content], ""))
        if key in found:
            raise InputError(f"{path}: a second file with the {' '.join(key).strip()}; give one")
        found[key] = path
    study, rve = found.get(("study", figure.study or "")), found.get(("rve", ""))
    return {
        "study": datasets.load(study) if study is not None else None,
        "rve": netcdf.read(rve, content="rve", variables=RVE_VARIABLES) if figure.rve and rve is not None else None,
        "references": {
            composite: load_reference(path)
            for (content, composite), path in sorted(found.items())
            if content == "reference" and (figure.references is True or composite in figure.references)
        },
    }
