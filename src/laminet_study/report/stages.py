"""Times and memory of the workflow's stages, from the benchmark files of its jobs."""

import csv
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

ORDER = ("rve", "sample", "reference", "train", "evaluate")
"""Stages in the order they run; others follow by name."""

MISSING = "\u2013"


@dataclass(frozen=True)
class Stage:
    """Jobs of one stage: wall-clock times [s], processor times [s] and largest memory [MB] of each."""

    name: str
    seconds: Sequence[float]
    processor: Sequence[float]
    memory: Sequence[float]

    @property
    def cells(self) -> list[str]:
        """Jobs, total, median and longest time, processor time and memory, in words."""
        return [
            str(len(self.seconds)),
            duration(sum(self.seconds)),
            duration(statistics.median(self.seconds)),
            duration(max(self.seconds)),
            duration(sum(self.processor)) if self.processor else MISSING,
            f"{max(self.memory):,.0f} MB" if self.memory else MISSING,
        ]


def read(folder: Path) -> list[Stage]:
    """Stages of a folder of benchmark files, `<stage>.tsv`, `<stage>_<name>.tsv` or `<stage>/<job>.tsv`."""
    found: dict[str, list[dict[str, str]]] = {}
    for path in sorted(folder.rglob("*.tsv")):
        parts = path.relative_to(folder).parts
        name = parts[0] if len(parts) > 1 else path.stem.split("_")[0]
        with path.open(encoding="utf-8", newline="") as file:
            found.setdefault(name, []).extend(csv.DictReader(file, delimiter="\t"))
    known = {name: rank for rank, name in enumerate(ORDER)}
    stages = [
        Stage(name, *(_numbers(rows, key) for key in ("s", "cpu_time", "max_rss")))
        for name, rows in sorted(found.items(), key=lambda entry: (known.get(entry[0], len(known)), entry[0]))
    ]
    return [stage for stage in stages if stage.seconds]


def duration(seconds: float) -> str:
    """A time in the unit that suits it: 7.3 s, 12 min 5 s, 3 h 20 min."""
    if seconds < 60.0:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest} s"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min"


def _numbers(rows: Sequence[dict[str, str]], key: str) -> list[float]:
    """Values of a column; jobs too short to be measured have none."""
    found = []
    for row in rows:
        try:
            found.append(float(row[key]))
        except (KeyError, TypeError, ValueError):
            continue
    return found
