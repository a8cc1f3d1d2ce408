"""Reading and writing NetCDF: every file is stamped when written and checked when read."""

import contextlib
import datetime
import functools
import hashlib
import importlib
import json
import math
import os
import platform
import re
import sys
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import netCDF4
import numpy as np
import xarray as xr

from laminet import __version__, cores, mandel, source
from laminet.errors import InputError, LaminetError, shown
from laminet.files import destination

STAMPS = (
    *("content", "laminet_version", "created", "command", "params_sha256"),
    *("host", "cpu_model", "build", "threads", "cores"),
)
"""Attributes that every file gets when it is written."""

_LIBRARY = threading.Lock()  # the NetCDF library serves one thread at a time


def parameters_sha256(parameters: Mapping[str, Any]) -> str:
    """Digest of the parameters a file depends on, independent of their order."""
    return hashlib.sha256(json.dumps(parameters, sort_keys=True, default=str).encode()).hexdigest()


def write(
    dataset: xr.Dataset, path: Path | str, *, content: str, parameters: Mapping[str, Any], threads: int = 1
) -> None:
    """Write `dataset` to `path`, stamped with its origin; a killed process leaves nothing under the final name.

    Args:
        dataset: every variable must carry the attribute `units` ("1" where dimensionless).
        path: the file; its folder is made.
        content: what the file is: rve, elastic, predicted, network, history, reference, curves, online,
            study or times.
        parameters: what the content depends on; its digest becomes the attribute `params_sha256`.
        threads: threads used to compute it.

    Raises:
        InputError: the folder cannot be written or the disk is full.
        ValueError: a variable has no units (a fault of ours, not of the user's).
    """
    bare = [str(name) for name, variable in dataset.data_vars.items() if "units" not in variable.attrs]
    if bare:
        raise ValueError(f"{path}: no units on {', '.join(bare)}")
    stamped = dataset.assign_attrs(
        content=content,
        laminet_version=__version__,
        created=datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        command=" ".join([Path(sys.argv[0]).name, *sys.argv[1:]]),
        params_sha256=parameters_sha256(parameters),
        **machine(),
        threads=threads,
        cores=len(cores.usable()),
    )
    encoding = {
        name: {"zlib": True, "complevel": 4, "shuffle": True}
        for name, variable in stamped.data_vars.items()
        if variable.ndim and np.issubdtype(variable.dtype, np.number)
    }
    with destination.replacing(path) as temporary, _LIBRARY:
        try:
            stamped.to_netcdf(temporary, engine="netcdf4", encoding=encoding)
        except RuntimeError as error:  # as netCDF4 reports a disk that filled up
            raise OSError(str(error)) from error


def read(
    path: Path | str,
    *,
    content: str | None = None,
    variables: Mapping[str, Sequence[str]] | None = None,
    text: Sequence[str] = (),
) -> xr.Dataset:
    """Read a whole NetCDF file into memory and check that it is what the caller needs.

    A file is data: nothing in it is executed. How much memory it needs is known before any is allocated.

    Args:
        path: the file.
        content: the expected attribute `content`; a file without that attribute (a user's own) passes.
        variables: the needed variables and their dimensions, in order.
        text: those of them that hold text; the others must hold real numbers or truth values.

    Returns:
        xarray.Dataset, loaded, the file closed.

    Raises:
        InputError: missing, unreadable or truncated file, one that would fill the memory, other content, missing
            variable, wrong dimensions or type.
        UnreadableError: of these, a file that may be sound: no permission, a lock, or a disk that fails.
    """
    path = Path(path)
    fault = f"{path}: not a readable NetCDF file (truncated or damaged?); make it again"
    with _LIBRARY, source.reading(path, fault), source.limited(path, 60.0 + path.stat().st_size / SLOWEST_DISK):
        if what := _other_kind(path):
            raise InputError(f"{path}: is no NetCDF file but {what}")
        if (size := _unpacked(path)) > LIMIT:
            raise InputError(
                f"{path}: its variables would take {size / 2**30:.1f} GiB, more than the {LIMIT / 2**30:.1f} GiB "
                "allowed; split it, or raise the limit with the environment variable LAMINET_MAX_GIB"
            )
        dataset = xr.load_dataset(path, engine="netcdf4")
    stored = str(dataset.attrs.get("content", content))  # what is no text there may be an array
    check_content(path, stored, content or stored)
    require(dataset, path, variables or {}, text)
    return dataset


def check_content(path: Path | str, stored: str, content: str) -> None:
    """Check what a file says that it holds.

    Raises:
        InputError: something else than is needed.
    """
    if stored != content:
        raise InputError(f"{path}: holds '{stored}' data where '{content}' data is needed; check the file name")


