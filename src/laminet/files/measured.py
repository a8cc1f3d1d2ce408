"""Curves measured in experiments, or simulated elsewhere, from CSV tables, as curves that networks are trained on.

A table has one line a step and the columns `strain_11` ..., `stress_11` ..., of any components, and perhaps `time`. The
components whose strains are given are driven. The others are free of stress, unless their stress is given: then that is
prescribed. An empty cell of a driven component's stress was not measured.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import xarray as xr

from laminet import mandel, source
from laminet.errors import InputError, warn
from laminet.files import csv_text, netcdf, training_curves
from laminet.files.matrices import Table, rows_of, warn_of_unused
from laminet.files.settings import MeasuredSettings
from laminet.files.training_curves import FLAT, MEASURED, StoredCurve
from laminet.loading.settings import CASES, LARGEST_STRAIN, TESTED_STRAIN
from laminet.materials.library import Composite
from laminet.units import STRESS_UNITS

QUANTITIES = ("strain", "stress")
SOFTEST_SECANT = 1e-3
"""Largest secant of a curve over the softest phase's stiffness below which the unit is probably another one."""

SMALL_OFFSET = 0.01
"""Stress at zero strain over the largest stress, as noise leaves it."""


def measured_curves(
    tables: Sequence[Path | str | Table], composite: Composite, settings: MeasuredSettings | None = None
) -> xr.Dataset:
    """The contract of training curves of measured ones.

    Args:
        tables: CSV files or data frames, one for each curve.
        composite: laws of the phases of what was measured.
        settings: how the tables are read.

    Raises:
        InputError: no table, an unreadable one, a component twice, no driven component, a driven strain or prescribed
            stress that is missing, strains above LARGEST_STRAIN or all zero, or time that goes back.

    Warns:
        LaminetWarning: columns that are not read, strains above TESTED_STRAIN, stress at zero strain, or stresses that
            do not fit the strains and the composite's stiffness.
    """
    if not tables:
        raise InputError("no measured curve is given; give one table at least")
    settings = settings or MeasuredSettings()
    curves = []
    for number, table in enumerate(tables, 1):
        where = f"measured curve {number}" if isinstance(table, Table) else str(table)
        if isinstance(table, Table):
            rows = rows_of(table)
        else:
            source.check(table)
            rows = csv_text.read(Path(table))
        curves.append(_curve(rows, where, composite, settings))
    dataset = training_curves.dataset_of(curves)
    digest = netcdf.parameters_sha256({name: dataset[name].values.tolist() for name in QUANTITIES})
    return dataset.assign_attrs(shard=1, shards=1, curves=len(curves), design_sha256=digest)


def _curve(table: csv_text.Rows, where: str, composite: Composite, settings: MeasuredSettings) -> StoredCurve:
    columns = _columns(table, where)
    strain, stress = columns["strain"], columns["stress"]
    if not strain:
        raise InputError(f"{where}: has no column such as strain_11; give the strain of every driven component")
    if not set(strain) & set(stress):
        raise InputError(f"{where}: no component has both strain and stress; give the stress of a driven one at least")
    largest = np.max(np.abs(list(strain.values())))
    if largest > LARGEST_STRAIN:
        raise InputError(f"{where}: has strains above {LARGEST_STRAIN}; are they percent?")
    if largest <= FLAT:
        raise InputError(f"{where}: all strains are zero; give the strains of the driven components")
    values = {name: np.full((len(table.rows), 6), np.nan) for name in QUANTITIES}
    for component, column in strain.items():
        engineering = settings.shear == "engineering" and component > 2
        values["strain"][:, component] = mandel.FACTOR[component] * column * (0.5 if engineering else 1.0)
    for component, column in stress.items():
        values["stress"][:, component] = mandel.FACTOR[component] * STRESS_UNITS[settings.unit] * column
    if (reached := float(np.nanmax(np.abs(values["strain"] / mandel.FACTOR)))) > TESTED_STRAIN * (1.0 + 1e-9):
        warn(f"{where}: strains reach {reached:.2g}, nothing was tested above {TESTED_STRAIN:g}: are they percent?")
    time = columns["time"].get(0)
    if time is not None and not (np.diff(time) >= 0.0).all():
        raise InputError(f"{where}: time is missing or goes back; it must not fall from line to line")
    loaded = np.isin(np.arange(6), list(strain))
    control = "strain" if loaded.all() else "stress"
    first = np.where(loaded, values["strain"][0], np.where(np.isnan(values["stress"][0]), 0.0, values["stress"][0]))
    if np.abs(first).max() > FLAT:
        zero = np.where(loaded, 0.0, np.nan)
        values["strain"] = np.vstack([zero, values["strain"]])
        values["stress"] = np.vstack([np.zeros(6), values["stress"]])
        time = None if time is None else np.concatenate([[min(0.0, time[0])], time])
    _look_at_offset(values["stress"][:, loaded], where)
    values["stress"][0] = np.where(loaded | np.isin(np.arange(6), list(stress)), 0.0, np.nan)
    _look(values["strain"][:, loaded], values["stress"][:, loaded], composite, where)
    converged = np.ones(len(values["strain"]), dtype=bool)
    given = values["strain"], values["stress"], converged
    return StoredCurve(composite, control, MEASURED, settings.split, loaded, *given, time=time)


