"""Reading and writing NetCDF: every file is stamped, written under a temporary name and renamed when complete."""

import contextlib
import datetime
import hashlib
import json
import math
import os
import platform
import re
import sys
import tempfile
import threading
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import netCDF4
import numpy as np
import xarray as xr

from laminet import __version__, mandel
from laminet.errors import InputError, shown
from laminet.files import watch
from laminet.files.machine import machine

STAMPS = ("content", "laminet_version", "created", "command", "params_sha256", "host", "cpu_model", "build", "threads")
"""Attributes that every file gets when it is written."""

_UMASK = threading.Lock()  # it can only be read by setting it, for all threads of the process


def parameters_sha256(parameters: Mapping[str, Any]) -> str:
    """Digest of the parameters a file depends on, independent of their order."""
    return hashlib.sha256(json.dumps(parameters, sort_keys=True, default=str).encode()).hexdigest()


def check_destination(path: Path | str) -> None:
    """Look whether a file can be made here, without making anything: better now than after hours of work.

    Raises:
        InputError: `path` is a folder, below a file, or where nothing may be written.
    """
    path = Path(path).absolute()
    if path.is_dir():
        raise InputError(f"{path}: is a folder; name a file")
    existing = next(folder for folder in path.parents if folder.exists())
    if not existing.is_dir():
        raise InputError(f"{path}: cannot write here ({existing} is not a folder); choose another folder")
    if not os.access(existing, os.W_OK | os.X_OK):
        raise InputError(f"{path}: cannot write here (no permission, or read-only); choose another folder")


@contextlib.contextmanager
def replacing(path: Path | str) -> Iterator[Path]:
    """Yield a temporary path beside `path` that takes its place only if the block succeeds.

    Temporary files that killed processes left in the folder are removed.

    Raises:
        InputError: the folder of `path` cannot be written, the disk is full, or `path` is a folder.
    """
    path = Path(path)
    check_destination(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _remove_abandoned(path.parent)
        handle, name = tempfile.mkstemp(prefix=f".{path.stem}-{_writer()}-", suffix=path.suffix, dir=path.parent)
    except OSError as error:
        raise InputError(f"{path}: cannot write here ({error.strerror}); choose another folder") from error
    os.close(handle)
    temporary = Path(name)
    try:
        yield temporary
        with open(temporary, "rb") as written:
            os.fsync(written.fileno())
        with _UMASK:
            umask = os.umask(0)
            os.umask(umask)
        temporary.chmod(0o666 & ~umask)
        os.replace(temporary, path)
    except OSError as error:
        raise InputError(f"{path}: could not be written ({error.strerror or error}); is the disk full?") from error
    finally:
        temporary.unlink(missing_ok=True)


def write_text(path: Path | str, text: str) -> None:
    """Write a text file, whole or not at all.

    Raises:
        InputError: as `replacing`.
    """
    with replacing(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


def _writer() -> str:
    """Names this process on this machine, in the names of its temporary files."""
    return f"{platform.node()}-{os.getpid()}"


ABANDONED = re.compile(r"\..+-(?P<pid>\d+)-[a-z0-9_]{8}(\.\w+)?")
"""Names that `replacing` gives, with the process that writes the file."""


def _remove_abandoned(folder: Path) -> None:
    """Remove temporary files of processes of this machine that are no more; other machines' processes may be alive."""
    here = f"-{platform.node()}-"
    for entry in os.scandir(folder):
        match = ABANDONED.fullmatch(entry.name) if here in entry.name else None
        if match and not _alive(int(match["pid"])):
            with contextlib.suppress(OSError):  # another process may be as tidy
                os.unlink(entry)


def _alive(pid: int) -> bool:
    """Whether a process of that number runs on this machine."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except (PermissionError, OverflowError):
        return True
    return True


def write(
    dataset: xr.Dataset, path: Path | str, *, content: str, parameters: Mapping[str, Any], threads: int = 1
) -> None:
    """Write `dataset` to `path`, stamped with its origin; a killed process leaves nothing under the final name.

    Args:
        dataset: every variable must carry the attribute `units` ("1" where dimensionless).
        path: the file; its folder is made.
        content: what the file is: rve, elastic, predicted, network, history, reference, online or study.
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
    )
    encoding = {
        name: {"zlib": True, "complevel": 4, "shuffle": True}
        for name, variable in stamped.data_vars.items()
        if variable.ndim and np.issubdtype(variable.dtype, np.number)
    }
    with replacing(path) as temporary:
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
    """
    path = Path(path)
    if not path.is_file():
        raise InputError(f"{path}: no such file")
    try:
        with watch.limited(path, 60.0 + path.stat().st_size / SLOWEST_DISK):
            size = _unpacked(path)
            dataset = xr.load_dataset(path, engine="netcdf4") if size <= LIMIT else None
    except Exception as error:  # the HDF5 stack raises many kinds on a damaged file; all mean the same to the user
        raise InputError(f"{path}: not a readable NetCDF file (truncated or damaged?); make it again") from error
    if dataset is None:
        raise InputError(
            f"{path}: its variables would take {size / 2**30:.1f} GiB, more than the {LIMIT / 2**30:.1f} GiB allowed; "
            "split it, or raise the limit with the environment variable LAMINET_MAX_GIB"
        )
    found = dataset.attrs.get("content", content)
    if content is not None and not _equal(found, content):
        raise InputError(f"{path}: holds '{found}' data where '{content}' data is needed; check the file name")
    require(dataset, path, variables or {}, text)
    return dataset


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
        if tuple(dataset[name].dims) != tuple(dims):
            raise InputError(
                f"{path}: variable '{name}' has dimensions {tuple(dataset[name].dims)}, needed are {tuple(dims)}"
            )
        if (dataset[name].dtype.kind in "biuf") == (name in text):
            kind = "text" if name in text else "numbers"
            raise InputError(f"{path}: variable '{name}' holds {dataset[name].dtype}, needed is {kind}")
    components = dataset["component"].values.tolist() if "component" in dataset.dims else list(mandel.COMPONENTS)
    if components != list(mandel.COMPONENTS):
        raise InputError(f"{path}: components are {shown(components)}; needed are {', '.join(mandel.COMPONENTS)}")


def _limit() -> float:
    """Bytes that the variables of one file may take in memory: half the machine's, or LAMINET_MAX_GIB."""
    try:
        return float(os.environ["LAMINET_MAX_GIB"]) * 2**30
    except (KeyError, ValueError):
        pass
    try:
        return 0.5 * os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):
        return 8.0 * 2**30


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


def _equal(found: Any, wanted: str) -> bool:
    return isinstance(found, str) and found == wanted
