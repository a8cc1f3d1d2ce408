"""Numbers of many networks along a design coordinate, and the few statistics that the rules ask for."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import ArrayLike
from scipy.stats import spearmanr

from laminet_study import statistics
from laminet_study.claims.verdicts import NotTestable
from laminet_study.statistics import Number


@dataclass(frozen=True)
class Sweep:
    """One number for each network (or network and composite).

    Attributes:
        values: the number by (level, seed), the value of the design coordinate, such as the depth, and the network's
            seed; NaN where it failed.
    """

    values: pd.Series

    @property
    def by_level(self) -> Any:
        """Finite values by level, ascending."""
        return self.values.dropna().groupby(level="level")

    @property
    def levels(self) -> list[Any]:
        """Levels with a finite value, ascending."""
        return self.by_level.size().index.tolist()

    @property
    def lost(self) -> int:
        """Values that are missing because a curve or a training broke off."""
        return int(self.values.isna().sum())

    def only(self, levels: Sequence[Any], what: str, all_of_them: bool = False) -> "Sweep":
        """The sweep at these levels.

        Raises:
            NotTestable: one of them is missing (`all_of_them`), or all; `what` names the coordinate in the message.
        """
        missing = [level for level in levels if level not in self.levels]
        if missing and (all_of_them or len(missing) == len(levels)):
            raise NotTestable(f"no finished run at {what} {listed(missing)}")
        return Sweep(self.values[self.values.index.isin(levels, level="level")])

    def means(self) -> np.ndarray:
        """Mean over the networks at every level."""
        return self.by_level.mean().to_numpy()

    def best(self) -> Any:
        """Level with the smallest mean."""
        return self.levels[int(self.means().argmin())]

    def falls(self) -> bool:
        """Whether the mean falls from every level to the next."""
        return bool((np.diff(self.means()) < 0).all())

    def spreads(self) -> np.ndarray:
        """Sample standard deviation (n - 1) at every level.

        Raises:
            NotTestable: a level has one network only.
        """
        if (self.by_level.size() < 2).any():
            raise NotTestable("a spread needs at least two seeds of every design")
        return self.by_level.std().to_numpy()

    def in_words(self, symbol: str, factor: float = 1.0, unit: str = "", digits: int = 2) -> str:
        """Mean and standard deviation at every level."""
        words = []
        for level, group in self.by_level:
            values = factor * group.to_numpy()
            spread = f" ± {values.std(ddof=1):.{digits}f}" if values.size > 1 else ""
            words.append(f"{symbol} {level:g}: {values.mean():.{digits}f}{spread}{unit}")
        return ", ".join(words) + (f" (left out: {self.lost} that broke off)" if self.lost else "")


@dataclass(frozen=True)
class Ratio:
    """How many times one sweep is another.

    Attributes:
        by_level: ratio of the medians over the networks, by the levels that both have, ascending.
        single: (pairs,) ratios of networks with the same level and seed.
        lost: values left out because they broke off.
    """

    by_level: pd.Series
    single: pd.Series
    lost: int

    @property
    def median(self) -> float:
        """Median over the levels: the number that is judged."""
        return float(self.by_level.median())

    @property
    def values(self) -> dict[str, Any]:
        """The numbers for programs."""
        return {"median": self.median, "depth": self.by_level.index.tolist(), "ratio": numbers(self.by_level)}

    def in_words(self, symbol: str) -> str:
        """Median, the ratio at every level and the range over the seeds."""
        levels = ", ".join(f"{symbol} {level:g}: {value:.2f}x" for level, value in self.by_level.items())
        spread = f"; single seeds {self.single.min():.2f}x to {self.single.max():.2f}x" if self.single.size else ""
        lost = f"; left out: {self.lost} that broke off" if self.lost else ""
        return f"{self.median:.2f}x ({levels}{spread}{lost})"


def ratio(first: Sweep, second: Sweep) -> Ratio:
    """`first` over `second`, level by level.

    Raises:
        NotTestable: they share no level.
    """
    base = second.by_level.median()
    by_level = (first.by_level.median() / base[base > 0.0]).dropna()
    if by_level.empty:
        raise NotTestable("the two sides of the ratio share no design with finished runs")
    single = (first.values / second.values[second.values > 0.0]).dropna()
    return Ratio(by_level, single, first.lost + second.lost)


def rank_correlation(levels: Sequence[Any], values: np.ndarray) -> float:
    """Spearman's rank correlation; 0 for constant values.

    Raises:
        NotTestable: fewer than three levels.
    """
    if len(levels) < 3:
        raise NotTestable("a rank correlation needs at least three levels")
    return 0.0 if np.ptp(values) == 0.0 else float(spearmanr(levels, values).statistic)


def change(values: np.ndarray) -> float:
    """Largest over smallest value, less 1."""
    return float(np.max(values) / np.min(values) - 1.0)


def of_networks(study: xr.Dataset, by: str, number: Number, control: str, composite: str | None = None) -> Sweep:
    """A number of every network by the coordinate `by`; without a composite, its mean over all of them.

    Raises:
        NotTestable: not evaluated on the composite.
        InputError: the rows mix designs, or lack the control.
    """
    if composite is not None and composite not in study["composite"].values:
        raise NotTestable(f"the networks were not evaluated on {composite}")
    refuse_mixed(study, by)
    values = number(study, control)
    return sweep(study, by, values.sel(composite=composite) if composite else values.mean("composite", skipna=False))


def of_predictions(study: xr.Dataset, prediction: statistics.Prediction) -> xr.Dataset:
    """Rows of a model evaluated by a scheme; NotTestable if there are none."""
    rows = statistics.select(study, **vars(prediction))
    if not rows.sizes["run"]:
        raise NotTestable(f"no {prediction.model.upper()} was evaluated by the scheme {prediction.scheme}")
    return rows


def of_trainings(study: xr.Dataset, by: str, variable: str, model: str | None = None) -> Sweep:
    """Final value (run, epoch) or value (run) of a variable for every training.

    Raises:
        NotTestable: no training of the model.
        InputError: the trainings mix designs.
    """
    rows = statistics.trainings(study)
    if model is not None:
        rows = statistics.select(rows, model=model)
    if not rows.sizes["run"]:
        raise NotTestable(f"no {(model or 'network').upper()} was trained")
    refuse_mixed(rows, by)
    return sweep(rows, by, statistics.final(rows, variable) if "epoch" in rows[variable].dims else rows[variable])


def refuse_mixed(rows: xr.Dataset, *by: str) -> None:
    """InputError if rows with the same `by` differ in design; looks at coordinates alone, to be quick."""
    statistics.groups(rows.drop_vars(rows.data_vars), *by)


def sweep(rows: xr.Dataset, by: str, values: xr.DataArray) -> Sweep:
    """Values (run, ...) by the coordinate `by` and the seed."""
    index = [np.repeat(rows[name].values, values.size // rows.sizes["run"]) for name in (by, "seed")]
    return Sweep(
        pd.Series(values.values.astype(float).ravel(), pd.MultiIndex.from_arrays(index, names=["level", "seed"]))
    )


def listed(values: Sequence[Any]) -> str:
    """Values in a row: '4, 5, 6'."""
    return ", ".join(f"{value:g}" if isinstance(value, int | float) else str(value) for value in values)


def numbers(values: ArrayLike) -> list[float]:
    """Values to six digits, for programs."""
    return [float(f"{value:.6g}") for value in np.atleast_1d(values)]
