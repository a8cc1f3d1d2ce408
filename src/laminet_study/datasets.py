"""Study datasets: the files of many training runs joined along one dimension, one row per run and online scheme.

A compact study, small enough to be published, has everything that figures, claims and summaries use, and no more: it
lacks DROPPED and UNUSED_HISTORIES. Where it has curves they are `loaded_strain` and `loaded_stress`, the loaded
component (Mandel) of the six load cases, in single precision. Its histories have fewer epochs. Its attribute `compact`
says so.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from numbers import Real
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from laminet import mandel
from laminet.errors import InputError, shown
from laminet.files import curves as curve_files
from laminet.files import history, netcdf
from laminet.files.network import NetworkParameters, load_network
from laminet.loading.paths import CASES
from laminet_study import statistics
from laminet_study.variants import DEFAULT

KEPT_EPOCHS = 1000
"""Epochs of a history that a study keeps; all of them stay in history.nc."""

ATTRIBUTES = {
    "samples": int,
    "batch": int,
    "eta": float,
    "xi": float,
    "seed": int,
    "loss": str,
    "formulation": str,
    "backend": str,
    "epochs": int,
    "learning_rate": float,
    "schedule": str,
    "keep": str,
}
"""What a network file must say of its training, besides model and depth; each becomes a coordinate."""

OF_ATTRIBUTES = {"learning_rate": "initial_learning_rate"}
"""Coordinates whose attribute's name is taken by a variable of the history."""

LATER = ("epochs", "initial_learning_rate", "schedule", "keep", "curves")
"""Coordinates that studies of an earlier version lack."""

HISTORIES = tuple(name for name in history.COLUMNS if name != "cpu_time")
"""Variables of a history that a study joins."""

RENAMED = {"loss": "loss_history", "active_nodes": "active_nodes_history"}
"""History variables whose names are taken: by the coordinate `loss` and by the network's final `active_nodes`."""

ERRORS = dict.fromkeys(("error", "error_vector"), curve_files.CURVE_DIMS)
ONLINE = {
    name: tuple(dim for dim in dims if dim != "scheme")
    for name, dims in (curve_files.ONLINE_VARIABLES | ERRORS).items()
}
"""Online variables that are joined, each scheme a row of its own; a study needs the errors too."""

UNITS = {"stress": "GPa"} | dict.fromkeys(history.TIMES, "s")
"""Units of a study's variables that are not dimensionless."""

LABELS = ("composite", "control", "load_case", "step")
"""Coordinates that must agree between the online files of a study."""

CRITERIA = ("tolerance", "criterion")
"""Attributes that must agree between them too: iterations at different tolerances do not compare."""

DROPPED = ("strain", "stress", "residual", "error_vector", "component")
UNUSED_HISTORIES = ("validation_divergence", "loss_history", "validation_loss")
"""What a compact study lacks."""

TEXTS = ("study", "repeats", "criterion")
"""Attributes of a study that hold text where they are there."""


@dataclass(frozen=True)
class RunFolders:
    """Where the files of a run are.

    Attributes:
        run: folder with network.nc and history.nc.
        online: folder with online.nc; None if it is `run`.
        variant: name of the configuration behind them.
    """

    run: Path
    online: Path | None = None
    variant: str = DEFAULT


@dataclass(frozen=True)
class RunFiles:
    """A training run as its files tell it; its history ends with the network that was kept."""

    folder: Path
    online: Path
    variant: str
    network: NetworkParameters
    history: xr.Dataset
    design: Mapping[str, Any]

    @property
    def id(self) -> str:
        """Name of the run's folder, behind its variant if it is not the default."""
        return self.folder.name if self.variant == DEFAULT else f"{self.variant}/{self.folder.name}"


