"""Online files: the response of composites by a trained network, with what each scheme needed for it."""

from pathlib import Path

import xarray as xr

from laminet.errors import InputError
from laminet.files import netcdf

CURVE_DIMS = ("scheme", "composite", "control", "load_case")
VARIABLES = {
    "strain": (*CURVE_DIMS, "step", "component"),
    "stress": (*CURVE_DIMS, "step", "component"),
    "iterations": (*CURVE_DIMS, "step"),
    "residual": (*CURVE_DIMS, "step"),
    "converged": (*CURVE_DIMS, "step"),
    "time": CURVE_DIMS,
    "active_nodes": (),
}


def load(path: Path | str) -> xr.Dataset:
    """Read an online file; one of a single scheme from before there was the dimension `scheme` gets it.

    Raises:
        InputError: unreadable file, other content, or a missing variable or attribute.
    """
    dataset = netcdf.read(path, content="online")
    if "scheme" not in dataset.dims and isinstance(dataset.attrs.get("scheme"), str):
        curves = [name for name, values in dataset.data_vars.items() if "composite" in values.dims]
        dataset = dataset.assign({name: dataset[name].expand_dims("scheme") for name in curves})
        dataset = dataset.assign_coords(scheme=[dataset.attrs.pop("scheme")])
    netcdf.require(dataset, path, VARIABLES)
    missing = [name for name in ("model", "depth") if name not in dataset.attrs]
    if missing:
        raise InputError(f"{path}: attributes {', '.join(missing)} are missing; evaluate the network again")
    return dataset
