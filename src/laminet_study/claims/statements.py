"""The kinds of statements that claims consist of: each tests numbers of a sample by their interval.

An effect is a change in the claimed direction, relative to the quantity itself; from RELEVANT on it counts.
"""

import math
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd

from laminet_study.claims import intervals
from laminet_study.claims.intervals import Statistic

REPRODUCED, PARTLY, NOT_REPRODUCED = "reproduced", "partly", "not reproduced"
UNDECIDED, NOT_TESTABLE = "undecided", "not testable"
VERDICTS = (REPRODUCED, PARTLY, NOT_REPRODUCED, UNDECIDED, NOT_TESTABLE)

RELEVANT, RELEVANT_ITERATIONS = 0.10, 0.05
MOST_SEEDS = 1000
"""An estimate of seeds ends here."""

Level = Hashable
Pairs = Sequence[tuple[Sequence[Level], Sequence[Level]]]
"""What is compared: pairs of levels, or of groups of levels, of which the lowest counts."""

Verdict = Callable[[float, float], str]
"""What an interval means."""


@dataclass(frozen=True, order=True)
class At:
    """A level of joined samples: the side and its own level."""

    side: str
    value: Any


class NotTestable(Exception):
    """The data lack what a rule needs; the message says what."""


@dataclass(frozen=True)
class Sample:
    """Numbers of networks.

    Attributes:
        name: what they are.
        values: by (level, seed), NaN where a training or a curve broke off. A level is the value of a design
            coordinate, of joined samples an `At`.
        factor, unit: how they are shown.
        relevant: the smallest relevant effect.
        confidence: of intervals.
    """

    name: str
    values: pd.Series
    factor: float = 1.0
    unit: str = ""
    relevant: float = RELEVANT
    confidence: float = intervals.CONFIDENCE

    @property
    def levels(self) -> list[Any]:
        """Levels with a finite number, ascending."""
        return sorted(set(self.values.dropna().index.get_level_values("level")))

    def needs(self, *levels: Level) -> list[Level]:
        """The levels as a list; NotTestable if one of them has no finite number."""
        if missing := [level for level in levels if level not in self.levels]:
            raise NotTestable(f"no finished run for {self.name} at {', '.join(map(shown, missing))}")
        return list(levels)

    def side(self, name: str) -> list[Any]:
        """Levels of one side of joined samples."""
        return [level for level in self.levels if level.side == name]

    def pairs(self, first: str, second: str) -> Pairs:
        """Levels of one side with the same ones of another; NotTestable if one side lacks one."""
        values = sorted({level.value for level in self.levels if level.side in (first, second)})
        self.needs(*(At(side, value) for side in (first, second) for value in values))
        return [([At(first, value)], [At(second, value)]) for value in values]

    def numbers(self) -> dict[str, list[float | None]]:
        """Mean and standard deviation by level, for programs."""
        groups = self.values.dropna().groupby(level="level")
        table = zip(groups.mean(), groups.std(), strict=True)
        return {shown(level): [_digits(mean), _digits(std)] for level, (mean, std) in zip(groups.groups, table)}

    def words(self) -> str:
        """Mean and standard deviation at every level."""
        parts = [
            f"{level}: {self.factor * mean:.3g}" + ("" if std is None else f" ± {self.factor * std:.2g}")
            for level, (mean, std) in self.numbers().items()
            if mean is not None
        ]
        lost = int(self.values.isna().sum())
        return f"{self.name}{self.unit}: {', '.join(parts)}" + (f" (left out: {lost} that broke off)" if lost else "")


