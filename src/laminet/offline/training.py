"""Training of a network: one loop for every backend, interruptible at any moment."""

import hashlib
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
import xarray as xr

from laminet import __version__
from laminet.data.elastic import ElasticData
from laminet.data.netcdf import parameters_sha256
from laminet.errors import DeadNetworkError, InputError, warn
from laminet.network.parameters import NetworkParameters
from laminet.offline import history
from laminet.offline.settings import MOST_THREADS, TrainingSettings
from laminet.offline.state import State

CHECKPOINT_INTERVAL = 20.0  # seconds between checkpoints
REPORT_INTERVAL = 0.2  # seconds that a backend may work before the loop looks after progress and checkpoints

Progress = Callable[[int, int, float], None]


@dataclass(frozen=True)
class Training:
    """Result of a training.

    Attributes:
        network: of the last epoch, with the settings of its training as attributes.
        history: by the contract; see `laminet.offline.history`.
    """

    network: NetworkParameters
    history: xr.Dataset


class Backend(Protocol):
    """What carries out the epochs of a training."""

    def advance(self, state: State, orders: np.ndarray) -> None:
        """Train one epoch for each row of `orders`, (epochs, samples), changing `state` in place."""


def train(
    train: ElasticData,
    validation: ElasticData,
    settings: TrainingSettings,
    *,
    threads: int = 1,
    checkpoint: Path | str | None = None,
    progress: Progress | None = None,
) -> Training:
    """Train a network.

    Every epoch visits the training samples once, in an order of its own, and is followed by an evaluation of the
    validation samples while the schedule needs their loss, and every `settings.record` epochs of all samples: the
    errors of an epoch belong to one network, the one at its end, and the last row to the one returned. (The mean over
    the minibatches, free of charge, would mix as many networks as steps and lag behind the validation error it is
    compared with; all training samples after every epoch would cost 15 - 30 % of it.)

    Args:
        train: training samples.
        validation: validation samples; they set the plateau schedule.
        settings: model, loss, optimiser and seed.
        threads: used by the backend.
        checkpoint: file to go on from, if it belongs to this training, written every 20 s and removed at the end.
        progress: called with (epoch, epochs, training error, NaN before the first row) a few times a second at most.

    Raises:
        InputError: unusable data, more samples in a batch than there are, or a backend that is not installed.
        DeadNetworkError: all leaves died, or loss or gradient are not finite.
    """
    training = train_resumably(train, validation, settings, threads, checkpoint, progress)
    if checkpoint is not None:
        Path(checkpoint).unlink(missing_ok=True)
    return training


def train_resumably(
    train: ElasticData,
    validation: ElasticData,
    settings: TrainingSettings,
    threads: int,
    checkpoint: Path | str | None,
    progress: Progress | None,
) -> Training:
    """As `train`, but the checkpoint stays, for a caller who has yet to bring the result into safety."""
    train, validation = _checked(train, validation, settings, threads)
    backend = _backend(train, validation, settings, threads)
    identity = parameters_sha256(origin(train, validation, settings) | {"version": __version__})
    checkpoint = None if checkpoint is None else Path(checkpoint)
    state = (State.load(checkpoint, identity) if checkpoint else None) or State.initial(settings)

    rng = np.random.default_rng([settings.seed, 1])
    for _ in range(state.epoch):  # of epochs already done
        rng.permutation(len(train))
    epochs, saved = 1, time.monotonic()
    while state.epoch < settings.epochs:
        began = time.monotonic()
        epochs, rows = min(epochs, settings.epochs - state.epoch), state.rows
        backend.advance(state, np.stack([rng.permutation(len(train)) for _ in range(epochs)]))
        now = time.monotonic()
        _check_alive(state, rows, settings)
        if checkpoint and now - saved > CHECKPOINT_INTERVAL:
            try:
                state.save(checkpoint, identity)
            except InputError as error:  # a full disk may have room again by the end; the last one is still there
                warn(f"no new checkpoint: {error}")
            saved = now
        if progress:
            progress(state.epoch, settings.epochs, float(state.history[state.rows - 1, 0]) if state.rows else np.nan)
        epochs = 2 * epochs if now - began < 0.5 * REPORT_INTERVAL else max(1, epochs // 2)

    attributes = settings.attributes() | {"samples": len(train), "validation_samples": len(validation)}
    named = attributes | {"model": settings.model, "depth": settings.depth}
    return Training(state.network(settings, attributes), history.to_dataset(state.history, state.recorded, named))


def _checked(
    train: ElasticData, validation: ElasticData, settings: TrainingSettings, threads: int
) -> tuple[ElasticData, ElasticData]:
    """The samples, if they can be trained on."""
    if not 1 <= threads <= MOST_THREADS:
        raise InputError(f"{settings}: threads is {threads}; it must lie between 1 and {MOST_THREADS}")
    for split, data in (("training", train), ("validation", validation)):
        if not len(data):
            raise InputError(f"{settings}: there are no {split} samples")
    if settings.batch > len(train):
        raise InputError(f"{settings}: batch is {settings.batch} but there are {len(train)} samples; lower batch")
    return train.checked("training data"), validation.checked("validation data")


def _backend(train: ElasticData, validation: ElasticData, settings: TrainingSettings, threads: int) -> Backend:
    Chosen: Callable[..., Backend]
    try:
        if settings.backend == "native":
            from laminet.offline.native_backend import NativeBackend as Chosen
        else:
            from laminet.offline.torch_backend import TorchBackend as Chosen
    except ImportError as error:
        remedy = "install laminet again" if settings.backend == "native" else "pip install 'laminet[torch]'"
        raise InputError(f"backend '{settings.backend}' needs {error.name or error}: {remedy}") from error
    return Chosen(train, validation, settings, threads)


def origin(train: ElasticData, validation: ElasticData, settings: TrainingSettings) -> dict[str, object]:
    """What the result of a training depends on: its settings and its data."""
    digest = hashlib.sha256()
    for data in (train, validation):
        for stiffness in (data.stiffness_1, data.stiffness_2, data.stiffness):
            digest.update(np.ascontiguousarray(stiffness, dtype=float).tobytes())
    return asdict(settings) | {"data": digest.hexdigest()}


def _check_alive(state: State, rows: int, settings: TrainingSettings) -> None:
    """Look at the parameters, and at the losses in the rows after the first `rows`."""
    if not np.isfinite(state.vector).all():  # in native code a leaf that is not a number is not alive either
        raise DeadNetworkError(f"{settings}: the parameters are not finite; lower learning_rate or eta")
    if not (state.vector[: 2**settings.depth] > 0.0).any():
        raise DeadNetworkError(f"{settings}: all leaves died; raise xi, lower eta or take another seed")
    fresh = dict(zip(history.COLUMNS, state.history[rows : state.rows].T, strict=True))
    if not np.isfinite(fresh["loss"] + fresh["validation_loss"]).all():
        raise DeadNetworkError(f"{settings}: the loss is not finite; lower learning_rate or eta")
