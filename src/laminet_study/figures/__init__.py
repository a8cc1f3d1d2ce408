"""Figures of the study: dataset in, matplotlib figure out.

inputs = inputs_from_files("fig8", paths)
save(draw("fig8", **inputs, control="stress"), "fig8.pdf")
"""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import xarray as xr

from laminet.cells.fibres.cell import RVE_VARIABLES
from laminet.cells.voxels.cell import KIND, VOXEL_VARIABLES
from laminet.errors import InputError, check_choice
from laminet.files import netcdf
from laminet.files.curves import load_reference, references
from laminet.plots import save
from laminet_study import datasets, measured, resolution
from laminet_study.registry import FIGURES, FigureSpec

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["FIGURES", "FigureSpec", "cell_and_references", "draw", "draw_all", "inputs_from_files", "save"]

DISTINGUISHED_BY = {"study": "study", "reference": "composite", "rve": "", "times": ""}
"""Files that figures are drawn from, and the attribute that tells two of a kind apart; one RVE is enough.

Times may be in parts."""


def draw(
    name: str,
    *,
    study: xr.Dataset | None = None,
    rve: xr.Dataset | None = None,
    references: Mapping[str, xr.Dataset] | None = None,
    times: xr.Dataset | None = None,
    control: str = "stress",
) -> "Figure":
    """Draw a figure.

    Args:
        name: key of FIGURES.
        study: study dataset, where the figure needs one.
        rve: RVE dataset, likewise.
        references: reference curves by composite, likewise; a figure of errors names those that are not resolved.
        times: measured times, likewise.
        control: "strain" (uniaxial strain) or "stress" (uniaxial stress); of no effect on figures without load paths.

    Raises:
        InputError: unknown figure, a needed input is missing, or the data lack something it shows.
    """
    check_choice(name, FIGURES, "figure")
    figure = FIGURES[name]
    arguments: dict[str, Any] = dict(figure.options)
    if figure.study is not None:
        if study is None:
            raise InputError(f"{name}: needs the study dataset '{figure.study}'; add its file")
        arguments["study"] = resolution.with_estimated_errors(study, references or {})
    if figure.times:
        if times is None:
            raise InputError(f"{name}: needs measured times; add a file of 'laminet-study time'")
        if figure.times == ("online",):
            arguments["study"] = measured.with_online_times(arguments["study"], times)
        else:
            arguments["times"] = times
    if figure.rve:
        if rve is None:
            raise InputError(f"{name}: needs the RVE; add its file")
        arguments["rve"] = rve
    if figure.references:
        given = references or {}
        wanted = tuple(given) if figure.references is True else figure.references
        if not wanted:
            raise InputError(f"{name}: needs the reference curves of at least one composite; add their files")
        for composite in wanted:
            if composite not in given:
                raise InputError(f"{name}: needs the reference curves of {composite}; add their file")
        arguments["references"] = {composite: given[composite] for composite in wanted}
    if figure.control:
        arguments["control"] = control
    # Here, so that a command without figures starts without Matplotlib.
    from laminet.plots import style
    from laminet_study.figures import histories, microstructure, performance, recipes, stress

    modules = (histories, microstructure, performance, recipes, stress)
    drawings = {module.__name__.rpartition(".")[2]: module for module in modules}
    module, function = figure.drawing.split(":")
    with style.applied():
        return getattr(drawings[module], function)(**arguments)


def draw_all(
    studies: Mapping[str, xr.Dataset],
    rve: xr.Dataset | None,
    references: Mapping[str, xr.Dataset],
    control: str,
    keep: "Callable[[str, Figure], None]",
    progress: Callable[[int, int], None] | None = None,
    times: xr.Dataset | None = None,
) -> dict[str, str]:
    """Draw every figure, one by one, and hand each to `keep`; other arguments as for `draw`.

    Returns:
        Why these data do not allow the others, by name.
    """
    missing = {}
    for done, (name, figure) in enumerate(FIGURES.items(), start=1):
        try:
            study = studies.get(figure.study or "")
            drawn = draw(name, study=study, rve=rve, references=references, times=times, control=control)
        except InputError as error:
            missing[name] = str(error)
        else:
            keep(name, drawn)
        if progress is not None:
            progress(done, len(FIGURES))
    return missing


def inputs_from_files(name: str, paths: Sequence[Path | str]) -> dict[str, Any]:
    """Arguments `study`, `rve`, `references` and `times` of `draw` for a figure, found among files by what they hold.

    Files that the figure does not need are passed over, so that a whole folder may be given.

    Raises:
        InputError: unknown figure, an unreadable file, one that does not say what it holds, or two for the same input.
    """
    check_choice(name, FIGURES, "figure")
    figure = FIGURES[name]
    study = rve = None
    truths: dict[str, xr.Dataset] = {}
    parts: list[xr.Dataset] = []
    seen = set()
    for path in paths:
        dataset, content = datasets.read_any(path)
        if content not in DISTINGUISHED_BY:
            continue
        label = str(dataset.attrs.get(DISTINGUISHED_BY[content], ""))
        if content != "times" and (content, label) in seen:
            raise InputError(f"{path}: a second file with the {f'{content} {label}'.strip()}; give one")
        seen.add((content, label))
        if content == "study" and label == figure.study:
            study = datasets.checked(dataset, path)
        elif content == "rve" and figure.rve:
            rve = _rve(path)
        elif content == "reference" and (figure.errors or figure.references is True or label in figure.references):
            truths[label] = load_reference(path)
        elif content == "times" and figure.times:
            parts.append(measured.checked(dataset, path))
    times = measured.merged(parts) if parts else None
    return {"study": study, "rve": rve, "references": dict(sorted(truths.items())), "times": times}


def cell_and_references(folder: Path) -> tuple[xr.Dataset | None, dict[str, xr.Dataset]]:
    """The RVE in a folder, if it is there, and the reference curves by composite.

    Raises:
        InputError: a damaged file.
    """
    cell = folder / "rve.nc"
    return _rve(cell) if cell.is_file() else None, references(sorted(folder.glob("reference_*.nc")))


def _rve(path: Path | str) -> xr.Dataset:
    """Read an RVE file.

    Raises:
        InputError: unreadable, or a missing variable.
    """
    rve = netcdf.read(path, content="rve")
    netcdf.require(rve, path, VOXEL_VARIABLES if rve.attrs.get("kind") == KIND else RVE_VARIABLES)
    return rve
