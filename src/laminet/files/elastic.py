"""Elastic homogenisation data: stiffnesses of the phases and of the composite, sample by sample."""

import hashlib
import re
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from laminet import mandel
from laminet.errors import InputError, shown
from laminet.files import netcdf
from laminet.materials.stiffness import check_stiffness

SPLITS = ("train", "validation")
DIMS = ("sample", "i", "j")
PHASE_DIMS = ("sample", "phase", "i", "j")
NOTATION = f"Mandel ({', '.join(mandel.COMPONENTS)})"
UNITS = {"GPa": 1.0, "MPa": 1e-3, "Pa": 1e-9}


@dataclass(frozen=True, eq=False)
class Samples:
    """Stiffnesses of some samples, Mandel, GPa.

    Attributes:
        phases: (n, P, 6, 6) of the phases.
        stiffness: (n, 6, 6) of the composite.
    """

    phases: np.ndarray
    stiffness: np.ndarray

    def __len__(self) -> int:
        return len(self.stiffness)


@dataclass(frozen=True, eq=False)
class ElasticData:
    """What a network is trained on.

    Attributes:
        train: the samples its parameters are fitted to.
        validation: those its errors are judged by.
    """

    train: Samples
    validation: Samples

    @property
    def phases(self) -> int:
        """Number of phases, P."""
        return int(self.train.phases.shape[1])

    @cached_property
    def digest(self) -> str:
        """SHA-256 of all stiffnesses."""
        digest = hashlib.sha256()
        for samples in (self.train, self.validation):
            for stiffness in (samples.phases, samples.stiffness):
                digest.update(np.ascontiguousarray(stiffness, dtype=float).tobytes())
        return digest.hexdigest()

    def first(self, number: int) -> "ElasticData":
        """The first `number` training samples: smaller training sets are prefixes of larger ones."""
        return replace(self, train=Samples(self.train.phases[:number], self.train.stiffness[:number]))


def phase_names(phases: int) -> list[str]:
    """Names of the phases' stiffnesses in CSV, NPZ and messages: stiffness_1, stiffness_2, ..."""
    return [f"stiffness_{number}" for number in range(1, phases + 1)]


def arrays(dataset: xr.Dataset) -> dict[str, np.ndarray]:
    """Stiffnesses (samples, 6, 6) of an elastic dataset by name: those of the phases, then, if it is there, `stiffness`
    of the composite."""
    phases = dataset["stiffness_phase"].values
    named = dict(zip(phase_names(phases.shape[1]), np.moveaxis(phases, 1, 0), strict=True))
    return named | ({"stiffness": dataset["stiffness"].values} if "stiffness" in dataset else {})


def dataset_of(
    phases: np.ndarray, stiffness: np.ndarray | None, split: np.ndarray, sample: np.ndarray | None = None
) -> xr.Dataset:
    """The elastic data contract of arrays.

    Args:
        phases: (n, P, 6, 6), Mandel, GPa.
        stiffness: (n, 6, 6) of the composite; None where it has yet to be found.
        split: (n,) "train" or "validation".
        sample: (n,) numbers of the samples; from 0 if None.
    """
    dataset = xr.Dataset(
        {"stiffness_phase": (PHASE_DIMS, phases, {"units": "GPa"})},
        coords={
            "sample": np.arange(len(phases)) if sample is None else sample,
            "split": ("sample", split),
            "phase": np.arange(1, phases.shape[1] + 1),
        },
        attrs={"notation": NOTATION},
    )
    return dataset if stiffness is None else dataset.assign(stiffness=(DIMS, stiffness, {"units": "GPa"}))


def load(path: Path | str) -> xr.Dataset:
    """Read an elastic data file (ours or a user's) and check every stiffness in it.

    Raises:
        InputError: unreadable file, missing variable, wrong shape, unknown split, or a stiffness with NaN, not
            symmetric or not positive definite, naming variable and sample.
    """
    if Path(path).suffix.lower() in (".csv", ".npz"):
        raise InputError(f"{path}: is not NetCDF; make it an elastic data file by 'laminet import'")
    return check(netcdf.read(path, content="elastic"), path)


def check(dataset: xr.Dataset, where: Path | str) -> xr.Dataset:
    """The dataset, if it keeps the elastic data contract, or its old form; `where` names it in messages.

    Raises:
        InputError: as `load`.
    """
    old = _old_names(dataset)
    needed: dict[str, tuple[str, ...]] = dict.fromkeys(old, DIMS) if old else {"stiffness_phase": PHASE_DIMS}
    netcdf.require(dataset, where, needed | {"stiffness": DIMS, "split": ("sample",)}, text=("split",))
    dataset = joined(dataset, where)
    numbers = np.arange(1, dataset.sizes["phase"] + 1)
    dataset = dataset if "phase" in dataset.coords else dataset.assign_coords(phase=numbers)
    if len(numbers) < 2 or not np.array_equal(dataset["phase"], numbers):
        raise InputError(f"{where}: coordinate 'phase' must count the phases, two at least, from 1")
    unknown = sorted(set(map(str, np.unique(dataset["split"].values))) - set(SPLITS))
    if unknown:
        raise InputError(f"{where}: coordinate 'split' holds {unknown}; it may hold only {list(SPLITS)}")
    *of_phases, stiffness = (
        check_stiffness(values, f"{where}: variable '{name}'") for name, values in arrays(dataset).items()
    )
    checked = {"stiffness_phase": np.stack(of_phases, axis=1), "stiffness": stiffness}
    return dataset.assign({name: dataset[name].copy(data=values) for name, values in checked.items()})


