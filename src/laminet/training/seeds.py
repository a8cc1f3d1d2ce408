"""Several trainings of one network that differ in their seed alone, side by side; the best is kept, the spread known.

They run in threads of this process: the compiled backend works without Python's lock, and a script of the user's needs
no guard against being started again. What a training gives depends on its own seed only, so neither the number of
threads nor an interruption changes any of them, nor which is best.
"""

import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import xarray as xr

from laminet.errors import DeadNetworkError, InputError, UnreadableError, warn
from laminet.files import history, netcdf
from laminet.files.elastic import ElasticData
from laminet.files.network import load_network
from laminet.training.loop import Report, Training, origin, save, train, warn_of_other
from laminet.training.settings import JobSettings, TrainingSettings

"""What the best seed may be chosen by: a column of the history, after the last epoch; the smaller the better."""

COLUMNS = ("train_error", "validation_error", "validation_divergence", "active_nodes", "elapsed")


@dataclass(frozen=True)
class Seeds:
    """Trainings of several seeds.

    Attributes:
        best: the training with the smallest `select`; its network's attributes say of how many seeds and by what.
        select: what it was chosen by.
        table: after the last epoch of every seed, dim `seed`: train_error, validation_error, validation_divergence,
            active_nodes, elapsed [s]; NaN where the network died.
    """

    best: Training
    select: str
    table: xr.Dataset

    def __str__(self) -> str:
        """A table for people, with the best seed marked, and the spread."""
        return report(self.table, self.select)


class _Stopped(Exception):
    """Another seed failed, or the user gave up."""


