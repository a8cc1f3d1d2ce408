"""What rules are judged by: samples of networks' numbers from the studies and from the measured times."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from laminet_study import measured, resolution, statistics
from laminet_study.claims import intervals
from laminet_study.claims.samples import RELEVANT, RELEVANT_ITERATIONS, At, NotTestable, Sample, joined
from laminet_study.statistics import COMPOSITE, Number, Prediction

DEPTHS = (4, 5, 6, 7, 8)
STEADY = 0.1
"""Largest spread of repeated times, (median - minimum) / minimum, by which a row is decided."""

SHOWN: dict[Number, tuple[str, float, str, float]] = {  # name, factor, unit, smallest relevant effect
    statistics.mean_relative_error: ("error online", 100.0, " [%]", RELEVANT),
    statistics.iterations_per_step: ("iterations per load step", 1.0, "", RELEVANT_ITERATIONS),
    statistics.total_iterations: ("iterations", 1.0, "", RELEVANT_ITERATIONS),
    statistics.active_nodes: ("active nodes", 1.0, "", RELEVANT),
}


@dataclass(frozen=True)
class Data:
    """The studies under one control, and the times.

    Attributes:
        studies: study datasets by name.
        times: what was measured alone on the machine, or None.
        control: reading of 'uniaxial', "strain" or "stress".
        confidence: of intervals.
        spreads: spread of the repeats of every time that was asked for, in the order of asking.
        bounds: of the references that errors asked for are relative to, by composite.
    """

    studies: Mapping[str, xr.Dataset]
    times: xr.Dataset | None = None
    control: str = "stress"
    confidence: float = intervals.CONFIDENCE
    spreads: list[float] = field(default_factory=list)
    bounds: dict[str, xr.Dataset] = field(default_factory=dict)

    def study(self, name: str) -> xr.Dataset:
        """A study by name; NotTestable if it is not there."""
        if name not in self.studies:
            raise NotTestable(f"the study '{name}' is not among the files")
        return self.studies[name]

    def trained(self, study: str, by: str | Sequence[str], variable: str = "train_error", **where: Any) -> Sample:
        """Final value of a history of every training, by design coordinates."""
        rows = statistics.trainings(_selected(self.study(study), where))
        values = statistics.final(rows, variable)
        return Sample(variable.replace("_", " "), _series(rows, values, by), 100.0, " [%]", confidence=self.confidence)

    def online(
        self, study: str, by: str, number: Number, composite: str | None = None, mixed: str = "", **where: Any
    ) -> Sample:
        """A number of every network by a design coordinate, on one composite or on all; another one may be `mixed`.

        A network that broke off on one of the composites counts on none.
        """
        rows = _selected(self.study(study), where)
        values = number(rows, self.control)
        if composite is not None and composite not in values["composite"].values:
            raise NotTestable(f"the networks of the study '{study}' were not evaluated on {composite}")
        values = values.sel(composite=[composite]) if composite else values
        if number is statistics.mean_relative_error:
            self.bounds.update(resolution.by_composite(rows.sel(composite=values["composite"].values)))
        name, factor, unit, relevant = SHOWN.get(number, (number.__name__.replace("_", " "), 1.0, " [s]", RELEVANT))
        whole = values.where(values.notnull().all("composite"))
        return Sample(name, _series(rows, whole, by, mixed), factor, unit, relevant, self.confidence)

    def imns(self, parameter: str, number: Number) -> Sample:
        """A number of the IMNs of the study of eta or xi, over all composites it is known for."""
        return self.online(parameter, parameter, number, **vars(statistics.NEWTON))

    def by_depth(self, number: Number, *predictions: Prediction, study: str = "depth") -> Sample:
        """A number on Composite 1 by depth, each prediction a side; all depths must be there."""
        sides = {
            each.side: self.online(study, "depth", number, COMPOSITE, **vars(each), depth=DEPTHS)
            for each in predictions
        }
        sample = joined(next(iter(sides.values())).name, sides)
        sample.needs(*(At(side, depth) for side in sides for depth in DEPTHS))
        return sample

    def measured(self, variable: str) -> xr.DataArray:
        """A variable of the times; NotTestable without it."""
        if self.times is None or variable not in self.times:
            raise NotTestable(f"the files have no measured times ('{variable}' of times.nc)")
        return self.times[variable]

    def time(self, study: xr.Dataset, control: str) -> xr.DataArray:
        """CPU time of the six load cases of Composite 1 [s], (run, composite), the fastest repeat; NaN if unknown."""
        times = self.measured("online_time")
        if COMPOSITE not in times["composite"].values or control not in times["control"].values:
            raise NotTestable(f"no times were measured on {COMPOSITE} under uniaxial {control}")
        repeats = measured.of_rows(study, times.sel(composite=[COMPOSITE], control=control))
        fastest = self.fastest(repeats.transpose("run", "composite", "repeat").values)
        return xr.DataArray(fastest, dims=("run", "composite"), coords={"composite": [COMPOSITE]})

    def cost(self, study: xr.Dataset, control: str) -> xr.DataArray:
        """Time per iteration and active node [s], (run, composite)."""
        return self.time(study, control) / (statistics.total_iterations(study, control) * study["active_nodes"])

    def fastest(self, repeats: np.ndarray) -> np.ndarray:
        """The fastest of (..., repeat) times [s]; their spread is noted."""
        known = repeats[np.isfinite(repeats).all(axis=-1)]
        fastest = known.min(axis=-1, keepdims=True)
        self.spreads.extend((np.median(known - fastest, axis=-1) / fastest[..., 0]).ravel())
        return repeats.min(axis=-1)

    def epochs(self, backend: str, form: str, threads: int) -> Sample:
        """Wall times of an epoch by depth, repeats in the place of seeds: DMNs of a form, and IMNs, which have one."""
        times = self.measured("epoch_wall_time")
        asked = {"backend": backend, "formulation": form, "threads": threads}
        name = f"wall time of an epoch ({backend}, {form}, threads: {threads})"
        sides = {}
        for model in ("dmn", "imn"):
            there = all(value in times[key].values for key, value in asked.items())
            of_model = times.sel({"model": model, **asked}).dropna("depth") if there else times[:0]
            if not of_model.size:
                raise NotTestable(f"no {name} of a {model.upper()}")
            self.fastest(of_model.transpose("depth", "repeat").values)
            values = of_model.to_series().rename_axis(index={"depth": "level", "repeat": "seed"})
            values = values.groupby(level=["level", "seed"]).first()
            sides[model] = Sample(name, values, unit=" [s]", confidence=self.confidence)
        return joined(name, sides)


def _selected(study: xr.Dataset, where: Mapping[str, Any]) -> xr.Dataset:
    """Rows with these coordinates; NotTestable if there are none."""
    rows = statistics.select(study, **where)
    if not rows.sizes["run"]:
        words = ", ".join(f"{name} {value}" for name, value in where.items())
        raise NotTestable(f"the {statistics.label(study)} has no run with {words}")
    return rows


def _series(rows: xr.Dataset, values: xr.DataArray, by: str | Sequence[str], mixed: str = "") -> pd.Series:
    """Values (run, ...) by (level, seed); InputError if rows of a level differ in design but for `mixed`."""
    names = [by] if isinstance(by, str) else list(by)
    statistics.groups(rows.drop_vars(rows.data_vars), *names, *([mixed] if mixed else []))
    numbers = values.transpose("run", ...).values.reshape(rows.sizes["run"], -1).astype(float)
    levels = list(zip(*(rows[name].values.tolist() for name in names), strict=True))
    labels = [level[0] if len(level) == 1 else "/".join(map(str, level)) for level in levels]
    index = [np.repeat(each, numbers.shape[1]) for each in (labels, rows["seed"].values)]
    return pd.Series(numbers.ravel(), pd.MultiIndex.from_arrays(index, names=["level", "seed"]))
