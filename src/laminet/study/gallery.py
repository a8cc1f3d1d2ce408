"""A gallery of a finished study: figures, datasets small enough to be published, verdicts, and an index of them.

Everything in it is drawn and judged from the published datasets themselves, so that anybody can do it again.
"""

import shlex
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import xarray as xr
import yaml

from laminet import __version__
from laminet.data import destination, netcdf, source
from laminet.errors import InputError
from laminet.study import claims, datasets, figures, times
from laminet.study.compact import compact
from laminet.study.figures.registry import FIGURES
from laminet.study.variants import merged

CURVES = tuple(sorted({spec.study for spec in FIGURES.values() if spec.study and spec.references}))
"""Studies whose figures show curves; the others are published without them."""

INDEX = ("README.md", "claims.json", "claims.html", "sensitivity.json", "sensitivity.csv", "times.csv")
"""Files of a gallery beside its figures and data."""

EPOCHS_OF_REPETITIONS = 2
"""Repetitions in variants are published for their numbers: of their histories the first and the last epoch."""


def make(folder: Path | str, out: Path | str, configs: Sequence[Path | str], control: str = "stress") -> None:
    """Publish a finished study.

    Args:
        folder: its results.
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
    config = _config(configs)
    sources = commit()  # before anything is written: the gallery is itself among the sources
    machine, data = cpu(), out / "datasets"
    stages = times.stages(folder) if (folder / "benchmarks").is_dir() else []
    published = [out / name for name in INDEX] + [data / path.name for path in paths]
    destination.check_distinct(published, [*paths, *configs])
    studies: dict[str, xr.Dataset] = {}
    for path in paths:
        whole = datasets.load(path)
        repeated = "repeats" in whole.attrs
        small = compact(whole, path.stem in CURVES, EPOCHS_OF_REPETITIONS if repeated else 200)
        publish(small, data / path.name, machine)
        studies[path.stem] = datasets.load(data / path.name)
    for path in [folder / "data/rve.nc", *sorted(folder.glob("data/reference_*.nc"))]:
        if path.is_file():
            publish(netcdf.read(path), data / path.name, machine)
    drawn, missing = _draw(sorted(data.glob("*.nc")), out, control)
    rows, entries = claims.sensitivities(claims.judge(studies, control), studies, control)
    claims.save(rows, studies, out / "claims.json", out / "claims.html", entries, figures=".png")
    claims.save_sensitivity(entries, out / "sensitivity.json", out / "sensitivity.csv")
    if stages:
        times.save(stages, out / "times.csv")
    run_time = times.elapsed(folder) if stages else None
    text = index(config, studies, drawn, missing, sorted(data.glob("*.nc")), sources, machine, run_time, control)
    with destination.replacing(out / "README.md") as temporary:
        temporary.write_text(text, encoding="utf-8")


def publish(dataset: xr.Dataset, path: Path, machine: str) -> None:
    """Write a dataset as small as it gets without losing a digit; it names the kind of machine and no place on it.

    Raises:
        InputError: the folder cannot be written.
    """
    shown = dataset.assign_attrs(host=machine, command=_without_places(str(dataset.attrs.get("command", ""))))
    encoding: dict[Any, dict[str, Any]] = {
        name: {"zlib": True, "complevel": 9, "shuffle": True, "chunksizes": variable.shape}
        for name, variable in shown.data_vars.items()
        if variable.ndim and variable.size and variable.dtype.kind in "biuf"
    }
    for variable in shown.variables.values():
        variable.encoding = {}
    with destination.replacing(path) as temporary:
        shown.to_netcdf(temporary, engine="netcdf4", encoding=encoding)


def cpu() -> str:
    """Kind of processor, without the machine's name."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return f"{models[0]}, {len(models)} cores" if models else "unknown processor"


