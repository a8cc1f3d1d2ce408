"""Training: the trajectory of PyTorch's own optimiser, honest histories, recovery of a teacher, clear refusals."""

import subprocess
import sys
import threading
import time
from dataclasses import replace

import elastic_datasets
import numpy as np
import pytest
import torch

from laminet.api import Network
from laminet.errors import DeadNetworkError, InputError
from laminet.files import elastic, history, netcdf
from laminet.files.network import load_network
from laminet.materials.sampling import Sampling, sample_phases
from laminet.network.homogenize import homogenize
from laminet.network.initial import initial_parameters
from laminet.network.module import module
from laminet.training import loop
from laminet.training.data import ElasticData, Samples, data_of
from laminet.training.loop import train
from laminet.training.loss import LOSSES, frobenius, penalty
from laminet.training.settings import TrainingSettings

TEACHER = initial_parameters("imn", 2, 5)
"""The hidden network whose stiffnesses are learnt."""


def samples(count: int, stream: int, contrast: float = 1.5) -> Samples:
    phases = sample_phases(count, 7, stream, Sampling(contrast=contrast))
    return Samples(np.stack(phases, axis=1), homogenize(TEACHER, *phases))


DATA = data_of(elastic.check(elastic_datasets.dataset(ElasticData(samples(50, 0), samples(12, 1))), "data"), "data")
"""As they are read from a file: symmetric to the last digit."""


def settings(model="imn", **changes):
    return TrainingSettings(
        **{"model": model, "depth": 2, "batch": 20, "epochs": 4, "seed": 1, "record": 1, "backend": "torch", **changes}
    )


