"""The fast training: C++ with SIMD lanes over samples and dead leaves left out, equal to the PyTorch backend."""

from functools import partial

import numpy as np

from laminet import _native
from laminet.files.elastic import ElasticData
from laminet.training.optimiser import finish_epoch
from laminet.training.settings import TrainingSettings
from laminet.training.state import State, Stopwatch


class NativeBackend:
    """Advances the state of one training; see `native/` for the mathematics."""

    def __init__(self, data: ElasticData, settings: TrainingSettings, threads: int):
        self.settings, self.threads = settings, threads
        self.trainer = trainer(data, settings, threads)
        self.steps = -(-len(data.train) // settings.batch)

    def advance(self, state: State, orders: np.ndarray) -> None:
        """Train as many epochs as there are rows in `orders`; see `TorchBackend.advance`."""
        watch = Stopwatch(state, self.threads)
        for order in orders:
            alive = self.trainer.epoch(
                state.vector,
                state.first_moment,
                state.second_moment,
                state.steps,
                state.learning_rate,
                order,
                self.settings.batch,
            )
            state.steps += self.steps
            finish_epoch(state, self.settings, partial(self.trainer.evaluate, state.vector), watch)
            if not alive:  # the caller sees it in the parameters
                return


def trainer(data: ElasticData, settings: TrainingSettings, threads: int) -> _native.Trainer:
    """The native object that holds the samples and takes the steps; see `native/bindings/training.cpp`."""
    train, train_reference, validation, validation_reference = (
        np.ascontiguousarray(stiffness, dtype=float)
        for samples in (data.train, data.validation)
        for stiffness in (samples.phases, samples.stiffness)
    )
    form = "imn" if settings.model == "imn" else settings.formulation
    return _native.Trainer(
        form,
        settings.depth,
        train,
        train_reference,
        validation,
        validation_reference,
        settings.loss,
        settings.eta,
        settings.xi,
        threads,
    )
