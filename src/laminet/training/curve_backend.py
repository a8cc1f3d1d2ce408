"""Training on elastic data and curves together: one step of Adam for the loss of both."""

import math
from collections.abc import Iterator, Sequence
from itertools import islice

import numpy as np

from laminet.errors import DeadNetworkError
from laminet.files.network import NetworkParameters
from laminet.training.curve_loss import Curve, CurveSet
from laminet.training.frames import Frames
from laminet.training.loop import ElasticBackend
from laminet.training.optimiser import adam
from laminet.training.settings import TrainingSettings
from laminet.training.state import State


class CurveBackend:
    """A `Backend` of the training loop: that of the elastic data, whose steps also fit curves.

    The loss of a step is the mean error of some training curves plus `elastic_weight` times that of a minibatch of
    samples. The curves come in an order of their own, generator [seed, 2]: all of them before any comes again.
    """

    def __init__(
        self,
        elastic: ElasticBackend,
        train: Sequence[Curve],
        validation: Sequence[Curve],
        settings: TrainingSettings,
        phases: int,
        threads: int,
    ):
        self.elastic, self.settings, self.phases, self.threads = elastic, settings, phases, threads
        self.count = len(train)
        self.fitted = CurveSet(train, phases, every=settings.curve.every, backend=settings.backend)
        # Steps between those of the loss are judged too.
        self.judged = [
            CurveSet(curves, phases, backend=settings.backend) if curves else None for curves in (train, validation)
        ]
        self.order: Iterator[int] | None = None
        self.leaves, self.angles = slice(2**settings.depth), slice(2**settings.depth, None)
        self.rates = np.ones(State.initial(settings).vector.size)
        self.rates[self.leaves] = settings.curve.activation_rate

    def epoch(self, state: State, order: np.ndarray) -> bool:
        """Take the steps of one epoch; whether a leaf is active."""
        count = min(self.settings.curve.batch, self.count)
        if self.order is None:
            self.order = islice(_endless(self.count, self.settings.seed), state.steps * count, None)
        for first in range(0, len(order), self.settings.batch):
            curves = np.fromiter(islice(self.order, count), dtype=int)
            self.step(state, order[first : first + self.settings.batch], curves)
            if not (state.vector[self.leaves] > 0.0).any():
                return False
        return True

    def step(self, state: State, samples: np.ndarray, curves: np.ndarray) -> None:
        """One step of Adam for training samples and curves, by their numbers, changing `state` in place.

        Raises:
            DeadNetworkError: the gradient is not finite.
        """
        how = self.settings.curve
        result = self.fitted.gradient(self._network(state), curves, threads=self.threads)
        state.failed += int(result.failed.sum())
        gradient = result.gradient + how.elastic_weight * self.elastic.elastic_gradient(state, samples)
        activation, angle = state.vector[self.leaves], state.vector[self.angles]
        frames = Frames(activation, angle.reshape(-1, 3)) if self.settings.model == "dmn" else None
        if frames is not None:
            gradient[self.angles] = frames.gradient(gradient[self.angles].reshape(-1, 3)).ravel()
        norm = float(np.linalg.norm(gradient))
        if not math.isfinite(norm):
            raise DeadNetworkError(f"{self.settings}: the gradient is not finite; lower learning_rate or eta")
        active = activation > 0.0
        change = adam(state, gradient * min(1.0, how.clip / max(norm, how.clip)), self.rates)
        if frames is not None:
            half_turns = change[self.angles].reshape(-1, 3)  # as the polar angles of an IMN
            angle[:] = frames.turned(np.pi * half_turns).ravel()
            change[self.angles] = 0.0
        state.vector += change
        np.maximum(activation, how.floor, out=activation, where=active)

    def evaluate(self, state: State, validation_only: bool = False) -> Sequence[float]:
        """Errors, losses and active leaves of the present network, then the errors of all curves and those failed."""
        values = list(self.elastic.evaluate(state, validation_only))
        errors, failed = [math.nan, math.nan], state.failed
        for number, curves in enumerate(self.judged):
            if curves is None or (validation_only and number == 0):
                continue
            result = curves.gradient(self._network(state), threads=self.threads, gradient=False)
            failed += int(result.failed.sum())
            if not result.failed.all():
                errors[number] = float(np.nanmean(result.losses))
        weight = self.settings.curve.elastic_weight
        values[3] = errors[0] + weight * values[3]
        values[4] = (0.0 if math.isnan(errors[1]) else errors[1]) + weight * values[4]
        return *values, *errors, float(failed)

    def _network(self, state: State) -> NetworkParameters:
        return state.network(self.settings, self.phases)


def _endless(count: int, seed: int) -> Iterator[int]:
    """Numbers below `count` in random orders, one order after the other."""
    rng = np.random.default_rng([seed, 2])
    while True:
        yield from rng.permutation(count).tolist()
