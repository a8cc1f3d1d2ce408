"""The fast training: C++ with SIMD lanes over samples and dead leaves left out, equal to the PyTorch backend."""

import time
from functools import partial

import numpy as np

from laminet import _native
from laminet.data.elastic import ElasticData
from laminet.offline.optimiser import finish_epoch
from laminet.offline.settings import TrainingSettings
from laminet.offline.state import State


class NativeBackend:
    """Advances the state of one training; see `native/` for the mathematics."""

    def __init__(self, train: ElasticData, validation: ElasticData, settings: TrainingSettings, threads: int):
        self.settings = settings
        self.trainer = trainer(train, validation, settings, threads)
        self.steps = -(-len(train) // settings.batch)

    def advance(self, state: State, orders: np.ndarray) -> None:
        """Train as many epochs as there are rows in `orders`; see `TorchBackend.advance`."""
        began = time.perf_counter() - state.elapsed
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
            finish_epoch(state, self.settings, partial(self.trainer.evaluate, state.vector), began)
            if not alive:  # the caller sees it in the parameters
                return


def trainer(train: ElasticData, validation: ElasticData, settings: TrainingSettings, threads: int) -> _native.Trainer:
    """The native object that holds the samples and takes the steps; see `native/bindings/training.cpp`."""
    form = "imn" if settings.model == "imn" else settings.formulation
    (phases, reference), (validation_phases, validation_reference) = map(_samples, (train, validation))
    return _native.Trainer(
        form,
        settings.depth,
        phases,
        reference,
        validation_phases,
        validation_reference,
        settings.loss,
        settings.eta,
        settings.xi,
        threads,
    )


def _samples(data: ElasticData) -> tuple[np.ndarray, np.ndarray]:
    """Stiffnesses of the phases (n, phase, 6, 6) and homogenised (n, 6, 6)."""
    phases = np.stack([data.stiffness_1, data.stiffness_2], axis=1, dtype=float)
    return phases, np.ascontiguousarray(data.stiffness, dtype=float)
