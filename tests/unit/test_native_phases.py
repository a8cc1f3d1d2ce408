"""Native code with any number of phases: leaf k has phase k mod P."""

import numpy as np
import pytest

from laminet import _native, mandel
from laminet.materials.laws import J2, Elastic, Hardening
from laminet.materials.sampling import Sampling, sample_phases
from laminet.network.initial import initial_parameters
from laminet.online.native import native_law

FORMS = ("imn", "literal", "reduced")
ACROSS, ALONG = [2, 3, 4], [0, 1, 5]  # components of traction and of strain that layers normal to axis 3 share


def layered(stiffness: np.ndarray, fraction: np.ndarray) -> np.ndarray:
    """Stiffness (6, 6) of layers normal to axis 3, of stiffnesses (phases, 6, 6) and volume fractions (phases,)."""
    across, coupling, along = (
        stiffness[np.ix_(range(len(stiffness)), *at)] for at in ((ACROSS, ACROSS), (ACROSS, ALONG), (ALONG, ALONG))
    )
    flexible = np.linalg.inv(across)

    def mean(of_layer: np.ndarray) -> np.ndarray:
        return np.einsum("p,pij->ij", fraction, of_layer)

    effective = np.empty((6, 6))
    stiff, coupled = np.linalg.inv(mean(flexible)), mean(flexible @ coupling)
    relaxed = along - np.swapaxes(coupling, 1, 2) @ flexible @ coupling
    effective[np.ix_(ACROSS, ACROSS)] = stiff
    effective[np.ix_(ACROSS, ALONG)] = stiff @ coupled
    effective[np.ix_(ALONG, ACROSS)] = (stiff @ coupled).T
    effective[np.ix_(ALONG, ALONG)] = mean(relaxed) + coupled.T @ stiff @ coupled
    return effective


def phases(count: int, number: int, turned: bool = True) -> np.ndarray:
    """Random stiffnesses (count, number, 6, 6); turned ones are anisotropic in the frame of the network."""
    drawn = sample_phases(count, 5, 0, Sampling(contrast=1.0)) + sample_phases(count, 6, 0, Sampling(contrast=1.0))
    stiffness = np.stack(drawn[:number], axis=1)
    R = mandel.rotation(mandel.euler(np.full((number, 3), 0.3) + np.arange(number)[:, None]))
    return R @ stiffness @ np.swapaxes(R, 1, 2) if turned else stiffness


def trainer(form: str, depth: int, stiffness: np.ndarray):
    reference = np.ascontiguousarray(stiffness.mean(axis=1))
    samples = np.ascontiguousarray(stiffness), reference
    return _native.Trainer(form, depth, *samples, *samples, "frobenius", 0.3, 1.0, 1)


def random_vector(form: str, depth: int) -> np.ndarray:
    network = initial_parameters("imn" if form == "imn" else "dmn", depth, 3)
    activation = network.activation.copy()
    activation[1] = -0.2
    return np.concatenate([activation, network.angle.ravel()])


def layers(depth: int) -> tuple[np.ndarray, np.ndarray]:
    """Parameters of an IMN of layers normal to axis 3, and the weights of its leaves."""
    weight = np.random.default_rng(depth).uniform(0.2, 0.8, 2**depth)
    weight[3] = 0.0
    return np.concatenate([weight, np.zeros(2 * (2**depth - 1))]), weight / weight.sum()


@pytest.mark.parametrize("soft", [1.0, 1e-6])
@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize("number", [1, 2, 3])
def test_layers_have_their_closed_form(number, turned, soft):
    vector, weight = layers(3)
    stiffness = phases(11, number, turned)
    stiffness[:, -1] *= soft
    fraction = np.array([weight[p::number].sum() for p in range(number)])
    homogenised = np.empty((11, 6, 6))
    trainer("imn", 3, stiffness).homogenize(vector, homogenised)
    expected = np.array([layered(sample, fraction) for sample in stiffness])
    np.testing.assert_allclose(homogenised, expected, rtol=0.0, atol=1e-12 * np.abs(expected).max())


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("turned", [False, True])
def test_gradient_of_three_phases_is_that_of_differences(form, turned):
    native, vector, samples = trainer(form, 3, phases(7, 3, turned)), random_vector(form, 3), np.arange(7)
    gradient, unused = np.empty_like(vector), np.empty_like(vector)
    native.gradient(vector, samples, gradient)
    step = 1e-6
    for k, direction in enumerate(np.eye(len(vector))):
        if vector[k] == -0.2:
            assert gradient[k] == 0.0
            continue
        ahead, behind = (native.gradient(vector + sign * step * direction, samples, unused) for sign in (1, -1))
        assert abs((ahead - behind) / (2 * step) - gradient[k]) < 1e-7 * np.abs(gradient).max()


