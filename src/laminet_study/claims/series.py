"""Numbers of many networks by a design coordinate, and the few statistics that the rules ask for."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import ArrayLike
from scipy.stats import rankdata

from laminet.files.history import last_rows
from laminet_study import statistics
from laminet_study.claims.verdicts import NotTestable

Quantity = Callable[[xr.Dataset, str], xr.DataArray]
"""A number (run, composite) of a study at a control; see laminet_study.statistics."""


@dataclass(frozen=True)
class Series:
    """One number for each network (or network and composite); NaN where it failed.

    Attributes:
        level: (n,) value of the design coordinate, such as the depth.
        seed: (n,) of the network.
        value: (n,) the number.
    """

    level: np.ndarray
    seed: np.ndarray
    value: np.ndarray

    @property
    def levels(self) -> list[Any]:
        """Levels with a finite value, ascending."""
        return np.unique(self.level[np.isfinite(self.value)]).tolist()

    @property
    def lost(self) -> int:
        """Values that are missing because a curve or a training broke off."""
        return int((~np.isfinite(self.value)).sum())

    def at(self, level: Any) -> np.ndarray:
        """Finite values at a level."""
        return self.value[(self.level == level) & np.isfinite(self.value)]

    def only(self, levels: Sequence[Any], what: str, all_of_them: bool = False) -> "Series":
        """The series at these levels.

        Raises:
            NotTestable: one of them is missing (`all_of_them`), or all; `what` names the coordinate in the message.
        """
        missing = [level for level in levels if level not in self.levels]
        if missing and (all_of_them or len(missing) == len(levels)):
            raise NotTestable(f"no finished run at {what} {listed(missing)}")
        kept = np.isin(self.level, levels)
        return Series(self.level[kept], self.seed[kept], self.value[kept])

    def means(self) -> np.ndarray:
        """Mean over the networks at every level."""
        return np.array([self.at(level).mean() for level in self.levels])

    def spreads(self) -> np.ndarray:
        """Sample standard deviation (n - 1) at every level.

        Raises:
            NotTestable: a level has one network only.
        """
        if any(self.at(level).size < 2 for level in self.levels):
            raise NotTestable("a spread needs at least two seeds of every design")
        return np.array([self.at(level).std(ddof=1) for level in self.levels])

    def in_words(self, symbol: str, factor: float = 1.0, unit: str = "", digits: int = 2) -> str:
        """Mean and standard deviation at every level."""
        words = []
        for level in self.levels:
            values = factor * self.at(level)
            spread = f" ± {values.std(ddof=1):.{digits}f}" if values.size > 1 else ""
            words.append(f"{symbol} {level:g}: {values.mean():.{digits}f}{spread}{unit}")
        return ", ".join(words) + (f" (left out: {self.lost} that broke off)" if self.lost else "")


@dataclass(frozen=True)
class Ratio:
    """How many times one series is another.

    Attributes:
        levels: levels both have, ascending.
        by_level: (levels,) ratio of the medians over the networks.
        single: (pairs,) ratios of networks with the same level and seed.
        lost: values left out because they broke off.
    """

    levels: list[Any]
    by_level: np.ndarray
    single: np.ndarray
    lost: int

    @property
    def median(self) -> float:
        """Median over the levels: the number that is judged."""
        return float(np.median(self.by_level))

    def in_words(self, symbol: str) -> str:
        """Median, the ratio at every level and the range over the seeds."""
        levels = ", ".join(
            f"{symbol} {level:g}: {value:.2f}x" for level, value in zip(self.levels, self.by_level, strict=True)
        )
        spread = f"; single seeds {self.single.min():.2f}x to {self.single.max():.2f}x" if self.single.size else ""
        lost = f"; left out: {self.lost} that broke off" if self.lost else ""
        return f"{self.median:.2f}x ({levels}{spread}{lost})"


def ratio(first: Series, second: Series) -> Ratio:
    """`first` over `second`, level by level.

    Raises:
        NotTestable: they share no level.
    """
    levels = [level for level in first.levels if level in second.levels and np.median(second.at(level)) > 0.0]
    if not levels:
        raise NotTestable("the two sides of the ratio share no design with finished runs")
    by_level = [statistics.ratio_of_medians(first.at(level), second.at(level)) for level in levels]
    single = []
    for level, seed, value in zip(first.level, first.seed, first.value, strict=True):
        partner = second.value[(second.level == level) & (second.seed == seed)]
        single += [value / other for other in partner if np.isfinite(value) and other > 0.0]
    return Ratio(levels, np.array(by_level), np.array(single), first.lost + second.lost)


def rank_correlation(levels: Sequence[Any], values: np.ndarray) -> float:
    """Spearman's rank correlation; 0 for constant values.

    Raises:
        NotTestable: fewer than three levels.
    """
    if len(levels) < 3:
        raise NotTestable("a rank correlation needs at least three levels")
    ranks = rankdata(levels), rankdata(values)
    if np.ptp(ranks[1]) == 0.0:
        return 0.0
    return float(np.corrcoef(*ranks)[0, 1])


def change(values: np.ndarray) -> float:
    """Largest over smallest value, less 1."""
    return float(np.max(values) / np.min(values) - 1.0)


def of_networks(
    study: xr.Dataset,
    by: str,
    quantity: Quantity,
    control: str,
    *,
    model: str | None = None,
    scheme: str | None = None,
    composite: str | None = None,
) -> Series:
    """A number of every network by the coordinate `by`; without a composite, its mean over all of them.

    Raises:
        NotTestable: no such rows.
        InputError: they mix designs, or lack the control.
    """
    rows = study
    for name, wanted in (("scheme", scheme), ("model", model)):
        if wanted is not None:
            rows = rows.isel(run=np.flatnonzero(rows[name].values == wanted))
    if not rows.sizes["run"]:
        raise NotTestable(f"no {(model or 'network').upper()} was evaluated by the scheme {scheme}")
    if composite is not None and composite not in rows["composite"].values:
        raise NotTestable(f"the networks were not evaluated on {composite}")
    refuse_mixed(rows, by)
    values = quantity(rows, control)
    values = values.sel(composite=composite) if composite is not None else values.mean("composite", skipna=False)
    return Series(rows[by].values, rows["seed"].values, values.values.astype(float))


def of_trainings(study: xr.Dataset, by: str, variable: str, model: str | None = None) -> Series:
    """Final value (run, epoch) or value (run) of a variable for every training.

    Raises:
        NotTestable: no training of the model.
        InputError: the trainings mix designs.
    """
    rows = statistics.trainings(study)
    if model is not None:
        rows = rows.isel(run=np.flatnonzero(rows["model"].values == model))
    if not rows.sizes["run"]:
        raise NotTestable(f"no {(model or 'network').upper()} was trained")
    refuse_mixed(rows, by)
    values = final(rows, variable) if "epoch" in rows[variable].dims else rows[variable].values
    return Series(rows[by].values, rows["seed"].values, values.astype(float))


def refuse_mixed(rows: xr.Dataset, *by: str) -> None:
    """InputError if rows with the same `by` differ in design; looks at coordinates alone, to be quick."""
    statistics.groups(rows.drop_vars(rows.data_vars), *by)


def final(rows: xr.Dataset, variable: str) -> np.ndarray:
    """Value (run,) at the last epoch of every training; a diverged one has NaN."""
    last = last_rows(rows["elapsed"].values)
    return np.take_along_axis(rows[variable].values, last[:, None], axis=1)[:, 0]


def listed(values: Sequence[Any]) -> str:
    """Values in a row: '4, 5, 6'."""
    return ", ".join(f"{value:g}" if isinstance(value, int | float) else str(value) for value in values)


def numbers(values: ArrayLike) -> list[float]:
    """Values to six digits, for programs."""
    return [float(f"{value:.6g}") for value in np.atleast_1d(values)]
