"""Measuring times: what one job measures with the machine to itself.

Online times are CPU times of all load cases together, training times those of whole trainings. The control is the
paper's implementation: eager PyTorch, literal DMN and IMN. Its epochs are measured together with the native code's.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal, get_args

import numpy as np
import xarray as xr

from laminet.errors import InputError
from laminet.files.netcdf import machine
from laminet.files.network import load_network
from laminet.loading.paths import LoadPath
from laminet.materials.library import Composite
from laminet.online.evaluation import evaluate
from laminet.online.settings import OnlineSettings
from laminet.training.data import ElasticData
from laminet.training.loop import train
from laminet.training.settings import Formulation, TrainingSettings
from laminet.training.state import State
from laminet_study import measured
from laminet_study.measured import EPOCH_DIMS, VARIABLES

Team = Literal["one", "ends", "doubling"]
"""Numbers of threads that are measured: one; one and all cores; one, two, four and so on up to all cores."""

SHORTEST = 0.5  # seconds of wall-clock time that epochs are measured for
STRETCHES = 3  # at least so many stretches give the median, which a short disturbance of the machine does not change
PERIOD = 10  # epochs of a stretch; after each the training samples are evaluated, as in a whole training
STILL = 1e-6  # learning rate at which all leaves stay active and the schedule keeps watching the validation loss
PARTS = ("forward", "loss", "backward", "optimiser")

Report = Callable[[int, int], None]


def online(
    networks: Sequence[Path | str],
    schemes: Sequence[str],
    composite: Composite,
    paths: Sequence[Sequence[LoadPath]],
    settings: OnlineSettings,
    repeats: int,
    progress: Report,
) -> xr.Dataset:
    """Online times of some networks; each is named by the folder of its file.

    Raises:
        InputError: as `laminet.online.evaluation.evaluate`, or two networks of one name.
    """
    names = [Path(path).parent.name for path in networks]
    if len(set(names)) < len(names):
        raise InputError(f"networks are of the runs {', '.join(names)}; give each once")
    of_runs = []
    for done, path in enumerate(networks, 1):
        curves = evaluate(load_network(path), schemes, [composite], paths, settings, repeats=repeats)
        of_runs.append(curves["time"].reset_coords(drop=True))
        progress(done, len(networks))
    values = xr.concat(of_runs, xr.DataArray(names, dims="run", name="run"))
    return _seconds({"online_time": values.transpose(*VARIABLES["online_time"])})


def training(data: ElasticData, settings: TrainingSettings, run: str, repeats: int, progress: Report) -> xr.Dataset:
    """Processor and wall-clock time of a whole training on one thread, named `run`."""
    train(data, replace(settings, epochs=1))  # what is done once
    cpu, wall = [], []
    for done in range(1, repeats + 1):
        history = train(data, settings).history
        cpu.append(float(history["cpu_time"][-1]))
        wall.append(float(history["elapsed"][-1]))
        progress(done, repeats)
    of_run = {"training_cpu_time": cpu, "training_wall_time": wall}
    return _seconds({name: (VARIABLES[name], [values]) for name, values in of_run.items()}, run=[run])


def epochs(
    data: ElasticData,
    settings: TrainingSettings,
    depths: Sequence[int],
    team: Team,
    cores: int,
    repeats: int,
    progress: Report,
) -> xr.Dataset:
    """Wall-clock time of an epoch, all leaves active, at several depths and with several numbers of threads.

    Eager PyTorch is profiled too, on all cores.
    """
    threads = numbers_of_threads(team, cores)
    profiled = settings.backend == "torch"
    values = np.empty((len(depths), len(threads), repeats))
    parts = np.empty((len(depths), len(PARTS), repeats))
    for row, depth in enumerate(depths):
        of_depth = replace(settings, depth=depth)
        for column, count in enumerate(threads):
            values[row, column] = _epoch_times(data, of_depth, count, repeats)
            progress(row * len(threads) + column + 1, len(depths) * len(threads))
        if profiled:
            parts[row] = profile(data, of_depth, threads[-1], repeats)
    # An IMN has one form: whatever form is asked for, it is there.
    forms = get_args(Formulation) if settings.model == "imn" else (settings.formulation,)
    values = np.broadcast_to(values, (1, len(forms), 1, *values.shape))
    variables: dict[str, Any] = {"epoch_wall_time": (EPOCH_DIMS, values)}
    labels: dict[str, Sequence[Any]] = {"formulation": forms, "backend": [settings.backend], "threads": threads}
    if profiled:
        variables["profile"] = (VARIABLES["profile"], parts[None])
        labels["part"] = PARTS
    return _seconds(variables, model=[settings.model], depth=list(depths), **labels)


def numbers_of_threads(team: Team, cores: int) -> list[int]:
    """Numbers of threads that a team stands for, ascending; the last but for "one" is that of the cores."""
    between = {"one": [1], "ends": [1, cores], "doubling": [2**power for power in range(cores.bit_length())] + [cores]}
    return sorted(set(between[team]))


def _epoch_times(data: ElasticData, settings: TrainingSettings, threads: int, repeats: int) -> list[float]:
    """Wall-clock time of an epoch, several times, each the median of stretches that take SHORTEST together."""

    def spent(stretches: int) -> float:
        some = replace(settings, epochs=PERIOD * stretches, record=PERIOD, learning_rate=STILL)
        elapsed = train(data, some, threads=threads).history["elapsed"].to_numpy()
        return float(np.median(np.diff(elapsed, prepend=0.0))) / PERIOD

    once = spent(1)  # with what is done once, such as loading of libraries
    stretches = max(STRETCHES, round(SHORTEST / (PERIOD * once)))
    return [spent(stretches) for _ in range(repeats)]


def profile(data: ElasticData, settings: TrainingSettings, threads: int, repeats: int) -> np.ndarray:
    """Wall-clock time (part, repeat) of the PARTS of an epoch of eager PyTorch, each the median of several epochs."""
    from laminet.training.torch_backend import TorchBackend  # PyTorch is optional, and slow to import

    settings = replace(settings, learning_rate=STILL)
    backend, state = TorchBackend(data, settings, threads), State.initial(settings)
    order = np.arange(len(data.train))
    backend.epoch(state, order)  # what is done once
    parts = np.empty((repeats, len(PARTS)))
    for repeat in range(repeats):
        epochs: list[np.ndarray] = []
        while len(epochs) < STRETCHES or np.sum(epochs) < SHORTEST:
            clock: list[float] = []  # of every step: its start and the end of each part
            backend.epoch(state, order, lambda marks=clock: marks.append(time.perf_counter()))  # type: ignore[misc]
            epochs.append(np.diff(np.reshape(clock, (-1, len(PARTS) + 1))).sum(axis=0))
        parts[repeat] = np.median(epochs, axis=0)
    return parts.T


def _seconds(variables: Mapping[str, Any], **labels: Sequence[Any]) -> xr.Dataset:
    """A dataset of times; the repeats are counted from 1 on."""
    dataset = xr.Dataset(dict(variables), coords={name: list(values) for name, values in labels.items()})
    for values in dataset.data_vars.values():
        values.attrs = {"units": "s"}
    return dataset.assign_coords(repeat=np.arange(1, dataset.sizes["repeat"] + 1))


def save(dataset: xr.Dataset, path: Path | str, parameters: Mapping[str, Any], cores: int) -> None:
    """Write what was measured on this machine, on so many cores.

    Raises:
        InputError: the file cannot be written.
    """
    measured.write(dataset.assign_attrs(processor=machine()["cpu_model"], threads=cores), path, parameters)
