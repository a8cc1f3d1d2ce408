"""The state of a training between two epochs, and its checkpoint on disk."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np

from laminet import source
from laminet.errors import warn
from laminet.files import destination
from laminet.files.history import COLUMNS, CURVE_COLUMNS
from laminet.files.network import NetworkParameters, angle_shape
from laminet.network.initial import initial_parameters
from laminet.training.settings import TrainingSettings


@dataclass
class State:
    """Everything that the rest of a training depends on; every backend advances exactly this.

    Attributes:
        vector: (p,) the parameters: activations, then angles node by node.
        first_moment: (p,) Adam's mean of the gradients.
        second_moment: (p,) Adam's mean of their squares.
        best: (p,) the parameters of the row of the history with the lowest validation loss so far.
        history: (rows, columns) as in `laminet.files.history.COLUMNS`, with curves also CURVE_COLUMNS; rows to come
            are NaN.
        recorded: (rows,) the epochs they belong to.
        epoch: complete epochs.
        steps: complete steps of Adam.
        learning_rate: of the next epoch.
        best_loss: lowest validation loss that the plateau schedule has met.
        stale_epochs: epochs since then.
        elapsed: seconds of training so far, interruptions left out.
        cpu_time: seconds that processors have worked on it so far.
        failed: predictions of curves that failed in steps since the last row of the history.
    """

    vector: np.ndarray
    first_moment: np.ndarray
    second_moment: np.ndarray
    best: np.ndarray
    history: np.ndarray
    recorded: np.ndarray
    epoch: int = 0
    steps: int = 0
    learning_rate: float = 0.0
    best_loss: float = np.inf
    stale_epochs: int = 0
    elapsed: float = 0.0
    cpu_time: float = 0.0
    failed: int = 0

    @classmethod
    def initial(
        cls, settings: TrainingSettings, start: NetworkParameters | None = None, curves: bool = False
    ) -> "State":
        """The state before the first epoch: a random network if there is none to start from."""
        start = start or initial_parameters(settings.model, settings.depth, settings.seed, settings.initialisation)
        vector = start.vector
        epochs = recorded(settings.epochs, settings.record)
        history = np.full((len(epochs), len(COLUMNS) + curves * len(CURVE_COLUMNS)), np.nan)
        moments = np.zeros_like(vector), np.zeros_like(vector)
        return cls(vector, *moments, vector.copy(), history, epochs, learning_rate=float(settings.learning_rate))

    @property
    def rows(self) -> int:
        """Rows of the history that are complete."""
        return int(self.recorded.searchsorted(self.epoch, side="right"))

    @property
    def recording(self) -> bool:
        """Whether the epoch under way has a row of the history."""
        return bool(self.recorded[self.rows] == self.epoch + 1)

    def network(
        self,
        settings: TrainingSettings,
        phases: int = 2,
        attributes: Mapping[str, Any] | None = None,
        keep: str = "last",
    ) -> NetworkParameters:
        """The network with the present parameters or, to `keep` the "best", with those of the best row; copied."""
        vector = self.best if keep == "best" else self.vector
        activation, angle = np.split(vector.copy(), [2**settings.depth])
        angle = angle.reshape(angle_shape(settings.model, settings.depth))
        return NetworkParameters(settings.model, settings.depth, activation, angle, attributes or {}, phases)

    def save(self, path: Path, identity: str) -> None:
        """Write a checkpoint that replaces the last one only when complete."""
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        with destination.replacing(path) as temporary, open(temporary, "wb") as file:
            np.savez(file, identity=np.array(identity), **values)

    @classmethod
    def load(cls, path: Path, identity: str) -> "State | None":
        """Read a checkpoint; None where there is none, or one that is damaged or of another training (noted).

        Raises:
            UnreadableError: there is one that may be sound, so that it is not written over.
        """
        if not path.is_file():
            return None
        source.check(path)
        try:
            with np.load(path, allow_pickle=False) as stored:
                if str(stored["identity"]) != identity:
                    warn(f"{path}: belongs to other settings or data and is ignored")
                    return None
                values = {field.name: stored[field.name] for field in fields(cls)}
        except Exception as error:  # a damaged zip raises many kinds; all mean that there is nothing to resume from
            warn(f"{path}: cannot be read ({error}) and is ignored")
            return None
        return cls(**{name: value if value.ndim else value.item() for name, value in values.items()})


def recorded(epochs: int, record: int) -> np.ndarray:
    """Epochs (rows,) that have a row: every `record`-th, and the last; epochs count from 1."""
    return np.unique([*range(record, epochs + 1, record), epochs])


class Stopwatch:
    """Measures the time of a training in what a state has already taken.

    Processor time is that of the calling thread, which does all the work of a training on one thread, whatever else
    runs. With several threads it is that of the whole process, so that all of them count.
    """

    def __init__(self, state: State, threads: int):
        self._cpu = time.thread_time if threads == 1 else time.process_time
        self._began = time.perf_counter() - state.elapsed, self._cpu() - state.cpu_time

    def read(self, state: State) -> None:
        """Set the times of the state."""
        state.elapsed, state.cpu_time = time.perf_counter() - self._began[0], self._cpu() - self._began[1]
