"""Studentised bootstrap intervals of quantities that are computed from means or standard deviations over seeds.

The unit of resampling is the seed, with all its values at all levels. Standard errors, of the data and of every
resample, are those of the infinitesimal jackknife; ratios and spreads are taken through logarithms.
"""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import pandas as pd
from scipy.stats import t as student

RESAMPLES = 10_000
CONFIDENCE = 0.9
FEWEST = {"mean": 3, "spread": 5}
"""Seeds below which an interval would say nothing."""

Statistic = Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]]
"""Value (resample,) and gradient (resample, level) of a function of means or standard deviations (resample, level)."""


@dataclass(frozen=True)
class Interval:
    """A value, its interval, the confidence of that, and the number of seeds behind it."""

    value: float
    low: float
    high: float
    confidence: float
    seeds: int

    def with_seeds(self, seeds: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Ends that the interval would have with so many seeds, if value and scatter stay as they are."""
        now, then = (student.ppf(0.5 + 0.5 * self.confidence, n - 1) / np.sqrt(n) for n in (self.seeds, seeds))
        return self.value + (self.low - self.value) * then / now, self.value + (self.high - self.value) * then / now


def mean(numbers: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean over the levels."""
    return numbers.mean(axis=1), np.full_like(numbers, 1.0 / numbers.shape[1])


def log_ratio(pairs: Sequence[tuple[Sequence[int], Sequence[int]]]) -> Statistic:
    """Mean over pairs of log(first / second); of several levels on a side the lowest counts, in each resample."""

    def statistic(numbers: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        value, gradient, rows = np.zeros(len(numbers)), np.zeros_like(numbers), np.arange(len(numbers))
        for pair in pairs:
            for side, weight in zip(pair, (1.0 / len(pairs), -1.0 / len(pairs)), strict=True):
                lowest = np.asarray(side)[np.argmin(numbers[:, side], axis=1)]
                value += weight * np.log(numbers[rows, lowest])
                gradient[rows, lowest] += weight / numbers[rows, lowest]
        return value, gradient

    return statistic


def slope(numbers: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Change from the first level to the last by the slope over the ranks, relative to the mean of all levels."""
    weights, average = _of_ranks(numbers.shape[1]), numbers.mean(axis=1)
    change = numbers @ weights / average
    return change, (weights - change[:, None] / numbers.shape[1]) / average[:, None]


def log_slope(numbers: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Change of the logarithm from the first level to the last by its slope over the ranks."""
    weights = _of_ranks(numbers.shape[1])
    return np.log(numbers) @ weights, weights / numbers


def interval(
    values: pd.Series,
    levels: Sequence[Hashable],
    statistic: Statistic,
    spread: bool = False,
    confidence: float = CONFIDENCE,
) -> Interval:
    """The interval of a statistic.

    Args:
        values: numbers by (level, seed), several of one level and seed allowed; NaN counts as missing.
        levels: the levels in the order of the statistic's.
        statistic: what is computed from their means.
        spread: whether it is computed from their standard deviations instead.
        confidence: of the interval.

    Raises:
        ValueError: too few seeds, values of a level that do not differ where their spread is asked for, or numbers
            that have no logarithm where the statistic takes it.
    """
    first, second, count = _sums(values, levels)
    seeds, kind = len(first), "spread" if spread else "mean"
    if seeds < FEWEST[kind]:
        raise ValueError(f"an interval of a {kind} needs {FEWEST[kind]} seeds, there are {seeds}")
    weights = _weights(seeds)
    with np.errstate(all="ignore"):  # resamples without a level, or of one seed alone, are left out below
        number = weights @ count
        means = (weights @ first) / number
        variances = (weights @ second) / number - means**2
        deviations = np.sqrt(np.where(variances < 1e-12 * means**2, np.nan, variances))
        value, gradient = statistic(deviations if spread else means)
        if not np.isfinite(value[0]):
            raise ValueError("the values of a level do not differ" if spread else "a mean is not positive")
        gradient = gradient * seeds / number
        if spread:
            gradient = gradient / (2.0 * deviations)
            influence = gradient @ second.T - 2.0 * (gradient * means) @ first.T
            influence += (gradient * (means**2 - variances)) @ count.T
        else:
            influence = gradient @ first.T - (gradient * means) @ count.T
        error = np.sqrt((weights * influence**2).sum(axis=1) / (seeds * (seeds - 1)))
        studentised = (value[1:] - value[0]) / np.where(error < 1e-9 * error[0], np.nan, error)[1:]
    usable = studentised[np.isfinite(studentised)]
    if error[0] <= 1e-12 * max(abs(value[0]), 1.0) or not usable.size:
        return Interval(value[0], value[0], value[0], confidence, seeds)
    high, low = value[0] - error[0] * np.quantile(usable, [0.5 - 0.5 * confidence, 0.5 + 0.5 * confidence])
    return Interval(value[0], low, high, confidence, seeds)


@lru_cache(maxsize=8)
def _weights(seeds: int) -> np.ndarray:
    """How often every seed is in the data (first row: once) and in each resample."""
    drawn = np.random.default_rng(seeds).multinomial(seeds, np.full(seeds, 1.0 / seeds), size=RESAMPLES)
    return np.vstack([np.ones(seeds), drawn])


def _sums(values: pd.Series, levels: Sequence[Hashable]) -> list[np.ndarray]:
    """Sum, sum of squares and number of the values, each (seed, level)."""
    finite = values.dropna()
    seeds = finite.index.unique("seed").sort_values()
    where = seeds.get_indexer(finite.index.get_level_values("seed"))
    column = pd.Index(levels, tupleize_cols=False).get_indexer(finite.index.get_level_values("level"))
    numbers = finite.to_numpy(dtype=float)
    sums = np.zeros((3, len(seeds), len(levels)))
    for table, each in zip(sums, (numbers, numbers**2, np.ones_like(numbers)), strict=True):
        np.add.at(table, (where, column), each)
    return list(sums)


def _of_ranks(count: int) -> np.ndarray:
    """Weights of the least-squares slope over the ranks 0 ... count - 1, times count - 1."""
    ranks = np.arange(count) - 0.5 * (count - 1)
    return (count - 1) * ranks / (ranks**2).sum()
