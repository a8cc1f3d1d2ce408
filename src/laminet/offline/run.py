"""A training from files to files."""

from pathlib import Path

from laminet.data import elastic
from laminet.data.elastic import ElasticData
from laminet.errors import DeadNetworkError
from laminet.network import parameters
from laminet.offline import history
from laminet.offline.settings import TrainingSettings
from laminet.offline.training import Progress, Training, origin, train_resumably


def train_files(
    data: Path | str,
    samples: int | None,
    settings: TrainingSettings,
    directory: Path | str,
    *,
    threads: int = 1,
    progress: Progress | None = None,
) -> Training:
    """Train on the first `samples` training samples (all if None) of an elastic data file; see `run`.

    Raises:
        InputError: unusable data file, or as `run`.
        DeadNetworkError: as `run`.
    """
    dataset = elastic.load(data)
    train = elastic.of_split(dataset, "train", data, samples)
    validation = elastic.of_split(dataset, "validation", data)
    return run(train, validation, settings, directory, threads=threads, progress=progress)


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
    parents = origin(train, validation, settings)
    history.save(training.history, directory / "history.nc", parents, threads)
    parameters.save(training.network, directory / "network.nc", parents, threads)
    checkpoint.unlink(missing_ok=True)
    return training
