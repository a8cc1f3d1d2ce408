"""Pictures of networks, trainings and curves: objects in, matplotlib figure out. `draw` and `save` serve files.

figure = draw(["network.nc"], kind="normals")
save(figure, "normals.pdf")
"""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from laminet.errors import InputError

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.figure import Figure

    from laminet.files.network import NetworkParameters

__all__ = ["FORMATS", "KINDS", "draw", "of_network", "save"]

FORMATS: Mapping[str, Mapping[str, None]] = {".pdf": {"CreationDate": None}, ".png": {}, ".svg": {"Date": None}}
"""Suffixes of pictures, and the metadata that are left out so that the same figure gives the same bytes."""

KINDS: Mapping[str, Sequence[str]] = {
    "network": ("tree", "normals", "leaves"),
    "history": ("training",),
    "online": ("curves", "mises", "plastic"),
    "reference": ("curves", "mises", "plastic"),
    "curves": ("paths",),
    "convergence": ("convergence",),
    "fields": ("fields",),
    "rve": ("slices",),
}
"""Kinds of pictures of a file, by what it holds; the first is the default."""

_OF_CURVES = ("reference", "composite", "control")
OPTIONS: Mapping[str, Sequence[str]] = {
    **dict.fromkeys(("curves", "mises", "plastic"), _OF_CURVES),
    "paths": _OF_CURVES[1:],
}
"""Options of a kind of picture; the other kinds have none."""


def draw(
    files: Sequence[Path | str],
    kind: str | None = None,
    *,
    references: Sequence[Path | str] = (),
    composite: str | None = None,
    control: str | None = None,
) -> "Figure":
    """Draw a picture of files.

    Args:
        files: histories, training folders or checkpoints (of trainings that still run); or online and reference files;
            or convergence studies. Or one file: a network, training curves, local fields of a cell (VTU or VTI), or a
            cell of voxels.
        kind: one of KINDS of what they hold, the first of them by default.
        references: reference files that curves are drawn with, not training curves.
        composite: of the curves, which one; needed where there are several.
        control: of the curves, "strain" or "stress"; both if None.

    Raises:
        InputError: unreadable files, a kind that does not fit them, or files that do not fit together.
    """
    if not files:
        raise InputError("nothing to draw; name a file")
    paths, contents = zip(*(_content(Path(path)) for path in files), strict=True)
    held = sorted(set(contents))
    common = [name for name in KINDS.get(held[0], ()) if all(name in KINDS.get(content, ()) for content in held)]
    if not common:
        raise InputError(
            f"{', '.join(map(str, files))}: no picture of '{', '.join(held)}' data; there are pictures of "
            f"{', '.join(KINDS)} files ('laminet-study figure' draws studies)"
        )
    kind = kind or common[0]
    if kind not in common:
        raise InputError(f"{files[0]}: kind is '{kind}'; for '{held[0]}' data it may be {', '.join(common)}")
    given = [name for name, value in zip(_OF_CURVES, (references, composite, control), strict=True) if value]
    if unused := [name for name in given if name not in OPTIONS.get(kind, ())]:
        raise InputError(f"{', '.join(unused)}: not for a picture of the kind {kind}; leave it out")
    from laminet.files import curves as curve_files
    from laminet.files import netcdf, training_curves
    from laminet.files.network import load_network
    from laminet.plots import cells, curves, histories, local_fields, style, voxels
    from laminet.plots import paths as load_paths

    with style.applied():
        if kind == "training":
            return histories.training(dict(zip(map(str, files), map(histories.rows, paths), strict=True)))
        if kind == "convergence":
            return cells.convergence({str(path): netcdf.read(path) for path in paths})
        if kind in ("curves", *local_fields.QUANTITIES):
            load: Mapping[str, Callable[[Path], xr.Dataset]] = {
                "online": curve_files.load_online,
                "reference": netcdf.read,
            }
            data = {str(path): load[content](path) for path, content in zip(paths, contents, strict=True)}
            truths = list(curve_files.references(references).values())
            if kind == "curves":
                return curves.curves(data, truths, composite=composite, control=control)
            return local_fields.local_fields(kind, data, truths, composite=composite, control=control)
        if len(files) > 1:
            what = "pictures of networks, training curves, cells and fields"
            raise InputError(f"{files[1]}: {what} show one at a time")
        if kind == "slices":
            return voxels.slices(netcdf.read(files[0], content="rve"), files[0])
        if kind == "paths":
            return load_paths.paths(training_curves.load(paths[0]), paths[0], composite=composite, control=control)
        if kind == "fields":
            return cells.fields(paths[0]) if paths[0].suffix == ".vtu" else voxels.fields(paths[0])
        return of_network(load_network(files[0]), kind)


def of_network(network: "NetworkParameters", kind: str = "tree") -> "Figure":
    """Draw a network: "tree", "normals" or "leaves".

    Raises:
        InputError: an unknown kind, or leaves of an IMN.
    """
    from laminet.plots import networks, style

    pictures = {"tree": networks.tree, "normals": networks.normals, "leaves": networks.leaves}
    if kind not in pictures:
        raise InputError(f"kind is '{kind}'; of a network it may be {', '.join(pictures)}")
    with style.applied():
        return pictures[kind](network)


def _content(path: Path) -> tuple[Path, str]:
    """The file that is drawn and what it holds; of a training's folder its history, or its checkpoint while it runs."""
    if path.is_dir():
        for name in ("history.nc", "checkpoint.npz"):
            if (path / name).is_file():
                return _content(path / name)
        raise InputError(f"{path}: the folder holds neither history.nc nor checkpoint.npz (written every 20 s)")
    if path.suffix == ".npz":
        return path, "history"
    if path.suffix in (".vtu", ".vti"):
        return path, "fields"
    from laminet.files import netcdf

    return path, str(netcdf.read(path).attrs.get("content", "unknown"))


def save(figure: "Figure", path: Path | str) -> None:
    """Write a figure as PDF, PNG or SVG, by the suffix of `path`; the same figure gives the same bytes.

    Raises:
        InputError: another suffix, or a folder that cannot be written.
    """
    from laminet.files import destination
    from laminet.plots import style

    suffix = Path(path).suffix.lower()
    if suffix not in FORMATS:
        raise InputError(f"{path}: a figure is written as {', '.join(FORMATS)}")
    with style.applied(), destination.replacing(path) as temporary:
        figure.savefig(temporary, format=suffix[1:], metadata=FORMATS[suffix])
