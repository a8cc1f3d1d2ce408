"""Train a network by a recipe: on elastic data, or on elastic data and curves together."""

from collections.abc import Iterable
from dataclasses import fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import xarray as xr

from laminet.api.networks import Network, parameters_of, path_of
from laminet.errors import InputError, warn
from laminet.files import elastic, foreign, history
from laminet.files.destination import check_distinct
from laminet.files.matrices import Table
from laminet.files.network import NetworkParameters
from laminet.progress import Progress, note
from laminet.settings import read
from laminet.training.settings import JobSettings, TrainingSettings

if TYPE_CHECKING:
    from laminet.training.curve_data import CurveFile
    from laminet.training.data import ElasticData

LARGEST_ERROR = 0.2
"""Relative error above which a training is hardly worth using."""


def train(
    data: Path | str | xr.Dataset | Table,
    model: str | None = None,
    depth: int | None = None,
    *,
    curves: "CurveFile | Iterable[CurveFile] | None" = None,
    start: Network | Path | str | None = None,
    recipe: str = "paper",
    samples: int | None = None,
    batch: int | None = None,
    epochs: int | None = None,
    seed: int = 0,
    seeds: int | None = None,
    select: str | None = None,
    starts: int | None = None,
    threads: int = 1,
    directory: Path | str | None = None,
    progress: bool = False,
    **settings: Any,
) -> Network:
    """Train a network on elastic data, or on elastic data and curves together.

    network = laminet.train("elastic.nc", curves="curves.nc", recipe="curves", threads=2)
    fitted = laminet.train("elastic.nc", curves=laminet.measured_curves(...), recipe="curves", start=network)

    What is None is as the recipe has it, see `laminet.training.recipes`.

    Args:
        data: an elastic data file, a dataset of the same form (see `elastic_data` for your own arrays), or a data frame
            with the columns of a CSV that `laminet import` reads (Mandel, GPa). If a data frame has no column `split`,
            a tenth of it is kept for validation.
        model: "imn" or "dmn"; by default that of `start`, or "imn".
        depth: layers below the root; by default that of `start`, or the recipe's.
        curves: training curves of `curves` or `measured_curves`, or their files, one or several.
        start: a network that is continued in place of a random one.
        recipe: "paper" or "accurate", or with curves "curves".
        samples: training samples used, the first of the data. The recipe's number, or all if there are fewer.
        batch: samples in a minibatch. The recipe's number, or all if there are fewer.
        epochs: passes over the training samples.
        seed: of the initial parameters and the minibatches.
        seeds: trainings, from `seed` on, of which the best is kept; `Network.seeds` says how they spread.
        select: what the best is chosen by, "validation_error", "validation_divergence", or with validation curves
            "curve_validation_error". Without such curves, the recipe "curves" chooses by validation divergence.
        starts: networks trained first, on elastic data alone by the recipe "accurate"; the best of them is continued.
        threads: cores to use, first for as many seeds at a time.
        directory: where to keep network.nc and history.nc, and those of several seeds in seeds/. An interrupted
            training resumes from there.
        progress: whether to show it.
        settings: further fields of laminet.training.settings.TrainingSettings, such as loss="divergence".

    Raises:
        InputError: unusable data, curves or start, or one of them in a file of `directory` that would be written over;
            an unknown recipe or setting, or one out of range. The recipe "curves" needs curves, and
            select="curve_validation_error" needs validation curves.
        DeadNetworkError: no leaf is active any more, or the loss is not finite.

    Warns:
        LaminetWarning: data that are hardly what was meant, as in `elastic_data`, or an error above 20 % at the end.
    """
    from laminet.training import recipes
    from laminet.training.curve_data import curve_data_of
    from laminet.training.data import data_of
    from laminet.training.loop import origin, warn_of_other
    from laminet.training.loop import train as train_network
    from laminet.training.seeds import check_select, train_seeds

    directory = None if directory is None else path_of(directory, "directory")
    if directory is not None:
        _check_kept(directory, [data, start, *([curves] if isinstance(curves, Path | str) else curves or ())])
    given = {"depth": depth, "samples": samples, "batch": batch, "epochs": epochs, "seeds": seeds, "select": select}
    wanted = recipes.recipe(recipe, **given, starts=starts) | settings
    if recipe == "curves" and curves is None:
        raise InputError("recipe 'curves' needs curves to train on; give a file of `laminet curves`")
    begin = None if start is None else next(iter(parameters_of([start]).values()))
    if begin:
        if starts:
            raise InputError("training: start and starts are given; leave one of them out")
        model, wanted["starts"] = model or begin.model, 0
        wanted["depth"] = begin.depth if depth is None else depth
    learned = None if curves is None else curve_data_of(curves)
    if select is None:
        wanted["select"] = recipes.criterion(recipe, learned.counts[1] if learned else 0)
    job = JobSettings(
        **{field.name: wanted.pop(field.name) for field in fields(JobSettings) if field.name != "threads"},
        threads=threads,
    )
    if job.seeds > 1:
        check_select(job.select, learned)
    where = data if isinstance(data, Path | str) else foreign.ELSEWHERE
    held = data_of(foreign.given(data), where, samples or 1)
    if progress and samples is None and len(held.train) > job.samples:
        note(f"{where}: recipe {recipe} takes the first {job.samples} of {len(held.train)} training samples")
    held = held.first(job.samples)
    if batch is None:
        wanted["batch"] = min(wanted["batch"], len(held.train))
    used = read(TrainingSettings, {**wanted, "model": model or "imn", "seed": seed})
    several = range(used.seed, used.seed + job.seeds)
    begins = dict.fromkeys(several, begin) if begin else {}
    if job.starts:
        if learned:
            learned.check(used, held.phases)
        begins = _best_starts(held, used, job, directory, Progress("epochs of starts") if progress else None)
    options: dict[str, Any] = {"threads": threads, "progress": Progress("epochs") if progress else None}
    # Single options of a command without --recipe are no recipe; "paper" is then only what is not given.
    options |= {"curves": learned, "recipe": None if recipe == "paper" else recipe}
    if job.seeds == 1:
        if directory is not None:
            warn_of_other(directory, origin(held, used, learned, begins.get(used.seed)))
        training = train_network(held, used, directory, start=begins.get(used.seed), **options)
    else:
        training = train_seeds(held, used, several, directory, select=job.select, start=begins, **options)
    kept = training.history.isel(epoch=history.kept_row(training.history))
    errors = [float(kept[f"{split}_error"]) for split in elastic.SPLITS]
    if max(errors) > LARGEST_ERROR:
        warn(
            f"{where}: the training ended with errors of {errors[0]:.0%} (training samples) and {errors[1]:.0%} "
            "(validation samples); are phases, notation, order and unit right? Else raise epochs, depth or samples"
        )
    return Network(training.network, training.history, training.seeds)


def _check_kept(directory: Path, inputs: Iterable[Any]) -> None:
    """Check that no input is a file that the training writes into `directory`."""
    written = [directory / name for name in ("network.nc", "history.nc", "checkpoint.npz")]
    read_files = [each for each in inputs if isinstance(each, Path | str)]
    check_distinct([*written, *directory.glob("seeds/*/*.n*")], read_files)


def _best_starts(
    data: "ElasticData", settings: TrainingSettings, job: JobSettings, directory: Path | None, report: Progress | None
) -> dict[int, NetworkParameters]:
    """The networks that the trainings continue, by seed: every seed has starts of its own."""
    from laminet.training.starts import FOLDER, best_start

    begins = {}
    for seed in range(settings.seed, settings.seed + job.seeds):
        folder = None if directory is None else directory / FOLDER
        if folder and job.seeds > 1:
            folder /= str(seed)
        of_seed = replace(settings, seed=seed)
        begins[seed] = best_start(data, of_seed, job.starts, folder, threads=job.threads, progress=report)
    return begins
