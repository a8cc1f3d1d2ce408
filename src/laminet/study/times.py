"""Where the time of a study went: Snakemake's benchmark files, summed over the jobs of every stage."""

import csv
import io
import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from laminet.data import destination
from laminet.errors import InputError

VARIANTS = "variants"


@dataclass(frozen=True)
class Stage:
    """The jobs of one stage.

    Attributes:
        stage: the rule; those of variants, with files of their own, behind "variants/".
        jobs: how many.
        cpu_s: processor time of all [s].
        wall_s: wall-clock time of all [s], each by itself.
        longest_s: wall-clock time of the longest [s].
        peak_mb: largest resident memory of one [MB].
        unmeasured: jobs too short for Snakemake to measure their processor time or memory.
    """

    stage: str
    jobs: int
    cpu_s: float
    wall_s: float
    longest_s: float
    peak_mb: float
    unmeasured: int


@dataclass(frozen=True)
class Job:
    """One benchmark file; NaN-free: what Snakemake could not measure is None."""

    stage: str
    wall: float
    cpu: float | None
    peak: float | None
    end: float


def stages(folder: Path | str) -> list[Stage]:
    """Times of every stage of a study, the dearest first.

    Args:
        folder: results folder of the study.

    Raises:
        InputError: no benchmark files there, or one that is none.
    """
    jobs = _jobs(Path(folder))
    found = []
    for name in dict.fromkeys(job.stage for job in jobs):
        own = [job for job in jobs if job.stage == name]
        found.append(
            Stage(
                stage=name,
                jobs=len(own),
                cpu_s=round(sum(job.cpu or 0.0 for job in own), 2),
                wall_s=round(sum(job.wall for job in own), 2),
                longest_s=max(job.wall for job in own),
                peak_mb=max((job.peak for job in own if job.peak is not None), default=0.0),
                unmeasured=sum(job.cpu is None or job.peak is None for job in own),
            )
        )
    return sorted(found, key=lambda stage: (-stage.wall_s, stage.stage))


def elapsed(folder: Path | str) -> float:
    """Run time [s]: how long jobs ran; the pauses between the runs of an interrupted or extended study do not count.

    Raises:
        InputError: as `stages`.
    """
    spans = sorted((job.end - job.wall, job.end) for job in _jobs(Path(folder)))
    total, reached = 0.0, -math.inf
    for start, end in spans:
        total += max(0.0, end - max(start, reached))
        reached = max(reached, end)
    return total


def table(found: Sequence[Stage], run_time: float) -> str:
    """The stages as text."""
    total = sum(stage.wall_s for stage in found) or 1.0
    lines = [f"{'stage':<24}{'jobs':>6}{'CPU':>10}{'wall':>10}{'share':>8}{'longest':>10}{'memory':>10}"]
    lines += [
        f"{stage.stage:<24}{stage.jobs:>6}{stage.cpu_s:>8.0f} s{stage.wall_s:>8.0f} s"
        f"{100 * stage.wall_s / total:>6.1f} %{stage.longest_s:>8.1f} s{stage.peak_mb:>7.0f} MB"
        for stage in found
    ]
    jobs, cpu = sum(stage.jobs for stage in found), sum(stage.cpu_s for stage in found)
    lines.append(f"{'all':<24}{jobs:>6}{cpu:>8.0f} s{total:>8.0f} s")
    lines.append(f"jobs ran for {run_time / 60:.1f} min")
    return "\n".join(lines)


def save(found: Sequence[Stage], path: Path | str) -> None:
    """Write the stages as CSV.

    Raises:
        InputError: a folder that cannot be written.
    """
    lines = io.StringIO()
    writer = csv.DictWriter(lines, list(Stage.__dataclass_fields__), lineterminator="\n")
    writer.writeheader()
    writer.writerows(asdict(stage) for stage in found)
    with destination.replacing(path, text=True) as temporary:
        temporary.write_text(lines.getvalue(), encoding="utf-8")


def _jobs(folder: Path) -> list[Job]:
    """Every benchmark file of a study and of its variants."""
    own = [(folder / "benchmarks", "")]
    own += [(path, f"{VARIANTS}/") for path in sorted(folder.glob(f"{VARIANTS}/*/benchmarks"))]
    jobs = []
    for base, prefix in own:
        for path in sorted(base.glob("**/*.tsv")):
            parts = path.relative_to(base).with_suffix("").parts
            inside = f"{VARIANTS}/" if VARIANTS in parts else prefix
            jobs.append(_job(path, inside + parts[0]))
    if not jobs:
        raise InputError(f"{folder}: no benchmark files (benchmarks/**/*.tsv); give the results folder of a study")
    return jobs


def _job(path: Path, stage: str) -> Job:
    try:
        row = next(csv.DictReader(path.read_text(encoding="utf-8").splitlines(), delimiter="\t"))
        wall = float(row["s"])
        cpu, peak = (_measured(row[key]) for key in ("cpu_time", "max_rss"))
    except (StopIteration, KeyError, TypeError, ValueError) as error:
        raise InputError(f"{path}: not a benchmark file of Snakemake; delete it") from error
    return Job(stage, wall, cpu, peak, path.stat().st_mtime)


def _measured(text: str) -> float | None:
    """A number, or None where Snakemake writes NA or -."""
    return None if text in ("NA", "-") else float(text)
