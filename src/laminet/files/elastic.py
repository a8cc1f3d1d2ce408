"""Elastic homogenisation data: stiffnesses of the phases and of the composite, sample by sample."""

import re
from itertools import count
from pathlib import Path

import numpy as np
import xarray as xr

from laminet import mandel
from laminet.errors import InputError, shown
from laminet.files import netcdf
from laminet.materials.stiffness import check_stiffness
from laminet.units import STRESS_UNITS

SPLITS = ("train", "validation")
DIMS = ("sample", "i", "j")
PHASE_DIMS = ("sample", "phase", "i", "j")
NOTATION = f"Mandel ({', '.join(mandel.COMPONENTS)})"


def phase_names(phases: int, quantity: str = "stiffness") -> list[str]:
    """Names of the phases' matrices in CSV, NPZ and messages: stiffness_1, stiffness_2, ..."""
    return [f"{quantity}_{number}" for number in range(1, phases + 1)]


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


def check(dataset: xr.Dataset, where: Path | str) -> xr.Dataset:
    """The dataset, if it keeps the elastic data contract, or its old form; `where` names it in messages.

    Raises:
        InputError: missing variable, wrong shape, unknown split, or a stiffness with NaN, not symmetric or not positive
            definite, naming variable and sample.
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
    phases = dataset["stiffness_phase"].copy(data=np.stack(of_phases, axis=1))
    return dataset.assign(stiffness_phase=phases, stiffness=dataset["stiffness"].copy(data=stiffness))


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
    said, scaled = dataset.attrs.get("notation") == NOTATION, {}
    remedy = "laminet.elastic_data, or as CSV or NPZ by 'laminet import'"
    for name in (str(name) for name in dataset.data_vars if str(name).startswith("stiffness")):
        labels = {**dataset.attrs, **dataset[name].attrs}
        notation, unit = labels.get("notation", "mandel"), labels.get("units", labels.get("unit"))
        if "".join(str(notation).split()).lower() not in _MANDEL:
            raise InputError(
                f"{where}: attribute 'notation' is {shown(notation)}; expected {NOTATION}; convert by {remedy}"
            )
        if unit is not None and (not isinstance(unit, str) or unit.strip() not in STRESS_UNITS):
            known = ", ".join(STRESS_UNITS)
            raise InputError(f"{where}: the unit of '{name}' is {shown(unit)}; it must be {known}: convert by {remedy}")
        said = said and unit == "GPa"
        if unit is not None and (factor := STRESS_UNITS[unit.strip()]) != 1.0:
            scaled[name] = (dataset[name] * factor).assign_attrs(dataset[name].attrs, units="GPa")
    dataset = dataset.assign(scaled)  # a copy, whose attributes are its own
    if not said:
        dataset.attrs.pop("notation", None)
    return dataset


_MANDEL = ("mandel", "".join(NOTATION.split()).lower())
"""What the attribute may say, without spaces."""


def _old_names(dataset: xr.Dataset) -> list[str]:
    """Names of the phases' stiffnesses, two at least, if the dataset has the old form."""
    if "stiffness_phase" in dataset or "stiffness_1" not in dataset:
        return []
    last = next(number for number in count(1) if f"stiffness_{number + 1}" not in dataset)
    return phase_names(max(2, last))