OTHER_KINDS = {
    ".csv": "a table; 'laminet import' reads elastic data of others",
    ".npz": "arrays of NumPy; 'laminet import' reads elastic data of others, 'laminet plot' a training's checkpoint",
    ".law": "a law for the C interface; 'laminet export' writes it, finite-element codes read it",
    ".vtu": "local fields; 'laminet plot' draws them, ParaView reads them",
    ".vti": "an image or local fields; 'laminet rve --image' reads images, 'laminet plot' draws local fields",
    **dict.fromkeys((".npy", ".tif", ".tiff"), "an image; 'laminet rve --image' makes a cell of it"),
    ".yaml": "YAML; 'laminet info' and --materials read materials, laminet-study a configuration",
    **dict.fromkeys((".png", ".svg", ".pdf"), "a picture; an image viewer shows it"),
    ".html": "a page; a browser shows it",
    ".json": "JSON; 'laminet-study claims' writes its verdicts so, for programs",
}
"""What files with these suffixes are, and what reads them."""


def _other_kind(path: Path) -> str | None:
    """What a file is that does not begin as NetCDF does, None where it does or where its suffix says nothing else."""
    with path.open("rb") as file:
        begin = file.read(8)
    if begin.startswith(source.NETCDF):
        return None
    suffix = ".law" if begin.startswith(b"laminet-") else path.suffix.lower().replace(".yml", ".yaml")
    return OTHER_KINDS.get(suffix)


def require(
    dataset: xr.Dataset, path: Path | str, variables: Mapping[str, Sequence[str]], text: Sequence[str] = ()
) -> None:
    """Check that a dataset has these variables with these dimensions, in order; those in `text` hold text.

    Raises:
        InputError: a missing variable, wrong dimensions, text where numbers are needed, or a dimension `component` that
            is not the six of Mandel's notation; names `path`.
    """
    for name, dims in variables.items():
        if name not in dataset.variables:
            raise InputError(f"{path}: variable '{name}' is missing; see the data contracts in the docs")
        variable = dataset[name]
        if variable.dims != tuple(dims):
            raise InputError(f"{path}: variable '{name}' has dimensions {variable.dims}; expected {tuple(dims)}")
        if (variable.dtype.kind in "biuf") == (name in text):
            kind = "text" if name in text else "numbers"
            raise InputError(f"{path}: variable '{name}' holds {variable.dtype}; expected {kind}")
    if "component" in dataset.dims and (given := dataset["component"].values.tolist()) != list(mandel.COMPONENTS):
        raise InputError(f"{path}: components are {shown(given)}; expected {', '.join(mandel.COMPONENTS)}")


def _limit() -> float:
    """Bytes that the variables of one file may take in memory: half the machine's, or LAMINET_MAX_GIB."""
    try:
        return float(os.environ["LAMINET_MAX_GIB"]) * 2**30
    except (KeyError, ValueError):
        return 0.5 * os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


SLOWEST_DISK = 1e6
"""Bytes per second."""

LIMIT = _limit()

TEXT_BYTES = 64
"""What an entry of a text variable may take in memory, about."""


def _unpacked(path: Path) -> int:
    """Bytes that all variables of a NetCDF file take in memory, from its header alone."""

    total = 0
    with netCDF4.Dataset(path) as file:
        for variable in file.variables.values():
            kind = getattr(variable.dtype, "kind", "O")
            total += math.prod(variable.shape) * (variable.dtype.itemsize if kind in "biuf" else TEXT_BYTES)
    return total


@functools.cache
def machine() -> dict[str, str]:
    """Attributes `host`, `cpu_model` and `build` of every file: times compare only where the last two agree."""
    return {"host": platform.node(), "cpu_model": _cpu_model(), "build": _build()}


def _cpu_model() -> str:
    """Name of the processor, as Linux gives it or as Python does."""
    with contextlib.suppress(OSError):
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace")
        if named := re.search(r"^model name[^:]*:(.*)$", lines, re.MULTILINE):
            return named[1].strip()
    return platform.processor() or platform.machine()


def _build() -> str:
    """Processor, flags and compiler of the native code; "none" where it is absent or made for another processor.

    The module is imported by name, not by a statement. Every file is stamped with the build, even one that does not
    depend on native code. Such a file must not be made again when native code changes (see laminet_study.sources).
    """
    try:
        return str(importlib.import_module("laminet._native").build)
    except (ImportError, LaminetError):
        return "none"
