"""What laminet's files hold as CSV tables, for spreadsheets and other programs."""

import csv
import io
from pathlib import Path

import numpy as np
import xarray as xr

from laminet import mandel
from laminet.errors import InputError
from laminet.files import destination, elastic, netcdf
from laminet.files.network import AXES, load_network
from laminet.network import tree


def write_table(path: Path | str, out: Path | str) -> int:
    """Write what a laminet file holds as a CSV and return the number of its lines.

    Elastic data become what `laminet import` reads (Mandel, GPa). Curves (online, reference, curves) have a line for
    each step with the tensor components of strain and stress [GPa]. A history has a line for each epoch. A network has
    a line for each node with its weight as a share of the whole, the normal of a parent's interface and the angles.

    Raises:
        InputError: an unreadable file, one of another kind, or `out` is the same file or not called .csv; text may go
            through a pipe or a device of any name.
    """
    destination.check_distinct([out], [path])
    if Path(out).suffix.lower() != ".csv" and not destination.is_stream(out):
        raise InputError(f"{out}: a table is written as .csv, or to a pipe or a device such as /dev/stdout")
    dataset = elastic.joined(netcdf.read(path), path)
    default = "elastic" if "stiffness_phase" in dataset else ""  # of a file that laminet did not write
    content = str(dataset.attrs.get("content", default))
    if content == "elastic":
        columns = _elastic_columns(dataset)
    elif content in ("online", "reference", "curves"):
        columns = _curve_columns(dataset)
    elif content == "history":
        columns = {"epoch": dataset["epoch"].values, **{str(name): dataset[name].values for name in dataset.data_vars}}
    elif content == "network":
        columns = _network_columns(path)
    else:
        kinds = "elastic, online, reference, curves, history or network"
        raise InputError(f"{path}: holds '{content or 'unknown'}' data; tables are made of {kinds} files")
    rows = list(zip(*(values.tolist() for values in columns.values()), strict=True))
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([tuple(columns), *rows])
    destination.write_text(out, text.getvalue())
    return len(rows)


def _elastic_columns(dataset: xr.Dataset) -> dict[str, np.ndarray]:
    columns = {"split": dataset["split"].values}
    for name, values in elastic.arrays(dataset).items():
        for i, j in zip(*np.triu_indices(6), strict=True):
            columns[f"{name}_{i + 1}{j + 1}"] = values[:, i, j]
    return columns


def _curve_columns(dataset: xr.Dataset) -> dict[str, np.ndarray]:
    dims = ("network", "scheme", "composite", "control", "load_case", "curve", "step")
    along = [name for name in dims if name in dataset["stress"].dims]
    about = ("composite", "control", "path", "split") if "curve" in along else ()
    places = xr.broadcast(*(dataset[name] for name in (*along, *about) if name in dataset.variables))
    columns: dict[str, np.ndarray] = {str(place.name): place.values.ravel() for place in places}
    for quantity in ("strain", "stress"):
        values = dataset[quantity].transpose(*along, "component").values.reshape(-1, 6) / mandel.FACTOR
        for component, entries in zip(mandel.COMPONENTS, values.T, strict=True):
            columns[f"{quantity}_{component}"] = entries
    for name in ("iterations", "residual", "converged"):
        if name in dataset.variables:
            columns[name] = dataset[name].transpose(*along).values.ravel()
    return columns


def _network_columns(path: Path | str) -> dict[str, np.ndarray]:
    network = load_network(path)
    laminates = tree.laminates(network)
    number = np.arange(len(laminates.weights))
    columns = {
        "node": number,
        "layer": np.floor(np.log2(number + 1)).astype(int),
        "phase": np.pad(tree.leaf_phase(network.depth, network.phases), (len(laminates.normal), 0)),
        "weight": laminates.weights / laminates.weights[0],
    }
    vectors = ((("normal_1", "normal_2", "normal_3"), laminates.normal), (AXES[network.model], network.angle))
    for names, values in vectors:  # nodes have no normal where they are leaves, and in an IMN no angle
        padded = np.pad(values, ((0, len(number) - len(values)), (0, 0)), constant_values=np.nan)
        columns |= dict(zip(names, padded.T, strict=True))
    return columns