@pytest.mark.parametrize(("model", "formulation"), [("imn", "literal"), ("dmn", "literal"), ("dmn", "reduced")])
def test_trajectory_is_that_of_a_plain_pytorch_loop(model, formulation):
    """Eq. 9 on minibatches of a seeded order, the partial one too, torch's Adam, torch's plateau schedule."""
    used = settings(model, formulation=formulation, eta=0.5, xi=0.8, epochs=12, patience=0, learning_rate=0.1)
    network = module(initial_parameters(model, 2, 1), formulation)
    optimiser = torch.optim.Adam(network.parameters(), lr=0.1)
    scheduler = torch.optim.lr_scheduler.ReduceLROnPlateau(optimiser, factor=0.8, patience=0)
    visited, validation = (
        [torch.tensor(array) for array in (*np.moveaxis(of.phases, 1, 0), of.stiffness)]
        for of in (DATA.train, DATA.validation)
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
            loss(*(array[batch] for array in visited)).backward()
            optimiser.step()
        losses.append(loss(*validation).item())
        scheduler.step(losses[-1])
    found = train(DATA, used)
    np.testing.assert_allclose(found.network.activation, network.activation.detach().numpy(), rtol=0, atol=1e-10)
    np.testing.assert_allclose(found.network.angle, network.angle.detach().numpy(), rtol=0, atol=1e-10)
    np.testing.assert_allclose(found.history["learning_rate"], rates, rtol=1e-12)
    np.testing.assert_allclose(found.history["validation_loss"], losses, rtol=1e-9)
    assert len(set(rates)) > 1


def test_last_row_of_the_history_describes_the_network_returned():
    found = train(DATA, settings("dmn", loss="divergence"))
    errors = Network(found.network).predict(elastic_datasets.dataset(DATA))["error"]
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
    every, some = (train(DATA, replace(used, record=record)) for record in (1, 4))
    np.testing.assert_array_equal(some.network.activation, every.network.activation)
    np.testing.assert_array_equal(some.history["epoch"], [4, 8, 11])
    for name in set(some.history) - set(history.TIMES):
        np.testing.assert_array_equal(some.history[name], every.history[name].sel(epoch=[4, 8, 11]), err_msg=name)


def test_training_is_deterministic_and_depends_on_the_seed():
    first, again, other = (train(DATA, settings(seed=seed)) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first.network.activation, again.network.activation)
    np.testing.assert_array_equal(first.network.angle, again.network.angle)
    assert first.history.drop_vars(history.TIMES).identical(again.history.drop_vars(history.TIMES))
    assert np.abs(first.network.angle - other.network.angle).max() > 0.01


@pytest.mark.parametrize("loss", LOSSES)
def test_a_network_learns_the_phase_fraction_of_its_teacher(loss):
    """An IMN of depth 3 on data of one of depth 2: only stiffnesses are shown, the fraction is found."""
    used = settings(depth=3, epochs=150, seed=2, loss=loss, schedule="cosine", learning_rate=3e-2)
    found = train(replace(DATA, train=samples(100, 0, contrast=1.0)), used)

    def share(network):
        weights = np.maximum(network.activation, 0.0)
        return weights[1::2].sum() / weights.sum()

    assert found.history["validation_error"][-1] < 0.02
    assert share(found.network) == pytest.approx(share(TEACHER), abs=0.01)
    assert np.maximum(found.network.activation, 0.0).sum() == pytest.approx(1.0, abs=0.01)  # xi


def test_network_and_history_are_written_and_read(tmp_path):
    used = settings(batch=8, eta=0.25)
    calls = []
    done = train(DATA.first(16), used, tmp_path / "run", progress=lambda *call: calls.append(call))
    assert sorted(path.name for path in (tmp_path / "run").iterdir()) == ["history.nc", "network.nc"]
    read = history.load(tmp_path / "run" / "history.nc")
    np.testing.assert_array_equal(read["train_error"], done.history["train_error"])
    assert all("units" in read[name].attrs for name in history.COLUMNS)
    network = load_network(tmp_path / "run" / "network.nc")
    np.testing.assert_array_equal(network.activation, done.network.activation)
    for attributes in (network.attributes, read.attrs):
        assert (attributes["samples"], attributes["batch"], attributes["eta"]) == (16, 8, 0.25)
    assert read.attrs["params_sha256"] == network.attributes["params_sha256"]
    assert calls[-1] == (4, 4, done.history["train_error"][-1])


@pytest.mark.parametrize("backend", ["native", "torch"])
def test_processor_time_is_that_of_the_training_alone(backend):
    """Another thread of the process works all the while; its time is not the training's."""
    stop = threading.Event()
    other = threading.Thread(target=lambda: [sum(range(1000)) for _ in iter(stop.is_set, True)])
    other.start()
    try:
        before = time.thread_time()
        trained = train(DATA, settings(epochs=10, backend=backend)).history
        spent = time.thread_time() - before
    finally:
        stop.set()
        other.join()
    assert (np.diff(trained["cpu_time"]) > 0).all()
    assert 0.0 < trained["cpu_time"][-1] <= min(spent, trained["elapsed"][-1] + 0.01)


def test_a_history_of_the_old_form_is_read(tmp_path):
    made = train(DATA, settings(epochs=2)).history
    netcdf.write(made.drop_vars("cpu_time"), tmp_path / "history.nc", content="history", parameters={})
    read = history.load(tmp_path / "history.nc")
    assert np.isnan(read["cpu_time"]).all()
    assert read["cpu_time"].attrs["units"] == "s"


def test_the_last_row_of_histories_of_different_lengths():
    rows = np.array([[1.0, np.nan, 3.0, np.nan], [1.0, 2.0, 3.0, 4.0]])
    np.testing.assert_array_equal(history.last_rows(rows), [2, 3])


def test_a_history_that_is_not_finite_is_refused(tmp_path):
    made = train(DATA, settings(epochs=1)).history
    netcdf.write(made.assign(loss=made["loss"] * np.nan), tmp_path / "history.nc", content="history", parameters={})
    with pytest.raises(InputError, match="'loss' holds NaN"):
        history.load(tmp_path / "history.nc")


def test_batch_larger_than_the_data_names_the_run():
    with pytest.raises(InputError, match=r"imn of depth 2 .*seed 1\): batch is 51 but there are 50 samples"):
        train(DATA, settings(batch=51))


def test_torch_is_imported_by_its_backend_alone():
    modules = "laminet.training.seeds, laminet.training.loss, laminet.network.homogenize"
    code = f"import sys, {modules}; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_a_backend_that_is_not_installed_is_named(monkeypatch):
    monkeypatch.delitem(sys.modules, "laminet.training.torch_backend")
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(InputError, match="'torch' needs torch: pip install"):
        train(DATA, settings())


def test_unusable_data_are_named():
    with pytest.raises(InputError, match="no validation samples"):
        train(replace(DATA, validation=samples(0, 1)), settings())
    with pytest.raises(InputError, match="threads is 0"):
        train(DATA, settings(), threads=0)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"learning_rate": 0.05, "xi": 1e-6, "eta": 1e4}, "no leaf is active any more"),
        ({"eta": 1e300, "xi": 1e10}, "not finite"),
    ],
)
def test_a_dead_training_names_the_run_and_writes_nothing(tmp_path, monkeypatch, changes, message):
    monkeypatch.setattr(loop, "CHECKPOINT_INTERVAL", 0.0)
    with pytest.raises(DeadNetworkError, match=message) as caught:
        train(DATA, settings(epochs=30, **changes), tmp_path)
    assert "seed 1" in str(caught.value)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("backend", ["native", "torch"])
def test_the_best_network_is_that_of_the_lowest_validation_loss(backend):
    """At a rate that makes the loss go up and down, the best is the last of a training that ends at its epoch."""
    used = settings("dmn", backend=backend, epochs=12, patience=100, learning_rate=0.3)
    last, best = (train(DATA, replace(used, keep=keep)) for keep in ("last", "best"))
    epoch = int(last.history["validation_loss"].values.argmin()) + 1
    assert 1 < epoch < 12
    expected = train(DATA, replace(used, epochs=epoch)).network
    assert best.network == expected
    assert last.network != expected
    assert best.network.attributes["keep"] == "best"
    np.testing.assert_array_equal(best.history["validation_loss"], last.history["validation_loss"])
    assert history.kept_row(best.history) == epoch - 1
    assert history.kept_row(last.history) == 11


def test_the_best_network_has_a_row_in_the_history():
    used = settings("imn", epochs=12, patience=100, learning_rate=0.3, keep="best")
    found = train(DATA, replace(used, record=5))
    np.testing.assert_array_equal(found.history["epoch"], [5, 10, 12])
    row = found.history.isel(epoch=history.kept_row(found.history))
    errors = Network(found.network).predict(elastic_datasets.dataset(DATA))["error"]
    assert row["validation_error"] == pytest.approx(errors[50:].mean().item(), rel=1e-9)
