"""What every prediction must satisfy, whatever the scheme: equilibrium, energy, unloading, invariance."""

from itertools import pairwise

import numpy as np
import pytest

from laminet import mandel
from laminet.files.network import NetworkParameters
from laminet.loading.driver import Curve, follow
from laminet.loading.paths import LoadPath, piecewise, uniaxial
from laminet.materials.laws import Elastic
from laminet.materials.library import Composite
from laminet.network.homogenize import homogenize
from laminet.network.initial import initial_parameters
from laminet.online.schemes import SCHEMES, NetworkSystem, scheme
from laminet.online.settings import OnlineSettings

ALL = [(name, model) for name, recipe in SCHEMES.items() for model in recipe.models]
UNBIASED = [(name, model) for name, model in ALL if SCHEMES[name].residual != "none" or SCHEMES[name].secant]


def elastic(composite: Composite) -> Composite:
    """The composite without yielding."""
    return Composite("elastic", tuple(Elastic(law.stiffness) for law in composite.laws))


def leaf_stress(system: NetworkSystem, state) -> np.ndarray:
    """Stresses (n, 6) of the leaves from their elastic strains."""
    plastic = system.points.parts(state.law)["plastic_strain"]
    return np.einsum("nij,nj->ni", system.points.stiffness, state.leaf_strain - plastic)


@pytest.mark.parametrize(("name", "model"), ALL)
@pytest.mark.parametrize("control", ["strain", "stress"])
def test_an_elastic_network_responds_with_its_homogenised_stiffness(name, model, control, sparse_network, composites):
    network, composite = sparse_network(model, 4, 3, 9), elastic(composites[1])
    path = piecewise("mixed", control, [{"11": 0.01, "23": -0.004}], 1)
    curve = follow(scheme(name, network, composite), path)
    stiffness = homogenize(network, *(law.stiffness[None] for law in composite.laws))[0]
    np.testing.assert_allclose(curve.stress[1], stiffness @ curve.strain[1], atol=1e-11)
    np.testing.assert_allclose(curve.stress[1][~path.prescribed], 0.0, atol=1e-12)
    assert curve.iterations[1] == 2  # the first solve is exact, the second finds nothing to change


@pytest.mark.parametrize(("name", "model"), UNBIASED)
def test_free_stresses_vanish_and_tractions_balance(name, model, sparse_network, composites):
    path = uniaxial("31", "stress", 10, 0.03)
    curve = follow(scheme(name, sparse_network(model, 4, 2, 10), composites[3]), path)
    largest = np.abs(curve.stress).max()
    np.testing.assert_allclose(curve.stress[:, ~path.prescribed], 0.0, atol=1e-6 * largest)
    np.testing.assert_allclose(curve.strain[:, path.prescribed], path.strain[:, path.prescribed], atol=1e-16)
    assert curve.residual.max() < 1e-5


@pytest.mark.parametrize(("name", "model"), UNBIASED)
@pytest.mark.parametrize("control", ["strain", "stress"])
def test_macroscopic_work_is_the_work_of_the_leaves(name, model, control, sparse_network, composites):
    # Hill-Mandel (Eq. 15): for the strain increment of every step, which is compatible, and the stress at its end
    system = scheme(name, sparse_network(model, 4, 5, 10), composites[1], OnlineSettings(tolerance=1e-9))
    states = [system.initial()]
    path = piecewise("there and back", control, [{"11": 0.02, "12": 0.01}, {"11": 0.0, "12": 0.015}], 10)
    follow(system, path, observe=lambda step, increment: states.append(increment.state))
    share = system.tree.weight / system.tree.weight.sum()
    for old, new in pairwise(states):
        work = new.stress @ (new.strain - old.strain)
        of_leaves = share @ (leaf_stress(system, new) * (new.leaf_strain - old.leaf_strain)).sum(axis=1)
        scale = np.linalg.norm(new.stress) * np.linalg.norm(new.strain - old.strain)
        assert work == pytest.approx(of_leaves, abs=1e-7 * scale)


def returning(path: LoadPath, curve: Curve, free: list[int]) -> LoadPath:
    """The path that prescribes the stresses found on `curve` in the components `free`, else its strains."""
    prescribed = ~np.isin(np.arange(6), free)
    strain, stress = np.where(prescribed, curve.strain, 0.0), np.where(prescribed, 0.0, curve.stress)
    return LoadPath(path.name, path.control, prescribed, strain, stress, path.loaded)


@pytest.mark.parametrize(("name", "model"), UNBIASED)
@pytest.mark.parametrize("free", [[0], [0, 3, 5], [0, 1, 2, 3, 4, 5]])
def test_prescribing_the_stresses_found_returns_the_strains(name, model, free, sparse_network, composites):
    network, path = sparse_network(model, 3, 7, 6), piecewise("pull and shear", "strain", [{"11": 0.01, "23": 0.01}], 8)
    curve = follow(scheme("newton_condensed", network, composites[1], OnlineSettings(tolerance=1e-10)), path)
    system = scheme(name, network, composites[1], OnlineSettings(tolerance=1e-10, max_iterations=1000))
    again = follow(system, returning(path, curve, free))
    np.testing.assert_allclose(again.strain, curve.strain, atol=1e-7 * np.abs(curve.strain).max())
    np.testing.assert_allclose(again.stress, curve.stress, atol=1e-7 * np.abs(curve.stress).max())


