"""Networks as the law of material points: the stresses of the schemes, with exact algorithmic tangents."""

import numpy as np
import pytest

from laminet.errors import ConvergenceError, InputError
from laminet.files.network import NetworkParameters
from laminet.loading.driver import follow
from laminet.loading.paths import piecewise, uniaxial
from laminet.materials.laws import J2, Elastic, Hardening
from laminet.materials.library import Composite
from laminet.materials.stiffness import orthotropic_stiffness
from laminet.network.initial import initial_parameters
from laminet.online.material import Material
from laminet.online.schemes import scheme
from laminet.online.settings import MaterialSettings, OnlineSettings

TIGHT = MaterialSettings(tolerance=1e-11)
MODELS = ("dmn", "imn")


def loaded(law, rng: np.random.Generator, size: float = 0.02) -> tuple[np.ndarray, np.ndarray]:
    """A random strain for every point, some elastic, most plastic, and the state there."""
    strain = size * rng.normal(size=(law.points, 6))
    strain[::5] *= 1e-3
    return strain, law.update(strain, law.virgin())[2]


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("number", [1, 2, 3])
def test_points_have_the_stresses_of_the_scheme(model, number, sparse_network, composites):
    network = sparse_network(model, 4, number, 9)
    paths = [uniaxial(case, "strain", 5, 0.04) for case in ("11", "23")]
    paths.append(piecewise("tour", "strain", [{"12": 0.03}, {"12": 0.01, "33": 0.01}], 5))
    expected = [follow(scheme("newton_condensed", network, composites[number]), path) for path in paths]
    law = Material(network, composites[number], points=3)
    state = law.virgin()
    for step in range(1, 6):
        stress, _, state = law.update(np.array([path.strain[step] for path in paths]), state)
        truth = np.array([curve.stress[step] for curve in expected])
        np.testing.assert_allclose(stress, truth, rtol=0.0, atol=1e-10 * np.abs(truth).max())


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("number", [1, 2, 3])
def test_tangent_is_the_derivative_of_the_stress(model, number, sparse_network, composites, rng):
    law = Material(sparse_network(model, 4, number, 9), composites[number], points=20, settings=TIGHT)
    strain, state = loaded(law, rng)
    strain = strain + 0.005 * rng.normal(size=strain.shape)
    _, tangent, _ = law.update(strain, state)
    assert law.update(strain, state)[2].any()
    step = 1e-6
    for j, direction in enumerate(np.eye(6)):
        ahead, behind = (law.update(strain + sign * step * direction, state)[0] for sign in (1.0, -1.0))
        difference = (ahead - behind) / (2.0 * step)
        error = np.abs(tangent[..., j] - difference).max(axis=1) / np.abs(tangent).max(axis=(1, 2))
        # a leaf may begin to flow between the two strains, where the stress has a kink
        assert np.sort(error)[-3] < 1e-6
        assert np.median(error) < 1e-7
    np.testing.assert_allclose(tangent, np.swapaxes(tangent, 1, 2), atol=1e-10 * np.abs(tangent).max())


@pytest.mark.parametrize("model", MODELS)
def test_an_outer_newton_converges_quadratically(model, sparse_network, composites):
    """Uniaxial stress found from outside, as a finite-element code would: the free strains solve stress = 0."""
    network = sparse_network(model, 4, 1, 9)
    path = uniaxial("11", "stress", 6, 0.05)
    truth = follow(scheme("newton_condensed", network, composites[1], OnlineSettings(tolerance=1e-11)), path)
    law = Material(network, composites[1], settings=TIGHT)
    free = ~path.prescribed
    strain, state, quadratic = np.zeros((1, 6)), law.virgin(), 0
    for step in range(1, path.steps + 1):
        strain[0, path.prescribed] = path.strain[step, path.prescribed]
        errors = []
        for _ in range(20):
            stress, tangent, updated = law.update(strain, state)
            errors.append(np.linalg.norm(stress[0, free]) / np.linalg.norm(stress))
            if errors[-1] < 1e-12:
                break
            strain[0, free] -= np.linalg.solve(tangent[0][np.ix_(free, free)], stress[0, free])
        state = updated
        assert errors[-1] < 1e-12
        quadratic += errors[-1] < 100.0 * errors[-2] ** 2 or errors[-2] < 1e-7
        np.testing.assert_allclose(stress[0], truth.stress[step], atol=1e-9 * np.abs(truth.stress).max())
    assert quadratic == path.steps


CARBON = Elastic(orthotropic_stiffness(20.0, 25.0, 240.0, 6.0, 30.0, 25.0, 0.3, 0.02, 0.03))
METAL, POLYMER = J2(70.0, 0.33, Hardening(0.1, 1.0)), J2(3.0, 0.4, Hardening(0.02, 0.0, 0.05, 200.0))
PAIRS = {"metal in polymer": (POLYMER, METAL), "metal in carbon": (CARBON, METAL), "carbon in carbon": (CARBON, CARBON)}


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("pair", PAIRS)
def test_points_together_are_points_alone(model, pair, sparse_network, rng):
    """Every pair of laws; loading, turning and unloading; a group of one is solved by NetworkSystem."""
    network, composite = sparse_network(model, 4, 3, 9), Composite("c", PAIRS[pair])
    law = Material(network, composite, 23)
    alone = Material(network, composite)
    first, second = 0.01 * rng.normal(size=(2, 23, 6))
    first[::5] *= 1e-3
    together = lonely = law.virgin()
    for strain in (0.5 * first, first, second, 0.3 * second):
        stress, tangent, together = law.update(strain, together)
        each = [alone.update(strain[[point]], lonely[[point]]) for point in range(23)]
        for found, results in zip((stress, tangent, together), zip(*each)):
            expected = np.concatenate(results)
            np.testing.assert_allclose(found, expected, rtol=0.0, atol=1e-12 * np.abs(expected).max())
        lonely = np.concatenate([result[2] for result in each])
    assert together[:, 18::13].any() != (pair == "carbon in carbon")  # equivalent plastic strains of the leaves


