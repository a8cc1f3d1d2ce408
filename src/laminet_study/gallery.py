"""A gallery of a finished study: figures, datasets small enough to be published, verdicts, and an index of them.

Everything in it is drawn and judged from the published datasets themselves, so that anybody can do it again; but of the
repetitions in variants only tables of verdicts are published.
"""

import os
import shlex
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import xarray as xr

from laminet import __version__
from laminet.errors import InputError
from laminet.files import destination, netcdf
from laminet.files.netcdf import machine
from laminet_study import claims, configuration, datasets, figures, measured, pages, resolution, times
from laminet_study.registry import FIGURES

CURVES = tuple(sorted({spec.study for spec in FIGURES.values() if spec.study and spec.references}))
"""Studies whose figures show curves; the others are published without them."""

INDEX = ("README.md", "claims.json", "claims.html", "times.csv")
"""Files of a gallery in addition to its figures and data."""

LOOKS = ("decide/claims.json", "decide/first_look/claims.json")
"""Verdicts with more seeds: of the last look at the data, and of the first."""

TIMES = "times.nc"
"""What was measured, in the results and among the published data."""


def make(folder: Path | str, out: Path | str, configs: Sequence[Path | str], control: str = "stress") -> None:
    """Publish a finished study.

    Args:
        folder: its results; verdicts with more seeds, of the last look there is, are shown next to those of the study.
        out: folder of the gallery; files of an earlier one with the same names are replaced.
        configs: configuration files of the study, each merged over the one before.
        control: reading of 'uniaxial' of figures and verdicts.

    Raises:
        InputError: no datasets there, a configuration that cannot be read, one that the study's data contradict, or
            a gallery in the study's own folder.
    """
    folder, out = Path(folder), Path(out)
    paths = sorted(folder.glob("datasets/[!.]*.nc"))
    if not paths:
        raise InputError(f"{folder}: no datasets/*.nc; give the results folder of a finished study")
    config = configuration.read(configs, {})
    facts = {  # before anything is written: the gallery is itself among the sources
        "configuration (sha256 of its keys and values)": f"`{netcdf.parameters_sha256(config)}`",
        "commit": f"`{commit()}`",
        "laminet": __version__,
    }
    data = out / "datasets"
    jobs = times.jobs(folder) if (folder / "benchmarks").is_dir() else None
    tables = sorted(folder.glob("sensitivity/[!.]*.csv"))
    published = [out / name for name in INDEX] + [data / path.name for path in paths]
    published += [out / "sensitivity" / path.name for path in tables]
    destination.check_distinct(published, [*paths, *tables, *configs])
    studies: dict[str, xr.Dataset] = {}
    repetitions: dict[str, xr.Dataset] = {}  # in variants: their verdicts are published, not their data
    for path in paths:
        whole = datasets.load(path)
        if "repeats" in whole.attrs:
            repetitions[path.stem] = datasets.compact(whole, False, 2)
            continue
        publish(datasets.compact(whole, path.stem in CURVES), data / path.name)
        studies[path.stem] = datasets.load(data / path.name)
    for path in [folder / TIMES, folder / "data/rve.nc", *sorted(folder.glob("data/reference_*.nc"))]:
        if path.is_file():
            publish(netcdf.read(path), data / path.name)
    timed = measured.load(data / TIMES) if (data / TIMES).is_file() else None
    rve, references = figures.cell_and_references(data)
    studies = {name: resolution.with_estimated_errors(study, references) for name, study in studies.items()}
    judged = claims.judge(studies, control, times=timed)
    rows, entries = claims.sensitivities(judged, studies | repetitions, control, timed)
    more = latest_look(folder)
    decided = claims.verdicts_from_file(more) if more else {}
    claims.save(rows, studies, out / "claims.json", out / "claims.html", entries, figures=".png", decided=decided)
    for path in tables:
        destination.write_text(out / "sensitivity" / path.name, path.read_text(encoding="utf-8"))
    if jobs is not None:
        times.save(times.stages(jobs), out / "times.csv")
    facts |= {
        "collected": max((str(study.attrs["created"]) for study in studies.values()), default="unknown"),
        "machine": processor(),
        "run time": "not recorded" if jobs is None else f"{times.elapsed(jobs) / 60:.1f} min in which jobs ran",
        "load cases shown": f"uniaxial {control}",
    }
    missing = figures.draw_all(
        studies,
        rve,
        references,
        control,
        lambda name, figure: figures.save(figure, out / f"{name}.png"),
        times=timed,
    )
    shown = {
        "facts": facts,
        "figures": {name: spec.title for name, spec in FIGURES.items() if name not in missing},
        "missing": {name: reason for name, reason in missing.items() if FIGURES[name].study in (None, *studies)},
        "files": sorted(data.glob("*.nc")),
        "tables": [path.stem for path in tables],
        "kept": {name: study.attrs["compact"] for name, study in studies.items()},
    }
    destination.write_text(out / "README.md", pages.render("gallery.md", **shown))


def publish(dataset: xr.Dataset, path: Path) -> None:
    """Write a dataset as small as it gets without losing a digit; it names the kind of machine and no place on it.

    Raises:
        InputError: the folder cannot be written.
    """
    shown = dataset.assign_attrs(host=processor(), command=_without_places(str(dataset.attrs.get("command", ""))))
    encoding: dict[Any, dict[str, Any]] = {
        name: {"zlib": True, "complevel": 9, "shuffle": True, "chunksizes": variable.shape}
        for name, variable in shown.data_vars.items()
        if variable.ndim and variable.size and variable.dtype.kind in "biuf"
    }
    for variable in shown.variables.values():
        variable.encoding = {}
    with destination.replacing(path) as temporary:
        shown.to_netcdf(temporary, engine="netcdf4", encoding=encoding)


def processor() -> str:
    """Kind of processor, without the machine's name."""
    return f"{machine()['cpu_model']}, {os.cpu_count()} cores"


def latest_look(folder: Path) -> Path | None:
    """The verdicts with more seeds of a study's folder; None without any."""
    return next((path for name in LOOKS if (path := folder / name).is_file()), None)


def commit() -> str:
    """Commit of the sources in the current folder, with `-dirty` if they were changed since."""
    command = ["git", "describe", "--always", "--dirty", "--abbrev=12", "--exclude=*"]
    try:
        return subprocess.check_output(command, stderr=subprocess.DEVNULL, text=True).strip()
    except (OSError, subprocess.CalledProcessError):
        return "unknown"


def _without_places(command: str) -> str:
    """A command with absolute paths cut down to their last part, and long lists of files shortened."""
    try:
        words = shlex.split(command)
    except ValueError:
        words = command.split()
    shown = [Path(word).name if word.startswith(("/", "~")) else word for word in words]
    return " ".join(shown if len(shown) <= 24 else [*shown[:4], "...", *shown[-16:]])
