"""Numbers of a study by chosen coordinates: the tables behind every figure quoted in the documentation."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import xarray as xr

from laminet.errors import InputError, check_choice
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
    "settled": Quantity("epoch of the last step of the learning rate", 1.0, 0),
    "active_nodes": Quantity("active nodes", 1.0, 1),
    "error": Quantity("online error [%]", 100.0),
    "worst_error": Quantity("worst curve [%]", 100.0),
    "time": Quantity("online time [ms]", 1000.0),
    "iterations": Quantity("iterations per step"),
    "cost": Quantity("time per iteration and node [us]", 1e6, 3),
}
"""What can be summarised; online numbers are of the six load cases together (Eq. 32 for the error).

`time` and `cost` are there for a study with online times, see `laminet_study.measured.with_online_times`.
"""

DIMENSIONS = ("control", "composite", "load_case")


def summarise(
    study: xr.Dataset,
    by: Sequence[str] | None = None,
    quantities: Sequence[str] | None = None,
    where: Mapping[str, str] | None = None,
    statistics_of: Sequence[str] = ("mean", "std", "count"),
) -> pd.DataFrame:
    """Statistics over the networks of every group of rows.

    Without `composite` in `by` a number is first averaged over the composites; unless `by` or `where` name `load_case`,
    it is taken of the six cases together; both controls are always kept apart.

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
    named = (*(by or ()), *(where or ()))
    long = _long(study, "load_case" in named)
    design = [name for name in (*statistics.DESIGN, "seed") if name in study.coords]
    known = [*design, "run_id", *(name for name in DIMENSIONS if name in long.columns)]
    for name in named:
        if name not in (*known, "load_case"):
            raise InputError(f"{statistics.label(study)}: no coordinate '{name}'; there are {', '.join(known)}")
    matching = pd.Series(True, long.index)
    for name, value in (where or {}).items():
        shown = long[name].map(_text)
        if value not in set(shown):
            raise InputError(f"{name} {value} is not in the data; there are {', '.join(sorted(set(shown)))}")
        matching &= shown == value
    long = long[matching]
    if long.empty:
        raise InputError(f"{statistics.label(study)}: no row has all of these values at once")
    varying = [name for name in design if name != "seed" and long[name].nunique() > 1]
    keys = list(by) if by is not None else varying
    if "control" not in keys and long["control"].nunique() > 1:
        keys.append("control")
    for name in quantities or ():
        check_choice(name, QUANTITIES, "quantity")
    for name in statistics_of:
        check_choice(name, STATISTICS, "statistic")
    wanted = [name for name in QUANTITIES if name in long.columns and (not quantities or name in quantities)]
    if not wanted:
        names = ", ".join(quantities or QUANTITIES)
        raise InputError(f"{statistics.label(study)}: has none of {names} here; times need --times")
    network = list(dict.fromkeys(["run_id", "scheme", *keys]))
    numbers = long.groupby(network, sort=True)[wanted].mean()
    scaled = numbers * pd.Series({name: QUANTITIES[name].factor for name in wanted})
    if not keys:
        return scaled.agg(list(statistics_of)).T.stack().to_frame("all").T
    return scaled.reset_index().groupby(keys, sort=True)[wanted].agg(list(statistics_of))


def text(summary: pd.DataFrame) -> str:
    """The table for a terminal: one line per group, mean ± standard deviation in one column where both are there."""
    columns: dict[str, list[str]] = {}
    if "count" in summary.columns.get_level_values(1):
        columns["n"] = [f"{count:.0f}" for count in summary.xs("count", axis=1, level=1).max(axis=1)]
    for name in summary.columns.unique(level=0):
        quantity, of_name = QUANTITIES[name], summary[name]
        for statistic in of_name.columns.drop(["std", "count"], errors="ignore"):
            label = quantity.label if statistic == "mean" else f"{statistic} of {quantity.label}"
            columns[label] = [f"{value:.{quantity.digits}f}" for value in of_name[statistic]]
            if statistic == "mean" and "std" in of_name:
                spread = [f" ± {value:.{quantity.digits}f}" if np.isfinite(value) else "" for value in of_name["std"]]
                columns[label] = [value + more for value, more in zip(columns[label], spread, strict=True)]
    index = summary.index.to_frame(index=False).astype(str)
    if summary.index.names == [None]:
        index.columns = [""]
    table = pd.concat([index, pd.DataFrame(columns)], axis=1)
    rows = [list(map(str, table.columns)), *table.astype(str).values.tolist()]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join("  ".join(map(str.ljust, row, widths)).rstrip() for row in rows)


def _long(study: xr.Dataset, by_case: bool) -> pd.DataFrame:
    """One line per control, composite (and load case) and row of the study, with every quantity in SI units."""
    online = _by_case if by_case else _of_all_cases
    controls = study["control"].values.tolist()
    numbers = xr.concat([online(study, control) for control in controls], pd.Index(controls, name="control"))
    names = [name for name in (*statistics.DESIGN, "seed", "run_id") if name in study.coords]
    rows = pd.DataFrame({name: study[name].values for name in names}).assign(
        train_error=statistics.final(study, "train_error").values,
        validation_error=statistics.final(study, "validation_error").values,
        settled=_settled(study),
        active_nodes=study["active_nodes"].values.astype(float),
    )
    numbers = numbers.drop_vars(set(numbers.coords) - {*DIMENSIONS}).transpose(..., "run")
    return numbers.to_dataframe(dim_order=list(numbers.dims)).reset_index().join(rows, on="run")


def _of_all_cases(study: xr.Dataset, control: str) -> xr.Dataset:
    numbers = {
        "error": statistics.mean_relative_error(study, control),
        "worst_error": statistics.at_control(study, control, "error").max("load_case", skipna=False),
        "iterations": statistics.iterations_per_step(study, control),
    }
    if "online_time" in study:
        numbers["time"] = statistics.testing_time(study, control)
        numbers["cost"] = statistics.cost_per_iteration_and_node(study, control)
    return xr.Dataset(numbers)


def _by_case(study: xr.Dataset, control: str) -> xr.Dataset:
    error, iterations = (statistics.at_control(study, control, name) for name in ("error", "iterations"))
    return xr.Dataset({"error": error, "iterations": iterations.sum("step") / (study.sizes["step"] - 1)})


def _settled(study: xr.Dataset) -> np.ndarray:
    """First kept epoch (run,) from which on the learning rate is its final one; NaN where it was not kept."""
    if "learning_rate" not in study:
        return np.full(study.sizes["run"], np.nan)
    first = (study["learning_rate"] == statistics.final(study, "learning_rate")).argmax("epoch")
    return study["epoch"].values[first.values].astype(float)


def _text(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)