@pytest.mark.parametrize("form", FORMS)
def test_two_phases_given_twice_are_two_phases(form):
    two, vector = phases(9, 2), random_vector(form, 3)
    results = []
    for stiffness in (two, np.tile(two, (1, 2, 1, 1))):
        gradient, homogenised = np.empty_like(vector), np.empty((9, 6, 6))
        native = trainer(form, 3, stiffness)
        native.homogenize(vector, homogenised)
        native.gradient(vector, np.arange(9), gradient)
        results.append((homogenised, gradient))
    for one, other in zip(*results):
        np.testing.assert_allclose(one, other, rtol=1e-12, atol=1e-14)


def chain(weight: np.ndarray, number: int, laws: list) -> "_native.Material":
    """Layers normal to axis 3 as a material: block k joins leaf k and the rest."""
    n = len(weight)
    parent = np.arange(0, 2 * n - 2, 2, dtype=np.int32)
    leaf = np.append(parent + 1, 2 * n - 2).astype(np.int32)
    phase = (np.arange(n) % number + 1).astype(np.int32)
    none = np.zeros((0, 6, 6))
    normal = np.tile([0.0, 0.0, 1.0], (n - 1, 1))
    tree = _native.active_tree(parent, parent + 1, parent + 2, normal, none, leaf, phase, weight, none)
    return _native.Material(tree, [native_law(law) for law in laws], _native.OnlineSettings(1e-10, 50, 6))


def update(material, strain: np.ndarray):
    points, state = len(strain), np.zeros((len(strain), material.state_size))
    stress, tangent, converged = np.empty((points, 6)), np.empty((points, 6, 6)), np.empty(points, dtype=bool)
    material.update(strain, state, 1.0, stress, tangent, state, converged, 1)
    assert converged.all()
    return stress, tangent, state


@pytest.mark.parametrize("points", [1, 8])
def test_three_elastic_layers_as_a_material(points, rng):
    stiffness = phases(1, 3)[0]
    weight = rng.uniform(0.2, 0.8, 7)
    fraction = np.array([weight[p::3].sum() for p in range(3)]) / weight.sum()
    strain = 0.01 * rng.normal(size=(points, 6))
    stress, tangent, _ = update(chain(weight, 3, [Elastic(0.5 * (C + C.T)) for C in stiffness]), strain)
    expected = layered(stiffness, fraction)
    np.testing.assert_allclose(tangent, np.broadcast_to(expected, tangent.shape), atol=1e-12 * np.abs(expected).max())
    np.testing.assert_allclose(stress, strain @ expected, atol=1e-12 * np.abs(expected).max())


@pytest.mark.parametrize("points", [1, 8])
def test_three_layers_of_which_two_flow(points):
    """Sheared across, every layer has the same shear stress: strains add up, each by its own hardening."""
    E, nu, yields, slope = (200.0, 100.0, 70.0), (0.3, 0.3, 0.3), (0.2, 0.4, np.inf), (20.0, 10.0, 0.0)
    laws = [J2(E[p], nu[p], Hardening(yields[p] if p < 2 else 1e6, slope[p])) for p in range(3)]
    weight = np.array([0.3, 0.5, 0.2])
    tau = 0.5  # shear stress 13; von Mises sqrt(3) tau
    shear = np.array([e / (2 * (1 + n)) for e, n in zip(E, nu)])
    flow = [
        max(np.sqrt(3) * tau - y, 0.0) / h if h else 0.0 for y, h in zip(yields, slope)
    ]  # equivalent plastic strain
    strain_13 = weight @ (tau / (2 * shear) + np.sqrt(3) / 2 * np.array(flow))
    strain = np.zeros((points, 6))
    strain[:, 4] = np.sqrt(2) * strain_13
    stress, _, state = update(chain(weight, 3, laws), strain)
    expected = np.zeros(6)
    expected[4] = np.sqrt(2) * tau
    np.testing.assert_allclose(stress, np.tile(expected, (points, 1)), atol=1e-9)
    np.testing.assert_allclose(state[:, 6:].reshape(points, 3, 13)[:, :, 12], np.tile(flow, (points, 1)), atol=1e-9)


def test_other_numbers_of_phases_are_refused():
    two, three = phases(4, 2), phases(4, 3)
    reference = np.ascontiguousarray(two[:, 0])
    with pytest.raises(ValueError, match="same phases"):
        _native.Trainer("imn", 2, two, reference, three, reference, "frobenius", 0.0, 1.0, 1)
    with pytest.raises(ValueError, match="at least one of each"):
        _native.Trainer("imn", 2, two[:, :0], reference, two, reference, "frobenius", 0.0, 1.0, 1)
