"""Adam and the schedules: those of PyTorch with its defaults, number by number."""

import numpy as np
import pytest
import torch

from laminet.training.optimiser import adam, finish_epoch, next_learning_rate
from laminet.training.settings import TrainingSettings
from laminet.training.state import State, Stopwatch


def settings(**changes):
    return TrainingSettings(**{"model": "imn", "depth": 2, "batch": 1, "epochs": 400, "seed": 0, **changes})


def test_adam_is_that_of_pytorch():
    state = State.initial(settings())
    parameter = torch.nn.Parameter(torch.tensor(state.vector))
    optimiser = torch.optim.Adam([parameter], lr=1e-2)
    rng = np.random.default_rng(0)
    for _ in range(300):
        gradient = rng.normal(size=state.vector.size) * 10.0 ** rng.uniform(-9, 2, state.vector.size)
        gradient[3] = 0.0
        parameter.grad = torch.tensor(gradient)
        optimiser.step()
        state.vector += adam(state, gradient)
    np.testing.assert_allclose(state.vector, parameter.detach().numpy(), rtol=0, atol=1e-13)
    assert state.steps == 300


@pytest.mark.parametrize(("factor", "patience"), [(0.8, 5), (0.1, 0), (0.5, 50)])
def test_plateau_schedule_is_that_of_pytorch(factor, patience):
    """A loss that falls, stalls just within and just beyond the threshold, and falls again; down to the floor."""
    used = settings(factor=factor, patience=patience)
    state = State.initial(used)
    optimiser = torch.optim.Adam([torch.nn.Parameter(torch.zeros(1))], lr=used.learning_rate)
    scheduler = torch.optim.lr_scheduler.ReduceLROnPlateau(optimiser, factor=factor, patience=patience)
    rng = np.random.default_rng(1)
    loss, rates = 1.0, []
    for epoch in range(400):
        loss *= rng.choice([0.9, 1.0 - 0.99e-4, 1.0 - 1.01e-4, 1.0, 1.1], p=[0.1, 0.2, 0.1, 0.3, 0.3])
        loss = 1.0 if epoch > 200 else loss  # a long stall at the end
        scheduler.step(loss)
        state.epoch += 1
        next_learning_rate(state, used, loss)
        rates.append(state.learning_rate)
        assert state.learning_rate == pytest.approx(optimiser.param_groups[0]["lr"], rel=1e-12)
    assert len(set(rates)) > 2


def test_cosine_schedule_is_that_of_pytorch():
    used = settings(schedule="cosine", epochs=30)
    state = State.initial(used)
    optimiser = torch.optim.Adam([torch.nn.Parameter(torch.zeros(1))], lr=used.learning_rate)
    scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, T_max=30)
    for _ in range(30):
        assert state.learning_rate == pytest.approx(optimiser.param_groups[0]["lr"], rel=1e-9)
        optimiser.step()
        scheduler.step()
        state.epoch += 1
        next_learning_rate(state, used, 1.0)
    assert state.learning_rate == pytest.approx(0.0, abs=1e-17)


@pytest.mark.parametrize(
    ("changes", "evaluated"),
    [
        ({"learning_rate": 1e-2}, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]),
        ({"learning_rate": 4.9e-8}, [4, 8, 10]),  # a fifth of it is less than the smallest change
        ({"schedule": "cosine"}, [4, 8, 10]),
    ],
)
def test_validation_samples_are_evaluated_where_anything_depends_on_them(changes, evaluated):
    used = settings(epochs=10, record=4, factor=0.8, patience=0, **changes)
    state, seen = State.initial(used), []

    def evaluate(validation_only):
        seen.append((state.epoch + 1, validation_only))
        return (np.nan,) * 3 + (0.5, 1.0, 7.0)

    for _ in range(10):
        finish_epoch(state, used, evaluate, Stopwatch(state, 1))
    assert seen == [(epoch, epoch not in (4, 8, 10)) for epoch in evaluated]
    assert state.epoch == 10
    assert np.isfinite(state.history[:, 3:]).all()