def collect(
    run_dirs: Sequence[Path | str | RunFolders],
    name: str,
    schemes: Mapping[str, Sequence[str]] | None = None,
    progress: Callable[[int, int], None] | None = None,
    repeats: str | None = None,
) -> xr.Dataset:
    """Join training runs and their online predictions along the dimension `run`.

    Rows are sorted by design and seed, whatever the order of `run_dirs`; the schemes of a run keep their order.

    Args:
        run_dirs: folders with network.nc, history.nc and online.nc; `RunFolders` for those of a variant.
        name: of the study; becomes the attribute `study`.
        schemes: wanted schemes by model ("dmn", "imn"); None takes all of a run.
        progress: called as progress(done, total) after every run.
        repeats: the study whose design these runs repeat in another variant; becomes the attribute `repeats`.

    Returns:
        Dataset over run, epoch (thinned, NaN after the end of a shorter history), composite, control, load_case,
        step and component. Errors on training curves are there if any run has them, NaN for the others.

    Raises:
        InputError: no runs, two of one name, a missing or damaged file, or files that do not fit together.
    """
    folders = [each if isinstance(each, RunFolders) else RunFolders(Path(each)) for each in run_dirs]
    names = [(each.variant, each.run.name) for each in folders]
    repeated = sorted({label for label in names if names.count(label) > 1})
    if not folders:
        raise InputError(f"study '{name}': no runs given; name their folders")
    if repeated:
        raise InputError(f"study '{name}': run {repeated[0][1]} is given twice")
    runs = [_read_run(each) for each in folders]
    of_curves = [name for name in history.CURVE_COLUMNS if any(name in run.history for run in runs)]
    runs.sort(key=lambda run: (run.variant != DEFAULT, run.variant, *run.design.values(), run.folder.name))
    epochs = _epochs(runs)
    parts: list[xr.Dataset] = []
    for done, run in enumerate(runs, start=1):
        online = _read_online(run, schemes, parts[0] if parts else None)
        parts.append(_rows(run, online, epochs, [*HISTORIES, *of_curves]))
        if progress is not None:
            progress(done, len(runs))
    study = xr.concat(parts, "run", data_vars="all", coords="minimal", compat="override", combine_attrs="override")
    for variable, values in study.data_vars.items():
        values.attrs = {"units": UNITS.get(str(variable), "1")}
    return study.assign_attrs({"study": name} | ({"repeats": repeats} if repeats else {}))


def save(dataset: xr.Dataset, path: Path | str, settings: Mapping[str, Any]) -> None:
    """Write a study; `settings` is what it depends on (see netcdf.write)."""
    netcdf.write(dataset, path, content="study", parameters=settings)


def load(path: Path | str) -> xr.Dataset:
    """Read a study file, a whole one or a compact one.

    Raises:
        InputError: unreadable file, or a missing variable or coordinate.
    """
    return checked(netcdf.read(path, content="study"), path)


def checked(study: xr.Dataset, path: Path | str) -> xr.Dataset:
    """A study as its file holds it, if it has all that a study needs; `path` is for messages.

    Raises:
        InputError: a missing variable or coordinate, or an attribute of the wrong kind.
    """
    needed: dict[str, tuple[str, ...]] = dict.fromkeys(("run_id", "scheme", "model", "depth"), ("run",))
    labels = {OF_ATTRIBUTES.get(name, name): kind for name, kind in ATTRIBUTES.items()} | {"curves": int}
    labels = {name: kind for name, kind in labels.items() if name not in LATER or name in study.variables}
    needed |= dict.fromkeys(labels, ("run",))
    needed |= {RENAMED.get(label, label): ("run", "epoch") for label in HISTORIES}
    needed |= {label: ("run", *dims) for label, dims in ONLINE.items()}
    needed |= {label: ("run", "epoch") for label in history.CURVE_COLUMNS if label in study.variables}
    text = ("run_id", "scheme", "model", *(name for name, kind in labels.items() if kind is str))
    if "compact" in study.attrs:
        needed = {label: dims for label, dims in needed.items() if label not in (*DROPPED, *UNUSED_HISTORIES)}
    netcdf.require(study, path, needed, text)
    for key, kind, name in (*((key, str, "text") for key in TEXTS), ("tolerance", Real, "number")):
        if key in study.attrs and not isinstance(study.attrs[key], kind):
            raise InputError(f"{path}: attribute '{key}' is {shown(study.attrs[key])}, no {name}; collect it again")
    if "variant" not in study.coords:  # a file from before there were any
        study = study.assign_coords(variant=("run", [DEFAULT] * study.sizes["run"]))
    return study


def read_any(path: Path | str) -> tuple[xr.Dataset, str]:
    """A file of laminet's and what it holds (attribute `content`).

    Raises:
        InputError: an unreadable file, or one that does not say what it holds.
    """
    dataset = netcdf.read(path)
    content = str(dataset.attrs.get("content", ""))
    if not content:
        raise InputError(f"{path}: does not say what it holds (attribute 'content'); give files made by laminet")
    return dataset, content


