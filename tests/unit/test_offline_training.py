"""Training: the trajectory of PyTorch's own optimiser, honest histories, recovery of a teacher, clear refusals."""

import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
import torch

from laminet.data import elastic
from laminet.data.elastic import ElasticData
from laminet.errors import DeadNetworkError, InputError
from laminet.materials.sampling import Sampling, sample_phases
from laminet.network import parameters
from laminet.network.homogenize import homogenize
from laminet.offline import history, training
from laminet.offline.loss import frobenius, penalty
from laminet.offline.prediction import predict
from laminet.offline.run import run
from laminet.offline.settings import TrainingSettings
from laminet.offline.torch_backend import module
from laminet.offline.training import train

TEACHER = parameters.initial("imn", 2, 5)
"""The hidden network whose stiffnesses are learnt."""


def data(count: int, stream: int, contrast: float = 1.5) -> ElasticData:
    phases = sample_phases(count, 7, stream, Sampling(contrast=contrast))
    return ElasticData(*phases, homogenize(TEACHER, *phases))


TRAIN, VALIDATION = data(50, 0), data(12, 1)


def settings(model="imn", **changes):
    return TrainingSettings(
        **{"model": model, "depth": 2, "batch": 20, "epochs": 4, "seed": 1, "backend": "torch", **changes}
    )


@pytest.mark.parametrize(("model", "formulation"), [("imn", "literal"), ("dmn", "literal"), ("dmn", "reduced")])
def test_trajectory_is_that_of_a_plain_pytorch_loop(model, formulation):
    """Eq. 9 on minibatches of a seeded order, the partial one too, torch's Adam, torch's plateau schedule."""
    used = settings(model, formulation=formulation, eta=0.5, xi=0.8, epochs=12, patience=0, learning_rate=0.1)
    network = module(parameters.initial(model, 2, 1), formulation)
    optimiser = torch.optim.Adam(network.parameters(), lr=0.1)
    scheduler = torch.optim.lr_scheduler.ReduceLROnPlateau(optimiser, factor=0.8, patience=0)
    samples, validation = (
        [torch.tensor(array) for array in (of.stiffness_1, of.stiffness_2, of.stiffness)] for of in (TRAIN, VALIDATION)
    )

    def loss(first, second, reference):
        return frobenius(network(first, second), reference).mean() + penalty(network.activation, 0.5, 0.8)

    rng = np.random.default_rng([1, 1])
    rates, losses = [], []
    for _ in range(12):
        rates.append(optimiser.param_groups[0]["lr"])
        order = rng.permutation(50)
        for batch in (order[:20], order[20:40], order[40:]):
            optimiser.zero_grad()
            loss(*(array[batch] for array in samples)).backward()
            optimiser.step()
        losses.append(loss(*validation).item())
        scheduler.step(losses[-1])
    found = train(TRAIN, VALIDATION, used)
    np.testing.assert_allclose(found.network.activation, network.activation.detach().numpy(), rtol=0, atol=1e-10)
    np.testing.assert_allclose(found.network.angle, network.angle.detach().numpy(), rtol=0, atol=1e-10)
    np.testing.assert_allclose(found.history["learning_rate"], rates, rtol=1e-12)
    np.testing.assert_allclose(found.history["validation_loss"], losses, rtol=1e-9)
    assert len(set(rates)) > 1


def test_last_row_of_the_history_describes_the_network_returned():
    found = train(TRAIN, VALIDATION, settings("dmn", loss="divergence"))
    errors = predict(found.network, elastic.to_dataset(TRAIN, VALIDATION))["error"]
    last = found.history.isel(epoch=-1)
    assert last["train_error"] == pytest.approx(errors[:50].mean().item(), rel=1e-9)
    assert last["validation_error"] == pytest.approx(errors[50:].mean().item(), rel=1e-9)
    assert last["active_nodes"] == found.network.active_nodes
    excess = penalty(found.network.activation, 1.0, 1.0)
    assert last["validation_loss"] == pytest.approx(last["validation_divergence"].item() + excess, rel=1e-9)
    assert (np.diff(found.history["elapsed"]) > 0).all()


@pytest.mark.parametrize("backend", ["native", "torch"])
def test_rows_of_the_history_may_be_far_apart(tmp_path, backend):
    used = settings(epochs=11, patience=0, learning_rate=0.1, backend=backend)
    every, some = (train(TRAIN, VALIDATION, replace(used, record=record)) for record in (1, 4))
    np.testing.assert_array_equal(some.network.activation, every.network.activation)
    np.testing.assert_array_equal(some.history["epoch"], [4, 8, 11])
    for name in set(some.history) - {"elapsed"}:
        np.testing.assert_array_equal(some.history[name], every.history[name].sel(epoch=[4, 8, 11]), err_msg=name)


