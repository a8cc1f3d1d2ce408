"""Measuring times: what one job measures with the machine to itself.

Online times are CPU times of all load cases together, training times those of whole trainings. The control is the
paper's implementation: eager PyTorch, literal DMN and IMN. Its epochs are measured together with the native code's.
"""

import math
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import product
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
from laminet.training.loop import Backend, train
from laminet.training.native_backend import NativeBackend
from laminet.training.optimiser import finish_epoch
from laminet.training.settings import Formulation, TrainingSettings
from laminet.training.state import State, Stopwatch
from laminet_study import measured
from laminet_study.measured import VARIABLES

Team = Literal["one", "ends", "doubling"]
"""Numbers of threads that are measured: one; one and all cores; one, two, four and so on up to all cores."""

SHORTEST = 0.05  # seconds of wall-clock time of a stretch, at least
STRETCHES = 18  # of a repeat
STILL = 1e-6  # learning rate at which all leaves stay active
ENDLESS = 10**7  # epochs: no end, no rows of the history, and a schedule that keeps watching the validation loss
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
    teams: Mapping[Team, Sequence[TrainingSettings]],
    depths: Sequence[int],
    cores: int,
    repeats: int,
    progress: Report,
) -> xr.Dataset:
    """Wall-clock time of an epoch, all leaves active, of several forms of networks at several depths.

    What is measured takes turns. A round visits every form, depth and number of threads once, for a stretch of epochs.
    A repeat is the fastest of STRETCHES stretches, of rounds that are spread over the whole job.

    Why the fastest: other work on the host only adds time, for seconds or for minutes. A median would follow a slow
    spell of half the job; the fastest stretch does not, as long as one of its rounds lies outside. So many short
    stretches are better than a few long ones.

    Eager PyTorch is profiled too, on the most threads of its team, over the same stretches. Of each part, the fastest
    stretch counts, for the same reason.

    Args:
        data: what is trained on.
        teams: forms by the team of their threads, with one backend; their depth does not matter.
        depths: of every form.
        cores: what the process keeps to.
        repeats: of every measurement.
        progress: called with the numbers of visits done and of all visits.
    """
    visits = list(_visits(teams, depths, cores))
    lengths = [_length(data, visit) for visit in visits]
    rounds = STRETCHES * repeats
    wall = np.empty((rounds, len(visits)))
    parts = np.empty((rounds, len(visits), len(PARTS)))
    for turn, (place, visit) in product(range(rounds), enumerate(visits)):
        wall[turn, place], parts[turn, place] = _stretch(data, visit, lengths[place])
        progress(turn * len(visits) + place + 1, rounds * len(visits))
    return _of_visits(visits, _of_repeats(wall, repeats), _of_repeats(parts, repeats))


def numbers_of_threads(team: Team, cores: int) -> list[int]:
    """Numbers of threads that a team stands for, ascending; the last but for "one" is that of the cores."""
    between = {"one": [1], "ends": [1, cores], "doubling": [2**power for power in range(cores.bit_length())] + [cores]}
    return sorted(set(between[team]))


@dataclass(frozen=True)
class Visit:
    """What a round measures once: epochs of a network on some threads, perhaps part by part."""

    settings: TrainingSettings
    threads: int
    profiled: bool

    @property
    def formulations(self) -> tuple[str, ...]:
        """An IMN has one form: whatever form is asked for, it is there."""
        return get_args(Formulation) if self.settings.model == "imn" else (self.settings.formulation,)


def _visits(teams: Mapping[Team, Sequence[TrainingSettings]], depths: Sequence[int], cores: int) -> Iterator[Visit]:
    """A round; forms of one depth on as many threads, whose times are compared, follow each other."""
    for depth, (team, forms) in product(depths, teams.items()):
        numbers = numbers_of_threads(team, cores)
        for threads, form in product(numbers, forms):
            visit = Visit(replace(form, depth=depth), threads, profiled=False)
            eager = form.backend == "torch" and "literal" in visit.formulations
            yield replace(visit, profiled=eager and threads == numbers[-1])