def train_seeds(
    data: ElasticData,
    settings: TrainingSettings,
    seeds: Sequence[int],
    directory: Path | str | None = None,
    *,
    select: str = JobSettings.select,
    threads: int = 1,
    progress: Callable[[int, int, str], None] | None = None,
) -> Seeds:
    """Train one network for each seed and keep the best.

    Args:
        data: training samples, and the validation samples that choose the best.
        settings: of all trainings; `seed` in it does not count.
        seeds: at least one, each once.
        directory: gets network.nc and history.nc of the best and those of every seed in seeds/SEED/. Seeds that are
            complete there are not trained again, and one that was interrupted goes on from its checkpoint.
        select: "validation_error" or "validation_divergence".
        threads: cores to use: for as many seeds at a time, and if there are more cores than seeds, for each seed.
        progress: called as progress(epochs done, epochs in all, note) a few times a second at most.

    Raises:
        InputError: no seed, one twice, an unknown criterion, or as `laminet.training.loop.train`.
        DeadNetworkError: the networks of all seeds died.
    """
    if not seeds or len(set(seeds)) < len(seeds):
        raise InputError(f"training: seeds are {list(seeds)}; give at least one, each once")
    JobSettings(select=select, threads=threads)  # type: ignore[arg-type]
    if directory is not None:
        warn_of_other(directory, data, settings, seeds=list(seeds), select=select)
        _warn_of_left_overs(Path(directory), seeds)
    each = {seed: replace(settings, seed=seed) for seed in seeds}
    folders = {seed: None if directory is None else Path(directory) / "seeds" / str(seed) for seed in seeds}
    workers = min(threads, len(seeds))
    watch = _Watch(seeds, settings.epochs, progress)

    def work(seed: int) -> Training | None:
        report, folder = watch.report(seed), folders[seed]
        if folder and (training := _finished(folder, netcdf.parameters_sha256(origin(data, each[seed])))):
            report(settings.epochs, settings.epochs, 0.0)
            return training
        try:
            return train(data, each[seed], folder, threads=threads // workers, progress=report)
        except DeadNetworkError:
            return None

    trainings = dict(zip(seeds, _side_by_side(work, seeds, workers, watch), strict=True))
    table = _table(trainings)
    if not np.isfinite(table[select].values).any():
        raise DeadNetworkError(f"{settings}: the networks of all {len(seeds)} seeds died; raise xi or lower eta")
    best = trainings[int(table["seed"].values[np.nanargmin(table[select].values)])]
    assert best is not None
    best = _marked(best, {"seeds": len(seeds), "selected_by": select})
    if directory is not None:
        save(best, directory, origin(data, settings) | {"seeds": list(seeds), "select": select}, threads)
    return Seeds(best, select, table)


class _Watch:
    """Adds up the epochs of all seeds, and stops their trainings on demand."""

    def __init__(self, seeds: Sequence[int], epochs: int, progress: Callable[[int, int, str], None] | None):
        self.stopped = threading.Event()
        self._done = dict.fromkeys(seeds, 0)
        self._epochs, self._progress = epochs, progress
        self._lock = threading.Lock()

    def report(self, seed: int) -> Report:
        """What the training of a seed calls with its own progress."""

        def report(done: int, _total: int, _error: float) -> None:
            if self.stopped.is_set():
                raise _Stopped
            with self._lock:
                self._done[seed] = done
                if self._progress:
                    finished = sum(done == self._epochs for done in self._done.values())
                    note = f"({finished} of {len(self._done)} seeds trained)"
                    self._progress(sum(self._done.values()), self._epochs * len(self._done), note)

        return report


def _side_by_side(
    work: Callable[[int], Training | None], seeds: Sequence[int], workers: int, watch: _Watch
) -> list[Training | None]:
    """Results for all seeds, in their order; the first failure, or an interruption, stops all."""
    with ThreadPoolExecutor(workers) as pool:
        futures: list[Future[Training | None]] = [pool.submit(work, seed) for seed in seeds]
        try:
            wait(futures, return_when=FIRST_EXCEPTION)
            failed = [future for future in futures if future.done() and future.exception()]
            if failed:
                watch.stopped.set()
                failed[0].result()
            return [future.result() for future in futures]
        finally:
            watch.stopped.set()
            for future in futures:
                future.cancel()


def _warn_of_left_overs(directory: Path, seeds: Sequence[int]) -> None:
    names = {path.parent.name for path in directory.glob("seeds/*/*")} - set(map(str, seeds))
    if others := sorted((name for name in names if name.isdigit()), key=int):
        warn(f"{directory / 'seeds'}: holds seeds {', '.join(others[:9])}, which this training has not; remove them")


def _finished(folder: Path, stamp: str) -> Training | None:
    """The training kept in a folder, None if there is none, or that of other settings or data."""
    if not (folder / "network.nc").is_file():
        return None
    try:
        network, past = load_network(folder / "network.nc"), history.load(folder / "history.nc")
    except UnreadableError:  # it may be sound: hours of work are not done again for that
        raise
    except (InputError, DeadNetworkError):
        return None
    if not network.attributes.get("params_sha256") == past.attrs.get("params_sha256") == stamp:
        return None
    attributes = {name: value for name, value in network.attributes.items() if name not in netcdf.STAMPS}
    return Training(replace(network, attributes=attributes), past)


def _marked(training: Training, attributes: Mapping[str, object]) -> Training:
    network = replace(training.network, attributes={**training.network.attributes, **attributes})
    return Training(network, training.history.assign_attrs(attributes))


def _table(trainings: Mapping[int, Training | None]) -> xr.Dataset:
    rows = [
        [np.nan] * len(COLUMNS) if training is None else [float(training.history[name][-1]) for name in COLUMNS]
        for training in trainings.values()
    ]
    return table_of(list(trainings), np.array(rows))


def table_of(seeds: Sequence[int], rows: np.ndarray) -> xr.Dataset:
    """The table of some seeds from rows (seeds, COLUMNS)."""
    variables = {
        name: ("seed", values, {"units": history.units(name)}) for name, values in zip(COLUMNS, rows.T, strict=True)
    }
    return xr.Dataset(variables, coords={"seed": list(seeds)})


def report(table: xr.Dataset, select: str) -> str:
    """The table as text: one line a seed, the best marked, and the spread of what it was chosen by."""
    lines = ["  seed  train error  validation error  validation divergence  active nodes      time"]
    values = table[select].values
    best = int(np.nanargmin(values))
    for index in range(table.sizes["seed"]):
        row = {name: float(table[name][index]) for name in COLUMNS}
        mark, seed = "*" if index == best else " ", int(table["seed"][index])
        if np.isnan(row["validation_error"]):
            lines.append(f"{mark} {seed:4d}  died")
            continue
        lines.append(
            f"{mark} {seed:4d}  {100 * row['train_error']:9.3f} %  {100 * row['validation_error']:14.3f} %  "
            f"{row['validation_divergence']:21.3g}  {row['active_nodes']:12.0f}  {row['elapsed']:6.1f} s"
        )
    living = values[np.isfinite(values)]
    name, (scale, unit) = select.replace("_", " "), (100.0, " %") if select.endswith("error") else (1.0, "")
    low, high, mean = (f"{scale * f(living):.3g}{unit}" for f in (np.min, np.max, np.mean))
    spread = f", standard deviation {scale * np.std(living, ddof=1):.3g}{unit}" if len(living) > 1 else ""
    lines.append(f"* best by {name}: {low}; of {len(living)}: {low} to {high}, mean {mean}{spread}")
    return "\n".join(lines)