@dataclass(frozen=True)
class Statement:
    """One thing that a claim says, tested.

    Attributes:
        name: what is said.
        asks: what its rule asks for.
        estimate, interval: the number it is tested by; None where it is exact.
        percent: whether that is shown in percent, else as a factor.
        verdict: one of VERDICTS, or None if it is reported only.
        seeds: that would decide an undecided one, MOST_SEEDS + 1 if they are more.
        sample: the numbers behind it.
    """

    name: str
    asks: str
    verdict: str | None
    estimate: float | None = None
    interval: tuple[float, float] | None = None
    percent: bool = False
    seeds: int | None = None
    sample: Sample | None = field(default=None, compare=False)

    @property
    def estimate_in_words(self) -> str:
        """Estimate and interval, as they are shown."""
        if self.estimate is None or self.interval is None:
            return "exact"
        low, high, value = (_shown(number, self.percent) for number in (*self.interval, self.estimate))
        return f"{value} ({low} to {high})"

    def as_json(self) -> dict[str, Any]:
        """An entry of `statements` in claims.json."""
        interval = None if self.interval is None else [_digits(end) for end in self.interval]
        estimate = None if self.estimate is None else _digits(self.estimate)
        entry = {"name": self.name, "estimate": estimate, "interval": interval, "verdict": self.verdict}
        return entry | {"asks": self.asks, "seeds": self.seeds}


def exact(name: str, holds: bool) -> Statement:
    """What needs no statistics."""
    return Statement(name, "exact", REPRODUCED if holds else NOT_REPRODUCED)


def lower(name: str, sample: Sample, pairs: Pairs, spread: bool = False) -> Statement:
    """The first of each pair is the lower one: 'X is best', 'A is below B'; the effect is 1 - first / second."""
    verdict, asks = _effect(sample.relevant)
    return _of_pairs(name, sample, pairs, lambda value: 1.0 - math.exp(value), verdict, asks, True, spread)


def falls(name: str, sample: Sample, levels: Sequence[Level], spread: bool = False) -> Statement:
    """A mean, or the standard deviation, falls over the levels; the effect is the fall from the first to the last."""
    verdict, asks = _effect(sample.relevant)
    if spread:
        return _tested(
            name, sample, levels, intervals.log_slope, lambda value: 1.0 - math.exp(value), verdict, asks, True, spread
        )
    return _tested(name, sample, levels, intervals.slope, lambda value: -value, verdict, asks, True)


def rises(name: str, sample: Sample, levels: Sequence[Level]) -> Statement:
    """A mean rises over the levels."""
    verdict, asks = _effect(sample.relevant)
    return _tested(name, sample, levels, intervals.slope, float, verdict, asks, True)


def steady(name: str, sample: Sample, levels: Sequence[Level], change: float) -> Statement:
    """A mean changes by less than a share of itself from the first level to the last."""
    verdict, asks = _inside(-change, change), f"inside ±{100 * change:.0f} %"
    return _tested(name, sample, levels, intervals.slope, float, verdict, asks, True)


def within(name: str, sample: Sample, pairs: Pairs, low: float, high: float) -> Statement:
    """First over second lies in a range: 'the same', 'comparable', 'at most'."""
    asks = f"at most {high:.3g}" if low == 0.0 else f"{low:.3g} to {high:.3g}"
    return _of_pairs(name, sample, pairs, math.exp, _inside(low, high), asks)


def share(name: str, sample: Sample, least: float) -> Statement:
    """The mean of all is at least so much."""
    levels = sample.needs(*sample.levels)
    asks = f"at least {100 * least:.0f} %"
    return _tested(name, sample, levels, intervals.mean, float, _inside(least, math.inf), asks, True)


def ratio(name: str, sample: Sample, pairs: Pairs, low: float, high: float) -> Statement:
    """First over second is a ratio that the paper gives as low to high, both above 1 or both below."""
    below = high < 1.0
    least, most = (1.0 / high, 1.0 / low) if below else (low, high)
    least, most = max(0.8 * least, 1.1), 1.25 * most

    def verdict(start: float, end: float) -> str:
        start, end = (1.0 / end, 1.0 / start) if below else (start, end)
        inside = _inside(least, most)(start, end)
        if inside == NOT_REPRODUCED and end >= 1.1:
            return PARTLY if start > 1.1 else UNDECIDED
        return inside

    asks = f"{1 / most:.3g} to {1 / least:.3g}" if below else f"{least:.3g} to {most:.3g}"
    return _of_pairs(name, sample, pairs, math.exp, verdict, asks)


def reported(kind: Callable[..., Statement], *arguments: Any) -> Iterator[Statement]:
    """A statement without a verdict, which stands beside what decides; none where the data lack it."""
    with suppress(NotTestable):
        yield replace(kind(*arguments), verdict=None, asks="reported", seeds=None)