def _columns(table: csv_text.Rows, where: str) -> dict[str, dict[int, np.ndarray]]:
    """Columns (rows,) of strain and stress by Mandel component, and of `time` as component 0; NaN where empty.

    Strains, and stresses of components without strain, must be complete.
    """
    csv_text.check(table, where)
    known: dict[str, dict[int, np.ndarray]] = {"strain": {}, "stress": {}, "time": {}}
    labels: dict[tuple[str, int], str] = {}
    unused = []
    read: dict[str, int] = {}
    for column, name in enumerate(table.names):
        quantity, _, component = name.partition("_")
        index = 0 if name == "time" else mandel.INDEX.get(component, -1)
        if index < 0 or quantity not in known:
            unused.append(name)
            continue
        if (other := labels.setdefault((quantity, index), name)) != name:
            raise InputError(f"{where}: the columns '{other}' and '{name}' are one component; leave one out")
        read[name] = column
    decimal = csv_text.decimal_sign(table, read.values(), where)
    for (quantity, index), name in labels.items():
        entries = [_entry(row[read[name]], decimal, where, place, name) for place, row in table.rows]
        known[quantity][index] = np.array(entries)
    warn_of_unused(unused, where, "columns", f"only strain and stress of {', '.join(CASES)} and time are")
    for (quantity, index), name in labels.items():
        driven = quantity == "strain" or (quantity == "stress" and index not in known["strain"])
        if driven and (empty := np.flatnonzero(np.isnan(known[quantity][index]))).size:
            place, what = table.rows[empty[0]][0], "a driven strain" if quantity == "strain" else "a prescribed stress"
            raise InputError(f"{where}: {place}, column '{name}': is empty; {what} must be there to the end")
    return known


def _entry(entry: object, decimal: str, where: str, place: str, column: str) -> float:
    """A number, NaN for an empty cell."""
    text = entry.strip() if isinstance(entry, str) else entry
    if text in ("", None) or str(text).lower() == "nan":
        return np.nan
    return csv_text.number(entry, decimal, where, place, column)


def _look_at_offset(stress: np.ndarray, where: str) -> None:
    """Warn if driven stresses (steps, driven) begin with more than a hundredth of the largest one."""
    first, largest = np.nan_to_num(np.abs(stress[0])).max(), np.nanmax(np.abs(stress), initial=0.0)
    if first > SMALL_OFFSET * largest:
        warn(
            f"{where}: the stress at zero strain is {first / largest:.2g} of the largest stress, and is taken as zero; "
            "subtract such an offset from all stresses"
        )


def _look(strain: np.ndarray, stress: np.ndarray, composite: Composite, where: str) -> None:
    """Warn if stresses (steps, driven) do not fit strains: steeper than any phase, hardly there, or of other sign."""
    size, values = np.linalg.norm(strain, axis=1), [np.linalg.eigvalsh(law.stiffness) for law in composite.laws]
    measured = (size > 0.0) & np.isfinite(stress).any(axis=1)
    if not measured.any():
        return
    begin = int(np.argmax(measured))
    if np.nan_to_num(stress[begin]) @ strain[begin] < 0.0:
        warn(f"{where}: strain and stress begin with opposite signs; count tension as positive in both")
    secant = float((np.linalg.norm(np.nan_to_num(stress), axis=1)[measured] / size[measured]).max())
    softest, stiffest = float(np.min(values)), float(np.max(values))
    if not SOFTEST_SECANT * softest <= secant <= stiffest:
        warn(
            f"{where}: stress over strain reaches {secant:.2g} GPa, stiffnesses of the phases are {softest:.2g} to "
            f"{stiffest:.2g} GPa: are the units right?"
        )
