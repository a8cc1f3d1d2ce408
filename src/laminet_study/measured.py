"""Measured times: the files that `laminet-study time` writes, all of them together, and a study with its times."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from laminet.errors import InputError, warn
from laminet.files import netcdf

EPOCH_DIMS = ("model", "formulation", "backend", "depth", "threads", "repeat")
VARIABLES = {
    "online_time": ("run", "scheme", "composite", "control", "repeat"),
    "training_cpu_time": ("run", "repeat"),
    "training_wall_time": ("run", "repeat"),
    "epoch_wall_time": EPOCH_DIMS,
    "profile": ("model", "depth", "part", "repeat"),
}
"""What a file of times may hold; at least one of them."""

TEXTS = ("run", "scheme", "composite", "control", "model", "formulation", "backend", "part")
"""Coordinates that hold text."""


def write(dataset: xr.Dataset, path: Path | str, parameters: Mapping[str, Any]) -> None:
    """Write times; their attributes `processor` and `threads` say what they are of, wherever they are written.

    Raises:
        InputError: the file cannot be written.
    """
    netcdf.write(dataset, path, content="times", parameters=parameters, threads=int(dataset.attrs["threads"]))


def load(path: Path | str) -> xr.Dataset:
    """Read a file of times.

    Raises:
        InputError: an unreadable file, other content, a variable that is not as it should be, or none at all.
    """
    return checked(netcdf.read(path, content="times"), path)


def checked(times: xr.Dataset, path: Path | str) -> xr.Dataset:
    """Times as their file holds them, if they keep the contract; `path` is for messages.

    Raises:
        InputError: a variable that is not as it should be, or none at all.
    """
    there = {name: dims for name, dims in VARIABLES.items() if name in times}
    if not there:
        raise InputError(f"{path}: holds no times, none of {', '.join(VARIABLES)}; measure again")
    labels: dict[str, tuple[str, ...]] = {name: (name,) for dims in there.values() for name in dims}
    netcdf.require(times, path, there | labels, [name for name in TEXTS if name in labels])
    return times


def merged(parts: Sequence[xr.Dataset]) -> xr.Dataset:
    """All times together, NaN where nothing was measured.

    Raises:
        InputError: no parts, or two that measured the same.

    Warns:
        LaminetWarning: parts of different machines.
    """
    if not parts:
        raise InputError("no times to join; give the files that 'laminet-study time' writes")
    processors = list(dict.fromkeys(str(part.attrs.get("processor", "unknown")) for part in parts))
    if len(processors) > 1:
        warn(f"times are of different processors ({', '.join(processors)}) and do not compare; measure on one kind")
    bare = [  # labels as objects: of fixed lengths, longer ones would be cut
        part.drop_attrs().assign_coords({name: part[name].astype(object) for name in TEXTS if name in part.coords})
        for part in parts
    ]
    try:
        times = xr.merge(bare, join="outer", compat="no_conflicts", combine_attrs="drop")
    except xr.MergeError as error:
        raise InputError(f"times: two files have measured the same ({error}); give each once") from error
    for name, values in times.data_vars.items():
        times[name] = values.transpose(*VARIABLES[str(name)]).assign_attrs(units="s")
    threads = max(int(part.attrs.get("threads", 1)) for part in parts)
    return times.assign_attrs(processor=", ".join(processors), threads=threads)


def with_online_times(study: xr.Dataset, times: xr.Dataset) -> xr.Dataset:
    """The study with `online_time` (run, composite, control, repeat), NaN where it was not measured."""
    if "online_time" not in times:
        return study
    labels = {name: study[name].values for name in ("composite", "control")}
    rows = of_rows(study, times["online_time"].reindex(labels))
    return study.assign(online_time=(rows.dims, rows.values, {"units": "s"}))


def of_rows(study: xr.Dataset, online_time: xr.DataArray) -> xr.DataArray:
    """Online times of the rows of a study, `run` in the place of run and scheme; NaN where they were not measured."""
    names, schemes = study["run_id"].values, study["scheme"].values
    known = online_time.reindex(run=np.unique(names), scheme=np.unique(schemes))
    return known.sel(run=xr.DataArray(names, dims="run"), scheme=xr.DataArray(schemes, dims="run"))
