"""Networks of three phases: closed forms, the same in NumPy and PyTorch, and training beside a phase like a pore."""

from dataclasses import replace

import netCDF4
import numpy as np
import pytest
import torch

import laminet
from laminet import mandel
from laminet.errors import InputError
from laminet.files.network import NetworkParameters, load_network, save_network
from laminet.materials.stiffness import isotropic_stiffness, orthotropic_stiffness
from laminet.network.homogenize import homogenize
from laminet.network.initial import initial_parameters
from laminet.network.module import module
from laminet.network.tree import leaf_phase
from laminet.training.data import ElasticData, Samples
from laminet.training.loop import train
from laminet.training.settings import TrainingSettings

GLASS = isotropic_stiffness(72.0, 0.22)
EPOXY = isotropic_stiffness(3.0, 0.38)
CARBON = orthotropic_stiffness(
    E11=19.8, E22=19.8, E33=245.0, G12=5.9, G13=29.2, G23=29.2, nu12=0.67, nu13=0.02, nu23=0.02
)
PHASES = (GLASS, EPOXY, CARBON)
WEIGHTS = np.array([0.1, 0.3, 0.2, 0.4])
"""Of four leaves, of phases 1, 2, 3, 1: glass has 0.5, epoxy 0.3, carbon 0.2."""

FRACTIONS = np.array([0.5, 0.3, 0.2])


def layered(phases, fractions) -> np.ndarray:
    """Stiffness of layers normal to axis 3: components 33, 23, 13 of stress and 11, 22, 12 of strain are common.

    With s = A e + B t, t the common tractions and e the common strains of every layer, all the rest are averages.
    """
    within, across = [0, 1, 5], [2, 3, 4]
    mean = {}
    for phase, fraction in zip(phases, fractions, strict=True):
        compliance = np.linalg.inv(phase[np.ix_(across, across)])
        coupling = phase[np.ix_(within, across)] @ compliance
        for name, value in (
            ("compliance", compliance),
            ("coupling", coupling),
            ("within", phase[np.ix_(within, within)] - coupling @ phase[np.ix_(across, within)]),
        ):
            mean[name] = mean.get(name, 0.0) + fraction * value
    whole = np.empty((6, 6))
    normal = np.linalg.inv(mean["compliance"])
    whole[np.ix_(across, across)] = normal
    whole[np.ix_(within, across)] = mean["coupling"] @ normal
    whole[np.ix_(across, within)] = normal @ mean["coupling"].T
    whole[np.ix_(within, within)] = mean["within"] + mean["coupling"] @ normal @ mean["coupling"].T
    return whole


def stack(model: str) -> NetworkParameters:
    """A network of depth 2 all of whose interfaces are normal to axis 3."""
    angle = np.zeros((7, 3) if model == "dmn" else (3, 2))
    return NetworkParameters(model, 2, WEIGHTS, angle, phases=3)


@pytest.mark.parametrize(("model", "formulation"), [("imn", "literal"), ("dmn", "literal"), ("dmn", "reduced")])
def test_layers_of_three_phases_are_their_closed_form(model, formulation):
    network, expected = stack(model), layered(PHASES, FRACTIONS)
    np.testing.assert_allclose(homogenize(network, *(phase[None] for phase in PHASES))[0], expected, rtol=1e-12)
    tensors = [torch.from_numpy(phase)[None] for phase in PHASES]
    with torch.no_grad():
        predicted = module(network, formulation)(*tensors)[0].numpy()
    np.testing.assert_allclose(predicted, expected, rtol=1e-12, atol=1e-13)


def test_a_network_knows_its_phases(tmp_path):
    network = laminet.Network(stack("imn"))
    np.testing.assert_allclose(network.volume_fractions, FRACTIONS, rtol=1e-14)
    assert network.volume_fraction == pytest.approx(0.3)
    np.testing.assert_array_equal(leaf_phase(3, 3), [1, 2, 3, 1, 2, 3, 1, 2])
    save_network(network.parameters, tmp_path / "network.nc", {})
    again = laminet.load(tmp_path / "network.nc")
    assert again == network
    assert again.phases == 3
    expected = layered(PHASES, FRACTIONS)
    for backend in ("native", "numpy"):
        np.testing.assert_allclose(again.homogenize(*PHASES, backend=backend), expected, rtol=1e-12, atol=1e-13)
    with pytest.raises(InputError, match="2 stiffnesses are given; the network has 3 phases"):
        network.homogenize(GLASS, EPOXY)


