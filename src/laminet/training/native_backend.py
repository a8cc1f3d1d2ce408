"""The fast training: C++ with SIMD lanes over samples, without inactive leaves, equal to the PyTorch backend."""

import numpy as np

from laminet import _native
from laminet.training.data import ElasticData
from laminet.training.settings import TrainingSettings
from laminet.training.state import State


class NativeBackend:
    """A `Backend` of the training loop; see `native/` for the mathematics."""

    def __init__(self, data: ElasticData, settings: TrainingSettings, threads: int):
        self.batch = settings.batch
        self.trainer = trainer(data, settings, threads)

    def epoch(self, state: State, order: np.ndarray) -> bool:
        """Take the steps of one epoch; whether a leaf is active."""
        begun, moments = state.steps, (state.first_moment, state.second_moment)
        state.steps += -(-len(order) // self.batch)
        return self.trainer.epoch(state.vector, *moments, begun, state.learning_rate, order, self.batch)

    def elastic_gradient(self, state: State, samples: np.ndarray) -> np.ndarray:
        """Gradient (p,) of the loss of some training samples."""
        gradient = np.full_like(state.vector, np.nan)
        self.trainer.gradient(state.vector, samples, gradient)
        return gradient

    def evaluate(self, state: State, validation_only: bool = False) -> tuple[float, ...]:
        """Errors, losses and active leaves of the present network."""
        return self.trainer.evaluate(state.vector, validation_only)


def trainer(data: ElasticData, settings: TrainingSettings, threads: int) -> _native.Trainer:
    """The native object that holds the samples and takes the steps; see `native/bindings/training.cpp`."""
    train, train_reference, validation, validation_reference = (
        np.ascontiguousarray(stiffness, dtype=float)
        for samples in (data.train, data.validation)
        for stiffness in (samples.phases, samples.stiffness)
    )
    form = "imn" if settings.model == "imn" else settings.formulation
    of_samples = train, train_reference, validation, validation_reference
    return _native.Trainer(form, settings.depth, *of_samples, settings.loss, settings.eta, settings.xi, threads)
