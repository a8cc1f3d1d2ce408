"""Elastic data from elsewhere: files, data frames and arrays in any convention, converted, checked and split."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from laminet.errors import InputError, shown
from laminet.files import conventions, elastic, netcdf, plausibility
from laminet.files.elastic import SPLITS
from laminet.files.matrices import Table, from_table, read_elastic
from laminet.files.settings import ImportSettings
from laminet.materials.stiffness import check_stiffness
from laminet.numeric import real_array
from laminet.settings import read

ELSEWHERE = "elastic data"
"""What messages call data that do not come from a file."""


def elastic_data(
    phases: Sequence[np.ndarray] | np.ndarray | Table,
    stiffness: np.ndarray | None = None,
    *,
    split: Sequence[str] | np.ndarray | None = None,
    where: str = ELSEWHERE,
    **settings: Any,
) -> xr.Dataset:
    """The elastic data contract of your own stiffnesses, or compliances.

    data = laminet.elastic_data([matrix, fibre], composite)

    Args:
        phases: stiffnesses of the phases: a list of arrays (samples, 6, 6), one for each phase, or one array (samples,
            P, 6, 6). A data frame with the columns of a CSV that `laminet import` reads may be given alone.
        stiffness: of the composite, (samples, 6, 6).
        split: "train" or "validation" for every sample; then `validation` and `seed` count for nothing.
        where: names the data in messages; they call the stiffness of phase k stiffness_k.
        settings: fields of laminet.files.settings.ImportSettings:
            notation: "mandel" (shear components times sqrt 2, the default), "voigt" (stresses against engineering shear
                strains) or "tensor_shear" (stresses against tensor shear strains).
            order: of the six components in rows and columns, such as ("11", "22", "33", "12", "13", "23"), or the name
                of a tool in laminet.files.conventions.ORDERS, such as "abaqus".
            unit: "GPa" (the default) or another of laminet.units.STRESS_UNITS.
            quantity: "stiffness" (the default), or "compliance" in the inverse of the unit; all matrices are then
                compliances, which messages call compliance_1, ... and data frames too.
            validation: samples kept for validation: a share below 1, or a number of samples; a tenth by default.
            seed: of their choice, 0 by default; training samples stay in the given order.
            volume_fraction: of phase 2 of two, or a list of those of all phases, for the check against the bounds of
                Voigt and Reuss. If None, that of two phases is the one which most samples allow.

    Returns:
        Dataset with stiffness_phase (sample, phase, i, j) and stiffness (sample, i, j), in Mandel notation (11, 22, 33,
        23, 13, 12) and GPa. Its coordinates are split and sample, the number as given, from 0. Training samples come
        first.

    Raises:
        InputError: wrong shapes, unknown notation, order or unit, an impossible split, or a stiffness with NaN, not
            symmetric or not positive definite, naming variable and sample.

    Warns:
        LaminetWarning: data that are admissible, but hardly what was meant; see `laminet.files.plausibility`.
    """
    if isinstance(phases, Table):
        if stiffness is not None:
            raise InputError(f"{where}: a data frame holds all stiffnesses; give it alone")
        table = from_table(phases, where, _convention(settings, where))
        return elastic_data(**table | ({} if split is None else {"split": split}), where=where, **settings)
    if stiffness is None:
        raise InputError(f"{where}: stiffness missing; give those of the phases and of the composite, or a data frame")
    return _dataset(_listed(phases, where), stiffness, split, where, _convention(settings, where))


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
    return _dataset(_listed(phases, where), None, split, where, _convention(settings, where))


def from_file(path: Path | str, composite: bool = True, **settings: Any) -> xr.Dataset:
    """Elastic data of a CSV or NPZ file, see laminet.files.matrices.

    Args:
        path: the file.
        composite: whether it holds the composite, too; if not, as `phases_alone`.
        settings: as those of `elastic_data`.

    Raises:
        InputError: as `elastic_data`, an unreadable file, or a missing column or array.

    Warns:
        LaminetWarning: as `elastic_data`; columns or arrays that are not used.
    """
    held = read_elastic(path, composite, _convention(settings, str(path)))
    return (elastic_data if composite else phases_alone)(**held, where=str(path), **settings)


def _listed(phases: Sequence[np.ndarray] | np.ndarray, where: str) -> list[np.ndarray]:
    """Matrices of the phases, given as `elastic_data` takes them."""
    if isinstance(phases, np.ndarray):
        if phases.ndim != 4:
            raise InputError(
                f"{where}: phases has the shape {phases.shape}; give (samples, phases, 6, 6), or a list of one array "
                "(samples, 6, 6) for each phase"
            )
        phases = list(np.moveaxis(phases, 1, 0))
    if len(phases) < 2:
        raise InputError(f"{where}: holds {len(phases)} phases; a composite has two at least")
    return list(phases)


def _convention(settings: Mapping[str, Any], where: str) -> ImportSettings:
    """Settings of an import from keywords."""
    order, fraction = settings.get("order", ImportSettings.order), settings.get("volume_fraction")
    plain = {
        "order": conventions.components(order, where),
        "volume_fraction": fraction.tolist() if isinstance(fraction, np.ndarray) else fraction,
    }
    return read(ImportSettings, {"notation": "mandel", "unit": "GPa", **settings, **plain}, where)


def _dataset(
    phases: Sequence[np.ndarray],
    composite: np.ndarray | None,
    split: Sequence[str] | np.ndarray | None,
    where: str,
    how: ImportSettings,
) -> xr.Dataset:
    """Matrices as `how` says, converted, checked and split; see `elastic_data`."""
    named = dict(zip(elastic.phase_names(len(phases), how.quantity), phases, strict=True))
    named |= {} if composite is None else {how.quantity: composite}
    arrays = {name: _matrices(values, f"{where}: {name}") for name, values in named.items()}
    count, *others = map(len, arrays.values())
    if not count or set(others) != {count}:
        counts = ", ".join(f"{len(values)} of {name}" for name, values in arrays.items())
        raise InputError(f"{where}: {counts}; give the same number of each, at least two")
    kept = _kept(count, how, where) if split is None else _named_split(split, count, where)
    place = np.argsort(kept, kind="stable")  # training samples first
    for name, values in arrays.items():
        of = f"{where}: {name}"
        arrays[name] = check_stiffness(conventions.stiffness(values, how, of), of)[place]
    stiffness = arrays.pop(how.quantity, None)
    phase = np.stack(list(arrays.values()), axis=1)
    dataset = elastic.dataset_of(phase, stiffness, np.array(SPLITS)[kept[place].astype(int)], place)
    plausibility.look(dataset, where, how)
    return dataset


def _matrices(values: np.ndarray, where: str) -> np.ndarray:
    """Real numbers (samples, 6, 6)."""
    values = real_array(values, where)
    if values.ndim != 3 or values.shape[1:] != (6, 6):
        raise InputError(f"{where}: has the shape {values.shape}; expected (samples, 6, 6)")
    return values


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
        raise InputError(f"{where}: split is {shown(split)}; expected one entry for each sample") from error
    if names.shape != (count,):
        raise InputError(f"{where}: split has the shape {names.shape}; expected one entry for each of {count} samples")
    if sorted(set(names.tolist())) != sorted(SPLITS):
        raise InputError(f"{where}: split holds {sorted(set(names.tolist()))}; expected some of each of {list(SPLITS)}")
    return names == "validation"