def test_training_is_deterministic_and_depends_on_the_seed():
    first, again, other = (train(TRAIN, VALIDATION, settings(seed=seed)) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first.network.activation, again.network.activation)
    np.testing.assert_array_equal(first.network.angle, again.network.angle)
    assert first.history.drop_vars("elapsed").identical(again.history.drop_vars("elapsed"))
    assert np.abs(first.network.angle - other.network.angle).max() > 0.01


@pytest.mark.parametrize("loss", ["frobenius", "divergence", "frobenius_voigt"])
def test_a_network_learns_the_phase_fraction_of_its_teacher(loss):
    """An IMN of depth 3 on data of one of depth 2: only stiffnesses are shown, the fraction is found."""
    used = settings(depth=3, epochs=150, seed=2, loss=loss, schedule="cosine", learning_rate=3e-2)
    found = train(data(100, 0, contrast=1.0), VALIDATION, used)

    def share(network):
        weights = np.maximum(network.activation, 0.0)
        return weights[1::2].sum() / weights.sum()

    assert found.history["validation_error"][-1] < 0.02
    assert share(found.network) == pytest.approx(share(TEACHER), abs=0.01)
    assert np.maximum(found.network.activation, 0.0).sum() == pytest.approx(1.0, abs=0.01)  # xi


def test_network_and_history_are_written_and_read(tmp_path):
    used = settings(batch=8, eta=0.25)
    calls = []
    done = run(TRAIN.first(16), VALIDATION, used, tmp_path / "run", progress=lambda *call: calls.append(call))
    assert sorted(path.name for path in (tmp_path / "run").iterdir()) == ["history.nc", "network.nc"]
    read = history.load(tmp_path / "run" / "history.nc")
    np.testing.assert_array_equal(read["train_error"], done.history["train_error"])
    assert all("units" in read[name].attrs for name in history.COLUMNS)
    network = parameters.load(tmp_path / "run" / "network.nc")
    np.testing.assert_array_equal(network.activation, done.network.activation)
    for attributes in (network.attributes, read.attrs):
        assert (attributes["samples"], attributes["batch"], attributes["eta"]) == (16, 8, 0.25)
    assert read.attrs["params_sha256"] == network.attributes["params_sha256"]
    assert calls[-1] == (4, 4, done.history["train_error"][-1])


def test_a_history_that_is_not_finite_is_refused(tmp_path):
    made = train(TRAIN, VALIDATION, settings(epochs=1)).history
    history.save(made.assign(loss=made["loss"] * np.nan), tmp_path / "history.nc", {})
    with pytest.raises(InputError, match="'loss' holds NaN"):
        history.load(tmp_path / "history.nc")


def test_batch_larger_than_the_data_names_the_run():
    with pytest.raises(InputError, match=r"imn of depth 2 .*seed 1\): batch is 51 but there are 50 samples"):
        train(TRAIN, VALIDATION, settings(batch=51))


def test_torch_is_imported_by_its_backend_alone():
    modules = "laminet.offline.run, laminet.offline.prediction, laminet.network.homogenize"
    code = f"import sys, {modules}; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_a_backend_that_is_not_installed_is_named(monkeypatch):
    monkeypatch.delitem(sys.modules, "laminet.offline.torch_backend")
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(InputError, match="'torch' needs torch: pip install"):
        train(TRAIN, VALIDATION, settings())


def test_unusable_data_are_named():
    broken = TRAIN.stiffness.copy()
    broken[3, 0, 0] = np.nan
    with pytest.raises(InputError, match=r"training data: variable 'stiffness': NaN .* at sample 3"):
        train(replace(TRAIN, stiffness=broken), VALIDATION, settings())
    with pytest.raises(InputError, match="no validation samples"):
        train(TRAIN, VALIDATION.first(0), settings())
    with pytest.raises(InputError, match="threads is 0"):
        train(TRAIN, VALIDATION, settings(), threads=0)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"learning_rate": 0.05, "xi": 1e-6, "eta": 1e4}, "all leaves died"),
        ({"eta": 1e300, "xi": 1e10}, "not finite"),
    ],
)
def test_a_dead_training_names_the_run_and_writes_nothing(tmp_path, monkeypatch, changes, message):
    monkeypatch.setattr(training, "CHECKPOINT_INTERVAL", 0.0)
    with pytest.raises(DeadNetworkError, match=message) as caught:
        run(TRAIN, VALIDATION, settings(epochs=30, **changes), tmp_path)
    assert "seed 1" in str(caught.value)
    assert not list(tmp_path.iterdir())
