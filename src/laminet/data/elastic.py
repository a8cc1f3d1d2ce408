"""Elastic homogenisation data: phase stiffnesses and the effective stiffness of a composite, sample by sample."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from laminet.data import netcdf
from laminet.errors import InputError
from laminet.materials.elastic import check_stiffness

SPLITS = ("train", "validation")
STIFFNESSES = ("stiffness_1", "stiffness_2", "stiffness")
VARIABLES = {**dict.fromkeys(STIFFNESSES, ("sample", "i", "j")), "split": ("sample",)}


@dataclass(frozen=True)
class ElasticData:
    """Stiffnesses of phase 1 (matrix), phase 2 (fibre) and of the composite, each (samples, 6, 6), Mandel, GPa."""

    stiffness_1: np.ndarray
    stiffness_2: np.ndarray
    stiffness: np.ndarray

    def __len__(self) -> int:
        return len(self.stiffness)

    def first(self, count: int) -> "ElasticData":
        """The first `count` samples: smaller training sets are prefixes of larger ones."""
        return ElasticData(self.stiffness_1[:count], self.stiffness_2[:count], self.stiffness[:count])

    def checked(self, where: str) -> "ElasticData":
        """The same, symmetric to the last digit, if every stiffness is admissible.

        Raises:
            InputError: as `laminet.materials.elastic.check_stiffness`; `where` begins the message.
        """
        return ElasticData(
            *(check_stiffness(getattr(self, name), f"{where}: variable '{name}'") for name in STIFFNESSES)
        )


def to_dataset(train: ElasticData, validation: ElasticData) -> xr.Dataset:
    """The elastic data contract: training samples first, then validation samples."""
    joined = {name: np.concatenate([getattr(train, name), getattr(validation, name)]) for name in STIFFNESSES}
    split = np.array(["train"] * len(train) + ["validation"] * len(validation))
    return dataset_of(joined, split, np.arange(len(split)))


def dataset_of(stiffnesses: dict[str, np.ndarray], split: np.ndarray, sample: np.ndarray) -> xr.Dataset:
    """Dataset of named stiffness arrays (samples, 6, 6) with the coordinates `split` and `sample`."""
    dims = ("sample", "i", "j")
    return xr.Dataset(
        {name: (dims, values, {"units": "GPa"}) for name, values in stiffnesses.items()},
        coords={"sample": sample, "split": ("sample", split)},
        attrs={"notation": "Mandel (11, 22, 33, 23, 13, 12)"},
    )


def load(path: Path | str) -> xr.Dataset:
    """Read an elastic data file (ours or a user's) and check every stiffness in it.

    Raises:
        InputError: unreadable file, missing variable, wrong shape, unknown split, or a stiffness with NaN, not
            symmetric or not positive definite, naming variable and sample.
    """
    if Path(path).suffix.lower() in (".csv", ".npz"):
        raise InputError(f"{path}: is not NetCDF; make it an elastic data file by 'laminet import'")
    return check(netcdf.read(path, content="elastic", variables=VARIABLES, text=("split",)), path)


def check(dataset: xr.Dataset, where: Path | str) -> xr.Dataset:
    """The dataset, if it keeps the elastic data contract; `where` names it in messages.

    Raises:
        InputError: as `load`.
    """
    for name, dims in VARIABLES.items():
        if name not in dataset.variables or dataset[name].dims != dims:
            raise InputError(f"{where}: needs the variable '{name}' with the dimensions {', '.join(dims)}")
    unknown = sorted(set(map(str, np.unique(dataset["split"].values))) - set(SPLITS))
    if unknown:
        raise InputError(f"{where}: coordinate 'split' holds {unknown}; it may hold only {list(SPLITS)}")
    checked = {name: check_stiffness(dataset[name].values, f"{where}: variable '{name}'") for name in STIFFNESSES}
    return dataset.assign({name: dataset[name].copy(data=values) for name, values in checked.items()})


def of_split(dataset: xr.Dataset, split: str, path: Path | str, count: int | None = None) -> ElasticData:
    """The samples of one split, in file order, only the first `count` of them if given.

    Raises:
        InputError: no such samples, fewer than `count`, or a count below one.
    """
    selected = dataset.isel(sample=np.flatnonzero(dataset["split"].values == split))
    available = selected.sizes["sample"]
    if count is not None and count < 1:
        raise InputError(f"{path}: {count} samples of split '{split}' were asked for; at least one is needed")
    if available == 0 or (count is not None and count > available):
        wanted = "at least one" if count is None else count
        raise InputError(f"{path}: {available} samples in split '{split}', {wanted} needed; lower the number or add")
    arrays = [np.asarray(selected[name].values, dtype=float) for name in STIFFNESSES]
    return ElasticData(*arrays).first(available if count is None else count)


def save(dataset: xr.Dataset, path: Path | str, parameters: dict[str, Any], threads: int = 1) -> None:
    """Write an elastic dataset by its contract."""
    netcdf.write(dataset, path, content="elastic", parameters=parameters, threads=threads)
