"""Numbers of a study by chosen coordinates: the tables behind every figure quoted in the documentation."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import xarray as xr

from laminet.errors import InputError
from laminet.files.history import last_rows
from laminet.loading.paths import CASES
from laminet_study import statistics

STATISTICS = ("mean", "std", "median", "min", "max", "count")


@dataclass(frozen=True)
class Quantity:
    """A number of a run, or of a run, control and composite, and how it is shown."""

    label: str
    factor: float = 1.0
    digits: int = 2


QUANTITIES = {
    "train_error": Quantity("training error [%]", 100.0),
    "validation_error": Quantity("validation error [%]", 100.0),
    "training_time": Quantity("training time [s]", 1.0, 1),
    "settled": Quantity("epoch of the last step of the learning rate", 1.0, 0),
    "active_nodes": Quantity("active nodes", 1.0, 1),
    "error": Quantity("online error [%]", 100.0),
    "worst_error": Quantity("worst curve [%]", 100.0),
    "time": Quantity("online time [ms]", 1000.0),
    "iterations": Quantity("iterations per step"),
    "cost": Quantity("time per iteration and node [us]", 1e6, 3),
}
"""What can be summarised; online numbers are of the six load cases together (Eq. 32 for the error)."""

DIMENSIONS = ("control", "composite", "load_case")


def summarise(
    study: xr.Dataset,
    by: Sequence[str] | None = None,
    quantities: Sequence[str] | None = None,
    where: Mapping[str, str] | None = None,
    statistics_of: Sequence[str] = ("mean", "std", "count"),
) -> pd.DataFrame:
    """Statistics over the networks of every group of rows.

    Without `composite` in `by` a number is first averaged over the composites, without `load_case` taken of the six
    cases together; both controls are always kept apart.

    Args:
        study: a study dataset.
        by: coordinates of the groups; None takes those of the design that vary.
        quantities: keys of QUANTITIES; None takes all.
        where: only rows with these values of coordinates, as text.
        statistics_of: of STATISTICS.

    Returns:
        One row per group; columns (quantity, statistic), in the units of QUANTITIES.

    Raises:
        InputError: an unknown coordinate, quantity or statistic, or no row left.
    """
    long = _long(study, by is not None and "load_case" in by)
    design = [name for name in (*statistics.DESIGN, "seed") if name in study.coords]
    known = [*design, "run_id", *(name for name in DIMENSIONS if name in long.columns)]
    for name in (*(by or ()), *(where or {})):
        if name not in (*known, "load_case"):
            raise InputError(f"{statistics.label(study)}: no coordinate '{name}'; there are {', '.join(known)}")
    chosen = np.ones(len(long), dtype=bool)
    for name, value in (where or {}).items():
        here = long[name].map(_text)
        if value not in set(here):
            raise InputError(f"{name} {value} is not in the data; there are {', '.join(sorted(set(here)))}")
        chosen &= (here == value).to_numpy()
    if not chosen.any():
        raise InputError(f"{statistics.label(study)}: no row has all of these values at once")
    long = long[chosen]
    varying = [name for name in design if name != "seed" and long[name].nunique() > 1]
    keys = list(by) if by is not None else varying
    if "control" not in keys and long["control"].nunique() > 1:
        keys.append("control")
    for names, allowed, what in (
        (quantities or (), QUANTITIES, "quantity"),
        (statistics_of, STATISTICS, "statistic"),
    ):
        for name in names:
            if name not in allowed:
                raise InputError(f"{what} '{name}' is unknown; there are {', '.join(allowed)}")
    wanted = [name for name in QUANTITIES if name in long.columns and (not quantities or name in quantities)]
    if not wanted:
        raise InputError(f"{statistics.label(study)}: has none of {', '.join(quantities or QUANTITIES)} by load case")
    network = list(dict.fromkeys(["run_id", "scheme", *keys]))
    found = long.groupby(network, sort=True)[wanted].mean()
    scaled = found * pd.Series({name: QUANTITIES[name].factor for name in wanted})
    groups = scaled.reset_index().groupby(keys, sort=True) if keys else None
    if groups is None:
        return scaled.agg(list(statistics_of)).T.stack().to_frame("all").T
    return groups[wanted].agg(list(statistics_of))


def text(found: pd.DataFrame) -> str:
    """The table for a terminal: one line per group, mean ± standard deviation in one column where both are there."""
    names = list(dict.fromkeys(found.columns.get_level_values(0)))
    columns: dict[str, list[str]] = {}
    if "count" in found[names[0]]:
        columns["n"] = [f"{max(own):.0f}" for own in found.xs("count", axis=1, level=1).values]
    for name in names:
        quantity, own = QUANTITIES[name], found[name]
        shown = [statistic for statistic in own.columns if statistic not in ("std", "count")]
        for statistic in shown:
            label = quantity.label if statistic == "mean" else f"{statistic} of {quantity.label}"
            values = [f"{value:.{quantity.digits}f}" for value in own[statistic]]
            if statistic == "mean" and "std" in own:
                spread = [f" ± {value:.{quantity.digits}f}" if np.isfinite(value) else "" for value in own["std"]]
                values = [value + more for value, more in zip(values, spread, strict=True)]
            columns[label] = values
    index = found.index.to_frame(index=False).astype(str)
    if found.index.names == [None]:
        index = index.rename(columns={0: ""})
    table = pd.concat([index, pd.DataFrame(columns)], axis=1)
    rows = [list(map(str, table.columns)), *table.astype(str).values.tolist()]
    widths = [max(len(row[k]) for row in rows) for k in range(len(rows[0]))]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip() for row in rows)


def _long(study: xr.Dataset, by_case: bool) -> pd.DataFrame:
    """One line per row of the study, control and composite (and load case), with every quantity in SI units."""
    rows = statistics.trainings(study)
    final = dict(zip(rows["run_id"].values.tolist(), range(rows.sizes["run"]), strict=True))
    at = [final[name] for name in study["run_id"].values.tolist()]
    last = last_rows(rows["elapsed"].values)
    of_run = {
        name: np.take_along_axis(rows[name].values, last[:, None], axis=1)[at, 0]
        for name in ("train_error", "validation_error")
    }
    of_run["settled"] = _settled(rows, last)[at]
    of_run["training_time"] = study["training_time"].values
    of_run["active_nodes"] = study["active_nodes"].values.astype(float)
    coordinates = {name: study[name].values for name in (*statistics.DESIGN, "seed", "run_id") if name in study.coords}
    frames = []
    for control in study["control"].values.tolist():
        online = _by_case(study, control) if by_case else _of_all_cases(study, control)
        for keys, values in online:
            frames.append(pd.DataFrame({**coordinates, "control": control, **keys, **of_run, **values}))
    return pd.concat(frames, ignore_index=True)


def _of_all_cases(study: xr.Dataset, control: str) -> list[tuple[dict[str, str], dict[str, np.ndarray]]]:
    values = {
        "error": statistics.mean_relative_error(study, control),
        "worst_error": statistics.at_control(study, control, "error").max("load_case", skipna=False),
        "time": statistics.testing_time(study, control),
        "iterations": statistics.iterations_per_step(study, control),
        "cost": statistics.cost_per_iteration_and_node(study, control),
    }
    return [
        ({"composite": name}, {key: value.sel(composite=name).values for key, value in values.items()})
        for name in study["composite"].values.tolist()
    ]


def _by_case(study: xr.Dataset, control: str) -> list[tuple[dict[str, str], dict[str, np.ndarray]]]:
    error, time, iterations = (statistics.at_control(study, control, name) for name in ("error", "time", "iterations"))
    per_step = iterations.sum("step") / (study.sizes["step"] - 1)
    return [
        (
            {"composite": name, "load_case": case},
            {
                "error": error.sel(composite=name, load_case=case).values,
                "time": time.sel(composite=name, load_case=case).values,
                "iterations": per_step.sel(composite=name, load_case=case).values,
            },
        )
        for name in study["composite"].values.tolist()
        for case in CASES
    ]


def _settled(rows: xr.Dataset, last: np.ndarray) -> np.ndarray:
    """First kept epoch (run,) from which on the learning rate is its final one; NaN where it was not kept."""
    if "learning_rate" not in rows:
        return np.full(rows.sizes["run"], np.nan)
    rate, epochs = rows["learning_rate"].values, rows["epoch"].values
    return np.array([epochs[np.argmax(own == own[end])] for own, end in zip(rate, last, strict=True)], dtype=float)


def _text(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)
