"""The numbers behind figures and claims: small pure functions of a study dataset."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr

from laminet import mandel
from laminet.errors import InputError
from laminet.loading.paths import CASES

DESIGN = ("variant", "model", "depth", "samples", "batch", "eta", "xi", "loss", "formulation", "backend", "scheme")
"""Coordinates of a row that are chosen, all but the seed."""


@dataclass(frozen=True)
class Summary:
    """Mean and sample standard deviation (n - 1) over the finite values.

    Attributes:
        mean: NaN where no value is finite.
        std: NaN where fewer than two are.
        count: finite values.
    """

    mean: np.ndarray
    std: np.ndarray
    count: np.ndarray


def summarise(values: np.ndarray, axis: int = 0) -> Summary:
    """Summary of `values` along `axis`; NaN (a run that failed, a shorter history) is left out."""
    values = np.asarray(values, dtype=float)
    finite = np.isfinite(values)
    count = finite.sum(axis=axis)

    def divided(total: np.ndarray, by: np.ndarray) -> np.ndarray:
        return np.divide(total, by, out=np.full(np.shape(total), np.nan), where=by > 0)

    mean = divided(np.where(finite, values, 0.0).sum(axis=axis), count)
    deviation = np.where(finite, values - np.expand_dims(mean, axis), 0.0)
    return Summary(mean, np.sqrt(divided((deviation**2).sum(axis=axis), count - 1)), count)


def ratio_of_medians(slow: Iterable[float], fast: Iterable[float]) -> float:
    """How many times `slow` is the median of `fast`; NaN values are left out, NaN if nothing is left."""
    medians = []
    for values in (slow, fast):
        values = np.asarray(list(values), dtype=float)
        values = values[np.isfinite(values)]
        medians.append(np.median(values) if values.size else np.nan)
    return float(medians[0] / medians[1])


def label(dataset: xr.Dataset) -> str:
    """What messages call a study or a reference file."""
    if "study" in dataset.attrs:
        return f"study '{dataset.attrs['study']}'"
    return f"reference of {dataset.attrs.get('composite', 'an unnamed composite')}"


def groups(study: xr.Dataset, *by: str) -> dict[tuple[Any, ...], xr.Dataset]:
    """Rows that share the coordinates `by`, in ascending order: repetitions of one design with different seeds.

    Raises:
        InputError: rows of a group differ in another design coordinate, so that a mean would mix unlike things.
    """
    keys = list(zip(*(study[name].values.tolist() for name in by), strict=True))
    found = {}
    for key in sorted(set(keys)):
        rows = study.isel(run=[index for index, other in enumerate(keys) if other == key])
        for name in DESIGN:
            values = np.unique(rows[name].values) if name in rows.coords and name not in by else ()
            if len(values) > 1:
                where = ", ".join(f"{known} {value}" for known, value in zip(by, key, strict=True))
                raise InputError(
                    f"{label(study)}: its rows at {where} mix {name} {', '.join(map(str, values))}; "
                    "collect them as separate studies"
                )
        found[key] = rows
    return found


def trainings(study: xr.Dataset) -> xr.Dataset:
    """One row per training run: histories and training times repeat with every scheme."""
    first = np.unique(study["run_id"].values, return_index=True)[1]
    return study.isel(run=np.sort(first)).drop_vars("scheme")


def of_scheme(study: xr.Dataset, scheme: str) -> xr.Dataset:
    """Rows evaluated by that scheme, maybe none."""
    return study.isel(run=np.flatnonzero(study["scheme"].values == scheme))


def at_control(study: xr.Dataset, control: str, variable: str) -> xr.DataArray:
    """A variable at one control, in the paper's six load cases; further ones in the file do not count.

    Raises:
        InputError: the study lacks that control or one of the cases.
    """
    for name, wanted in (("control", [control]), ("load_case", CASES)):
        missing = [value for value in wanted if value not in study[name].values]
        if missing:
            raise InputError(
                f"{label(study)}: has no {name} {missing[0]}, "
                f"only {', '.join(study[name].values)}; evaluate its runs with it"
            )
    return study[variable].sel(control=control, load_case=list(CASES))


def complete(study: xr.Dataset, control: str) -> xr.DataArray:
    """Whether a curve reached its last step, (run, composite, load_case); by its error where there are no curves."""
    for name, dims in (("stress", ["step", "component"]), ("loaded_stress", ["step"]), ("error", [])):
        if name in study:
            return xr.apply_ufunc(np.isfinite, at_control(study, control, name)).all(dims).rename("complete")
    raise InputError(f"{label(study)}: has no errors; collect it again")


def converged(study: xr.Dataset, control: str) -> xr.DataArray:
    """Whether every step of a curve met the scheme's criterion, (run, composite, load_case)."""
    return at_control(study, control, "converged").astype(bool).all("step")


