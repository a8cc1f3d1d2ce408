"""Training of a network: one loop for every backend, interruptible at any moment."""

import contextlib
import hashlib
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Protocol

import numpy as np
import xarray as xr

from laminet import __version__
from laminet.errors import DeadNetworkError, InputError, warn
from laminet.files import history, netcdf
from laminet.files.network import NetworkParameters, load_network, save_network
from laminet.training.backends import missing
from laminet.training.data import ElasticData
from laminet.training.optimiser import finish_epoch
from laminet.training.settings import JobSettings, TrainingSettings
from laminet.training.state import State, Stopwatch

CHECKPOINT = "checkpoint.npz"
CHECKPOINT_INTERVAL = 20.0  # seconds between checkpoints
REPORT_INTERVAL = 0.2  # seconds between reports of progress

Report = Callable[[int, int, float], None]


@dataclass(frozen=True)
class Training:
    """Result of a training.

    Attributes:
        network: of the last epoch, or the best by `settings.keep`; the settings of its training are attributes.
        history: by the contract; see `laminet.files.history`.
        seeds: of the best of several trainings what each seed came to, see `laminet.training.seeds`.
    """

    network: NetworkParameters
    history: xr.Dataset
    seeds: xr.Dataset | None = None


class Backend(Protocol):
    """What takes the steps of a training and evaluates its network."""

    def epoch(self, state: State, order: np.ndarray) -> bool:
        """Take the steps of one epoch, changing `state` in place; `order` (samples,) is that of the training samples.

        Returns:
            Whether a leaf is active at the end; one whose activation is not a number is not.

        Raises:
            DeadNetworkError: a gradient is not finite.
        """

    def evaluate(self, state: State, validation_only: bool = False) -> Sequence[float]:
        """The network as it now is: training error, validation error, divergence of the validation samples, training
        loss, validation loss and active leaves; with curves, their columns of the history. With `validation_only`, what
        concerns the training samples is NaN.
        """


class ElasticBackend(Backend, Protocol):
    """A backend for elastic data alone, which also gives the gradient of a step."""

    def elastic_gradient(self, state: State, samples: np.ndarray) -> np.ndarray:
        """Gradient (p,) of the loss of some training samples, by number, with respect to all parameters."""


class CurveLoss(Protocol):
    """Curves that a training also fits, see `laminet.training.curve_backend`.

    The loop knows no more of them than this, so that what a training on elastic data alone depends on stays apart.
    """

    @property
    def digest(self) -> str:
        """SHA-256 of all curves and their laws."""

    @property
    def counts(self) -> tuple[int, int]:
        """Curves for training and for validation."""

    def backend(self, elastic: ElasticBackend, settings: TrainingSettings, phases: int, threads: int) -> Backend:
        """A backend whose steps also fit the curves."""


def train(
    data: ElasticData,
    settings: TrainingSettings,
    directory: Path | str | None = None,
    *,
    curves: CurveLoss | None = None,
    start: NetworkParameters | None = None,
    recipe: str | None = None,
    threads: int = 1,
    progress: Report | None = None,
) -> Training:
    """Train a network.

    Every epoch visits the training samples once, in a new order. While the schedule needs the validation loss, an
    evaluation of the validation samples follows every epoch. Every `settings.record` epochs all samples are evaluated.
    The errors of an epoch belong to one network, the one at its end. The last row belongs to the network returned; with
    `settings.keep` "best" it is the row with the lowest validation loss.

    The mean over the minibatches would cost nothing, but it would mix as many networks as steps and lag behind the
    validation error. Evaluating all training samples after every epoch would cost 15 - 30 % of the epoch.

    Args:
        data: training samples, and the validation samples that set the plateau schedule.
        settings: model, loss, optimiser and seed.
        curves: trained on, too.
        start: the network that is continued; a random one if None.
        recipe: its name becomes an attribute.
        directory: gets network.nc and history.nc. Until then it holds a checkpoint, written every 20 s, from which
            the same call resumes.
        threads: used by the backend.
        progress: called with (epoch, epochs, training error, NaN before the first row) a few times a second at most.

    Raises:
        InputError: no samples, fewer than a batch takes, or fewer leaves than phases; a start or curves that do not
            fit; a backend that is not installed, or a folder that cannot be written.
        DeadNetworkError: no leaf is active any more, or loss or gradient are not finite; nothing is written.
    """
    _check(data, settings, threads, start)
    parents = origin(data, settings, curves, start)
    elastic, identity = _backend(data, settings, threads), netcdf.parameters_sha256(parents | {"version": __version__})
    backend = curves.backend(elastic, settings, data.phases, threads) if curves else elastic
    checkpoint = None if directory is None else Path(directory) / CHECKPOINT
    try:
        state = (State.load(checkpoint, identity) if checkpoint else None) or State.initial(
            settings, start, curves is not None
        )
        watch = Stopwatch(state, threads)
        rng = np.random.default_rng([settings.seed, 1])
        for _ in range(state.epoch):  # of epochs already done
            rng.permutation(len(data.train))
        saved = reported = time.monotonic()
        while state.epoch < settings.epochs:
            if not backend.epoch(state, rng.permutation(len(data.train))):
                if not np.isfinite(state.vector).all():
                    raise DeadNetworkError(f"{settings}: the parameters are not finite; lower learning_rate or eta")
                raise DeadNetworkError(
                    f"{settings}: no leaf is active any more; raise xi, lower eta or take another seed"
                )
            finish_epoch(state, settings, partial(backend.evaluate, state), watch)
            now = time.monotonic()
            if checkpoint and now - saved > CHECKPOINT_INTERVAL:
                watch.read(state)
                saved = now
                try:
                    state.save(checkpoint, identity)
                except InputError as error:  # a full disk may have room again by the end; the last checkpoint stays
                    warn(f"no new checkpoint: {error}")
            if progress and (now - reported > REPORT_INTERVAL or state.epoch == settings.epochs):
                train_error = state.history[max(state.rows - 1, 0), 0]  # NaN before the first row
                progress(state.epoch, settings.epochs, float(train_error))
                reported = now
    except DeadNetworkError:  # it would end so again
        if checkpoint:
            checkpoint.unlink(missing_ok=True)
        raise
    attributes = settings.attributes(curves is not None)
    attributes |= {"samples": len(data.train), "validation_samples": len(data.validation), "contrast": data.contrast}
    attributes |= {"data_sha256": data.digest}
    if curves:
        train_curves, validation_curves = curves.counts
        attributes |= {"curves": train_curves, "validation_curves": validation_curves, "curves_sha256": curves.digest}
    attributes |= {name: parents[name] for name in ("start_sha256",) if name in parents}
    attributes |= {"recipe": recipe} if recipe else {}
    past = history.to_dataset(state.history, state.recorded, attributes)
    past = past.assign_attrs(model=settings.model, depth=settings.depth)
    training = Training(state.network(settings, data.phases, attributes, settings.keep), past)
    if directory is not None:
        save(training, directory, parents, threads)
    return training