@pytest.mark.parametrize("model", ["dmn", "imn"])
def test_unloading_is_elastic_and_reloading_returns(model, sparse_network, composites):
    network = sparse_network(model, 4, 4, 10)
    path = piecewise("unload", "strain", [{"11": 0.02}, {"11": 0.0195}, {"11": 0.02}], 12)
    curve = follow(scheme("newton_condensed", network, composites[2], OnlineSettings(tolerance=1e-10)), path)
    stiffness = homogenize(network, *(law.stiffness[None] for law in composites[2].laws))[0]
    unloading = curve.stress[8] - curve.stress[4]
    np.testing.assert_allclose(unloading, stiffness @ (curve.strain[8] - curve.strain[4]), atol=1e-9)
    np.testing.assert_allclose(curve.stress[12], curve.stress[4], atol=1e-9)
    assert curve.stress[4, 0] < 0.95 * (stiffness @ curve.strain[4])[0]  # it had yielded


@pytest.mark.parametrize("model", ["dmn", "imn"])
def test_a_single_leaf_is_its_law(model, sparse_network, composites):
    network = initial_parameters(model, 2, 0)
    activation = np.array([0.3, -1.0, -1.0, -1.0])
    network = NetworkParameters(model, 2, activation, network.angle)
    law = composites[2].laws[0]  # isotropic, so that rotations do not matter
    path = piecewise("tour", "strain", [{"11": 0.02}, {"12": 0.03}], 8)
    for name, recipe in SCHEMES.items():
        if model not in recipe.models:
            continue
        curve = follow(scheme(name, network, composites[2]), path)
        state = np.zeros((1, 7))
        for step in range(1, 9):
            stress, _, state = law.update(path.strain[step : step + 1], state)
            np.testing.assert_allclose(curve.stress[step], stress[0], atol=1e-12, err_msg=name)


@pytest.mark.parametrize("model", ["dmn", "imn"])
def test_a_single_leaf_in_uniaxial_stress_follows_the_hardening_law(model, composites):
    network = NetworkParameters(model, 1, np.array([0.7, -1.0]), initial_parameters(model, 1, 0).angle)
    law = composites[1].laws[0]
    curve = follow(scheme("newton_condensed", network, composites[1]), uniaxial("22", "stress", 20, 0.05))
    axial = curve.stress[:, mandel.INDEX["22"]]
    plastic = curve.strain[:, mandel.INDEX["22"]] - axial / law.young
    yielded = plastic > 1e-9
    assert yielded.sum() > 15
    np.testing.assert_allclose(axial[yielded], law.hardening.stress(plastic[yielded]), rtol=1e-8)


@pytest.mark.parametrize("model", ["dmn", "imn"])
def test_dead_leaves_and_the_scale_of_the_weights_change_nothing(model, sparse_network, composites):
    network = sparse_network(model, 4, 8, 6)
    path = uniaxial("11", "stress", 5, 0.03)
    curve = follow(scheme("newton_condensed", network, composites[1]), path)
    almost = np.where(network.activation > 0.0, 3.0 * network.activation, 1e-13)  # a vanishing weight is a dead leaf
    other = follow(scheme("newton_condensed", NetworkParameters(model, 4, almost, network.angle), composites[1]), path)
    np.testing.assert_allclose(curve.stress, other.stress, atol=1e-9)


def test_swapping_the_subtrees_of_the_root_changes_nothing(composites):
    network = initial_parameters("imn", 3, 6)
    angle = network.angle[[0, 2, 1, 5, 6, 3, 4]]
    swapped = NetworkParameters("imn", 3, np.roll(network.activation, 4), angle)
    path = uniaxial("12", "stress", 6, 0.03)
    for name in ("newton_condensed", "imn_newton_dense", "imn_fixed_point_secant"):
        one, two = (follow(scheme(name, n, composites[1]), path).stress for n in (network, swapped))
        np.testing.assert_allclose(one, two, atol=1e-8)


@pytest.mark.parametrize(("name", "model"), [pair for pair in ALL if pair not in UNBIASED])
def test_tangents_without_residual_are_biased_and_finer_steps_reduce_it(name, model, sparse_network, composites):
    network, end = sparse_network(model, 4, 9, 10), {}
    for steps in (5, 20, 80):
        path = uniaxial("11", "stress", steps, 0.05)
        truth, biased = (
            follow(scheme(which, network, composites[1]), path).stress[-1, 0] for which in ("newton_condensed", name)
        )
        end[steps] = abs(biased / truth - 1.0)
    assert end[5] > 1e-3
    assert end[5] > 1.5 * end[20] > 2.0 * end[80]
