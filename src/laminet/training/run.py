"""A training from files to files: the samples of a file, and a folder that keeps the result."""

from collections.abc import Mapping
from pathlib import Path

import xarray as xr

from laminet.errors import DeadNetworkError
from laminet.files import elastic
from laminet.files.elastic import ElasticData
from laminet.network import parameters
from laminet.training import history
from laminet.training.loop import Progress, Training, origin, train_resumably
from laminet.training.settings import TrainingSettings


def samples_of(data: Path | str | xr.Dataset, samples: int | None) -> tuple[ElasticData, ElasticData]:
    """The first `samples` training samples (all if None) and all validation samples of elastic data.

    Raises:
        InputError: unusable data, or fewer samples than that.
    """
    dataset = elastic.given(data)
    name = "elastic data" if isinstance(data, xr.Dataset) else data
    return elastic.of_split(dataset, "train", name, samples), elastic.of_split(dataset, "validation", name)


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
        InputError: as `laminet.training.loop.train`, or the folder cannot be written.
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
        parents: what the training depends on, see `laminet.training.loop.origin`.
        threads: used by the training.

    Raises:
        InputError: the folder cannot be written.
        DeadNetworkError: the network has no active leaf.
    """
    directory = Path(directory)
    history.save(training.history, directory / "history.nc", parents, threads)
    parameters.save(training.network, directory / "network.nc", parents, threads)
    (directory / "checkpoint.npz").unlink(missing_ok=True)