def test_more_phases_than_leaves_are_refused():
    with pytest.raises(InputError, match="2 leaves for 3 phases"):
        initial_parameters("imn", 1, 0, phases=3)
    with pytest.raises(InputError, match="fewer leaves than there are phases, 3; raise depth"):
        train(data(8, 1.0), settings("torch", depth=1))


def settings(backend: str, **changes) -> TrainingSettings:
    options = {"depth": 3, "batch": 8, "epochs": 150, "seed": 4, "schedule": "cosine", "learning_rate": 3e-2}
    return TrainingSettings(model="imn", backend=backend, **{**options, **changes})


def data(count: int, third: float) -> ElasticData:
    """Samples of layers of three phases, the third of which has this share of the first's stiffness."""
    rng = np.random.default_rng(1)
    parts = []
    for number in (count, 6):
        young = 10.0 ** rng.uniform(-0.5, 0.5, (number, 3)) * [1.0, 1.0, third]
        phases = np.array([[isotropic_stiffness(modulus, 0.3) for modulus in row] for row in young])
        turn = mandel.rotation(mandel.euler(np.array([0.4, 0.7, 0.0])))
        parts.append(Samples(phases, np.array([turn @ layered(row, FRACTIONS) @ turn.T for row in phases])))
    return ElasticData(*parts)


@pytest.mark.parametrize("backend", ["native", "torch"])
def test_a_network_learns_three_phases(backend):
    trained = train(data(40, 1.0), settings(backend))
    assert float(trained.history["validation_error"][-1]) < 0.03
    np.testing.assert_allclose(laminet.Network(trained.network).volume_fractions, FRACTIONS, atol=0.03)


@pytest.mark.parametrize("backend", ["native", "torch"])
def test_a_third_phase_like_a_pore_is_trained_and_predicted_without_nan(backend):
    """Layers of a phase with 1e-6 of the others' stiffness hold nothing across: contrasts of a million in the data."""
    soft = data(16, 1e-6)
    trained = train(soft, settings(backend, epochs=20, loss="divergence"))
    assert np.isfinite(trained.history["loss"]).all()
    predicted = homogenize(trained.network, *np.moveaxis(soft.validation.phases, 1, 0))
    assert np.isfinite(predicted).all()
    assert (np.linalg.eigvalsh(predicted) > 0.0).all()


def test_prediction_of_other_phases_is_refused():
    network = laminet.Network(stack("imn"))
    phases = np.array([[GLASS, EPOXY]] * 4) * np.arange(1.0, 5.0)[:, None, None, None]
    pairs = laminet.elastic_data(phases, phases.mean(axis=1), validation=1)
    with pytest.raises(InputError, match="the data have 2 phases, the network 3"):
        network.predict(pairs)


def test_a_file_without_its_number_of_phases_has_two(tmp_path):
    save_network(initial_parameters("imn", 2, 0), tmp_path / "network.nc", {})
    with netCDF4.Dataset(tmp_path / "network.nc", "a") as file:
        file.delncattr("phases")
    assert load_network(tmp_path / "network.nc").phases == 2


@pytest.mark.parametrize(("model", "formulation"), [("imn", "literal"), ("dmn", "literal"), ("dmn", "reduced")])
def test_both_backends_take_the_same_steps_with_three_phases(model, formulation):
    used = TrainingSettings(model, 3, 8, 10, 4, formulation=formulation)
    native, reference = (train(data(24, 1.0), replace(used, backend=name)).network for name in ("native", "torch"))
    np.testing.assert_allclose(native.activation, reference.activation, rtol=0, atol=1e-9)
    np.testing.assert_allclose(native.angle, reference.angle, rtol=0, atol=1e-8)
