"""A training from files to files: the samples of a file, and a folder that keeps the result."""

from collections.abc import Mapping
from pathlib import Path

import xarray as xr

from laminet.data import elastic
from laminet.data.elastic import ElasticData
from laminet.errors import DeadNetworkError, warn
from laminet.network import parameters
from laminet.offline import history
from laminet.offline.settings import TrainingSettings
from laminet.offline.training import Progress, Training, origin, train_resumably

LARGEST_ERROR = 0.2
"""Of a training that is worth using."""


def samples_of(
    data: Path | str | xr.Dataset, samples: int | None, where: Path | str = "elastic data"
) -> tuple[ElasticData, ElasticData]:
    """The first `samples` training samples (all if None) and all validation samples of elastic data.

    Args:
        data: a file, or a dataset of the same form.
        samples: at least one.
        where: names a dataset in messages.

    Raises:
        InputError: unusable data, or fewer samples than that.
    """
    dataset, where = (elastic.check(data, where), where) if isinstance(data, xr.Dataset) else (elastic.load(data), data)
    return elastic.of_split(dataset, "train", where, samples), elastic.of_split(dataset, "validation", where)


def warn_of_error(history: xr.Dataset, where: Path | str) -> None:
    """Warn where a training ended with a mean error above 20 %; `where` names its data."""
    train, validation = (float(history[f"{split}_error"][-1]) for split in ("train", "validation"))
    if max(train, validation) > LARGEST_ERROR:
        warn(
            f"{where}: the training ended with errors of {train:.0%} (training samples) and {validation:.0%} "
            "(validation samples); are phases, notation, order and unit right? Else raise epochs, depth or samples"
        )


def run(
    train: ElasticData,
    validation: ElasticData,
    settings: TrainingSettings,
    directory: Path | str,
    *,
    threads: int = 1,
    progress: Progress | None = None,
) -> Training:
    """Train a network and write `network.nc` and `history.nc` into a folder; an interrupted run goes on where it was.

    The checkpoint beside them, `checkpoint.npz`, is removed when both are written.

    Raises:
        InputError: as `laminet.offline.training.train`, or the folder cannot be written.
        DeadNetworkError: as `train`; then nothing is written.
    """
    directory = Path(directory)
    checkpoint = directory / "checkpoint.npz"
    try:
        training = train_resumably(train, validation, settings, threads, checkpoint, progress)
    except DeadNetworkError:  # it would die again
        checkpoint.unlink(missing_ok=True)
        raise
    save(training, directory, origin(train, validation, settings), threads)
    return training


def save(training: Training, directory: Path | str, parents: Mapping[str, object], threads: int = 1) -> None:
    """Write `network.nc` and `history.nc` into a folder, the network last, and remove the checkpoint there.

    Args:
        training: what is written.
        directory: the folder; it is made.
        parents: what the training depends on, see `laminet.offline.training.origin`.
        threads: used by the training.

    Raises:
        InputError: the folder cannot be written.
        DeadNetworkError: the network has no active leaf.
    """
    directory = Path(directory)
    history.save(training.history, directory / "history.nc", parents, threads)
    parameters.save(training.network, directory / "network.nc", parents, threads)
    (directory / "checkpoint.npz").unlink(missing_ok=True)
