"""The numbers behind figures, claims and tables: small pure functions of a study dataset."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr

from laminet import mandel
from laminet.errors import InputError
from laminet.files.curves import tensor_curve
from laminet.files.history import last_rows
from laminet.loading.paths import CASES

DESIGN = (
    *("variant", "model", "depth", "samples", "batch", "eta", "xi", "loss", "formulation", "backend", "epochs"),
    *("initial_learning_rate", "schedule", "keep", "curves", "scheme"),
)
"""Coordinates of a row that are chosen, all but the seed."""


Number = Callable[[xr.Dataset, str], xr.DataArray]
"""What is computed of a study at a control: a number (run, composite)."""


@dataclass(frozen=True)
class Prediction:
    """Who predicts: a model evaluated by a scheme."""

    model: str
    scheme: str

    @property
    def side(self) -> str:
        """What it is called in a comparison."""
        return self.scheme if self.scheme.startswith(self.model) else f"{self.model} {self.scheme}"


RESIDUAL = Prediction("dmn", "dmn_residual")
SECANT = Prediction("dmn", "dmn_no_residual_secant")
TANGENT = Prediction("dmn", "dmn_no_residual_tangent")
NEWTON = Prediction("imn", "imn_newton_dense")
FIXED_SECANT = Prediction("imn", "imn_fixed_point_secant")
FIXED_TANGENT = Prediction("imn", "imn_fixed_point_tangent")
CONDENSED_DMN, CONDENSED_IMN = Prediction("dmn", "newton_condensed"), Prediction("imn", "newton_condensed")

COMPOSITE = "composite_1"
"""The composite of Secs. 3.4 - 3.6."""


def label(dataset: xr.Dataset) -> str:
    """What messages call a study or a reference file."""
    if "study" in dataset.attrs:
        return f"study '{dataset.attrs['study']}'"
    return f"reference of {dataset.attrs.get('composite', 'an unnamed composite')}"


def select(study: xr.Dataset, **values: Any) -> xr.Dataset:
    """Rows whose coordinates have these values, or one of the values of a list; maybe none."""
    rows = np.ones(study.sizes["run"], dtype=bool)
    for name, value in values.items():
        rows &= np.isin(study[name].values, value)
    return study.isel(run=np.flatnonzero(rows))


def without_literal(study: xr.Dataset) -> xr.Dataset:
    """A study without literal DMNs, which predict the same as reduced ones and cost more."""
    literal = (study["model"].values == "dmn") & (study["formulation"].values == "literal")
    return study.isel(run=np.flatnonzero(~literal))


def of_one_form(study: xr.Dataset) -> xr.Dataset:
    """The study without literal DMNs, where it has reduced ones: both are the same function of the same parameters."""
    reduced = without_literal(study)
    return reduced if set(reduced["model"].values) == set(study["model"].values) else study


def groups(study: xr.Dataset, *by: str) -> dict[tuple[Any, ...], xr.Dataset]:
    """Rows that share the coordinates `by`, in ascending order: repetitions of one design with different seeds.

    Raises:
        InputError: rows of a group differ in another design coordinate, so that a mean would mix unlike things.
    """
    rows: dict[tuple[Any, ...], list[int]] = {}
    for index, key in enumerate(zip(*(study[name].values.tolist() for name in by), strict=True)):
        rows.setdefault(key, []).append(index)
    others = [name for name in DESIGN if name in study.coords and name not in by]
    designs = study[others].to_dataframe()[others]
    for key in sorted(rows):
        several = designs.iloc[rows[key]].nunique() > 1
        for name in several.index[several]:
            where = ", ".join(f"{coordinate} {value}" for coordinate, value in zip(by, key, strict=True))
            raise InputError(
                f"{label(study)}: its rows at {where} mix {name} "
                f"{', '.join(map(str, np.unique(study[name].values[rows[key]])))}; collect them as separate studies"
            )
    return {key: study.isel(run=rows[key]) for key in sorted(rows)}


def trainings(study: xr.Dataset) -> xr.Dataset:
    """One row per training run: histories and training times repeat with every scheme."""
    first = np.unique(study["run_id"].values, return_index=True)[1]
    return study.isel(run=np.sort(first)).drop_vars("scheme")


def last_epoch(study: xr.Dataset) -> xr.DataArray:
    """Position (run,) of the last epoch of every training among the epochs of the study."""
    return xr.DataArray(last_rows(study["elapsed"].transpose("run", "epoch").values), dims="run")


def final(study: xr.Dataset, variable: str) -> xr.DataArray:
    """Value (run,) of a history at the last epoch of every training; NaN where it diverged."""
    return study[variable].isel(epoch=last_epoch(study))


def at_control(study: xr.Dataset, control: str, variable: str) -> xr.DataArray:
    """A variable at one control, in the paper's six load cases; further ones in the file do not count.

    Raises:
        InputError: the study lacks that control or one of the cases.
    """
    _require_paths(study, control, CASES, "evaluate its runs with it")
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
    """CPU time of the six load cases together [s], (run, composite): the least of the repeats.

    NaN where it was not measured (see `laminet_study.measured.with_online_times`), or where not all cases are complete.
    """
    whole = complete(study, control).all("load_case")
    if "online_time" not in study:
        return xr.full_like(whole, np.nan, dtype=float)
    return study["online_time"].sel(control=control).min("repeat").where(whole)


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
    _require_paths(dataset, control, [case], "compute its curves with it")
    curves = dataset.sel(control=control, load_case=case)
    index = mandel.INDEX[case]
    if "loaded_stress" in dataset:
        names = {f"loaded_{name}": name for name in ("strain", "stress")}
        return tensor_curve(curves[list(names)].rename(names), index)
    if "stress" not in dataset:
        raise InputError(f"{label(dataset)}: was published without its curves; collect it again")
    return tensor_curve(curves[["strain", "stress"]].isel(component=index), index)


def _require_paths(dataset: xr.Dataset, control: str, cases: Iterable[str], remedy: str) -> None:
    """Raise InputError if a dataset lacks a control or a load case; `remedy` says what to do."""
    for name, needed in (("control", [control]), ("load_case", cases)):
        there = dataset[name].values.astype(str).tolist()
        for value in needed:
            if value not in there:
                raise InputError(f"{label(dataset)}: has no {name} {value}, only {', '.join(there)}; {remedy}")