def _length(data: ElasticData, visit: Visit) -> int:
    """Epochs of a stretch.

    Raises:
        InputError: as `laminet.training.loop.train`.
    """
    train(data, replace(visit.settings, epochs=1), threads=visit.threads)  # what is done once, such as loading of code
    return math.ceil(SHORTEST / _stretch(data, visit, 1)[0])


def _stretch(data: ElasticData, visit: Visit, epochs: int) -> tuple[float, np.ndarray]:
    """Wall-clock time [s] of an epoch, and of its PARTS, NaN but for eager PyTorch; both are means over so many epochs.

    As in a whole training, the validation samples are evaluated after every epoch. For a row of the history the
    training samples are evaluated, too; that is measured once, and an epoch has its share of it. No time is subtracted:
    a stall would make a stretch faster than it was.
    """
    settings = replace(visit.settings, learning_rate=STILL, epochs=ENDLESS, record=ENDLESS, patience=ENDLESS)
    backend, state = _backend(data, visit), State.initial(settings)
    rng = np.random.default_rng(settings.seed)
    evaluate, watch = partial(backend.evaluate, state), Stopwatch(state, visit.threads)
    marks: list[float] = []  # of every step: its start and the end of each part
    mark = [lambda: marks.append(time.perf_counter())] if settings.backend == "torch" else []
    began = time.perf_counter()
    for _ in range(epochs):
        backend.epoch(state, rng.permutation(len(data.train)), *mark)
        finish_epoch(state, settings, evaluate, watch)
    trained = time.perf_counter()
    evaluate()
    row = (time.perf_counter() - trained) * len(data.train) / (len(data.train) + len(data.validation))
    parts = np.diff(np.reshape(marks, (-1, len(PARTS) + 1))).sum(axis=0) if mark else np.full(len(PARTS), np.nan)
    return (trained - began) / epochs + row / visit.settings.record, parts / epochs


def _backend(data: ElasticData, visit: Visit) -> Backend:
    if visit.settings.backend == "native":
        return NativeBackend(data, visit.settings, visit.threads)
    from laminet.training.torch_backend import TorchBackend  # PyTorch is optional, and slow to import

    return TorchBackend(data, visit.settings, visit.threads)


def _of_repeats(times: np.ndarray, repeats: int) -> np.ndarray:
    """Of times (round, ...) the fastest (repeat, ...). Repeats take turns: each has every n-th round."""
    return times.reshape(-1, repeats, *times.shape[1:]).min(axis=0)


def _of_visits(visits: Sequence[Visit], times: np.ndarray, parts: np.ndarray) -> xr.Dataset:
    """Times (repeat, visit) of epochs and (repeat, visit, part) of their parts as variables, NaN between them."""
    values: dict[str, list[Any]] = {
        "model": [visit.settings.model for visit in visits],
        "formulation": [form for visit in visits for form in visit.formulations],
        "backend": [visit.settings.backend for visit in visits],
        "depth": [visit.settings.depth for visit in visits],
        "threads": [visit.threads for visit in visits],
    }
    labels: dict[str, Sequence[Any]] = {name: sorted(set(of_visits)) for name, of_visits in values.items()}
    labels |= {"repeat": range(1, len(times) + 1), "part": PARTS}
    variables = {
        name: xr.DataArray(np.nan, {dim: list(labels[dim]) for dim in VARIABLES[name]}, VARIABLES[name])
        for name in ("epoch_wall_time", "profile")
    }
    for place, visit in enumerate(visits):
        where = {"model": visit.settings.model, "depth": visit.settings.depth}
        of_epoch = where | {"backend": visit.settings.backend, "threads": visit.threads}
        for form in visit.formulations:
            variables["epoch_wall_time"].loc[of_epoch | {"formulation": form}] = times[:, place]
        if visit.profiled:
            variables["profile"].loc[where] = parts[:, place].T
    return _seconds({name: values for name, values in variables.items() if values.notnull().any()})


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
