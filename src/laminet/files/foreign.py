"""Elastic data from elsewhere: other notations, orders and units, checked and split into training and validation."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from laminet import mandel
from laminet.errors import InputError, shown
from laminet.files import elastic, netcdf, plausibility
from laminet.files.elastic import SPLITS, UNITS
from laminet.files.foreign_files import Table, from_table
from laminet.files.settings import ImportSettings
from laminet.materials.stiffness import check_stiffness
from laminet.numeric import real_array
from laminet.settings import read

ELSEWHERE = "elastic data"
"""What messages call data that are no file."""


def elastic_data(
    phases: Sequence[np.ndarray] | np.ndarray | Table,
    stiffness: np.ndarray | None = None,
    *,
    split: Sequence[str] | np.ndarray | None = None,
    where: str = ELSEWHERE,
    **settings: Any,
) -> xr.Dataset:
    """The elastic data contract of your own stiffnesses.

    data = laminet.elastic_data([matrix, fibre], composite)

    Args:
        phases: stiffnesses of the phases, a list of arrays (samples, 6, 6), one for each phase, or one array (samples,
            P, 6, 6); or, alone, a data frame with the columns of a CSV that `laminet import` reads.
        stiffness: of the composite, (samples, 6, 6).
        split: "train" or "validation" for every sample; then `validation` and `seed` count for nothing.
        where: names the data in messages; they call the stiffness of phase k stiffness_k.
        settings: fields of laminet.files.settings.ImportSettings:
            notation: "mandel" (shear components times sqrt 2, the default), or "voigt" (stresses against engineering
                shear strains).
            order: of the six components in rows and columns; Abaqus has ("11", "22", "33", "12", "13", "23").
            unit: "GPa" (the default), "MPa" or "Pa".
            validation: samples kept for validation: a share below 1, or a number of samples; a tenth by default.
            seed: of their choice, 0 by default; training samples stay in the given order.
            volume_fraction: of phase 2 of two, or a list of those of all phases, for the check against the bounds of
                Voigt and Reuss. If None, that of two phases is the one which most samples allow.

    Returns:
        Dataset with stiffness_phase (sample, phase, i, j) and stiffness (sample, i, j), Mandel (11, 22, 33, 23, 13,
        12), in GPa, and the coordinates split and sample (its number as given, from 0), training samples first.

    Raises:
        InputError: wrong shapes, unknown notation, order or unit, an impossible split, or a stiffness with NaN, not
            symmetric or not positive definite, naming variable and sample.

    Warns:
        LaminetWarning: data that are admissible, but hardly what was meant; see `laminet.files.plausibility`.
    """
    if isinstance(phases, Table):
        if stiffness is not None:
            raise InputError(f"{where}: a data frame holds all stiffnesses; give it alone")
        table = from_table(phases, where)
        return elastic_data(**table | ({} if split is None else {"split": split}), where=where, **settings)
    if stiffness is None:
        raise InputError(f"{where}: stiffness missing; give those of the phases and of the composite, or a data frame")
    return _dataset(_named(phases, where) | {"stiffness": stiffness}, split, where, settings)


def given(data: Path | str | xr.Dataset | Table) -> xr.Dataset:
    """Elastic data from a file, a dataset or a data frame (Mandel, GPa), checked.

    Data that do not say notation and unit, as laminet's own do by attributes, are looked at as `elastic_data` does it.

    Raises:
        InputError: an unreadable file, as `laminet.files.elastic.check` and `elastic_data`, or data of another kind.

    Warns:
        LaminetWarning: as `elastic_data`.
    """
    if isinstance(data, Table):
        return elastic_data(data)
    if not isinstance(data, Path | str | xr.Dataset):
        raise InputError(f"{ELSEWHERE}: is of type {type(data).__name__}; give a file, a dataset or a data frame")
    where = ELSEWHERE if isinstance(data, xr.Dataset) else str(data)
    held = data if isinstance(data, xr.Dataset) else netcdf.read(data, content="elastic")
    dataset = elastic.check(held, where)
    if "notation" not in dataset.attrs:
        plausibility.look(dataset, where)
    return dataset


def phases_alone(
    phases: Sequence[np.ndarray] | np.ndarray,
    *,
    split: Sequence[str] | np.ndarray | None = None,
    where: str = "phases",
    **settings: Any,
) -> xr.Dataset:
    """Phases that have yet to be homogenised: as `elastic_data`, without the composite.

    Raises:
        InputError: as `elastic_data`.

    Warns:
        LaminetWarning: as `elastic_data`.
    """
    return _dataset(_named(phases, where), split, where, settings)


def _named(phases: Sequence[np.ndarray] | np.ndarray, where: str) -> dict[str, np.ndarray]:
    """Stiffnesses of phases, given as `elastic_data` takes them, by name."""
    if isinstance(phases, np.ndarray):
        if phases.ndim != 4:
            raise InputError(
                f"{where}: phases has the shape {phases.shape}; give (samples, phases, 6, 6), or a list of one array "
                "(samples, 6, 6) for each phase"
            )
        phases = list(np.moveaxis(phases, 1, 0))
    if len(phases) < 2:
        raise InputError(f"{where}: holds {len(phases)} phases; a composite has two at least")
    return dict(zip(elastic.phase_names(len(phases)), phases, strict=True))


def _dataset(
    given: Mapping[str, np.ndarray], split: Sequence[str] | np.ndarray | None, where: str, settings: Mapping[str, Any]
) -> xr.Dataset:
    """Named stiffnesses, converted, checked and split; see `elastic_data`."""
    order, fraction = settings.get("order", ImportSettings.order), settings.get("volume_fraction")
    plain = {
        "order": _components(order, where),
        "volume_fraction": fraction.tolist() if isinstance(fraction, np.ndarray) else fraction,
    }
    how = read(ImportSettings, {"notation": "mandel", "unit": "GPa", **settings, **plain}, where)
    arrays = {name: _converted(values, how, f"{where}: {name}") for name, values in given.items()}
    count, *others = map(len, arrays.values())
    if not count or set(others) != {count}:
        counts = ", ".join(f"{len(values)} of {name}" for name, values in arrays.items())
        raise InputError(f"{where}: {counts}; give the same number of each, at least two")
    kept = _kept(count, how, where) if split is None else _named_split(split, count, where)
    place = np.argsort(kept, kind="stable")  # training samples first
    arrays = {name: check_stiffness(values, f"{where}: {name}")[place] for name, values in arrays.items()}
    stiffness, phases = arrays.pop("stiffness", None), np.stack(list(arrays.values()), axis=1)
    dataset = elastic.dataset_of(phases, stiffness, np.array(SPLITS)[kept[place].astype(int)], place)
    plausibility.look(dataset, where, how)
    return dataset


def _converted(values: np.ndarray, how: ImportSettings, where: str) -> np.ndarray:
    """(samples, 6, 6) in our notation, order and unit."""
    values = real_array(values, where)
    if values.ndim != 3 or values.shape[1:] != (6, 6):
        raise InputError(f"{where}: has the shape {values.shape}; needed is (samples, 6, 6)")
    at = np.argsort([mandel.INDEX[component] for component in how.order])
    values = UNITS[how.unit] * values[:, at][:, :, at]
    return values * np.outer(mandel.FACTOR, mandel.FACTOR) if how.notation == "voigt" else values


def _components(order: Sequence[str] | str, where: str) -> list[str]:
    """The six components in a given order; it may be one text with commas, or numbers."""
    given = order.split(",") if isinstance(order, str) else order
    names = [str(name).strip() for name in given] if isinstance(given, Iterable) else []
    if sorted(mandel.INDEX.get(name, -1) for name in names) != list(range(6)):
        said = ",".join(names) or shown(order)
        raise InputError(f"{where}: order is {said}; it must name 11, 22, 33, 23, 13, 12 once each")
    return names


def _kept(count: int, how: ImportSettings, where: str) -> np.ndarray:
    """Which samples (count,) are for validation."""
    number = round(how.validation * count) if 0.0 < how.validation < 1.0 else how.validation
    if number != int(number) or not 0 < number < count:
        raise InputError(
            f"{where}: validation is {how.validation:g} of {count} samples; give a share between 0 and 1 or a number, "
            "so that at least one sample is for validation and one for training"
        )
    kept = np.zeros(count, dtype=bool)
    kept[np.random.default_rng(how.seed).permutation(count)[: int(number)]] = True
    return kept


def _named_split(split: Sequence[str] | np.ndarray, count: int, where: str) -> np.ndarray:
    try:
        names = np.asarray(split).astype(str)
    except ValueError as error:
        raise InputError(f"{where}: split is {shown(split)}; needed is one entry for each sample") from error
    if names.shape != (count,):
        raise InputError(f"{where}: split has the shape {names.shape}; needed is one entry for each of {count} samples")
    if sorted(set(names.tolist())) != sorted(SPLITS):
        raise InputError(
            f"{where}: split holds {sorted(set(names.tolist()))}; needed are some of each of {list(SPLITS)}"
        )
    return names == "validation"