def joined(dataset: xr.Dataset, where: Path | str) -> xr.Dataset:
    """The dataset in GPa, with the phases in one variable; in the old form each has its own, stiffness_1, ...

    The attribute `notation` stays only where the data say all that laminet's own say: notation, order and unit.

    Raises:
        InputError: attributes that name another notation or an unknown unit, or phases in both forms.
    """
    dataset = _in_gpa(dataset, where)
    twofold = [str(name) for name in dataset.variables if re.fullmatch(r"stiffness_\d+", str(name))]
    if "stiffness_phase" in dataset and twofold:
        raise InputError(f"{where}: holds both 'stiffness_phase' and '{twofold[0]}'; leave one of them out")
    names = _old_names(dataset)
    if not names or not set(names) <= set(dataset.variables):
        return dataset
    phases = np.stack([dataset[name].values for name in names], axis=1)
    rest = dataset.drop_vars(names).assign_coords(phase=np.arange(1, len(names) + 1))
    return rest.assign(stiffness_phase=(PHASE_DIMS, phases, dataset[names[0]].attrs))


def _in_gpa(dataset: xr.Dataset, where: Path | str) -> xr.Dataset:
    """The dataset as its attributes say it, of its own or of its variables: stiffnesses in GPa, if Mandel's."""
    names = [str(name) for name in dataset.data_vars if str(name).startswith("stiffness")]
    said = dataset.attrs.get("notation") == NOTATION
    factors = {}
    for name in names:
        labels = {**dataset.attrs, **dataset[name].attrs}
        notation, unit = labels.get("notation"), labels.get("units", labels.get("unit"))
        if notation is not None and "".join(str(notation).split()).lower() not in _MANDEL:
            raise InputError(
                f"{where}: attribute 'notation' is {shown(notation)}, needed is {NOTATION}; convert by "
                "laminet.elastic_data, or as CSV or NPZ by 'laminet import'"
            )
        if unit is not None and (not isinstance(unit, str) or unit.strip() not in UNITS):
            raise InputError(
                f"{where}: the unit of '{name}' is {shown(unit)}; it must be {', '.join(UNITS)}: convert by "
                "laminet.elastic_data, or as CSV or NPZ by 'laminet import'"
            )
        factors[name] = 1.0 if unit is None else UNITS[unit.strip()]
        said = said and unit == "GPa"
    scaled = {
        name: (dataset[name] * factor).assign_attrs(dataset[name].attrs, units="GPa")
        for name, factor in factors.items()
        if factor != 1.0
    }
    dataset = dataset.assign(scaled)
    if not said:
        kept = {name: value for name, value in dataset.attrs.items() if name != "notation"}
        dataset = dataset.drop_attrs(deep=False).assign_attrs(kept)
    return dataset


_MANDEL = ("mandel", "".join(NOTATION.split()).lower())
"""What the attribute may say, without spaces."""


def _old_names(dataset: xr.Dataset) -> list[str]:
    """Names of the phases' stiffnesses, two at least, if the dataset has the old form."""
    if "stiffness_phase" in dataset or "stiffness_1" not in dataset:
        return []
    last = next(number for number in count(1) if f"stiffness_{number + 1}" not in dataset)
    return phase_names(max(2, last))


def data_of(dataset: xr.Dataset, where: Path | str, samples: int | None = None) -> ElasticData:
    """The samples of a checked dataset in file order: the first `samples` for training, all if None.

    Raises:
        InputError: no samples of a split, fewer than `samples`, or a number below one.
    """
    if samples is not None and samples < 1:
        raise InputError(f"{where}: {samples} samples of split 'train' were asked for; at least one is needed")
    parts = []
    for split, number in zip(SPLITS, (samples, None), strict=True):
        index = np.flatnonzero(dataset["split"].values == split)
        if len(index) < (number or 1):
            wanted = "at least one" if number is None else number
            raise InputError(
                f"{where}: {len(index)} samples in split '{split}', {wanted} needed; lower the number or add"
            )
        phases, stiffness = (
            np.asarray(dataset[name].values[index[:number]], dtype=float) for name in ("stiffness_phase", "stiffness")
        )
        parts.append(Samples(phases, stiffness))
    return ElasticData(*parts)


def save(dataset: xr.Dataset, path: Path | str, parameters: dict[str, Any], threads: int = 1) -> None:
    """Write an elastic dataset by its contract."""
    netcdf.write(dataset, path, content="elastic", parameters=parameters, threads=threads)
