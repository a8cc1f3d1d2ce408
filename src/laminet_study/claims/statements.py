"""The kinds of statements that claims consist of: each tests numbers of a sample by their interval.

An effect is a change in the claimed direction, relative to the quantity itself; from RELEVANT on it counts.
"""

import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from laminet_study.claims import intervals
from laminet_study.claims.intervals import Statistic
from laminet_study.claims.samples import Level, NotTestable, Pairs, Sample, digits

REPRODUCED, PARTLY, NOT_REPRODUCED = "reproduced", "partly", "not reproduced"
UNDECIDED, NOT_TESTABLE = "undecided", "not testable"
VERDICTS = (REPRODUCED, PARTLY, NOT_REPRODUCED, UNDECIDED, NOT_TESTABLE)

MOST_SEEDS = 1000
"""An estimate of seeds ends here."""


@dataclass(frozen=True)
class Statement:
    """One thing that a claim says, tested.

    Attributes:
        name: what is said.
        asks: what its rule asks for.
        verdict: one of VERDICTS, or None if it is reported only.
        estimate, interval: the number it is tested by; None where it is exact.
        percent: whether that is shown in percent, else as a factor.
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
        numbers = (self.estimate, *self.interval)
        return "{} ({} to {})".format(*(f"{100 * n:.0f} %" if self.percent else f"{n:.2f}x" for n in numbers))

    def as_json(self) -> dict[str, Any]:
        """An entry of `statements` in claims.json."""
        estimate = None if self.estimate is None else digits(self.estimate)
        interval = None if self.interval is None else [digits(end) for end in self.interval]
        entry = {"name": self.name, "estimate": estimate, "interval": interval, "verdict": self.verdict}
        return entry | {"asks": self.asks, "seeds": self.seeds}


@dataclass(frozen=True)
class Asked:
    """What a statement asks for.

    Attributes:
        words: the same in words.
        verdict: what an interval means.
        scale: from a statistic to what is shown and judged, monotone.
        percent: whether that is shown in percent.
    """

    words: str
    verdict: Callable[[float, float], str]
    scale: Callable[[float], float]
    percent: bool = True

    def judged(self, low: float, high: float) -> tuple[tuple[float, float], str]:
        """An interval of the statistic as it is shown, and the verdict."""
        first, last = sorted((self.scale(low), self.scale(high)))
        return (first, last), self.verdict(first, last)


def exact(name: str, holds: bool) -> Statement:
    """What needs no statistics."""
    return Statement(name, "exact", REPRODUCED if holds else NOT_REPRODUCED)


def lower(name: str, sample: Sample, pairs: Pairs, spread: bool = False) -> Statement:
    """The first of each pair is the lower one: 'X is best', 'A is below B'; the effect is 1 - first / second."""
    return _tested(name, sample, *_compared(pairs), _effect(sample, _fall), spread)


def falls(name: str, sample: Sample, levels: Sequence[Level], spread: bool = False) -> Statement:
    """A mean, or the standard deviation, falls over the levels; the effect is the fall from the first to the last."""
    if spread:
        return _tested(name, sample, levels, intervals.log_slope, _effect(sample, _fall), spread)
    return _tested(name, sample, levels, intervals.slope, _effect(sample, lambda value: -value))


def rises(name: str, sample: Sample, levels: Sequence[Level]) -> Statement:
    """A mean rises over the levels."""
    return _tested(name, sample, levels, intervals.slope, _effect(sample, float))


def steady(name: str, sample: Sample, levels: Sequence[Level], change: float) -> Statement:
    """A mean changes by less than a share of itself from the first level to the last."""
    asked = Asked(f"inside ±{100 * change:.0f} %", _inside(-change, change), float)
    return _tested(name, sample, levels, intervals.slope, asked)


def within(name: str, sample: Sample, pairs: Pairs, low: float, high: float) -> Statement:
    """First over second lies in a range: 'the same', 'comparable', 'at most'."""
    words = f"at most {high:.3g}" if low == 0.0 else f"{low:.3g} to {high:.3g}"
    return _tested(name, sample, *_compared(pairs), Asked(words, _inside(low, high), math.exp, False))


def share(name: str, sample: Sample, least: float) -> Statement:
    """The mean of all is at least so much."""
    asked = Asked(f"at least {100 * least:.0f} %", _inside(least, math.inf), float)
    return _tested(name, sample, sample.levels, intervals.mean, asked)


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

    words = f"{1 / most:.3g} to {1 / least:.3g}" if below else f"{least:.3g} to {most:.3g}"
    return _tested(name, sample, *_compared(pairs), Asked(words, verdict, math.exp, False))


def reported(kind: Callable[..., Statement], *arguments: Any) -> Iterator[Statement]:
    """A statement without a verdict, shown with those that decide; nothing where the data lack it."""
    with suppress(NotTestable):
        yield replace(kind(*arguments), verdict=None, asks="reported", seeds=None)


def combined(verdicts: Sequence[str | None]) -> str:
    """The verdict on a claim of several statements; reported ones, None, do not count."""
    counted = {verdict for verdict in verdicts if verdict is not None}
    if NOT_TESTABLE in counted or not counted:
        return NOT_TESTABLE
    if counted == {REPRODUCED}:
        return REPRODUCED
    if {REPRODUCED, PARTLY} & counted:
        return PARTLY
    return UNDECIDED if UNDECIDED in counted else NOT_REPRODUCED


def _fall(log_ratio: float) -> float:
    return 1.0 - math.exp(log_ratio)


def _effect(sample: Sample, scale: Callable[[float], float]) -> Asked:
    def verdict(low: float, high: float) -> str:
        if high < sample.relevant:
            return NOT_REPRODUCED
        return REPRODUCED if low > 0.0 else UNDECIDED

    return Asked(f"above 0, up to {100 * sample.relevant:.0f} % or more", verdict, scale)


def _inside(least: float, most: float) -> Callable[[float, float], str]:
    def verdict(low: float, high: float) -> str:
        if high < least or low > most:
            return NOT_REPRODUCED
        return REPRODUCED if least <= low and high <= most else UNDECIDED

    return verdict


def _compared(pairs: Pairs) -> tuple[list[Level], Statistic]:
    """Levels of some pairs, and the statistic that compares them."""
    levels = list(dict.fromkeys(level for pair in pairs for side in pair for level in side))
    at = {level: place for place, level in enumerate(levels)}
    return levels, intervals.log_ratio([([at[x] for x in first], [at[x] for x in second]) for first, second in pairs])


def _tested(
    name: str, sample: Sample, levels: Sequence[Level], statistic: Statistic, asked: Asked, spread: bool = False
) -> Statement:
    """A statement by the interval of a statistic."""
    levels = sample.needs(*levels)
    values = sample.values[sample.values.index.get_level_values("level").isin(levels)]
    try:
        result = intervals.interval(values, levels, statistic, spread, sample.confidence)
    except ValueError as error:
        raise NotTestable(f"{sample.name}: {error}") from error
    interval, verdict = asked.judged(result.low, result.high)
    seeds = None
    if verdict == UNDECIDED:
        more = np.unique(np.geomspace(result.seeds + 1, max(MOST_SEEDS, result.seeds + 1), 80).astype(int))
        wide = zip(more.tolist(), *result.with_seeds(more), strict=True)
        seeds = next((number for number, *ends in wide if asked.judged(*ends)[1] != UNDECIDED), MOST_SEEDS + 1)
    return Statement(name, asked.words, verdict, asked.scale(result.value), interval, asked.percent, seeds, sample)
