"""The native backend takes the steps of the PyTorch reference: losses, gradients, trajectories, interruptions."""

import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

from laminet import mandel
from laminet.errors import DeadNetworkError
from laminet.files import history
from laminet.files.network import NetworkParameters
from laminet.materials.sampling import Sampling, sample_phases
from laminet.network.homogenize import homogenize
from laminet.network.initial import initial_parameters
from laminet.network.module import module
from laminet.training.data import ElasticData, Samples
from laminet.training.loop import train
from laminet.training.loss import LOSSES
from laminet.training.native_backend import NativeBackend, trainer
from laminet.training.settings import TrainingSettings
from laminet.training.state import State
from laminet.training.torch_backend import TorchBackend

FORMS = [("imn", "literal"), ("dmn", "literal"), ("dmn", "reduced")]


def teacher_data(count: int, stream: int, contrast: float = 3.0, turned: bool = False) -> Samples:
    """Samples of a hidden network; turned ones are anisotropic in the RVE's frame."""
    phases = sample_phases(count, 11, stream, Sampling(contrast=contrast))
    if turned:
        phases = tuple(r @ phase @ r.T for r, phase in zip(mandel.rotation(mandel.euler(np.eye(3)[:2] + 0.3)), phases))
    return Samples(np.stack(phases, axis=1), homogenize(initial_parameters("imn", 3, 5), *phases))