def split(studies: Mapping[str, xr.Dataset]) -> tuple[dict[str, xr.Dataset], dict[str, dict[str, xr.Dataset]]]:
    """Studies of the configuration itself by name, and repeated ones by variant and the name of what they repeat.

    Raises:
        InputError: a repeated study of several variants, or two of one variant.
    """
    originals: dict[str, xr.Dataset] = {}
    repeated: dict[str, dict[str, xr.Dataset]] = {}
    for name, study in studies.items():
        if "repeats" not in study.attrs:
            originals[name] = study
            continue
        labels = np.unique(study["variant"].values).tolist()
        base = str(study.attrs["repeats"])
        if len(labels) > 1 or base in repeated.get(labels[0], {}):
            raise InputError(f"study '{name}': repeats {base} a second time in {', '.join(labels)}; give one of each")
        repeated.setdefault(labels[0], {})[base] = study
    return originals, repeated


def compact(study: xr.Dataset, curves: bool, epochs: int = 200) -> xr.Dataset:
    """The compact form of a study.

    Args:
        study: a whole study dataset.
        curves: whether the loaded component of the curves is kept, in single precision.
        epochs: of the histories that are kept, evenly spread; the last epoch of every length of training is among them.

    Returns:
        The dataset without DROPPED and UNUSED_HISTORIES, with the six load cases only.
    """
    small = study.sel(load_case=[case for case in CASES if case in study["load_case"].values])
    if curves:
        loaded = xr.DataArray([mandel.INDEX[case] for case in small["load_case"].values.tolist()], dims="load_case")
        for name in ("strain", "stress"):
            curve = small[name].isel(component=loaded).drop_vars("component")
            small[f"loaded_{name}"] = curve.astype(np.float32)  # as precise as a figure needs
    if study.sizes["epoch"] > epochs:
        small = small.isel(epoch=kept_epochs((statistics.last_epoch(study) + 1).values.tolist(), epochs))
    small = small.drop_vars([*DROPPED, *UNUSED_HISTORIES], errors="ignore")
    kept = "the loaded component of the curves" if curves else "no curves"
    return small.assign_attrs(compact=f"{kept}; {small.sizes['epoch']} epochs of the histories")


def kept_epochs(lengths: Sequence[int], limit: int) -> np.ndarray:
    """Positions kept of histories of these lengths: evenly spread over the longest, every first and last among them.

    At most `limit`, as long as there are fewer different lengths than that.
    """
    last = np.unique(lengths) - 1
    count = min(max(limit - len(last) + 1, 2), last[-1] + 1)
    return np.union1d(np.round(np.linspace(0, last[-1], count)).astype(int), last)


def _read_run(folders: RunFolders) -> RunFiles:
    folder = folders.run
    network = load_network(folder / "network.nc")
    design: dict[str, Any] = {"model": network.model, "depth": network.depth}
    for key, kind in ATTRIBUTES.items():
        value = _attribute(network.attributes, key, kind, folder / "network.nc")
        design[OF_ATTRIBUTES.get(key, key)] = value
    design["curves"] = _attribute({"curves": 0} | dict(network.attributes), "curves", int, folder / "network.nc")
    rows = history.load(folder / "history.nc")
    if differing := _differing(rows, design):
        raise InputError(f"{folder / 'history.nc'}: is of another training than network.nc ({', '.join(differing)})")
    rows = rows.isel(epoch=slice(history.kept_row(rows) + 1))
    return RunFiles(folder, folders.online or folder, folders.variant, network, rows, design)


def _differing(dataset: xr.Dataset, design: Mapping[str, Any]) -> list[str]:
    """Design entries that a file's attributes contradict."""
    return [key for key, value in design.items() if not np.array_equal(dataset.attrs.get(key, value), value)]


def _attribute(attributes: Mapping[str, Any], name: str, kind: Callable[[Any], Any], path: Path) -> Any:
    """An attribute that a file of a run must have, as the kind it must be."""
    try:
        return kind(attributes[name])
    except (KeyError, TypeError, ValueError) as error:
        raise InputError(f"{path}: attribute '{name}' is missing or wrong; train the run again") from error


