"""Samples: numbers of networks by setting and seed, which statements are tested by."""

import math
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd

from laminet_study.claims import intervals

RELEVANT, RELEVANT_ITERATIONS = 0.10, 0.05

Level = Hashable
Pairs = Sequence[tuple[Sequence[Level], Sequence[Level]]]
"""What is compared: pairs of levels, or of groups of levels, of which the lowest counts."""


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
        sides: of joined samples, both.
    """

    name: str
    values: pd.Series
    factor: float = 1.0
    unit: str = ""
    relevant: float = RELEVANT
    confidence: float = intervals.CONFIDENCE
    sides: tuple[str, ...] = ()

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

    def pairs(self, value: Any = None) -> Pairs:
        """Both sides of joined samples at one level, or at every one; NotTestable if one side lacks one."""
        values = sorted({level.value for level in self.levels}) if value is None else [value]
        first, second = ([At(side, each) for each in values] for side in self.sides)
        self.needs(*first, *second)
        return [([one], [other]) for one, other in zip(first, second, strict=True)]

    def numbers(self) -> dict[str, list[float | None]]:
        """Mean and standard deviation by level, for programs."""
        groups = self.values.dropna().groupby(level="level")
        table = zip(groups.mean(), groups.std(), strict=True)
        return {shown(level): [digits(mean), digits(std)] for level, (mean, std) in zip(groups.groups, table)}

    def words(self) -> str:
        """Mean and standard deviation at every level."""
        parts = [
            f"{level}: {self.factor * mean:.3g}" + ("" if std is None else f" ± {self.factor * std:.2g}")
            for level, (mean, std) in self.numbers().items()
            if mean is not None
        ]
        lost = int(self.values.isna().sum())
        return f"{self.name}{self.unit}: {', '.join(parts)}" + (f" (left out: {lost} that broke off)" if lost else "")


def joined(name: str, sides: Mapping[str, Sample]) -> Sample:
    """Several samples as one, each of them a side: their levels become `At`. The result is shown as the first one."""
    parts = [
        sample.values.set_axis(sample.values.index.map(lambda at, side=side: (At(side, at[0]), at[1])))
        for side, sample in sides.items()
    ]
    values = pd.concat(parts).rename_axis(["level", "seed"])
    return replace(next(iter(sides.values())), name=name, values=values, sides=tuple(sides))


def shown(level: Any) -> str:
    """A level in words: 40, or 'dmn_residual 4'."""
    return f"{level.side} {level.value}" if isinstance(level, At) else str(level)


def digits(value: float) -> float | None:
    """A number to six digits, for programs; None where there is none."""
    return float(f"{value:.6g}") if math.isfinite(value) else None