@pytest.mark.parametrize("seed", [190, 183, 184])
def test_points_that_need_shorter_steps_are_solved_as_alone(seed, composites, rng):
    """By backtracking in their group, or alone by halving the increment, whoever the neighbours are."""
    activation = np.exp(np.random.default_rng(seed).normal(0.0, 2.0, 32))
    activation[np.random.default_rng(seed).permutation(32)[14:]] = -1.0
    network = NetworkParameters("imn", 5, activation, initial_parameters("imn", 5, seed).angle)
    settings = MaterialSettings(max_iterations=8, cutbacks=6)
    law, alone = (Material(network, composites[3], points, settings) for points in (12, 1))
    strain = np.zeros((12, 6))
    strain[::2, 0], strain[1::2] = np.linspace(0.02, 0.08, 6), 1e-4 * rng.normal(size=(6, 6))
    stress, _, state = law.update(strain, law.virgin())
    for point in range(12):
        expected = alone.update(strain[[point]], alone.virgin())
        np.testing.assert_allclose(stress[point], expected[0][0], rtol=0.0, atol=1e-10 * np.abs(expected[0]).max())
        np.testing.assert_allclose(state[point], expected[2][0], atol=1e-10)


def test_points_do_not_depend_on_each_other_or_on_threads(sparse_network, composites, rng):
    network, points = sparse_network("dmn", 4, 2, 9), 48
    one, two = (Material(network, composites[3], points, threads=threads) for threads in (1, 2))
    strain, state = loaded(one, rng)
    expected = one.update(1.1 * strain, state)
    for found, truth in zip(two.update(1.1 * strain, state), expected):
        np.testing.assert_array_equal(found, truth)
    order = rng.permutation(points)  # other neighbours, another place in the group
    for found, truth in zip(one.update(1.1 * strain[order], state[order]), expected):
        np.testing.assert_array_equal(found, truth[order])


def test_an_update_leaves_the_old_state_alone(sparse_network, composites, rng):
    law = Material(sparse_network("imn", 3, 2, 5), composites[1], points=4)
    strain, state = loaded(law, rng)
    before = state.copy()
    law.update(2.0 * strain, state)
    np.testing.assert_array_equal(state, before)
    again = law.update(strain, state)  # nothing happens, so nothing changes
    np.testing.assert_allclose(again[2], state, atol=1e-12)


def test_a_point_without_equilibrium_is_named(sparse_network, composites):
    settings = MaterialSettings(max_iterations=1, cutbacks=1)
    law = Material(sparse_network("imn", 3, 2, 5), composites[1], points=3, settings=settings)
    strain = np.zeros((3, 6))
    law.update(strain, law.virgin())
    strain[1, 0] = 0.05
    with pytest.raises(
        ConvergenceError, match=r"1 of 3 material points failed; point 1: no equilibrium .* residuals \d"
    ):
        law.update(strain, law.virgin())


@pytest.mark.parametrize("pair", PAIRS)
@pytest.mark.parametrize("model", MODELS)
def test_strains_whose_squares_overflow_fail(model, pair, sparse_network):
    """From 1.3e154 on."""
    network, composite = sparse_network(model, 4, 3, 9), Composite("c", PAIRS[pair])
    for points in (1, 9):
        law = Material(network, composite, points)
        strain = np.full((points, 6), 1e-3)
        for size in (1e155, 1e200, 1.7e308):
            strain[0] = size * np.array([1.0, -0.3, 0.2, 0.5, -0.1, 0.7])
            with pytest.raises(
                ConvergenceError, match=f"1 of {points} material points failed; point 0: no equilibrium"
            ):
                law.update(strain, law.virgin())


def test_bad_input_is_refused(sparse_network, composites):
    network = sparse_network("imn", 3, 2, 5)
    law = Material(network, composites[1], points=2)
    with pytest.raises(InputError, match="strain has the shape"):
        law.update(np.zeros((3, 6)), law.virgin())
    with pytest.raises(InputError, match="state has the shape"):
        law.update(np.zeros((2, 6)), law.virgin()[:, 1:])
    for name in ("strain", "state"):
        for value in (np.nan, np.inf):
            arrays = {"strain": np.zeros((2, 6)), "state": law.virgin()}
            arrays[name][1, -1] = value
            with pytest.raises(InputError, match=f"the {name} of point 1 holds a number that is not finite"):
                law.update(**arrays)
    with pytest.raises(InputError, match="points is 0; it must be a whole number"):
        Material(network, composites[1], points=0)
