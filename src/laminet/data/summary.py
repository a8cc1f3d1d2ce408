"""What a file holds, as a person wants to read it."""

from pathlib import Path

import numpy as np
import xarray as xr

from laminet.data import netcdf

STAMPS = ("laminet_version", "created", "host", "cpu_model", "build", "threads", "command", "params_sha256")


def summary(path: Path | str) -> str:
    """Content, origin, dimensions and the range of every variable of a NetCDF file.

    Raises:
        InputError: the file is missing or damaged.
    """
    dataset = netcdf.read(path)
    attributes = dict(dataset.attrs)
    lines = [f"{path}: {attributes.pop('content', 'not written by laminet')}"]
    lines += [f"  {name}: {attributes.pop(name)}" for name in STAMPS if name in attributes]
    lines += ["  " + ", ".join(f"{name} {size}" for name, size in dataset.sizes.items())]
    lines += [f"  {name} = {value}" for name, value in sorted(attributes.items())]
    for name, values in dataset.coords.items():
        shown = list(dict.fromkeys(map(str, values.values.ravel())))
        listed = ", ".join(shown if len(shown) <= 12 else [*shown[:3], "...", shown[-1]])
        lines.append(f"  {name} ({', '.join(values.dims)}): {listed}")
    lines += [_variable(name, values) for name, values in dataset.data_vars.items()]
    return "\n".join(lines)


def _variable(name: object, values: xr.DataArray) -> str:
    """One line: name, dimensions, units, range, and how many values are not finite."""
    head = f"  {name} ({', '.join(map(str, values.dims))}) [{values.attrs.get('units', '?')}]"
    if not (np.issubdtype(values.dtype, np.number) and values.size):
        return head
    finite = values.values[np.isfinite(values.values)]
    missing = f", {values.size - finite.size} not finite" if finite.size < values.size else ""
    if not finite.size:
        return f"{head}: none finite"
    if values.ndim == 0:
        return f"{head}: {finite[0]:.6g}"
    return f"{head}: {finite.min():.4g} ... {finite.max():.4g}, mean {finite.mean():.4g}{missing}"
