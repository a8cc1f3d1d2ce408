"""The fast training: C++ with SIMD lanes over samples and dead leaves left out, equal to the PyTorch backend."""

import time
from functools import partial
from typing import Any

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


def trainer(train: ElasticData, validation: ElasticData, settings: TrainingSettings, threads: int) -> Any:
    """The native object that holds the samples and takes the steps; see `native/bindings/training.cpp`."""
    arrays = [
        np.ascontiguousarray(stiffness, dtype=float)
        for data in (train, validation)
        for stiffness in (np.stack([data.stiffness_1, data.stiffness_2], axis=1), data.stiffness)
    ]
    form = "imn" if settings.model == "imn" else settings.formulation
    return _native.Trainer(form, settings.depth, *arrays, settings.loss, settings.eta, settings.xi, threads)
