"""Where a study's results come from: what its files say of themselves."""

from collections.abc import Mapping
from pathlib import Path

import xarray as xr

from laminet.files import netcdf

ATTRIBUTES = {
    "laminet_version": "laminet",
    "host": "host",
    "cpu_model": "processor",
    "build": "native code built for",
    "tolerance": "online tolerance",
    "criterion": "online criterion",
}

RVE = ("seed", "refinement", "elements", "nodes", "volume_fraction", "created")


def read(studies: Mapping[str, xr.Dataset], folder: Path) -> list[tuple[str, str]]:
    """Labels and values; what differs between studies is listed, what no file says is left out."""
    lines = []
    for attribute, label in ATTRIBUTES.items():
        values = sorted({str(study.attrs[attribute]) for study in studies.values() if attribute in study.attrs})
        if values:
            lines.append((label, ", ".join(values)))
    for name, study in studies.items():
        if "created" in study.attrs:
            lines.append((f"study {name}", f"collected {study.attrs['created']}"))
    rve = folder / "data/rve.nc"
    if rve.is_file():
        attributes = netcdf.read(rve).attrs
        lines.append(("RVE", ", ".join(f"{name} {_short(attributes[name])}" for name in RVE if name in attributes)))
    return lines


def _short(value: object) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)