def index(
    config: Mapping[str, Any],
    studies: Mapping[str, xr.Dataset],
    drawn: Sequence[Path],
    missing: Mapping[str, str],
    data: Sequence[Path],
    sources: str,
    machine: str,
    run_time: float | None,
    control: str,
) -> str:
    """The index page, Markdown."""
    dates = sorted(str(study.attrs["created"]) for study in studies.values() if "created" in study.attrs)
    facts = {
        "configuration (sha256 of its keys and values)": f"`{netcdf.parameters_sha256(config)}`",
        "commit": f"`{sources}`",
        "laminet": __version__,
        "collected": dates[-1] if dates else "unknown",
        "machine": machine,
        "run time": "not recorded" if run_time is None else f"{run_time / 60:.1f} min in which jobs ran",
        "load cases shown": f"uniaxial {control}",
    }
    lines = [
        "# Gallery",
        "",
        "Every figure of the study, and the data behind it, from one run.",
        "",
        "| | |",
        "|---|---|",
    ]
    lines += [f"| {label} | {value} |" for label, value in facts.items()]
    lines += ["", "## Verdicts", "", "[The paper's claims, judged](claims.html), also as [JSON](claims.json);"]
    lines += ["[by variant](sensitivity.csv); [where the time went](times.csv).", "", "## Figures", ""]
    for path in drawn:
        lines += [f"### {path.stem}", "", f"{FIGURES[path.stem].title}.", "", f"![{path.stem}]({path.name})", ""]
    lines += [f"{name} is not here: {reason}." for name, reason in missing.items()] + [""] * bool(missing)
    lines += ["## Data", "", "| file | size | holds | kept of it |", "|---|---|---|---|"]
    for path in data:
        study = studies.get(path.stem)
        holds = "RVE" if study is None and path.stem == "rve" else "reference curves" if study is None else "study"
        kept = "everything" if study is None else str(study.attrs["compact"])
        lines.append(
            f"| [`{path.name}`](datasets/{path.name}) | {path.stat().st_size / 1e6:.2f} MB | {holds} | {kept} |"
        )
    lines += [
        "",
        "Nothing is rounded. Studies are published without `strain`, `stress`, `residual`, `error_vector` and three",
        "histories; their curves, where kept, are `loaded_strain` and `loaded_stress`: the loaded component, Mandel.",
        "`host` is the kind of machine. Figures, verdicts and numbers come from these files alone:",
        "",
        "```bash",
        "laminet figure fig14 datasets/depth.nc --out fig14.pdf",
        "laminet claims datasets/*.nc --out claims.json --html claims.html",
        "laminet summary datasets/depth.nc --by model scheme depth",
        "```",
        "",
    ]
    return "\n".join(lines)


def commit() -> str:
    """Commit of the sources in the current folder, with `-dirty` if they were changed since."""
    try:
        done = subprocess.run(
            ["git", "describe", "--always", "--dirty", "--abbrev=12", "--exclude=*"],
            capture_output=True,
            text=True,
            check=True,
        )
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    return done.stdout.strip()


def _draw(files: Sequence[Path], out: Path, control: str) -> tuple[list[Path], dict[str, str]]:
    """Every figure of the studies that are there, as PNG, and why others of them could not be drawn."""
    names = {path.stem for path in files}
    drawn: list[Path] = []
    missing: dict[str, str] = {}
    for name, spec in FIGURES.items():
        if spec.study and spec.study not in names:
            continue
        inputs = figures.inputs_from_files(name, files)
        try:
            figure = figures.draw(name, **inputs, control=control)
        except InputError as error:
            missing[name] = str(error)
            continue
        figures.save(figure, out / f"{name}.png")
        drawn.append(out / f"{name}.png")
    return drawn, missing


def _config(paths: Sequence[Path | str]) -> dict[str, Any]:
    config: dict[str, Any] = {}
    for path in paths:
        try:
            own = yaml.safe_load(source.text(path))
        except (UnicodeDecodeError, yaml.YAMLError) as error:
            raise InputError(f"{path}: cannot be read as YAML; give the study's configuration") from error
        if not isinstance(own, Mapping):
            raise InputError(f"{path}: is not a mapping; give the study's configuration")
        config = merged(config, own)
    return config


def _without_places(command: str) -> str:
    """A command with absolute paths cut down to their last part, and long lists of files shortened."""
    try:
        words = shlex.split(command)
    except ValueError:
        words = command.split()
    shown = [Path(word).name if word.startswith(("/", "~")) else word for word in words]
    return " ".join(shown if len(shown) <= 24 else [*shown[:4], "...", *shown[-16:]])