def mean_relative_error(study: xr.Dataset, control: str) -> xr.DataArray:
    """Eq. 32: e_sigma, dimensionless, (run, composite); NaN unless all six curves are complete."""
    return at_control(study, control, "error").mean("load_case", skipna=False)


def testing_time(study: xr.Dataset, control: str) -> xr.DataArray:
    """Online time of the six load cases together [s], (run, composite); NaN unless all are complete."""
    time = at_control(study, control, "time")
    return time.where(complete(study, control)).sum("load_case", skipna=False)


def total_iterations(study: xr.Dataset, control: str) -> xr.DataArray:
    """Iterations of the six load cases together, (run, composite); NaN unless all are complete."""
    iterations = at_control(study, control, "iterations").sum("step")
    return iterations.where(complete(study, control)).sum("load_case", skipna=False)


def iterations_per_step(study: xr.Dataset, control: str) -> xr.DataArray:
    """Mean iterations of a load step, (run, composite)."""
    return total_iterations(study, control) / (len(CASES) * (study.sizes["step"] - 1))


def active_nodes(study: xr.Dataset, control: str) -> xr.DataArray:
    """Active base nodes of the network, (run, composite), the same for every composite."""
    return study["active_nodes"].broadcast_like(mean_relative_error(study, control)).astype(float)


def cost_per_iteration_and_node(study: xr.Dataset, control: str) -> xr.DataArray:
    """Online time over iterations and active nodes [s], (run, composite): the paper's intrinsic cost."""
    return testing_time(study, control) / (total_iterations(study, control) * study["active_nodes"])


def loaded_curve(dataset: xr.Dataset, control: str, case: str) -> tuple[np.ndarray, np.ndarray]:
    """Strain [%] and stress [MPa] of the loaded component, as tensor components, (..., step).

    Args:
        dataset: reference, online or study data; leading dimensions are kept.
        control: "strain" or "stress".
        case: one of the six load cases; 31 loads component 13.

    Raises:
        InputError: the data lack that control or case.
    """
    for name, wanted in (("control", control), ("load_case", case)):
        if wanted not in dataset[name].values:
            raise InputError(
                f"{label(dataset)}: no {name} {wanted}, "
                f"only {', '.join(map(str, dataset[name].values))}; compute them with it"
            )
    index = mandel.INDEX[case]
    if "loaded_stress" in dataset:
        curves = dataset[["loaded_strain", "loaded_stress"]].sel(control=control, load_case=case)
        strain, stress = (
            curves[name].transpose(..., "step").values / mandel.FACTOR[index]
            for name in ("loaded_strain", "loaded_stress")
        )
        return 100.0 * strain, 1000.0 * stress
    if "stress" not in dataset:
        raise InputError(f"{label(dataset)}: was published without its curves; collect it again")
    loaded = dataset[["strain", "stress"]].sel(control=control, load_case=case).isel(component=index)
    strain, stress = (
        loaded[name].transpose(..., "step").values / mandel.FACTOR[index] for name in ("strain", "stress")
    )
    return 100.0 * strain, 1000.0 * stress
