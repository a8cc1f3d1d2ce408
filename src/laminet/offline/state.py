"""The state of a training between two epochs, and its checkpoint on disk."""

from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np

from laminet.data import destination, source
from laminet.errors import warn
from laminet.network import parameters
from laminet.network.parameters import NetworkParameters
from laminet.offline.history import COLUMNS, recorded
from laminet.offline.settings import TrainingSettings


@dataclass
class State:
    """Everything that the rest of a training depends on; every backend advances exactly this.

    Attributes:
        vector: (p,) the parameters: activations, then angles node by node.
        first_moment: (p,) Adam's mean of the gradients.
        second_moment: (p,) Adam's mean of their squares.
        history: (rows, columns) as in `laminet.offline.history.COLUMNS`; rows to come are NaN.
        recorded: (rows,) the epochs they belong to.
        epoch: complete epochs.
        steps: complete steps of Adam.
        learning_rate: of the next epoch.
        best_loss: lowest validation loss that the plateau schedule has met.
        stale_epochs: epochs since then.
        elapsed: seconds of training so far, interruptions left out.
    """

    vector: np.ndarray
    first_moment: np.ndarray
    second_moment: np.ndarray
    history: np.ndarray
    recorded: np.ndarray
    epoch: int = 0
    steps: int = 0
    learning_rate: float = 0.0
    best_loss: float = np.inf
    stale_epochs: int = 0
    elapsed: float = 0.0

    @classmethod
    def initial(cls, settings: TrainingSettings) -> "State":
        """The state before the first epoch."""
        start = parameters.initial(settings.model, settings.depth, settings.seed, settings.initialisation)
        vector = np.concatenate([start.activation, start.angle.ravel()])
        epochs = recorded(settings.epochs, settings.record)
        history = np.full((len(epochs), len(COLUMNS)), np.nan)
        moments = np.zeros_like(vector), np.zeros_like(vector)
        return cls(vector, *moments, history, epochs, learning_rate=float(settings.learning_rate))

    @property
    def rows(self) -> int:
        """Rows of the history that are complete."""
        return int(self.recorded.searchsorted(self.epoch, side="right"))

    @property
    def recording(self) -> bool:
        """Whether the epoch under way has a row of the history."""
        return bool(self.recorded[self.rows] == self.epoch + 1)

    def network(self, settings: TrainingSettings, attributes: dict[str, Any] | None = None) -> NetworkParameters:
        """The network with the present parameters, copied."""
        activation, angle = np.split(self.vector.copy(), [2**settings.depth])
        shape = parameters.angle_shape(settings.model, settings.depth)
        return NetworkParameters(settings.model, settings.depth, activation, angle.reshape(shape), attributes or {})

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
        except Exception as error:  # a damaged zip raises many kinds; all mean that there is nothing to go on from
            warn(f"{path}: cannot be read ({error}) and is ignored")
            return None
        return cls(**{name: value if value.ndim else value.item() for name, value in values.items()})
