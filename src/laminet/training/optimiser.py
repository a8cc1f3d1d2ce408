"""Adam and the schedules of its learning rate: functions that advance a training's state by one step or epoch."""

import math
from collections.abc import Callable, Sequence

import numpy as np

from laminet.errors import DeadNetworkError
from laminet.files.history import COLUMNS
from laminet.training.settings import TrainingSettings
from laminet.training.state import State, Stopwatch

BETA_1, BETA_2, EPSILON = 0.9, 0.999, 1e-8
THRESHOLD, SMALLEST_CHANGE = 1e-4, 1e-8  # of the plateau schedule; all five are PyTorch's defaults
VALIDATION_LOSS = list(COLUMNS).index("validation_loss")
LEAST_MOMENT = 1e-200
"""A first moment below this, of a parameter long without a gradient, is zero: subnormal numbers are slow."""


def adam(state: State, gradient: np.ndarray, rates: np.ndarray | float = 1.0) -> np.ndarray:
    """The change (p,) of the parameters in one step of Adam (Kingma and Ba, 2015), which advances its moments.

    The present learning rate is multiplied by `rates`.
    """
    state.steps += 1
    state.first_moment += (1.0 - BETA_1) * (gradient - state.first_moment)
    state.first_moment[np.abs(state.first_moment) < LEAST_MOMENT] = 0.0
    state.second_moment *= BETA_2
    state.second_moment += (1.0 - BETA_2) * gradient**2
    rate = rates * state.learning_rate / (1.0 - BETA_1**state.steps)
    scale = math.sqrt(1.0 - BETA_2**state.steps)
    return -rate * scale * state.first_moment / (np.sqrt(state.second_moment) + scale * EPSILON)


def finish_epoch(
    state: State, settings: TrainingSettings, evaluate: Callable[..., Sequence[float]], watch: Stopwatch
) -> None:
    """What follows the steps of an epoch in every backend: evaluation, where anything depends on it, and schedule.

    Args:
        state: its steps of this epoch are done; its epoch is counted here.
        settings: of the training.
        evaluate: `Backend.evaluate` of the state.
        watch: started when the training started or resumed.

    Raises:
        DeadNetworkError: the loss is not finite.
    """
    recording, validation_loss = state.recording, math.nan
    if recording or watches_validation(state, settings):
        values = list(evaluate(validation_only=not recording))
        row, active_nodes, of_curves = values[:5], values[5], values[6:]
        validation_loss = row[4]
    if recording:
        watch.read(state)
        if not math.isfinite(row[3] + row[4]):
            raise DeadNetworkError(f"{settings}: the loss is not finite; lower learning_rate or eta")
        if row[4] < np.min(state.history[: state.rows, VALIDATION_LOSS], initial=np.inf):
            state.best[:] = state.vector
        times = state.elapsed, state.cpu_time
        state.history[state.rows] = *row, state.learning_rate, active_nodes, *times, *of_curves
        state.failed = 0
    state.epoch += 1
    next_learning_rate(state, settings, validation_loss)


def watches_validation(state: State, settings: TrainingSettings) -> bool:
    """Whether the validation loss can still change the learning rate: a plateau schedule ends at a rate so small that
    it is reduced no further."""
    return settings.schedule == "plateau" and state.learning_rate * (1.0 - settings.factor) > SMALLEST_CHANGE


def next_learning_rate(state: State, settings: TrainingSettings, validation_loss: float) -> None:
    """Set the learning rate of the epoch that follows.

    Args:
        state: its `epoch` epochs are complete.
        settings: schedule "plateau" (the semantics of PyTorch's ReduceLROnPlateau) or "cosine".
        validation_loss: after the last of them; not looked at unless `watches_validation`.
    """
    if settings.schedule == "cosine":
        state.learning_rate = 0.5 * settings.learning_rate * (1.0 + math.cos(math.pi * state.epoch / settings.epochs))
    if not watches_validation(state, settings):
        return
    if validation_loss < state.best_loss * (1.0 - THRESHOLD):
        state.best_loss, state.stale_epochs = validation_loss, 0
    else:
        state.stale_epochs += 1
    if state.stale_epochs > settings.patience:
        state.stale_epochs = 0
        state.learning_rate *= settings.factor