def combined(verdicts: Sequence[str | None]) -> str:
    """The verdict on a claim of several statements; reported ones, None, do not count."""
    counted = [verdict for verdict in verdicts if verdict is not None]
    if NOT_TESTABLE in counted or not counted:
        return NOT_TESTABLE
    if set(counted) <= {REPRODUCED}:
        return REPRODUCED
    if {REPRODUCED, PARTLY} & set(counted):
        return PARTLY
    return UNDECIDED if UNDECIDED in counted else NOT_REPRODUCED


def shown(level: Any) -> str:
    """A level in words: 40, or 'dmn_residual 4'."""
    return f"{level.side} {level.value}" if isinstance(level, At) else str(level)


def _effect(relevant: float) -> tuple[Verdict, str]:
    def verdict(low: float, high: float) -> str:
        if high < relevant:
            return NOT_REPRODUCED
        return REPRODUCED if low > 0.0 else UNDECIDED

    return verdict, f"above 0, up to {100 * relevant:.0f} % or more"


def _inside(least: float, most: float) -> Verdict:
    def verdict(low: float, high: float) -> str:
        if high < least or low > most:
            return NOT_REPRODUCED
        return REPRODUCED if least <= low and high <= most else UNDECIDED

    return verdict


def _of_pairs(
    name: str,
    sample: Sample,
    pairs: Pairs,
    scale: Callable[[float], float],
    verdict: Verdict,
    asks: str,
    percent: bool = False,
    spread: bool = False,
) -> Statement:
    levels = list(dict.fromkeys(level for pair in pairs for side in pair for level in side))
    positions = [
        ([levels.index(level) for level in first], [levels.index(level) for level in second]) for first, second in pairs
    ]
    return _tested(name, sample, levels, intervals.log_ratio(positions), scale, verdict, asks, percent, spread)


def _tested(
    name: str,
    sample: Sample,
    levels: Sequence[Level],
    statistic: Statistic,
    scale: Callable[[float], float],
    verdict: Verdict,
    asks: str,
    percent: bool = False,
    spread: bool = False,
) -> Statement:
    """A statement by the interval of a statistic; `scale` brings its value to what is shown and judged."""
    levels = sample.needs(*levels)
    values = sample.values[sample.values.index.get_level_values("level").isin(levels)]
    try:
        result = intervals.interval(values, levels, statistic, spread, sample.confidence)
    except ValueError as error:
        raise NotTestable(f"{sample.name}: {error}") from error

    def judged(low: float, high: float) -> tuple[tuple[float, float], str]:
        ends = sorted((scale(low), scale(high)))
        return (ends[0], ends[1]), verdict(*ends)

    interval, decision = judged(result.low, result.high)
    seeds = None
    if decision == UNDECIDED:
        more = np.unique(np.geomspace(result.seeds + 1, max(MOST_SEEDS, result.seeds + 1), 80).astype(int))
        wide = zip(more.tolist(), *result.with_seeds(more), strict=True)
        seeds = next((number for number, low, high in wide if judged(low, high)[1] != UNDECIDED), MOST_SEEDS + 1)
    return Statement(name, asks, decision, scale(result.value), interval, percent, seeds, sample)


def _digits(value: float) -> float | None:
    """A number to six digits, for programs; None where there is none."""
    return float(f"{value:.6g}") if math.isfinite(value) else None


def _shown(value: float, percent: bool) -> str:
    if percent:
        return f"{100 * value:.0f} %"
    return f"{value:.2f}x"


def joined(name: str, sides: Mapping[str, Sample]) -> Sample:
    """Samples beside each other, each a side: their levels become `At`; shown as the first."""
    parts = []
    for side, sample in sides.items():
        index = sample.values.index
        levels = [At(side, level) for level in index.get_level_values("level")]
        parts.append(pd.Series(sample.values.to_numpy(), _index(levels, index.get_level_values("seed"))))
    return replace(next(iter(sides.values())), name=name, values=pd.concat(parts))


def _index(levels: Sequence[Level], seeds: Sequence[int]) -> pd.MultiIndex:
    return pd.MultiIndex.from_arrays([levels, seeds], names=["level", "seed"])
