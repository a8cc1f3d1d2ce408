"""Where the time of a study went: Snakemake's benchmark files, summed over the jobs of every stage."""

from pathlib import Path

import pandas as pd

from laminet.errors import InputError
from laminet.files import destination

VARIANTS = "variants"
MEASURED = {"s": "wall", "cpu_time": "cpu", "max_rss": "peak"}
"""Columns of a benchmark file, and what they are called here."""

PUBLISHED = ("jobs", "cpu_s", "wall_s", "longest_s", "peak_mb", "unmeasured")
"""Columns of the CSV, behind the name of the stage."""


def jobs(folder: Path | str) -> pd.DataFrame:
    """One row for each job of a study and of its variants.

    Args:
        folder: results folder of the study.

    Returns:
        Columns `stage`, `wall` and `cpu` [s], `peak` [MB], NaN where a job was too short to be measured, and `end`, the
        time at which it ended [s]. A stage is a rule, with "variants/" before it where a variant has its own files.

    Raises:
        InputError: no benchmark files there, or a file of another kind.
    """
    folder = Path(folder)
    rows = []
    for place in [folder / "benchmarks", *sorted(folder.glob(f"{VARIANTS}/*/benchmarks"))]:
        for path in sorted(place.glob("**/*.tsv")):
            prefix = f"{VARIANTS}/" if VARIANTS in path.relative_to(folder).parts else ""
            rule = path.relative_to(place).with_suffix("").parts[0]
            rows.append({"stage": prefix + rule, **_measured(path), "end": path.stat().st_mtime})
    if not rows:
        raise InputError(f"{folder}: no benchmark files (benchmarks/**/*.tsv); give the results folder of a study")
    return pd.DataFrame(rows)


def stages(jobs: pd.DataFrame) -> pd.DataFrame:
    """Times of every stage, the one with the largest wall-clock time first.

    Args:
        jobs: of the study, see `jobs`.

    Returns:
        By stage: the number of `jobs`, the sums of their times, `cpu_s` and `wall_s` [s], and `median_s` and
        `longest_s` of the wall-clock times [s]. `peak_mb` is the largest resident memory of a job [MB]. `unmeasured`
        counts the jobs that were too short for Snakemake to measure their processor time or memory.
    """
    table = jobs.groupby("stage").agg(
        jobs=("wall", "size"),
        cpu_s=("cpu", "sum"),
        wall_s=("wall", "sum"),
        median_s=("wall", "median"),
        longest_s=("wall", "max"),
        peak_mb=("peak", "max"),
    )
    unmeasured = jobs[["cpu", "peak"]].isna().any(axis=1).groupby(jobs["stage"]).sum()
    table = table.round({"cpu_s": 2, "wall_s": 2}).fillna({"peak_mb": 0.0}).assign(unmeasured=unmeasured)
    return table.sort_values("wall_s", ascending=False, kind="stable")


def elapsed(jobs: pd.DataFrame) -> float:
    """Run time [s]: how long jobs ran; the pauses between the runs of an interrupted or extended study do not count."""
    spans = pd.DataFrame({"start": jobs["end"] - jobs["wall"], "end": jobs["end"]}).sort_values(["start", "end"])
    reached = spans["end"].cummax().shift()
    start = spans["start"].where(~(spans["start"] < reached), reached)
    return float((spans["end"] - start).clip(lower=0.0).sum())


def table(stages: pd.DataFrame, run_time: float) -> str:
    """The stages as text."""
    total = stages["wall_s"].sum() or 1.0
    lines = [f"{'stage':<24}{'jobs':>6}{'CPU':>10}{'wall':>10}{'share':>8}{'longest':>10}{'memory':>10}"]
    lines += [
        f"{stage.Index:<24}{stage.jobs:>6}{stage.cpu_s:>8.0f} s{stage.wall_s:>8.0f} s"
        f"{100 * stage.wall_s / total:>6.1f} %{stage.longest_s:>8.1f} s{stage.peak_mb:>7.0f} MB"
        for stage in stages.itertuples()
    ]
    lines.append(f"{'all':<24}{stages['jobs'].sum():>6}{stages['cpu_s'].sum():>8.0f} s{total:>8.0f} s")
    lines.append(f"jobs ran for {run_time / 60:.1f} min")
    return "\n".join(lines)


def duration(seconds: float) -> str:
    """A time in the unit that suits it: 7.3 s, 12 min 5 s, 3 h 20 min."""
    if seconds < 60.0:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest} s"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min"


def save(stages: pd.DataFrame, path: Path | str) -> None:
    """Write the stages as CSV.

    Raises:
        InputError: a folder that cannot be written.
    """
    destination.write_text(path, stages.to_csv(columns=PUBLISHED, lineterminator="\n"))


def _measured(path: Path) -> dict[str, float]:
    """The numbers of a benchmark file, NaN where Snakemake writes NA or -."""
    try:
        table = pd.read_csv(path, sep="\t", na_values="-", usecols=list(MEASURED)).astype(float)
        row = table.dropna(subset="s").iloc[0]
    except (OSError, ValueError, IndexError) as error:
        raise InputError(f"{path}: not a benchmark file of Snakemake; delete it") from error
    return {name: row[column] for column, name in MEASURED.items()}
