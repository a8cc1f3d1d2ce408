"""Several trainings of one network that differ in their seed alone, side by side; the best is kept, the spread known.

They run in threads of this process: the compiled backend works without Python's lock, and a script of the user's needs
no guard against being started again. What a training gives depends on its own seed only, so neither the number of
threads nor an interruption changes any of them, nor which is best.
"""

import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import xarray as xr

from laminet.errors import DeadNetworkError, InputError, UnreadableError, warn
from laminet.files import history, netcdf
from laminet.files.network import NetworkParameters, load_network
from laminet.training.data import ElasticData
from laminet.training.loop import CurveLoss, Training, origin, save, train, warn_of_other
from laminet.training.settings import JobSettings, TrainingSettings

COLUMNS = ("train_error", "validation_error", "validation_divergence", "active_nodes", "elapsed")
OF_CURVES = "curve_validation_error"
"""A further column of trainings on curves."""

WITHOUT_CURVES = "validation_divergence"
"""What the best is chosen by where no prediction of a validation curve succeeds."""


class _Stopped(Exception):
    """Another seed failed, or the user gave up."""


def train_seeds(
    data: ElasticData,
    settings: TrainingSettings,
    seeds: Sequence[int],
    directory: Path | str | None = None,
    *,
    select: str = JobSettings.select,
    curves: CurveLoss | None = None,
    start: NetworkParameters | Mapping[int, NetworkParameters] | None = None,
    recipe: str | None = None,
    threads: int = 1,
    progress: Callable[[int, int, str], None] | None = None,
) -> Training:
    """Train one network for each seed and keep the best.

    Args:
        data: training samples, and the validation samples that choose the best, unless validation curves do.
        settings: of all trainings; `seed` in it does not count.
        seeds: at least one, each once.
        directory: gets network.nc and history.nc of the best and those of every seed in seeds/SEED/. Seeds that are
            complete there are not trained again, and one that was interrupted resumes from its checkpoint.
        select: "validation_error", "validation_divergence", or with validation curves "curve_validation_error".
        curves, recipe: of all trainings, see `laminet.training.loop.train`.
        start: the network that all trainings continue, or that of each by its seed.
        threads: cores to use: for as many seeds at a time, and if there are more cores than seeds, for each seed.
        progress: called as progress(epochs done, epochs in all, note) a few times a second at most.

    Returns:
        The best training, whose attributes say of how many seeds and by what. Its `seeds` has the last row of every
        seed's history, dim `seed`: train_error, validation_error, validation_divergence, active_nodes and elapsed [s],
        with curves curve_validation_error. They are NaN where no leaf was active.

    Raises:
        InputError: no seed, one twice, an unknown criterion or one as in `check_select`, or as
            `laminet.training.loop.train`.
        DeadNetworkError: of all seeds none has an active leaf.

    Warns:
        LaminetWarning: a folder of another training, or no seed predicts a validation curve; the best is then chosen by
            validation divergence.
    """
    if not seeds or len(set(seeds)) < len(seeds):
        raise InputError(f"training: seeds are {list(seeds)}; give at least one, each once")
    JobSettings(select=select, threads=threads)  # type: ignore[arg-type]
    check_select(select, curves)
    begins = {seed: start.get(seed) if isinstance(start, Mapping) else start for seed in seeds}
    starts = [origin(data, settings, curves, begin).get("start_sha256") for begin in begins.values()]
    parents = origin(data, settings, curves, begins[seeds[0]]) | {"seeds": list(seeds), "select": select}
    parents |= {"start_sha256": starts} if len(set(starts)) > 1 else {}
    if directory is not None:
        warn_of_other(directory, parents)
        _warn_of_left_overs(Path(directory), seeds)
    workers = min(threads, len(seeds))
    done, lock, stopped = dict.fromkeys(seeds, 0), threading.Lock(), threading.Event()

    def count(seed: int, epochs: int, _total: int, _error: float) -> None:
        if stopped.is_set():
            raise _Stopped
        with lock:
            done[seed] = epochs
            if progress:
                finished = sum(epochs == settings.epochs for epochs in done.values())
                note = f"({finished} of {len(seeds)} seeds trained)"
                progress(sum(done.values()), settings.epochs * len(seeds), note)

    def work(seed: int) -> Training | None:
        report, of_seed, begin = partial(count, seed), replace(settings, seed=seed), begins[seed]
        folder = None if directory is None else Path(directory) / "seeds" / str(seed)
        if folder and (training := _finished(folder, netcdf.parameters_sha256(origin(data, of_seed, curves, begin)))):
            report(settings.epochs, settings.epochs, 0.0)
            return training
        try:
            fit = partial(train, data, of_seed, folder, curves=curves, start=begin, recipe=recipe)
            return fit(threads=threads // workers, progress=report)
        except DeadNetworkError:
            return None

    results = zip(seeds, _side_by_side(work, seeds, workers, stopped), strict=True)
    trainings = {seed: training for seed, training in results if training is not None}
    if not trainings:
        raise DeadNetworkError(f"{settings}: no leaf is active in any of {len(seeds)} seeds; raise xi or lower eta")
    table = table_of({seed: training.history for seed, training in trainings.items()}).reindex(seed=list(seeds))
    if not known(table, select):
        warn(f"no seed predicts a validation curve; the best is chosen by {_words(WITHOUT_CURVES)}")
        select = WITHOUT_CURVES
    best, marks = trainings[int(table[select].idxmin())], {"seeds": len(seeds), "selected_by": select}
    network = replace(best.network, attributes={**best.network.attributes, **marks})
    best = Training(network, best.history.assign_attrs(marks), table)
    if directory is not None:
        save(best, directory, parents, threads)
    return best


def check_select(select: str, curves: CurveLoss | None) -> None:
    """Check, before any work is done, that a training knows what the best of its seeds is chosen by.

    Args:
        select: the criterion.
        curves: trained on, None without curves.

    Raises:
        InputError: the error of validation curves, of which there are none.
    """
    if select == OF_CURVES and not (curves and curves.counts[1]):
        raise InputError(
            f"training: select is {OF_CURVES}, but there are no validation curves; give some, "
            f"or select {WITHOUT_CURVES}"
        )


def _side_by_side(
    work: Callable[[int], Training | None], seeds: Sequence[int], workers: int, stopped: threading.Event
) -> list[Training | None]:
    """Results for all seeds, in their order; the first failure, or an interruption, stops all by `stopped`."""
    with ThreadPoolExecutor(workers) as pool:
        futures = [pool.submit(work, seed) for seed in seeds]
        try:
            for future in as_completed(futures):
                future.result()
            return [future.result() for future in futures]
        finally:
            stopped.set()
            pool.shutdown(cancel_futures=True)


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
    except UnreadableError:  # it may be sound: hours of work are not repeated for that
        raise
    except (InputError, DeadNetworkError):
        return None
    if not network.attributes.get("params_sha256") == past.attrs.get("params_sha256") == stamp:
        return None
    attributes = {name: value for name, value in network.attributes.items() if name not in netcdf.STAMPS}
    return Training(replace(network, attributes=attributes), past)


def table_of(histories: Mapping[int, xr.Dataset]) -> xr.Dataset:
    """The table of some seeds from their histories; `OF_CURVES` is in it if a history has it."""
    rows, names = [], [*COLUMNS, OF_CURVES] if any(OF_CURVES in past for past in histories.values()) else list(COLUMNS)
    for past in histories.values():
        whole = past if set(names) <= set(past) else past.assign({OF_CURVES: np.nan * past["epoch"]})
        row = whole[names].isel(epoch=history.kept_row(past), drop=True)
        rows.append(row.assign(elapsed=past["elapsed"][-1].drop_vars("epoch")).drop_attrs(deep=False))
    return xr.concat(rows, xr.DataArray(list(histories), dims="seed", name="seed")).astype(float)


def known(table: xr.Dataset, select: str) -> bool:
    """Whether any seed of a table has a value of this column."""
    return select in table and bool(table[select].notnull().any())


def report(table: xr.Dataset, select: str) -> str:
    """The table as text: one line a seed, the best marked, and the spread of what it was chosen by.

    The error of validation curves is shown where any seed has it.
    """
    curves = known(table, OF_CURVES)
    of_curves = f"{_words(OF_CURVES)}  " if curves else ""
    lines = [f"  seed  train error  validation error  validation divergence  {of_curves}active nodes      time"]
    best = int(table[select].idxmin())
    for seed, row in table.to_dataframe().iterrows():
        line = f"{'*' if seed == best else ' '} {seed:4d}  "
        if np.isnan(row["validation_error"]):
            lines.append(line + "inactive")
            continue
        of_curves = f"{_percent(row[OF_CURVES]):>{len(_words(OF_CURVES))}}  " if curves else ""
        lines.append(
            f"{line}{100 * row['train_error']:9.3f} %  {100 * row['validation_error']:14.3f} %  "
            f"{row['validation_divergence']:21.3g}  {of_curves}{row['active_nodes']:12.0f}  {row['elapsed']:6.1f} s"
        )
    values = table[select].dropna("seed").values
    name, (scale, unit) = _words(select), (100.0, " %") if select.endswith("error") else (1.0, "")
    low, high, mean = (f"{scale * f(values):.3g}{unit}" for f in (np.min, np.max, np.mean))
    spread = f", standard deviation {scale * np.std(values, ddof=1):.3g}{unit}" if len(values) > 1 else ""
    lines.append(f"* best by {name}: {low}; of {len(values)}: {low} to {high}, mean {mean}{spread}")
    return "\n".join(lines)


def _words(select: str) -> str:
    """A criterion in words."""
    return select.replace("_", " ")


def _percent(error: float) -> str:
    return "-" if np.isnan(error) else f"{100 * error:.3f} %"