def _rows(run: RunFiles, online: xr.Dataset, epochs: np.ndarray, columns: Sequence[str]) -> xr.Dataset:
    """The rows of a run, one for each scheme; columns of its history, NaN where it has no such row or column."""
    schemes = online["scheme"].values.tolist()
    names = [f"{run.id}/{scheme}" for scheme in schemes]
    measured = {
        f"{stage}_{key}": str(dataset.attrs.get(key, ""))
        for stage, dataset in (("training", run.history), ("online", online))
        for key in ("host", "cpu_model")
    }
    labels = {"run_id": run.id, "variant": run.variant, **run.design, **measured}
    training = {
        "training_threads": _attribute({"threads": 1} | run.history.attrs, "threads", int, run.folder / "history.nc"),
        "active_nodes": online["active_nodes"].values,
    }
    known = run.history[[name for name in columns if name in run.history]].reindex(epoch=epochs).astype(float)
    missing = {name: ("epoch", np.full(len(epochs), np.nan)) for name in columns if name not in known}
    histories = known.assign(missing).rename(RENAMED)
    of_run = histories.assign(labels | training).expand_dims(run=names).set_coords(labels)
    curves = online[[variable for variable in ONLINE if variable != "active_nodes"]].reset_coords(drop=True)
    rows = of_run.merge(curves.rename(scheme="run").assign_coords(run=names, scheme=("run", schemes)))
    rows.attrs = {key: online.attrs[key] for key in CRITERIA if key in online.attrs}
    return rows


def _read_online(run: RunFiles, schemes: Mapping[str, Sequence[str]] | None, first: xr.Dataset | None) -> xr.Dataset:
    """Online file of a run with the schemes wanted of it, its labels in the order of the study's `first` one."""
    path = run.online / "online.nc"
    if not path.exists() and (old := sorted(run.online.glob("online_*.nc"))):
        raise InputError(f"{path}: is missing; {old[0].name} is of the old form; evaluate again")
    dataset = curve_files.load_online(path, networks=False)
    differing = _differing(dataset, run.design)
    if float(dataset["active_nodes"]) != run.network.active_nodes:
        differing.append("active_nodes")
    if differing:
        raise InputError(f"{path}: is of another network than network.nc ({', '.join(differing)}); evaluate again")
    if schemes is not None:
        if run.network.model not in schemes:
            raise InputError(
                f"{run.folder}: its model is {run.network.model}, for which no schemes are asked; leave it out"
            )
        wanted = list(schemes[run.network.model])
        if missing := [name for name in wanted if name not in dataset["scheme"].values]:
            raise InputError(f"{path}: lacks the scheme {', '.join(missing)}; evaluate again, with --scheme")
        dataset = dataset.sel(scheme=wanted)
    for variable in ERRORS:
        if variable not in dataset:
            raise InputError(f"{path}: variable '{variable}' is missing; evaluate again, with the references")
    netcdf.require(dataset, path, ERRORS)
    if first is None:
        return dataset
    for key in CRITERIA:
        if not np.array_equal(dataset.attrs.get(key, ""), first.attrs.get(key, "")):
            raise InputError(
                f"{path}: {key} is {dataset.attrs.get(key)}, in the study's other runs "
                f"{first.attrs.get(key)}; evaluate all of them alike"
            )
    for label in LABELS:
        here, there = dataset[label].values.tolist(), first[label].values.tolist()
        if sorted(here) != sorted(there):
            odd = ", ".join(str(value) for value in sorted(set(here) ^ set(there))[:6])
            raise InputError(f"{path}: {label} differs from the study's other runs ({odd}); evaluate all of them alike")
    return dataset.sel({label: first[label].values for label in LABELS})


def _epochs(runs: Sequence[RunFiles]) -> np.ndarray:
    """Epochs kept of these runs: those that every run has that got so far, thinned, and the last of each."""
    numbers = [run.history["epoch"].values for run in runs]
    last = [epochs[-1] for epochs in numbers]
    union = np.unique(np.concatenate(numbers))
    shared = np.all([np.isin(union, epochs) | (union > epochs[-1]) for epochs in numbers], axis=0)
    epochs = union[shared | np.isin(union, last)]
    return epochs[kept_epochs((np.searchsorted(epochs, last) + 1).tolist(), KEPT_EPOCHS)]