def spoilt(model: str, depth: int, dead: str) -> NetworkParameters:
    """Random parameters with no dead leaf, some, or a whole dead subtree."""
    start = initial_parameters(model, depth, 3)
    activation = start.activation.copy()
    if dead == "leaves":
        activation[np.random.default_rng(depth).random(activation.size) < 0.4] *= -1.0
    elif dead == "subtree":
        activation[: activation.size // 2] *= -1.0
    activation[-1] = 0.3
    return NetworkParameters(model, depth, activation, start.angle)


def vector(network: NetworkParameters) -> np.ndarray:
    return np.concatenate([network.activation, network.angle.ravel()])


def assert_same_gradient(network, formulation, loss, data, samples):
    """Loss and gradient, relative to the largest entry, and the figures of the history."""
    settings = TrainingSettings(
        network.model, network.depth, len(samples), 1, 3, eta=0.7, xi=1.3, loss=loss, formulation=formulation
    )
    state = replace(State.initial(settings), vector=vector(network))
    reference, native = (backend(ElasticData(data, data), settings, 1) for backend in (TorchBackend, NativeBackend))
    gradient = np.empty(network.count)
    native.trainer.gradient(state.vector, samples, gradient)
    expected = reference.gradient(module(network, formulation), samples)
    assert np.abs(gradient - expected).max() <= 1e-12 * max(np.abs(expected).max(), 1.0)
    np.testing.assert_allclose(native.evaluate(state), reference.evaluate(state), rtol=1e-11)


@pytest.mark.parametrize(("model", "formulation"), FORMS)
@pytest.mark.parametrize("dead", ["none", "leaves", "subtree"])
@pytest.mark.parametrize("depth", [1, 2, 3, 5])
def test_gradient_is_that_of_autograd(model, formulation, dead, depth):
    assert_same_gradient(spoilt(model, depth, dead), formulation, "frobenius", teacher_data(21, 0), np.arange(3, 20))


@pytest.mark.parametrize(("model", "formulation"), FORMS)
def test_gradient_of_deep_networks(model, formulation):
    for depth in (6, 7, 8):
        assert_same_gradient(spoilt(model, depth, "leaves"), formulation, "frobenius", teacher_data(8, 0), np.arange(8))


@pytest.mark.parametrize(("model", "formulation"), FORMS)
@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("turned", [False, True])
def test_gradient_of_every_loss_for_phases_of_any_anisotropy(model, formulation, loss, turned):
    data = teacher_data(20, 0, contrast=1.0, turned=turned)
    assert_same_gradient(spoilt(model, 3, "leaves"), formulation, loss, data, np.arange(13))


@pytest.mark.parametrize(("model", "formulation"), FORMS)
def test_gradient_at_extreme_contrast(model, formulation):
    data = teacher_data(40, 0)
    contrast = np.diff(np.log10(np.linalg.norm(data.phases, axis=(2, 3))))[:, 0]
    samples = np.argsort(contrast)[[0, 1, 2, -3, -2, -1]]
    assert contrast[samples].min() < -2.5
    assert contrast[samples].max() > 2.5
    assert_same_gradient(spoilt(model, 3, "none"), formulation, "frobenius", data, samples)


@pytest.mark.parametrize(("model", "formulation"), FORMS)
def test_trajectory_is_that_of_the_reference(model, formulation):
    data = ElasticData(teacher_data(30, 0, 1.0), teacher_data(9, 1, 1.0))
    settings = TrainingSettings(model, 3, 8, 50, 2, formulation=formulation, patience=3, record=1)
    native = train(data, settings)
    reference = train(data, replace(settings, backend="torch"))
    np.testing.assert_allclose(native.network.activation, reference.network.activation, rtol=0, atol=1e-9)
    np.testing.assert_allclose(native.network.angle, reference.network.angle, rtol=0, atol=1e-9)
    assert native.history["active_nodes"].min() < 8, "nothing was pruned"
    for name in set(native.history) - set(history.TIMES):
        np.testing.assert_allclose(native.history[name], reference.history[name], rtol=1e-8, err_msg=name)


@pytest.mark.parametrize("backend", [NativeBackend, TorchBackend])
def test_moments_of_dead_leaves_end_before_they_are_subnormal(backend):
    data = teacher_data(30, 0)
    settings = TrainingSettings("imn", 3, 8, 1, 2)
    state = State.initial(settings)
    state.vector[:3], state.first_moment[:3], state.second_moment[:3] = -0.5, (1e-190, 1.1e-200, -1.05e-200), 1.0
    backend(ElasticData(data, data), settings, 1).epoch(state, np.arange(30))
    np.testing.assert_allclose(state.first_moment[:3], [1e-190 * 0.9**4, 0.0, 0.0], rtol=1e-12, atol=0.0)
    np.testing.assert_array_equal(state.vector[:3], -0.5)
    np.testing.assert_allclose(state.second_moment[:3], 0.999**4, rtol=1e-14)


@pytest.mark.parametrize(("model", "formulation"), FORMS)
def test_the_number_of_threads_does_not_change_a_bit(model, formulation):
    data = ElasticData(teacher_data(50, 0), teacher_data(9, 1))
    settings = TrainingSettings(model, 4, 20, 10, 2, formulation=formulation)
    one, three = (train(data, settings, threads=threads).network for threads in (1, 3))
    np.testing.assert_array_equal(one.activation, three.activation)
    np.testing.assert_array_equal(one.angle, three.angle)


def test_training_goes_on_bit_by_bit_from_any_epoch():
    data = ElasticData(teacher_data(30, 0), teacher_data(9, 1))
    settings = TrainingSettings("imn", 4, 8, 9, 2)
    orders = np.stack([np.random.default_rng(epoch).permutation(30) for epoch in range(9)])
    whole, parts = State.initial(settings), State.initial(settings)
    backend = NativeBackend(data, settings, 1)
    for order in orders:
        backend.epoch(whole, order)
        NativeBackend(data, settings, 1).epoch(parts, order)
    assert whole.steps == parts.steps == 9 * 4
    for name in ("vector", "first_moment", "second_moment"):
        np.testing.assert_array_equal(getattr(whole, name), getattr(parts, name))
    np.testing.assert_array_equal(backend.evaluate(whole), NativeBackend(data, settings, 1).evaluate(parts))


def test_all_leaves_dying_names_the_run():
    data = ElasticData(teacher_data(30, 0), teacher_data(9, 1))
    settings = TrainingSettings("imn", 2, 10, 200, 4, xi=1e-3, eta=1e3, learning_rate=0.3)
    with pytest.raises(DeadNetworkError, match=r"imn of depth 2 .*seed 4.*no leaf is active any more"):
        train(data, settings)


def test_parameters_that_are_not_finite_name_the_run():
    data = ElasticData(teacher_data(30, 0), teacher_data(9, 1))
    settings = TrainingSettings("imn", 2, 10, 5, 4, xi=1e10, eta=1e300)
    with pytest.raises(DeadNetworkError, match=r"imn of depth 2 .*seed 4.*not finite; lower learning_rate or eta"):
        train(data, settings)


def test_homogenised_stiffness_is_that_of_numpy():
    data = teacher_data(19, 0)
    for model, formulation in FORMS:
        network = spoilt(model, 4, "leaves")
        native = trainer(ElasticData(data, data), TrainingSettings(model, 4, 4, 1, 0, formulation=formulation), 1)
        stiffness = np.empty((19, 6, 6))
        native.homogenize(vector(network), stiffness)
        expected = homogenize(network, *np.moveaxis(data.phases, 1, 0))
        np.testing.assert_allclose(stiffness, expected, rtol=0, atol=1e-12 * np.abs(expected).max())


@pytest.mark.parametrize("turns", [0, 3, 1000, 100_000, 10**9])
def test_angles_of_many_turns(turns):
    data = teacher_data(5, 0)
    for model, formulation in FORMS:
        start = initial_parameters(model, 3, 3)
        signs = np.where(np.arange(start.angle.size) % 2 == 0, 1.0, -1.0).reshape(start.angle.shape)
        network = NetworkParameters(model, 3, start.activation, start.angle + 2.0 * np.pi * turns * signs)
        native = trainer(ElasticData(data, data), TrainingSettings(model, 3, 4, 1, 0, formulation=formulation), 1)
        stiffness = np.empty((5, 6, 6))
        native.homogenize(vector(network), stiffness)
        expected = homogenize(network, *np.moveaxis(data.phases, 1, 0))
        np.testing.assert_allclose(stiffness, expected, rtol=0, atol=1e-12 * np.abs(expected).max())


def test_wrong_arrays_are_refused():
    data = teacher_data(5, 0)
    native = trainer(ElasticData(data, data), TrainingSettings("imn", 2, 4, 1, 0), 1)
    good, short = np.zeros(10), np.zeros(9)
    with pytest.raises(ValueError, match="length of the parameters"):
        native.gradient(short, np.arange(3), good)
    with pytest.raises(ValueError, match="out of range"):
        native.gradient(good, np.array([0, 5]), good)
    with pytest.raises(ValueError, match="no samples"):
        native.gradient(good, np.arange(0), good)
    with pytest.raises(TypeError):
        native.gradient(good.astype(np.float32), np.arange(3), good)


def test_a_training_imports_only_what_it_uses():
    """Hundreds of short trainings are processes of their own: what they import, each of them waits for."""
    code = """
import sys, laminet
from laminet.api import train
from laminet.training.native_backend import trainer
print(*{name.split(".")[0] for name in sys.modules} & {"torch", "matplotlib", "scipy", "seaborn"})
"""
    assert subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout == "\n"
