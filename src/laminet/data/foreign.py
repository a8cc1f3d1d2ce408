"""Elastic data from elsewhere: other notations, orders and units, checked and split into training and validation."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from laminet import mandel
from laminet.data import elastic, plausibility
from laminet.data.elastic import SPLITS, STIFFNESSES, dataset_of
from laminet.data.foreign_files import Table, from_table
from laminet.errors import InputError, check_choice
from laminet.materials.elastic import check_stiffness

NOTATIONS = ("mandel", "voigt")
UNITS = {"GPa": 1.0, "MPa": 1e-3, "Pa": 1e-9}
ELSEWHERE = "elastic data"
"""What messages call data that are no file."""


def elastic_data(
    stiffness_1: np.ndarray | Table,
    stiffness_2: np.ndarray | None = None,
    stiffness: np.ndarray | None = None,
    *,
    notation: str = "mandel",
    order: Sequence[str] = mandel.COMPONENTS,
    unit: str = "GPa",
    validation: float | int = 0.1,
    seed: int = 0,
    split: Sequence[str] | np.ndarray | None = None,
    volume_fraction: float | None = None,
    where: str = ELSEWHERE,
) -> xr.Dataset:
    """The elastic data contract of your own stiffnesses.

    Args:
        stiffness_1: of phase 1 (matrix), (samples, 6, 6); or, alone, a data frame with the columns of a CSV that
            `laminet import` reads.
        stiffness_2: of phase 2 (fibre), likewise.
        stiffness: of the composite, likewise.
        notation: "mandel" (shear components times sqrt 2), or "voigt" (stresses against engineering shear strains).
        order: of the six components in rows and columns; Abaqus has ("11", "22", "33", "12", "13", "23").
        unit: "GPa", "MPa" or "Pa".
        validation: samples kept for validation: a share below 1, or a number of samples.
        seed: of their choice; training samples stay in the given order.
        split: "train" or "validation" for every sample; then `validation` and `seed` count for nothing.
        volume_fraction: of phase 2, for the check against the bounds of Voigt and Reuss; if None, the best one counts.
        where: names the data in messages.

    Returns:
        Dataset with stiffness_1, stiffness_2, stiffness (sample, i, j), Mandel (11, 22, 33, 23, 13, 12),
        in GPa, and the coordinates split and sample (its number as given, from 0), training samples first.

    Raises:
        InputError: wrong shapes, unknown notation, order or unit, an impossible split, or a stiffness with NaN, not
            symmetric or not positive definite, naming variable and sample.

    Warns:
        LaminetWarning: data that are admissible, but hardly what was meant; see `laminet.data.plausibility`.
    """
    arrays: dict[str, Any]
    if isinstance(stiffness_1, Table):
        if stiffness_2 is not None or stiffness is not None:
            raise InputError(f"{where}: a data frame holds all three stiffnesses; give it alone")
        arrays = from_table(stiffness_1, where)
        in_table = arrays.pop("split", None)
        split = in_table if split is None else split
    else:
        arrays = dict(zip(STIFFNESSES, (stiffness_1, stiffness_2, stiffness), strict=True))
        missing = [name for name, values in arrays.items() if values is None]
        if missing:
            raise InputError(f"{where}: {' and '.join(missing)} missing; give three arrays, or one data frame")
    return _dataset(arrays, notation, order, unit, validation, seed, split, volume_fraction, where)


def given(data: Path | str | xr.Dataset | Table) -> xr.Dataset:
    """Elastic data from a file, a dataset or a data frame (Mandel, GPa), checked.

    Data that do not say their notation, as laminet's own do by an attribute, are looked at as `elastic_data` does it.

    Raises:
        InputError: as `laminet.data.elastic.load` and `elastic_data`, or data of another kind.

    Warns:
        LaminetWarning: as `elastic_data`.
    """
    if isinstance(data, xr.Dataset):
        dataset = elastic.check(data, ELSEWHERE)
    elif isinstance(data, Path | str):
        dataset = elastic.load(data)
    elif isinstance(data, Table):
        return elastic_data(data)
    else:
        raise InputError(f"{ELSEWHERE}: is of type {type(data).__name__}; give a file, a dataset or a data frame")
    if "notation" not in dataset.attrs:
        plausibility.look(dataset, data if isinstance(data, Path | str) else ELSEWHERE)
    return dataset


def phases(
    stiffness_1: np.ndarray,
    stiffness_2: np.ndarray,
    *,
    validation: float | int = 0.1,
    seed: int = 0,
    split: Sequence[str] | np.ndarray | None = None,
    where: str = "phases",
) -> xr.Dataset:
    """Phases that have yet to be homogenised, Mandel, GPa: as `elastic_data`, without the composite.

    Raises:
        InputError: as `elastic_data`.

    Warns:
        LaminetWarning: as `elastic_data`.
    """
    given = {"stiffness_1": stiffness_1, "stiffness_2": stiffness_2}
    return _dataset(given, "mandel", mandel.COMPONENTS, "GPa", validation, seed, split, None, where)


def _dataset(
    given: Mapping[str, np.ndarray],
    notation: str,
    order: Sequence[str],
    unit: str,
    validation: float | int,
    seed: int,
    split: Sequence[str] | np.ndarray | None,
    volume_fraction: float | None,
    where: str,
) -> xr.Dataset:
    """Named stiffnesses, converted, checked and split; see `elastic_data`."""
    arrays = {name: _converted(values, notation, order, unit, f"{where}: {name}") for name, values in given.items()}
    sizes = {name: len(values) for name, values in arrays.items()}
    count = min(sizes.values())
    if len(set(sizes.values())) > 1 or not count:
        counts = ", ".join(f"{size} of {name}" for name, size in sizes.items())
        raise InputError(f"{where}: {counts}; give the same number of each, at least two")
    arrays = {name: check_stiffness(values, f"{where}: {name}") for name, values in arrays.items()}
    chosen = _chosen(count, validation, seed, where) if split is None else _named_split(split, count, where)
    place = np.argsort(chosen, kind="stable")  # training samples first
    names = np.array(SPLITS)[chosen[place].astype(int)]
    dataset = dataset_of({name: values[place] for name, values in arrays.items()}, names, place)
    plausibility.look(dataset, where, notation=notation, order=order, volume_fraction=volume_fraction)
    return dataset


def _converted(values: np.ndarray, notation: str, order: Sequence[str], unit: str, where: str) -> np.ndarray:
    """(samples, 6, 6) in our notation, order and unit."""
    try:
        values = np.asarray(values, dtype=float)
    except (TypeError, ValueError) as error:
        raise InputError(f"{where}: holds what is not a number") from error
    if values.ndim != 3 or values.shape[1:] != (6, 6):
        raise InputError(f"{where}: has the shape {values.shape}; needed is (samples, 6, 6)")
    check_choice(notation, NOTATIONS, f"{where}: notation")
    check_choice(unit, UNITS, f"{where}: unit")
    place = [mandel.INDEX.get(component, -1) for component in order]
    if sorted(place) != list(range(6)):
        raise InputError(f"{where}: order is {','.join(order)}; it must name 11, 22, 33, 23, 13, 12 once each")
    at = np.argsort(place)
    values = UNITS[unit] * values[:, at][:, :, at]
    return values * np.outer(mandel.FACTOR, mandel.FACTOR) if notation == "voigt" else values


def _chosen(count: int, validation: float | int, seed: int, where: str) -> np.ndarray:
    """Which samples (count,) are for validation."""
    number = round(validation * count) if 0.0 < validation < 1.0 else validation
    if number != int(number) or not 0 < number < count:
        raise InputError(
            f"{where}: validation is {validation:g} of {count} samples; give a share between 0 and 1 or a number, so "
            "that at least one sample is for validation and one for training"
        )
    chosen = np.zeros(count, dtype=bool)
    chosen[np.random.default_rng(seed).permutation(count)[: int(number)]] = True
    return chosen


def _named_split(split: Sequence[str] | np.ndarray, count: int, where: str) -> np.ndarray:
    names = np.asarray(split).astype(str)
    if names.shape != (count,):
        raise InputError(f"{where}: split has the shape {names.shape}; needed is one entry for each of {count} samples")
    unknown = sorted(set(names.tolist()) - set(SPLITS))
    if unknown or len(set(names.tolist())) < len(SPLITS):
        raise InputError(
            f"{where}: split holds {sorted(set(names.tolist()))}; needed are some of each of {list(SPLITS)}"
        )
    return names == "validation"