def save(training: Training, directory: Path | str, parents: Mapping[str, object], threads: int = 1) -> None:
    """Write `network.nc` and `history.nc` into a folder, the network last, and remove the checkpoint there.

    Args:
        training: what is written.
        directory: the folder; it is made.
        parents: what the training depends on, see `origin`.
        threads: used by the training.

    Raises:
        InputError: the folder cannot be written.
        DeadNetworkError: the network has no active leaf.
    """
    folder = Path(directory)
    netcdf.write(training.history, folder / "history.nc", content="history", parameters=parents, threads=threads)
    save_network(training.network, folder / "network.nc", parents, threads)
    (folder / CHECKPOINT).unlink(missing_ok=True)


def warn_of_other(directory: Path | str, parents: Mapping[str, object]) -> None:
    """Warn where a folder holds the network of another training, which this one will replace.

    Args:
        directory: the folder.
        parents: what the training that begins depends on, see `origin`.
    """
    path, stamp = Path(directory) / "network.nc", netcdf.parameters_sha256(parents)
    with contextlib.suppress(InputError, DeadNetworkError):
        if path.is_file() and load_network(path).attributes.get("params_sha256") != stamp:
            warn(f"{path}: is of another training (other settings, seeds or data), and will be replaced")


def origin(
    data: ElasticData,
    settings: TrainingSettings,
    curves: CurveLoss | None = None,
    start: NetworkParameters | None = None,
) -> dict[str, object]:
    """What the result of a training depends on: its settings, its data and its start."""
    values = settings.values(curves is not None) | {"data": data.digest}
    values |= {"curves": curves.digest} if curves else {}
    return values | ({"start_sha256": _digest(start)} if start else {})


def _digest(network: NetworkParameters) -> str:
    return hashlib.sha256(np.ascontiguousarray(network.vector, dtype=float).tobytes()).hexdigest()


def _check(data: ElasticData, settings: TrainingSettings, threads: int, start: NetworkParameters | None) -> None:
    """Check that there is enough to train on, and that a start is a network as it is trained here."""
    JobSettings(threads=threads)
    for split, samples in (("training", data.train), ("validation", data.validation)):
        if not len(samples):
            raise InputError(f"{settings}: there are no {split} samples")
    if settings.batch > len(data.train):
        raise InputError(f"{settings}: batch is {settings.batch} but there are {len(data.train)} samples; lower batch")
    if data.phases > 2**settings.depth:
        raise InputError(f"{settings}: has fewer leaves than there are phases, {data.phases}; raise depth")
    if start is None:
        return
    for name, given, wanted in (
        ("model", start.model, settings.model),
        ("depth", start.depth, settings.depth),
        ("number of phases", start.phases, data.phases),
    ):
        if given != wanted:
            raise InputError(f"{settings}: {name} of the start is {given}, not {wanted}; take another start")


def _backend(data: ElasticData, settings: TrainingSettings, threads: int) -> ElasticBackend:
    try:
        if settings.backend == "native":
            from laminet.training.native_backend import NativeBackend

            return NativeBackend(data, settings, threads)
        from laminet.training.torch_backend import TorchBackend  # PyTorch is optional, and slow to import

        return TorchBackend(data, settings, threads)
    except ImportError as error:
        raise missing(settings.backend, error) from error
